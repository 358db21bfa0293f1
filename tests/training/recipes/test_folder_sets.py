import csv
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vislearn.errors import FileError, InputError
from vislearn.training.recipes.folder_sets import look_at, open_sets


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


def fill(folder, count, base=0):
    """Different pictures of one class."""
    folder.mkdir(parents=True)
    for index in range(count):
        pixels = np.full((8, 8, 3), base, dtype=np.uint8)
        pixels[0, 0] = index
        Image.fromarray(pixels).save(folder / f"{index}.png")


@pytest.fixture
def tree(tmp_path):
    for part, count in (("train", 3), ("val", 2), ("test", 1)):
        for name, base in (("dark", 20), ("light", 200)):
            fill(tmp_path / "tree" / part / name, count, base + len(part))
    return tmp_path / "tree"


@pytest.fixture
def flat(tmp_path):
    fill(tmp_path / "flat" / "dark", 20, 20)
    fill(tmp_path / "flat" / "light", 10, 200)
    return tmp_path / "flat"


def counts(sets):
    return {
        part: [pictures.targets.count(label) for label in (0, 1)] for part, pictures in sets.parts.items()
    }


def test_the_parts_are_found(tree):
    sets = open_sets(tree)
    assert counts(sets) == {"train": [3, 3], "val": [2, 2], "test": [1, 1]}
    assert (sets.classes, sets.drawn) == (["dark", "light"], False)
    shutil.rmtree(tree / "test")
    assert list(open_sets(tree).parts) == ["train", "val"]


def test_other_names_for_the_parts_do(tree):
    (tree / "train").rename(tree / "Training")
    (tree / "val").rename(tree / "valid")
    assert counts(open_sets(tree)) == {"train": [3, 3], "val": [2, 2], "test": [1, 1]}


def test_one_folder_is_split_class_by_class_and_every_picture_is_in_one_part(flat):
    sets = open_sets(flat, split=0.2, seed=3)
    assert counts(sets) == {"train": [16, 8], "val": [4, 2]}
    files = [path for pictures in sets.parts.values() for path, _label in pictures.samples]
    assert sorted(files) == sorted(map(str, flat.rglob("*.png")))
    assert sets.parts["val"].samples == open_sets(flat, split=0.2, seed=3).parts["val"].samples
    assert sets.parts["val"].samples != open_sets(flat, split=0.2, seed=4).parts["val"].samples


def test_what_is_drawn_is_drawn_from_train_where_there_is_one_and_test_stays(tree):
    shutil.rmtree(tree / "val")
    assert counts(open_sets(tree, split=0.3)) == {"train": [2, 2], "val": [1, 1], "test": [1, 1]}


def test_copies_stay_on_one_side(flat):
    for index in range(6):
        shutil.copy(flat / "dark" / "0.png", flat / "dark" / f"copy{index}.png")
    for seed in range(4):
        sets = open_sets(flat, split=0.3, seed=seed)
        names = [
            {Path(path).name for path, label in part.samples if not label} for part in sets.parts.values()
        ]
        copies = [any(name.startswith("copy") or name == "0.png" for name in part) for part in names]
        assert copies.count(True) == 1


def test_the_table_says_where_every_picture_is(flat):
    sets = open_sets(flat, split=0.2)
    rows = list(csv.DictReader(io.StringIO(sets.table().removeprefix("\ufeff"))))
    assert len(rows) == 30
    assert {row["file"] for row in rows if row["part"] == "val"} == {
        path for path, _label in sets.parts["val"].samples
    }
    assert all(Path(row["file"]).parent.name == row["class"] for row in rows)


def test_a_part_is_prepared_as_asked_and_no_other_is(tree):
    sets = open_sets(tree)
    assert sets.dataset("val", lambda picture: picture.size)[0] == ((8, 8), 0)
    assert sets.dataset("train", lambda picture: "as wanted")[0] == ("as wanted", 0)
    assert sets.parts["val"].transform is None


@pytest.mark.parametrize(
    ("break_it", "how", "kind", "sentence"),
    [
        (shutil.rmtree, {}, FileError, "does not exist"),
        (lambda tree: shutil.rmtree(tree / "val"), {}, FileError, r"val is not there.*--split 0\.2"),
        (lambda tree: None, {"split": 0.2}, InputError, "split must be left out, got 0.2. There is .*val"),
        (
            lambda tree: None,
            {"num_classes": 3},
            InputError,
            r"num_classes must be 2, .* got 3\. Leave it out",
        ),
        (
            lambda tree: (tree / "val" / "light").rename(tree / "val" / "bright"),
            {},
            FileError,
            r"(?s)val.light is not there, and .*train has.*val.bright is a class that .*train doesn't have",
        ),
        (
            lambda tree: shutil.rmtree(tree / "test" / "light"),
            {},
            FileError,
            r"test.light is not there, and .*train has this class\. Put pictures of it there",
        ),
        (
            lambda tree: [shutil.rmtree(place) for place in tree.glob("*/light")],
            {},
            FileError,
            "train holds a single class",
        ),
    ],
)
def test_a_folder_that_can_not_be_trained_on_is_one_sentence(tree, break_it, how, kind, sentence):
    break_it(tree)
    with pytest.raises(kind, match=sentence):
        open_sets(tree, **how)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "a.png").touch()
    with pytest.raises(FileError, match="is not a folder"):
        open_sets(tmp_path / "a.png")


def test_all_damaged_pictures_of_all_parts_are_named(tree):
    damaged = [tree / "train" / "dark" / "1.png", tree / "test" / "light" / "0.png"]
    for path in damaged:
        path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(FileError) as raised:
        look_at(open_sets(tree), lambda line: None)
    assert all(str(path) in str(raised.value) for path in damaged)


def test_pictures_that_are_doubtful_are_told_once_and_never_as_useless(tree):
    deep = np.full((8, 8), 4000, dtype=np.uint16)
    Image.fromarray(deep).save(tree / "train" / "dark" / "deep.png")
    lines = []
    sets = open_sets(tree, looked_at=True)
    look_at(sets, lines.append)
    assert sum("becomes nearly black" in line for line in lines) == 1
    part = sets.dataset("train", np.asarray)
    assert (
        max(int(part[index][0].max()) for index in range(len(part)) if "deep" in part.samples[index][0]) == 16
    )
    scaled = open_sets(tree, scale=4000)
    look_at(scaled, lines.append)
    assert sum("becomes nearly black" in line for line in lines) == 1
    assert max(int(picture.max()) for picture, _label in scaled.dataset("train", np.asarray)) == 255
    (tree / "train" / "dark" / "notes.txt").write_text("no picture")
    (tree / "val" / "dark" / "0.png").write_bytes(b"")
    with pytest.raises(FileError) as refused:
        open_sets(tree)
    assert "0.png is empty" in str(refused.value)
    assert "deep.png" not in str(refused.value)


def test_an_empty_class_does_not_hide_what_else_is_wrong(tree):
    shutil.rmtree(tree / "val" / "dark")
    (tree / "val" / "dark").mkdir()
    (tree / "train" / "light" / "0.png").write_bytes(b"")
    (tree / "test" / "light" / "notes.docx").touch()
    with pytest.raises(FileError, match="has pictures that can't be used") as caught:
        open_sets(tree)
    said = str(caught.value)
    for part in ("dark is an empty class folder", "0.png is empty (0 bytes)", "notes.docx is not a picture"):
        assert part in said


def test_of_one_folder_that_is_split_all_is_named_too(flat):
    (flat / "empty").mkdir()
    (flat / "dark" / "0.png").write_bytes(b"")
    with pytest.raises(FileError, match=r"(?s)0\.png is empty.*empty is an empty class folder"):
        open_sets(flat, split=0.2)


def test_of_very_many_damaged_pictures_some_are_named_and_the_rest_counted(flat):
    for index in range(60):
        (flat / "dark" / f"empty{index}.png").touch()
    with pytest.raises(FileError, match=r"\.\.\. and 10 more\."):
        look_at(open_sets(flat, split=0.2), lambda line: None)


@pytest.mark.parametrize(("rare", "told"), [(3, 0), (2, 1)])
def test_a_class_that_is_far_too_rare_is_told(tmp_path, rare, told):
    for part in ("train", "val"):
        fill(tmp_path / part / "dark", 20, 20 + len(part))
        fill(tmp_path / part / "light", rare, 200 + len(part))
    lines = []
    look_at(open_sets(tmp_path), lines.append)
    assert sum("has 20 pictures of one class and 2 of another" in line for line in lines) == told
    assert len(lines) == 1 + told


@pytest.mark.parametrize("part", ["val", "test"])
def test_copies_of_what_is_learned_are_told_in_every_part(tree, part):
    shutil.copy(tree / "train" / "dark" / "0.png", tree / part / "dark" / "copy.png")
    lines = []
    look_at(open_sets(tree), lines.append)
    told = [line for line in lines if "are in train, too" in line]
    assert len(told) == 1
    assert f"pictures in {part} are" in told[0]
    assert "copy.png" in told[0]
    lines.clear()
    look_at(open_sets(tree), lines.append, audit=False)
    assert len(lines) == 1  # how many it looks at


@pytest.mark.parametrize("sign", ["data.yaml", "labels"])
def test_a_set_with_boxes_is_told_as_one(flat, sign):
    (flat / "classes.txt").write_text("cat\n", encoding="utf-8")
    with pytest.raises(FileError, match=r"train is not there"):
        open_sets(flat)
    (flat / sign).mkdir() if sign == "labels" else (flat / sign).write_text("names: [cat]\n")
    with pytest.raises(FileError, match=r"flat holds boxes \(yolo\), .*fit_detector, as lesson 12 shows"):
        open_sets(flat)
