"""Roboflow's exports in three formats, written as its program writes them, and spoilt in twenty ways."""

import json

import pytest
from PIL import Image

from vislearn.datasets import check_detection, coco_detection, roboflow_detection
from vislearn.datasets.detection.roboflow import COCO_FILE
from vislearn.errors import FileError, InputError

NAME = "IMG_1_jpg.rf.dbf65f4e1b51f1a7827b46a19dc1370a.jpg"
VOC = """<annotation><folder></folder><filename>{name}</filename><path>{name}</path>
<source><database>roboflow.com</database></source>
<size><width>60</width><height>40</height><depth>3</depth></size><segmented>0</segmented>
<object><name>{label}</name><pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>
<occluded>0</occluded><bndbox><xmin>11</xmin><xmax>{xmax}</xmax><ymin>6</ymin><ymax>15</ymax></bndbox></object>
</annotation>"""
YAML = """train: ../train/images
val: ../valid/images
test: ../test/images

nc: 2
names: ['ant', 'bee']

roboflow:
  workspace: insects
  project: insects-1
  version: 2
  license: CC BY 4.0
"""


def coco_content():
    return {
        "info": {"year": "2025", "version": "2", "description": "Exported from roboflow.com"},
        "licenses": [{"id": 1, "url": "", "name": "CC BY 4.0"}],
        "categories": [
            {"id": 0, "name": "insects", "supercategory": "none"},
            {"id": 1, "name": "ant", "supercategory": "insects"},
            {"id": 2, "name": "bee", "supercategory": "insects"},
        ],
        "images": [
            {"id": 0, "license": 1, "file_name": NAME, "height": 40, "width": 60, "extra": {"name": "x"}}
        ],
        "annotations": [
            {
                "id": 0,
                "image_id": 0,
                "category_id": 2,
                "bbox": [10, 5, 20, 10],
                "area": 200,
                "segmentation": [[10, 5, 30, 5, 30, 15, 10, 15]],
                "iscrowd": 0,
            }
        ],
    }


def picture(place):
    place.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (60, 40)).save(place / NAME)
    return place


@pytest.fixture
def coco(tmp_path):
    for part in ("train", "valid"):
        (picture(tmp_path / part) / COCO_FILE).write_text(json.dumps(coco_content()))
    (tmp_path / "README.roboflow.txt").touch()
    return tmp_path


@pytest.fixture
def yolo(tmp_path):
    for part in ("train", "valid"):
        picture(tmp_path / part / "images")
        (tmp_path / part / "labels").mkdir()
        (tmp_path / part / "labels" / f"{NAME[:-4]}.txt").write_text("1 0.333333333 0.25 0.333333333 0.25")
    (tmp_path / "data.yaml").write_text(YAML)
    return tmp_path


@pytest.fixture
def voc(tmp_path):
    for part, label in (("train", "bee"), ("valid", "ant")):
        (picture(tmp_path / part) / f"{NAME[:-4]}.xml").write_text(
            VOC.format(name=NAME, label=label, xmax=30)
        )
    return tmp_path


@pytest.mark.parametrize("layout", ["coco", "yolo", "voc"])
def test_layouts(request, layout):
    root = request.getfixturevalue(layout)
    dataset = roboflow_detection(root)
    assert dataset.classes == ["ant", "bee"]
    target = dataset[0][1]
    assert target["boxes"].round().tolist() == [[10, 5, 30, 15]]
    assert target["labels"].tolist() == [2]
    assert [p for p in check_detection(dataset) if "has no object of" not in p.what] == []
    assert roboflow_detection(root, "val").classes == ["ant", "bee"]


def test_the_projects_name_is_no_class_but_may_become_one(coco):
    """Category 0 holds the others together; where it has objects, they must not vanish."""
    assert roboflow_detection(coco, masks=True)[0][1]["masks"].sum() == 200
    content = coco_content()
    content["annotations"][0]["category_id"] = 0
    (coco / "train" / COCO_FILE).write_text(json.dumps(content))
    assert coco_detection(coco / "train" / COCO_FILE, coco / "train").classes == ["insects", "ant", "bee"]


def test_an_edge_one_pixel_beyond_is_mended_on_request(voc):
    (voc / "train" / f"{NAME[:-4]}.xml").write_text(VOC.format(name=NAME, label="bee", xmax=61))
    with pytest.raises(FileError, match="must lie on the picture"):
        roboflow_detection(voc)[0]
    assert roboflow_detection(voc, repair=True)[0][1]["boxes"].tolist() == [[10, 5, 60, 15]]


def test_what_the_arguments_refuse(voc):
    with pytest.raises(InputError, match="masks must be False"):
        roboflow_detection(voc, masks=True)
    with pytest.raises(InputError, match="Did you mean 'val'"):
        roboflow_detection(voc, "valid")


def changed(key, index, **change):
    def harm(root):
        content = coco_content()
        content[key][index] |= change
        (root / "train" / COCO_FILE).write_text(json.dumps(content))

    return harm


def text(name, content):
    return lambda root: (root / name).write_text(content)


def removed(name):
    return lambda root: (root / name).unlink()


LABELS = f"train/labels/{NAME[:-4]}.txt"
XML = f"train/{NAME[:-4]}.xml"
SPOILT = [
    ("coco", removed(f"train/{NAME}"), "is not there, but image 0"),
    ("coco", removed(f"train/{COCO_FILE}"), "has neither _annotations.coco.json nor XML files"),
    ("coco", text(f"train/{COCO_FILE}", "{"), "is not JSON"),
    ("coco", text(f"train/{COCO_FILE}", "{}"), "is not in COCO's format"),
    ("coco", changed("annotations", 0, category_id=9), "unknown category_id 9"),
    ("coco", changed("annotations", 0, image_id=9), "unknown image_id 9"),
    ("coco", changed("annotations", 0, bbox=[10, 5, -20, 10]), "negative width or height"),
    ("coco", changed("annotations", 0, bbox=[50, 5, 20, 10]), "must lie on the picture"),
    ("coco", changed("categories", 1, name="bee"), "calls two categories 'bee'"),
    ("coco", changed("images", 0, height=60), "but its annotation says 60×60"),
    ("yolo", text(LABELS, "2 0.5 0.5 0.2 0.2"), "class 2, but 2 classes"),
    ("yolo", text(LABELS, "1 0.5 0.5 0.2"), "4 numbers"),
    ("yolo", text(LABELS, "1 30 20 10 10"), "number of pixels"),
    ("yolo", removed(f"train/images/{NAME}"), "names no pictures for train"),
    ("yolo", text("data.yaml", YAML.replace("nc: 2", "nc: 3")), "says nc: 3"),
    ("yolo", text("data.yaml", YAML.replace("../train", "../training")), "which is not there"),
    ("voc", removed(f"train/{NAME}"), "is not there, but"),
    ("voc", text(XML, VOC[:200]), "is not whole XML"),
    ("voc", text(XML, VOC.format(name=NAME, label="", xmax=30)), "an object without name"),
    ("voc", text(XML, VOC.format(name=NAME, label="bee", xmax="x")), "has 'x' as xmax"),
    (
        "voc",
        text(XML, VOC.format(name=NAME, label="bee", xmax=5)),
        ": object 1 (bee) must be xyxy",
    ),
]


@pytest.mark.parametrize(("layout", "harm", "sentence"), SPOILT, ids=[f"{row[0]} {row[2]}" for row in SPOILT])
def test_spoilt_exports(request, layout, harm, sentence):
    root = request.getfixturevalue(layout)
    harm(root)
    with pytest.raises(FileError) as raised:
        roboflow_detection(root)[0]
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_folders_that_are_nothing(tmp_path):
    with pytest.raises(FileError, match="is not a folder"):
        roboflow_detection(tmp_path / "nowhere")
    with pytest.raises(FileError, match=r"valid is not there. The export has these parts: none"):
        roboflow_detection(tmp_path, "val")
