import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from vislearn.datasets import overview, textures
from vislearn.datasets.leaks import Leak, Leaks
from vislearn.datasets.overviews import Overview, PartOverview
from vislearn.errors import FileError
from vislearn.problems import Problem


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
    assert part.title == "6 pictures"
    assert replace(part, name="val", paths=part.paths[:1]).title == "val: 1 picture"


def test_what_val_shares_with_train_is_a_leak(materials):
    shutil.copy(materials / "train" / "wood" / "000.jpg", materials / "val" / "wood" / "same.jpg")
    found = overview(materials)
    (leak,) = found.leaks["val"].found
    assert leak.kind == "bytes"
    (problem,) = found.problems
    assert problem.where == str(materials / "val" / "wood" / "same.jpg")
    assert problem.what == f"is the same picture as {materials / 'train' / 'wood' / '000.jpg'} in train"
    assert str(problem) in str(found)
    assert "Nothing is wrong" not in str(found)


def test_copies_that_only_look_alike_are_named_and_no_problem(materials):
    wood = materials / "train" / "wood" / "000.jpg"
    copies = [materials / "val" / "wood" / "saved.jpg", *(wood.with_name(f"{n}.jpg") for n in range(6))]
    for number, copy in enumerate(copies):
        with Image.open(wood) as picture:
            picture.save(copy, quality=90 - number)
    found = overview(materials)
    assert found.problems == []
    assert f"\n  {wood.with_name('0.jpg')} → {copies[0]}\n" in str(found)  # train → val
    assert str(found).count(f" → {wood.parent}") == 5
    assert "\n  ... and 1 more.\n" in str(found)


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
    assert (len(found.parts[1].paths), found.parts[1].counts) == (4, {"bricks": 2, "wood": 2})
    assert found.parts[1].title == "val: 4 pictures; others that can't be read: 1"
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


def test_parts_with_other_class_folders_are_told(tmp_path):
    for part, kinds in {"train": ["cat", "dog"], "val": ["Dog", "cat"]}.items():
        for number, kind in enumerate(kinds):
            (tmp_path / part / kind).mkdir(parents=True)
            colour = (90 * number, 200 * (part == "val"), 0)
            Image.new("RGB", (8, 8), colour).save(tmp_path / part / kind / "a.png")
    (problem,) = (one for one in overview(tmp_path).problems if "class folders" in one.what)
    assert problem.where == str(tmp_path / "val")
    assert "than train: 'Dog' only in val; 'dog' only in train" in problem.what


@pytest.fixture
def bees(tmp_path):
    """VOC's folders with four pictures and their files; the first has a 0, the last another spelling."""
    for name in ("Annotations", "JPEGImages"):
        (tmp_path / "voc" / name).mkdir(parents=True)
    for number, (left, kind) in enumerate(((0, "bee"), (3, "bee"), (4, "bee"), (5, "Bee"))):
        Image.new("RGB", (40, 30), (50 * number, 0, 0)).save(
            tmp_path / "voc" / "JPEGImages" / f"{number}.png"
        )
        corners = f"<xmin>{left}</xmin><ymin>2</ymin><xmax>20</xmax><ymax>20</ymax>"
        thing = f"<object><name>{kind}</name><bndbox>{corners}</bndbox></object>"
        file = tmp_path / "voc" / "Annotations" / f"{number}.xml"
        file.write_text(f"<annotation><filename>{number}.png</filename>{thing}</annotation>")
    return tmp_path / "voc"


def test_all_of_voc_s_files_that_are_wrong_are_told_and_the_others_looked_at(bees):
    notes = bees / "Annotations"
    (notes / "1.xml").write_text("<annotation><object>")
    (notes / "2.xml").write_text((notes / "2.xml").read_text().replace(">4<", ">four<"))
    found = overview(bees)
    assert (found.kind, found.parts[0].counts) == ("VOC", {"Bee": 1, "bee": 1})
    told = {problem.where: problem.what for problem in found.problems}
    assert "is not whole XML" in told[str(notes / "1.xml")]
    assert "has 'four' as xmin" in told[str(notes / "2.xml")]


def test_counting_from_0_and_two_spellings_of_a_class_are_told(bees):
    told = [str(problem) for problem in overview(bees).problems]
    assert any("xmin or ymin is 0, and VOC counts from 1: 0.xml" in one for one in told)
    assert any("has the classes 'Bee' and 'bee'" in one for one in told)


def test_a_picture_that_two_lists_of_voc_s_name_is_told(bees):
    (bees / "ImageSets" / "Main").mkdir(parents=True)
    for part, names in {"train": "1\n2\n", "val": "2\n3\n"}.items():
        (bees / "ImageSets" / "Main" / f"{part}.txt").write_text(names)
    told = f"{bees / 'JPEGImages' / '2.png'} stands in train, too. Take it out"
    assert any(str(problem).startswith(told) for problem in overview(bees).problems)


def test_a_turned_box_of_cvat_s_is_told(tmp_path):
    (tmp_path / "images").mkdir()
    Image.new("RGB", (60, 40)).save(tmp_path / "images" / "a.png")
    box = '<box label="bee" rotation="30" xtl="10" ytl="5" xbr="30" ybr="15"/>'
    image = f'<image id="0" name="a.png" width="60" height="40">{box}</image>'
    (tmp_path / "annotations.xml").write_text(f"<annotations>{image}</annotations>")
    (problem,) = overview(tmp_path).problems
    assert "turned boxes" in problem.what


def test_a_folder_that_holds_no_set_is_told(tmp_path):
    with pytest.raises(FileError, match="is not a folder"):
        overview(tmp_path / "absent")
    with pytest.raises(FileError, match="has no layout that is known"):
        overview(tmp_path)


def part(name, *, problems=0, copies=0, pictures=0):
    """A part whose pictures grow brighter, a half nearly black or nearly white."""
    return PartOverview(
        name,
        {"cat": 12, "longname": 3},
        [f"{number}.png" for number in range(pictures)],
        np.array([(40, 30)] * max(pictures - 4, 0) + [(8, 6)] * 2 + [(9, 7), (10, 7)])[:pictures].reshape(
            -1, 2
        ),
        np.array([29.9, 30.0, 100.0, 225.0, 225.1, 255.0])[:pictures],
        {},
        [(f"a{number}", f"b{number}", "near") for number in range(copies)],
        [Problem(f"{number}.png", "is odd", "Mend it.") for number in range(problems)],
    )


LONG_REPORT = """\
set: ImageFolder
train: 6 pictures
pictures per class:
  cat           12
  longname       3
sizes: 4 different, most often 40×30 (2), 8×6 (2), 9×7 (1)
brightness: 144 of 255; 1 nearly black, 2 nearly white
Pictures that copy an earlier one, or look so: 6
  a0 → b0
  a1 → b1
  a2 → b2
  a3 → b3
  a4 → b4
  ... and 1 more.
val: 1 picture
pictures per class:
  cat           12
  longname       3
sizes: 1 different, most often 8×6 (1)
brightness: 30 of 255; 1 nearly black, 0 nearly white
Pictures that copy an earlier one, or look so: 5
  a0 → b0
  a1 → b1
  a2 → b2
  a3 → b3
  a4 → b4
train → val:
  3 of 9 validation pictures have a copy in the training set, or what looks like one.
       1  the same file
       1  nearly the same: saved anew, resized, a little brighter
       1  nearly the same, mirrored
  Groups in both parts: 11 (0, 1, 2, 3, 4, 5, 6, 7, 8, 9).
  Not looked for: cut-outs, turned pictures, another photograph of the same thing.
  4 validation pictures look as much like another of their own part: here near copies can't be told from \
pictures that are merely alike. Look at them.
  t.png → n.png
  t.png → m.png
a note
"""


def test_a_long_report_is_the_one_that_is_written_down(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    found = [Leak("v.png", "t.png", "bytes", 1.0)]
    found += [Leak(f"{kind[0]}.png", "t.png", kind, 0.9) for kind in ("near", "mirrored")]
    leaks = {"val": Leaks(tuple(found), tuple(range(11)), 9, 4)}
    parts = [part("train", problems=20, copies=6, pictures=6), part("val", copies=5, pictures=1)]
    whole = Overview("set", "ImageFolder", "pictures", parts, leaks, ("a note",))
    listed = "\n".join(f"- {number}.png is odd. Mend it." for number in range(20))
    assert str(whole) == f"{LONG_REPORT}{listed}\n... and 1 more."
    assert str(whole.problems[-1]) == (
        "v.png is the same picture as t.png in train. Take it out of one of the two: what is learned from is "
        "no exam."
    )
    short = Overview("set", "COCO", "objects", [part("")], {})
    assert str(short).splitlines() == [
        "set: COCO",
        "0 pictures",
        "objects per class:",
        "  cat           12",
        "  longname       3",
        "Pictures that copy an earlier one, or look so: 0",
        "Nothing is wrong with its files.",
    ]
    just = Overview("set", "COCO", "objects", [part("", problems=20)], {})
    assert str(just).endswith("- 19.png is odd. Mend it.")
