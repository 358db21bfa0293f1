"""Folders with pictures and masks become two sets, and nothing wrong in them passes."""

import shutil
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.errors import FileError, InputError
from vislearn.training import anchor_sizes, instance_sets, segmentation_sets


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


def test_pictures_to_judge_by_that_were_learned_from_are_told(tmp_path):
    fill(tmp_path / "train", 3)
    fill(tmp_path / "val", 2)
    for path in (tmp_path / "val" / "images").iterdir():
        Image.new("RGB", (8, 8), (200, 100, int(path.stem))).save(path)
    said = []
    segmentation_sets(tmp_path, classes=["nothing", "square"], say=said.append)
    assert said == []
    shutil.copytree(tmp_path / "train", tmp_path / "val", dirs_exist_ok=True)
    segmentation_sets(tmp_path, classes=["nothing", "square"], say=said.append)
    (told,) = said
    assert told.startswith("3 of the 3 pictures in val are in train, too")


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
    assert "has numbers that no class has: 7 (0.png and 1 more files)" in str(refused.value)


def test_too_few(tmp_path):
    fill(tmp_path, 4)
    with pytest.raises(FileError, match="has 4 pictures; learning and judging need at least 5"):
        segmentation_sets(tmp_path, classes=["nothing", "square"])


def test_masks_in_black_and_white(tmp_path):
    fill(tmp_path / "train", 2, value=255)
    fill(tmp_path / "val", 1, value=255)
    train, val = segmentation_sets(tmp_path, objects="cell")
    assert (train.classes, len(val)) == (["background", "cell"], 1)
    assert train[0][1].sum() == 16


def test_what_belongs_to_the_other_kind_of_masks_is_refused(tmp_path):
    fill(tmp_path, 5)
    for given in ({"classes": ["a", "b"]}, {"stored": "numbers"}):
        with pytest.raises(InputError, match="can't be used with objects"):
            segmentation_sets(tmp_path, objects="cell", **given)
    with pytest.raises(InputError, match="background can't be used with classes"):
        segmentation_sets(tmp_path, classes=["a", "b"], background="white")


def test_a_single_class_is_none(tmp_path):
    fill(tmp_path, 5, value=0)
    with pytest.raises(InputError, match=r"must name at least two classes.*got square.*such as background"):
        segmentation_sets(tmp_path, classes=["square"])


def test_without_names_it_says_what_to_write(tmp_path):
    fill(tmp_path, 5)
    with pytest.raises(FileError, match=r"classes.txt does not exist.*Write it: the name of each class"):
        segmentation_sets(tmp_path)


@pytest.mark.parametrize("file", ["annotations.json", "annotations.XML"])
def test_outlines_in_a_file_have_another_door(tmp_path, file):
    (tmp_path / file).write_text("")
    with pytest.raises(FileError, match=rf"has annotations \({file}\) and no label images.*masks=True"):
        segmentation_sets(tmp_path)
    fill(tmp_path, 5)
    with pytest.raises(FileError, match=r"classes\.txt does not exist"):
        segmentation_sets(tmp_path)


def test_no_folder_is_told_before_anything_is_asked_for(tmp_path):
    (tmp_path / "file").touch()
    for name, what in (("nowhere", "does not exist"), ("file", "is a file, not a folder")):
        with pytest.raises(FileError, match=what):
            segmentation_sets(tmp_path / name)


def test_objects_by_themselves(tmp_path):
    fill(tmp_path, 11, value=3)
    train, val = instance_sets(tmp_path, label="cell")
    assert (train.indices, val.indices) == ([0, 1, 2, 3, 5, 6, 7, 8, 10], [4, 9])
    _image, target = val[0]
    assert target["boxes"].tolist() == [[2, 2, 6, 6]]
    assert target["masks"].sum() == 16
    assert anchor_sizes(train) == (4.0, 4.0, 4.0)


def test_all_that_is_wrong_with_objects_is_named(tmp_path):
    for part in ("train", "val"):
        fill(tmp_path / part, 2)
        Image.new("L", (9, 8)).save(tmp_path / part / "labels" / "0.png")
    with pytest.raises(FileError, match="can't be learned from as it is") as refused:
        instance_sets(tmp_path, label="cell")
    assert str(refused.value).count("0.png") == 2
    with pytest.raises(FileError, match="does not exist"):
        instance_sets(tmp_path / "nowhere", label="cell")


def test_no_object_has_no_size(tmp_path):
    fill(tmp_path, 5, value=0)
    with pytest.raises(FileError, match="can't be learned from"):
        instance_sets(tmp_path, label="cell")
    with pytest.raises(InputError, match="dataset must show at least one object, got none"):
        anchor_sizes([(None, {"boxes": torch.zeros(0, 4)})])


def test_numbers_of_classes_are_no_objects(tmp_path):
    fill(tmp_path, 5, value=2)
    (tmp_path / "classes.txt").write_text("nothing\nsquare\nround\n")
    for read in (partial(instance_sets, label="cell"), partial(segmentation_sets, objects="cell")):
        with pytest.raises(FileError, match=r"classes\.txt is here and names 3 classes: .* class numbers"):
            read(tmp_path)
    (tmp_path / "classes.txt").write_text("nothing\nsquare\n")
    assert len(segmentation_sets(tmp_path, objects="cell")[0]) == 4


@pytest.mark.parametrize(
    ("opened", "how"),
    [(segmentation_sets, {"classes": ["nothing", "square"]}), (instance_sets, {"label": "square"})],
    ids=["classes", "objects"],
)
def test_pictures_of_twelve_bits_are_told_once_or_read_by_scale(tmp_path, opened, how):
    fill(tmp_path, 5)
    deep = np.full((8, 8), 4000, dtype=np.uint16)
    Image.fromarray(deep).save(tmp_path / "images" / "0.png")
    said = []
    train, _val = opened(tmp_path, say=said.append, **how)
    assert sum("becomes nearly black" in line for line in said) == 1
    read = train.dataset.reader
    assert int(read(tmp_path / "images" / "0.png").max()) == 16  # and nobody is warned again
    assert read.keywords["scale"] is None
    said.clear()
    train, _val = opened(tmp_path, say=said.append, scale=4000, **how)
    assert not any("nearly black" in line for line in said)
    assert int(train.dataset.reader(tmp_path / "images" / "0.png").max()) == 255
    assert train.dataset.reader.keywords["scale"] == 4000
