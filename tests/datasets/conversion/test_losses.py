"""What a format can't hold is one sentence for each kind."""

import pytest
import torch
from PIL import Image

from vislearn.datasets import DetectionDS
from vislearn.datasets.conversion.losses import losses
from vislearn.datasets.conversion.samples import samples_of
from vislearn.errors import InputError
from vislearn.problems import Problem

BOX = {"boxes": [[10, 5, 30, 15], [0, 0, 5, 5]], "labels": [1, 2]}
MASKS = torch.zeros(2, 40, 60, dtype=torch.uint8)
MASKS[0, 5:15, 10:30] = MASKS[1, :5, :5] = 1


def said(dataset, to):
    return [str(problem) for problem in losses(*samples_of(dataset), to)]


@pytest.mark.parametrize("to", ["coco", "voc", "yolo"])
def test_nothing_is_lost_of_plain_boxes(make, to):
    assert said(make(BOX, BOX), to) == []
    assert said(DetectionDS([], classes=[]), to) == []


KINDS = [
    (BOX | {"iscrowd": [1, 0]}, "yolo", "1 object is marked as a crowd, or difficult"),
    (BOX | {"masks": MASKS}, "yolo", "2 objects are drawn with a mask"),
    (BOX | {"masks": MASKS}, "voc", "2 objects are drawn with a mask"),
    (BOX | {"area": [100, 25]}, "voc", "1 picture is annotated with areas other than"),
    (BOX | {"image_id": 7}, "yolo", "has image_id 7, and YOLO numbers no pictures"),
    (BOX | {"boxes": [[10.5, 5, 30, 15], [0, 0, 5, 5]]}, "voc", "1 object is between whole pixels"),
    (BOX | {"boxes": [[-0.25, 5, 30, 15], [0, 0, 5, 5]]}, "voc", "beyond the picture's left or top edge"),
    (BOX | {"boxes": [[1e-9, 5, 30, 15], [0, 0, 5, 5]]}, "yolo", "so near to the picture's edge"),
    (BOX | {"labels": [1, 1]}, "voc", "keep no list of classes"),
]


@pytest.mark.parametrize(("annotation", "to", "sentence"), KINDS, ids=[f"{row[1]} {row[2]}" for row in KINDS])
def test_kinds(make, annotation, to, sentence):
    found = said(make(annotation), to)
    assert [sentence in line for line in found].count(True) == 1
    assert said(make(annotation), "coco") == []


def test_outlines_that_are_not_read_are_told_and_corners_that_become_pixels(make):
    drawn = BOX | {"drawn": ["corners", "pixels"]}
    for to in ("coco", "voc", "yolo"):
        (line,) = said(make(drawn), to)
        assert line.startswith("2 objects are drawn with outlines, and only their boxes are converted")
    (line,) = said(make(drawn | {"masks": MASKS}), "coco")
    assert line.startswith("1 object is drawn by corners, and is written as pixels")


def test_ids_and_groups_of_classes_are_told_where_they_have_no_place(make):
    dataset = make(BOX, classes=["ant", "bee"])
    dataset.left = [Problem("a.json", "also holds 'info'", "Keep the file.")]
    for known, voc in (
        ([(1, "ant"), (2, "bee")], None),
        ([(3, "ant"), (9, "bee")], "The ids of the categories are lost: 3, 9. VOC"),
        ([(1, "insect"), (2, "insect")], "lost: 1, 2; and so are their supercategories: insect. VOC"),
    ):
        dataset.categories = [
            {"id": identity, "name": name, "supercategory": parent}
            for name, (identity, parent) in zip(("ant", "bee"), known, strict=True)
        ]
        told = {
            to: [str(one) for one in losses(*samples_of(dataset), to, dataset)]
            for to in ("coco", "voc", "yolo")
        }
        assert all(lines[-1] == "a.json also holds 'info'. Keep the file." for lines in told.values())
        assert [len(lines) for lines in told.values()] == ([1, 1, 1] if voc is None else [1, 2, 2])
        assert voc is None or voc in told["voc"][0]


def test_turned_pictures_are_told_in_every_format(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 40)).save(tmp_path / "a.jpg", exif=exif)
    dataset = DetectionDS([(tmp_path / "a.jpg", {"boxes": [[0, 0, 40, 60]], "labels": [1]})], classes=["bee"])
    for to in ("coco", "voc", "yolo"):
        (line,) = said(dataset, to)
        assert line.startswith("1 picture is turned by EXIF")


def test_another_format(make):
    with pytest.raises(InputError, match="to must be one of"):
        said(make(BOX), "csv")
