"""Which format a folder is in."""

import pytest

from vislearn.datasets import convert, open_detection
from vislearn.datasets.conversion.opening import SOURCES, parts_of, source_of
from vislearn.errors import FileError, InputError

COCO = '{"images": [], "annotations": [], "categories": []}'
SIGNS = [
    ("yolo", "data.yaml", ""),
    ("yolo", "labels/classes.txt", ""),
    ("coco", "annotations/instances_val2017.json", ""),
    ("coco", "annotations.json", COCO),
    ("coco", "annotations/all.json", COCO),
    ("voc", "Annotations/a.xml", ""),
    ("voc", "a.xml", ""),
    ("labelme", "a.json", '{"shapes": []}'),
    ("cvat", "annotations.xml", ""),
    ("roboflow", "train/_annotations.coco.json", COCO),
    ("roboflow", "train/a.xml", ""),
]


def put(folder, name, text=""):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)


@pytest.mark.parametrize(("source", "name", "text"), SIGNS, ids=[row[1] for row in SIGNS])
def test_signs(tmp_path, source, name, text):
    put(tmp_path, name, text)
    assert source_of(tmp_path) == source
    assert source in SOURCES


def test_folders_that_nobody_knows(tmp_path):
    with pytest.raises(FileError, match="is in no format with boxes that is known here"):
        source_of(tmp_path)
    with pytest.raises(FileError, match="is not a folder"):
        source_of(tmp_path / "nowhere")
    put(tmp_path, "a.json", '{"images": []}')
    with pytest.raises(FileError, match="is in no format"):
        source_of(tmp_path)
    put(tmp_path, "classes.txt")
    put(tmp_path, "a.xml")
    with pytest.raises(FileError, match=r"could be yolo or voc. Say which: source=, or --from"):
        source_of(tmp_path)


def test_cocos_own_names(one, tmp_path):
    convert(one, tmp_path / "out", "coco", "val2017")
    assert len(open_detection(tmp_path / "out", "val")) == 1
    (tmp_path / "out" / "images" / "val2017").rename(tmp_path / "out" / "val2017")
    assert len(open_detection(tmp_path / "out", "val")) == 1
    with pytest.raises(FileError, match=r"has no annotations/instances_train.json"):
        open_detection(tmp_path / "out")
    put(tmp_path / "out" / "annotations", "instances_val2018.json")
    with pytest.raises(FileError, match="several files for val"):
        open_detection(tmp_path / "out", "val")


@pytest.mark.parametrize("source", [None, "coco"])
@pytest.mark.parametrize("place", ["annotations.json", "annotations/all.json"])
def test_one_file_of_coco_s_beside_images_is_one_part(one, tmp_path, place, source):
    (tmp_path / "set" / "annotations").mkdir(parents=True)
    convert(one, tmp_path / "out", "coco").rename(tmp_path / "set" / place)
    (tmp_path / "out" / "images" / "train").rename(tmp_path / "set" / "images")
    assert parts_of(tmp_path / "set", "coco") == ["train"]
    for split in ("train", "val"):
        read = open_detection(tmp_path / "set", split, source=source)
        assert read[0][1]["boxes"].tolist() == [[10, 5, 30.5, 15]]


def test_what_could_be_no_or_several_parts_of_coco_s_is_told_with_the_remedy(tmp_path):
    with pytest.raises(FileError, match=r"has no file in COCO's format\. Call the file of each part as COCO"):
        open_detection(tmp_path, source="coco")
    put(tmp_path, "a.json", '{"images": []}')
    with pytest.raises(FileError, match=r"a\.json is not in COCO's format"):
        open_detection(tmp_path, source="coco")
    put(tmp_path, "b.json", COCO)
    put(tmp_path, "sub/c.json", COCO)
    with pytest.raises(
        FileError, match=r"several files in COCO's format: b\.json, sub/c\.json\. Call the fil"
    ):
        open_detection(tmp_path)


def test_what_the_arguments_refuse(one, tmp_path):
    convert(one, tmp_path / "out", "voc", tell=lambda _sentence: None)
    with pytest.raises(InputError, match="masks must be False for VOC"):
        open_detection(tmp_path / "out", masks=True)
    with pytest.raises(InputError, match="source must be one of"):
        open_detection(tmp_path / "out", source="csv")
    with pytest.raises(FileError, match=r"test.txt can't be read"):
        open_detection(tmp_path / "out", "test")
