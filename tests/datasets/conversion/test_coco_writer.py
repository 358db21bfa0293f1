"""COCO's file holds everything; pycocotools reads it too."""

import contextlib
import io
import json

import pytest
import torch
from pycocotools.coco import COCO

from vislearn.datasets import coco_detection, write_coco
from vislearn.errors import FileError, InputError

ALL = {
    "boxes": [[10.1, 5.2, 30.3, 15.7], [0, 0, 60, 40]],
    "labels": [2, 1],
    "iscrowd": [0, 1],
    "area": [123.25, 7],
    "image_id": 42,
    "masks": torch.arange(2 * 40 * 60).reshape(2, 40, 60) % 3 == 0,
}
ALL["masks"][0, :, :10] = ALL["masks"][0, :, 31:] = ALL["masks"][0, :5] = ALL["masks"][0, 16:] = False


def test_everything_comes_back(make, tmp_path):
    before = make(
        ALL,
        {"boxes": [], "labels": [], "masks": torch.zeros(0, 40, 60, dtype=torch.uint8)},
        classes=["ant", "bee", "None", "cow"],
    )
    file = write_coco(before, tmp_path / "out", "val")
    after = coco_detection(file, tmp_path / "out" / "images" / "val", masks=True)
    assert after.classes == before.classes
    for index in range(2):
        one, other = before.read(index)[1], after.read(index)[1]
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key].to(other[key].dtype), other[key]) for key in one)


def test_pycocotools_reads_it(make, tmp_path):
    file = write_coco(make(ALL), tmp_path / "out", pictures=False)
    with contextlib.redirect_stdout(io.StringIO()):
        found = COCO(file).loadAnns([1])[0]
    assert found["bbox"] == [10.1, 5.2, 20.2, 10.5]
    assert not (tmp_path / "out" / "images").exists()


def test_numbers_are_short_and_names_stay_letters(one, tmp_path):
    one.classes = ["ant", "মৌমাছি"]
    text = write_coco(one, tmp_path / "out").read_text(encoding="utf-8")
    assert "মৌমাছি" in text
    assert json.loads(text)["annotations"][0]["bbox"] == [10, 5, 20.5, 10]


def test_nothing_is_replaced(one, tmp_path):
    write_coco(one, tmp_path / "out")
    with pytest.raises(FileError, match="is there already"):
        write_coco(one, tmp_path / "out")
    write_coco(one, tmp_path / "out", "val")


def test_a_part_that_leaves_the_folder(one, tmp_path):
    with pytest.raises(InputError, match="split must be a word"):
        write_coco(one, tmp_path / "out", "../x")
