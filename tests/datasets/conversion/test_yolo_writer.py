"""YOLO's folders, read again."""

import pytest
import torch
import yaml

from vislearn.datasets import write_yolo, yolo_detection
from vislearn.errors import FileError, InputError

BOXES = {"boxes": [[10.1, 5.2, 30.3, 15.7], [0, 0, 60, 40]], "labels": [2, 1]}


def test_boxes_come_back(make, tmp_path):
    before = make(BOXES, {"boxes": [], "labels": []}, classes=["no", "bee", "7"])
    file = write_yolo(before, tmp_path / "out")
    assert yaml.safe_load(file.read_text()) == {
        "train": "images/train",
        "val": "images/train",
        "names": {0: "no", 1: "bee", 2: "7"},
    }
    after = yolo_detection(tmp_path / "out")
    assert after.classes == before.classes
    for index in range(2):
        one, other = before.read(index)[1], after.read(index)[1]
        assert all(torch.equal(one[key], other[key]) for key in one)


def test_parts_share_their_yaml(one, tmp_path):
    write_yolo(one, tmp_path / "out")
    write_yolo(one, tmp_path / "out", "test")
    assert (
        len(yolo_detection(tmp_path / "out", "train")) == len(yolo_detection(tmp_path / "out", "test")) == 1
    )
    with pytest.raises(FileError, match="is there already"):
        write_yolo(one, tmp_path / "out")
    one.classes = ["bee", "ant"]
    with pytest.raises(FileError, match="has other classes: ant, bee"):
        write_yolo(one, tmp_path / "out", "val")


def test_a_part_that_is_there_stands_for_one_that_ultralytics_wants(make, tmp_path):
    for split, names, said in (
        ("test", {"train": "test", "val": "test", "test": "test"}, ["no train yet", "no val yet"]),
        ("train", {"train": "train", "val": "train", "test": "test"}, ["no val yet"]),
        ("val", {"train": "train", "val": "val", "test": "test"}, []),
    ):
        dataset = make({"boxes": [[10, 5, 30.5, 15]], "labels": [2]}, names=[f"{split}.png"])
        text = write_yolo(dataset, tmp_path / "out", split).read_text()
        assert {key: value for key, value in yaml.safe_load(text).items() if key != "names"} == {
            part: f"images/{place}" for part, place in names.items()
        }
        comments = [line for line in text.splitlines() if line.startswith("#")]
        assert len(comments) == len(said)
        assert all(words in line for words, line in zip(said, comments, strict=True))


def test_places_that_others_have_written_stay(one, tmp_path):
    text = "names: [ant, bee]\ntrain: [../train/images]\nvalid: ../valid/images\n"
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "data.yaml").write_text(text)
    written = yaml.safe_load(write_yolo(one, tmp_path / "out", "test").read_text())
    assert written | {"names": None} == {
        "train": ["../train/images"],
        "valid": "../valid/images",
        "test": "images/test",
        "names": None,
    }


def test_crowds_are_left_out_and_it_is_said(make, tmp_path):
    with pytest.warns(UserWarning, match="1 object is marked as a crowd"):
        write_yolo(make(BOXES | {"iscrowd": [1, 0]}), tmp_path / "out")
    assert yolo_detection(tmp_path / "out")[0][1]["labels"].tolist() == [1]


def test_another_part(one, tmp_path):
    with pytest.raises(InputError, match="split must be one of"):
        write_yolo(one, tmp_path / "out", "train2017")
