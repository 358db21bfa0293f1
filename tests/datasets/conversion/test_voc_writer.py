"""VOC's files, read again."""

import pytest
import torch

from vislearn.datasets import voc_detection, write_voc
from vislearn.errors import FileError, InputError

BOXES = {"boxes": [[10, 5, 30, 15], [0, 0, 60, 40]], "labels": [2, 1], "iscrowd": [0, 1]}


def read(folder, split="train", **how):
    listed = folder / "ImageSets" / "Main" / f"{split}.txt"
    return voc_detection(folder / "Annotations", folder / "JPEGImages", names=listed, **how)


def test_boxes_and_difficult_come_back(make, tmp_path):
    before = make(BOXES, {"boxes": [], "labels": []})
    write_voc(before, tmp_path / "out")
    after = read(tmp_path / "out")
    assert after.classes == before.classes
    for index in range(2):
        one, other = before.read(index)[1], after.read(index)[1]
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_two_parts_lie_side_by_side(make, tmp_path):
    write_voc(make(BOXES, names=["a.png"]), tmp_path / "out")
    write_voc(make(BOXES, names=["b.png"]), tmp_path / "out", "val")
    assert [len(read(tmp_path / "out", part)) for part in ("train", "val")] == [1, 1]
    with pytest.raises(FileError, match="is there already"):
        write_voc(make(BOXES, names=["b.png"]), tmp_path / "out", "test")


@pytest.mark.parametrize("name", ["photo 1.png", "photo -1.png", "a.b.png", "ছবি 2.png"])
def test_lists_name_any_picture(make, tmp_path, name):
    write_voc(make(BOXES, names=[name]), tmp_path / "out", pictures=True)
    assert [path.name for path, _annotation in read(tmp_path / "out").items] == [name]


def test_what_is_lost_is_said_before(one, tmp_path):
    with pytest.warns(UserWarning, match="between whole pixels|keep no list of classes") as caught:
        write_voc(one, tmp_path / "out")
    assert len(caught) == 2
    assert read(tmp_path / "out", classes=["ant", "bee"])[0][1]["boxes"].tolist() == [[10, 5, 30.5, 15]]


@pytest.mark.parametrize("name", [" bee", "bee\x00", "be\ne"])
def test_classes_that_xml_cannot_hold(one, tmp_path, name):
    one.classes = ["ant", name]
    with pytest.raises(InputError, match="classes must be words that XML can hold"):
        write_voc(one, tmp_path / "out")
    assert not (tmp_path / "out").exists()
