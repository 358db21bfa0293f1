import shutil

import numpy as np
import pytest
from PIL import Image

from vislearn.datasets import overview, textures
from vislearn.errors import FileError


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def materials(tmp_path, bundled):
    """``train`` and ``val`` of two materials, three and two pictures of each."""
    for split, count in (("train", 3), ("val", 2)):
        for name in ("bricks", "wood"):
            (tmp_path / "set" / split / name).mkdir(parents=True)
            for path in sorted((textures(split) / name).glob("*.jpg"))[:count]:
                shutil.copy(path, tmp_path / "set" / split / name)
    return tmp_path / "set"


def test_a_sound_set_is_counted_part_by_part(materials):
    found = overview(materials)
    train, val = found.parts
    assert (found.kind, found.unit, found.problems) == ("ImageFolder", "pictures", [])
    assert (train.name, train.counts, val.counts) == (
        "train",
        {"bricks": 3, "wood": 3},
        {"bricks": 2, "wood": 2},
    )
    assert train.sizes_wh.tolist() == [[64, 64]] * 6
    with Image.open(train.paths[0]) as picture:
        assert train.brightness[0] == pytest.approx(np.asarray(picture.convert("RGB")).mean(), abs=0.5)
    assert set(train.examples) == {"bricks", "wood"}
    assert (train.copies, found.leaks["val"].found) == ([], ())
    assert "Nothing is wrong with its files." in str(found)
    assert "bricks       3" in str(found)


def test_a_single_part_has_no_name(materials):
    (part,) = overview(materials / "train").parts
    assert part.name == ""


def test_what_val_shares_with_train_is_a_leak(materials):
    shutil.copy(materials / "train" / "wood" / "000.jpg", materials / "val" / "wood" / "same.jpg")
    (leak,) = overview(materials).leaks["val"].found
    assert leak.kind == "bytes"


def test_a_picture_twice_is_a_copy_and_in_two_classes_a_problem(materials):
    wood = materials / "train" / "wood"
    shutil.copy(wood / "000.jpg", wood / "again.jpg")
    shutil.copy(wood / "001.jpg", materials / "train" / "bricks" / "odd.jpg")
    found = overview(materials)
    assert len(found.parts[0].copies) == 2
    (problem,) = found.problems
    assert (problem.where, problem.what) == (
        str(wood / "001.jpg"),
        f"is the same picture as {materials / 'train' / 'bricks' / 'odd.jpg'}, which is bricks",
    )


def test_a_damaged_picture_is_a_problem_once_and_hinders_nothing(materials):
    (materials / "val" / "wood" / "cut.jpg").write_bytes(b"\xff\xd8\xff")
    found = overview(materials)
    assert [problem.where for problem in found.problems] == [str(materials / "val" / "wood" / "cut.jpg")]
    assert (len(found.parts[1].paths), found.parts[1].counts["wood"]) == (4, 3)
    assert str(found.problems[0]) in str(found)


def test_many_problems_are_cut_short_on_a_terminal(materials):
    for number in range(25):
        (materials / "val" / "wood" / f"{number}.txt").write_text("no picture")
    assert "... and 5 more." in str(overview(materials))


def test_progress_counts_every_picture(materials):
    counts = []
    overview(materials, progress=counts.append)
    assert sum(counts) == 10


def test_objects_are_counted_where_boxes_are(bundled):
    found = overview(bundled / "scenes" / "VOCdevkit" / "VOC2012")
    assert (found.kind, found.unit, [part.name for part in found.parts]) == (
        "VOC",
        "objects",
        ["train", "val"],
    )
    assert "objects per class:" in str(found)
    assert found.leaks["val"].found == ()


def test_a_folder_that_holds_no_set_is_told(tmp_path):
    with pytest.raises(FileError, match="is not a folder"):
        overview(tmp_path / "absent")
    with pytest.raises(FileError, match="has no layout that is known"):
        overview(tmp_path)
