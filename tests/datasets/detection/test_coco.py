"""COCO files: read as pycocotools reads them, refused in one sentence where they are wrong."""

import json
import tracemalloc
import warnings
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image
from pycocotools import mask as coco_mask

from vislearn.datasets import check_detection, coco_detection, scene_detection, scenes
from vislearn.errors import FileError, InputError
from vislearn.io import read_image

POLYGON = [[10, 5, 30, 5, 30, 15, 10, 15]]


def content():
    """Two pictures, one without objects; category ids with a gap, from 0."""
    return {
        "images": [
            {"id": 7, "file_name": "sub/a.png", "height": 40, "width": 60},
            {"id": 3, "file_name": "b.png", "height": 40, "width": 60},
        ],
        "categories": [{"id": 90, "name": "bee"}, {"id": 0, "name": "ant"}],
        "annotations": [
            {
                "id": 1,
                "image_id": 7,
                "category_id": 90,
                "bbox": [10, 5, 20, 10],
                "segmentation": POLYGON,
                "area": 200,
                "iscrowd": 0,
            },
            {
                "id": 2,
                "image_id": 7,
                "category_id": 0,
                "bbox": [0, 0, 1, 40],
                "segmentation": {"size": [40, 60], "counts": [0, 40, 2360]},
                "area": 40,
                "iscrowd": 1,
            },
        ],
    }


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ("sub/a.png", "b.png"):
        Image.new("RGB", (60, 40)).save(tmp_path / name)
    return tmp_path


def written(folder, value):
    path = folder / "instances.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return path


def test_boxes_labels_and_masks_are_what_the_file_says(folder):
    dataset = coco_detection(written(folder, content()), folder, masks=True)
    assert dataset.classes == ["ant", "bee"]
    target = dataset[0][1]
    assert target["boxes"].tolist() == [[10, 5, 30, 15], [0, 0, 1, 40]]
    assert target["labels"].tolist() == [2, 1]
    assert target["iscrowd"].tolist() == [0, 1]
    assert target["area"].tolist() == [200, 40]
    assert target["image_id"] == 7
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pycocotools' own
        oracle = coco_mask.decode(coco_mask.frPyObjects(POLYGON, 40, 60))[..., 0]
    assert np.array_equal(target["masks"][0].numpy(), oracle)
    assert target["masks"][1].nonzero()[:, 1].unique().tolist() == [0]
    assert dataset[1][1]["boxes"].shape == (0, 4)
    assert check_detection(dataset) == []


def test_without_areas_the_boxes_count(folder):
    file = content()
    del file["annotations"][0]["area"]
    assert coco_detection(written(folder, file), folder)[0][1]["area"].tolist() == [200, 40]


def test_a_picture_is_found_whichever_unicode_form_its_name_has(folder):
    (folder / "b.png").rename(folder / "\u09a1\u09bc.png")
    file = content()
    file["images"][1]["file_name"] = "\u09dc.png"
    assert coco_detection(written(folder, file), folder).items[1][0].samefile(folder / "\u09a1\u09bc.png")


# pycocotools 2.0.11 hands NumPy 2 an old-style array
@pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
def test_run_lengths_as_text_give_the_same_mask(folder):
    file = content()
    oracle = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(POLYGON, 40, 60)))
    encoded = coco_mask.encode(np.asfortranarray(oracle))
    file["annotations"][0]["segmentation"] = {"size": [40, 60], "counts": encoded["counts"].decode()}
    target = coco_detection(written(folder, file), folder, masks=True)[0][1]
    assert np.array_equal(target["masks"][0].numpy(), oracle)


def test_sizes_are_compared_before_masks_take_memory(folder):
    file = content()
    for image in file["images"]:
        image["height"] = image["width"] = 30000
    dataset = coco_detection(written(folder, file), folder, masks=True)
    tracemalloc.start()
    try:
        with pytest.raises(FileError, match=r"is 40×60 pixels .* its annotation says 30000×30000"):
            dataset[0]
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()


def test_masks_need_no_size_in_the_file(folder):
    file = content()
    del file["images"][0]["height"]
    assert coco_detection(written(folder, file), folder, masks=True)[0][1]["masks"].shape == (2, 40, 60)


def test_a_wrong_mask_is_told_with_file_picture_and_annotation(folder):
    file = change("annotations", 1, "segmentation", to={"size": [40, 60], "counts": "?"})
    (problem,) = check_detection(coco_detection(written(folder, file), folder, masks=True))
    assert problem.where == str(folder / "instances.json")
    assert "run lengths that" in problem.what
    assert problem.what.endswith("in annotation 2 of a.png")


def test_an_outline_outside_its_own_box_is_told_by_the_annotation_that_must_be_mended(folder):
    file = change("annotations", 0, "segmentation", to=[[40, 25, 55, 25, 55, 35, 40, 35]])
    with pytest.raises(FileError) as refused:
        coco_detection(written(folder, file), folder, masks=True)[0]
    assert refused.value.path == folder / "instances.json"
    assert "mostly outside its own box [10, 5, 20, 10], in annotation 1 of a.png" in str(refused.value)
    assert "transform" not in str(refused.value)
    assert check_detection(coco_detection(written(folder, file), folder)) == []


def test_a_box_that_is_wrong_itself_is_told_not_its_outline(folder):
    file = change("annotations", 0, "bbox", to=[50, 30, 500, 500])
    with pytest.raises(FileError, match=r"annotation 1 \(bee\) must lie on the picture"):
        coco_detection(written(folder, file), folder, masks=True)[0]


def test_classes_are_counted_as_told_and_those_without_objects_left_out(folder):
    file = content()
    file["categories"] += [{"id": 95, "name": "cow"}]
    assert coco_detection(written(folder, file), folder).classes == ["ant", "bee", "cow"]
    dataset = coco_detection(written(folder, file), folder, classes=["bee", "dog", "ant"])
    assert dataset.classes == ["bee", "dog", "ant"]
    assert dataset[0][1]["labels"].tolist() == [1, 3]
    with pytest.raises(
        FileError, match=r"objects of the class 'ant', such as annotation 2\. classes= names only"
    ):
        coco_detection(written(folder, file), folder, classes=["bee"])
    with pytest.raises(InputError, match="each class once"):
        coco_detection(written(folder, file), folder, classes=["bee", "bee", "ant"])


def test_an_empty_root_category_is_no_class(folder):
    file = content()
    for category in file["categories"]:
        category["supercategory"] = "insects"
    file["categories"].insert(0, {"id": -1, "name": "insects", "supercategory": "none"})
    dataset = coco_detection(written(folder, file), folder)
    assert dataset.classes == ["ant", "bee"]
    assert check_detection(dataset) == []
    file["annotations"][0]["category_id"] = -1  # a root that somebody used is one
    assert coco_detection(written(folder, file), folder).classes == ["insects", "ant", "bee"]


def test_a_reader_of_ones_own(folder):
    Image.fromarray(np.full((40, 60), 2000, np.uint16)).save(folder / "b.png")
    dataset = coco_detection(written(folder, content()), folder, reader=partial(read_image, scale=4000))
    assert dataset.read(1)[0].unique().tolist() == [128]


def change(*where, to):
    """The file with one entry changed, or left out for ``to=None``."""
    file = content()
    *path, last = where
    entry = file
    for key in path:
        entry = entry[key]
    if to is None:
        del entry[last]
    else:
        entry[last] = to
    return file


WRONG = [
    ("cut off", '{"images": [\n {"id": 1,', "is not JSON: .* line 2, column"),
    ("a list", [], "is not in COCO's format: it has no list 'images'"),
    ("captions", {"images": [], "annotations": []}, "it has no list 'categories'"),
    ("no file name", change("images", 0, "file_name", to=None), "without 'file_name': number 0 of 'images'"),
    ("no id", change("annotations", 1, "id", to=None), "without 'id': number 1 of 'annotations'"),
    ("a word for an id", change("images", 0, "id", to="7"), "no whole number: '7' in 'images'"),
    ("an id twice", change("images", 1, "id", to=7), "has the id 7 twice in 'images'"),
    ("an annotation twice", change("annotations", 1, "id", to=1), "the id 1 twice in 'annotations'"),
    ("unknown picture", change("annotations", 0, "image_id", to=8), "unknown image_id 8 in .* the ids 3, 7"),
    ("unknown category", change("annotations", 1, "category_id", to=1), "unknown category_id 1 .* ids 0, 90"),
    ("three numbers", change("annotations", 1, "bbox", to=[1, 2, 3]), r"four numbers in .* 2: \[1, 2, 3\]"),
    ("words", change("annotations", 1, "bbox", to=["1", 2, 3, 4]), "isn't four numbers in annotation 2"),
    ("negative", change("annotations", 0, "bbox", to=[9, 5, -4, 9]), "negative width or height in .* 1"),
    (
        "a picture twice",
        change("images", 1, "file_name", to="sub/a.png"),
        "annotations of a.png: image 7 and image 3",
    ),
    ("missing picture", change("images", 1, "file_name", to="c.png"), r"c\.png is not there, but image 3 of"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG, ids=[entry[0] for entry in WRONG])
def test_a_wrong_file_is_refused_with_the_place(folder, name, value, sentence):
    with pytest.raises(FileError, match=sentence):
        coco_detection(written(folder, value), folder)


BOXES = [
    ([40, 20, 55, 35], "must lie on the picture"),  # xyxy taken for xywh
    ([10, 5, 0, 10], "must have an area"),
]


@pytest.mark.parametrize(("box", "sentence"), BOXES)
def test_a_wrong_box_is_told_with_its_picture_and_its_annotation(folder, box, sentence):
    dataset = coco_detection(written(folder, change("annotations", 0, "bbox", to=box)), folder)
    (problem,) = check_detection(dataset)
    assert sentence in str(problem)
    assert problem.where == str(folder / "instances.json")
    assert "for a.png: annotation 1 (bee) must" in problem.what


def test_files_that_cannot_be_read(folder, tmp_path):
    with pytest.raises(FileError, match="does not exist"):
        coco_detection(tmp_path / "no.json", folder)
    with pytest.raises(FileError, match="can't be read"):
        coco_detection(tmp_path, folder)
    (tmp_path / "l1.json").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(FileError, match="not text in UTF-8"):
        coco_detection(tmp_path / "l1.json", folder)


def test_an_object_without_segmentation_is_told_when_masks_are_wanted(folder):
    dataset = coco_detection(
        written(folder, change("annotations", 0, "segmentation", to=[])), folder, masks=True
    )
    with pytest.raises(FileError, match="has no segmentation"):
        dataset[0]


def test_the_bundled_scenes_are_sound_and_their_masks_are_those_of_the_png(bundled):
    dataset = scene_detection("val", masks=True)
    assert len(dataset) == 100
    assert check_detection(dataset) == []
    for index in (0, 3, 50):
        name = scenes("val").names[index]
        instances = torch.from_numpy(np.array(Image.open(scenes("val").instances / f"{name}.png")))
        target = dataset[index][1]
        expected = [(instances == number).to(torch.uint8) for number in range(1, len(target["boxes"]) + 1)]
        assert torch.equal(target["masks"], torch.stack(expected))
    with pytest.raises(InputError, match="split"):
        scene_detection("test")


@pytest.mark.parametrize(("keypoints", "count"), [([1, 2, 2], 1), ([0, 0, 0], 0), ([], 0), (None, 0), (5, 1)])
def test_keypoints_are_told_as_left(tmp_path, keypoints, count):
    Image.new("RGB", (20, 20)).save(tmp_path / "a.png")
    record = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "categories": [{"id": 1, "name": "ant"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5], "keypoints": keypoints}
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(record))
    left = [problem.what for problem in coco_detection(tmp_path / "a.json", tmp_path).left]
    assert left == [f"holds keypoints (objects: {count})"] * bool(count)
