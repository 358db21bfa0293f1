"""Folders with pictures and masks become two sets, and nothing wrong in them passes."""

import numpy as np
import pytest
from PIL import Image

from vislearn.errors import FileError
from vislearn.training import segmentation_sets


def fill(folder, count=5, value=1):
    for kind in ("images", "labels"):
        (folder / kind).mkdir(parents=True)
    for number in range(count):
        labels = np.zeros((8, 8), dtype=np.uint8)
        labels[2:6, 2:6] = value
        Image.fromarray(labels).convert("RGB").save(folder / "images" / f"{number}.png")
        Image.fromarray(labels).save(folder / "labels" / f"{number}.png")


def test_train_and_val(tmp_path):
    fill(tmp_path / "train", 3)
    fill(tmp_path / "val", 2)
    train, val = segmentation_sets(tmp_path, classes=["nothing", "square"])
    assert (len(train), len(val), train.classes) == (3, 2, ["nothing", "square"])


def test_every_fifth_is_judged_by_where_there_is_no_val(tmp_path):
    fill(tmp_path, 11)
    (tmp_path / "classes.txt").write_text("nothing\nsquare\n")
    train, val = segmentation_sets(tmp_path)
    assert (train.indices, val.indices) == ([0, 1, 2, 3, 5, 6, 7, 8, 10], [4, 9])


def test_masks_of_objects(tmp_path):
    for number in range(5):
        for kind in ("images", "masks"):
            (tmp_path / f"{number}" / kind).mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(tmp_path / f"{number}" / "images" / "a.png")
        mask = np.zeros((8, 8), dtype=np.uint8)
        mask[2:6, 2:4] = 255
        Image.fromarray(mask).save(tmp_path / f"{number}" / "masks" / "0.png")
    train, val = segmentation_sets(tmp_path, objects="cell")
    assert train.dataset.classes == ["background", "cell"]
    assert (len(train), len(val)) == (4, 1)


def test_all_that_is_wrong_is_named(tmp_path):
    fill(tmp_path / "train", 2, value=7)
    fill(tmp_path / "val", 1)
    with pytest.raises(FileError, match="can't be learned from as it is") as refused:
        segmentation_sets(tmp_path, classes=["nothing", "square"])
    assert {"0.png", "1.png"} <= {word.rsplit("/")[-1] for word in str(refused.value).split()}


def test_too_few(tmp_path):
    fill(tmp_path, 4)
    with pytest.raises(FileError, match="has 4 pictures; learning and judging need at least 5"):
        segmentation_sets(tmp_path, classes=["nothing", "square"])
