"""YOLO's lines: read as Ultralytics reads them, each fault named with its line."""

import pytest

from vislearn.datasets.detection.yolo_file import edges_of, read_yolo
from vislearn.errors import FileError

BOX = "0 0.5 0.5 0.2 0.4"


def rows(tmp_path, text, classes=2):
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    return read_yolo(tmp_path / "a.txt", classes)


def test_no_objects(tmp_path):
    assert rows(tmp_path, "\n  \n") == []


def test_a_box(tmp_path):
    (row,) = rows(tmp_path, f"\ufeff\n{BOX}\r\n")
    assert (row.line, row.label, row.box, row.outline) == (2, 0, (0.5, 0.5, 0.2, 0.4), None)
    assert edges_of(row.box, (100, 200)) == pytest.approx([80, 30, 120, 70])


def test_an_outline_has_the_box_around_it(tmp_path):
    (row,) = rows(tmp_path, "1 0.1 0.2 0.5 0.2 0.3 0.8")
    assert row.box == pytest.approx((0.3, 0.5, 0.4, 0.6))
    assert row.outline == (0.1, 0.2, 0.5, 0.2, 0.3, 0.8)


def test_boxes_among_outlines_stay_boxes(tmp_path):
    """Ultralytics takes a box for an outline of two points where a line beside it is an outline."""
    box, outlined = rows(tmp_path, f"{BOX}\n1 0.1 0.2 0.5 0.2 0.3 0.8")
    assert box.box == (0.5, 0.5, 0.2, 0.4)
    assert outlined.outline is not None


def test_confidences_are_left_out_where_every_line_has_one(tmp_path):
    first, second = rows(tmp_path, f"{BOX} 0.9\n1 0.5 0.5 0.1 0.1 0.25")
    assert (first.box, second.label) == ((0.5, 0.5, 0.2, 0.4), 1)


def test_rounding_to_six_digits_is_no_fault(tmp_path):
    assert len(rows(tmp_path, "0 1.000001 0.5 0.1 0.1")) == 1


POSE = "0 0.5 0.5 0.2 0.4" + " 0.4 0.5 {} 0.5 0.5 1 0.6 0.5 0 0.4 0.6 {}"
WRONG = [
    (POSE.format(2, 2), "looks like a box and 4 points with their visibility. Export it as boxes."),
    (POSE.format(0, 1) + " 0.5 0.5 1", "looks like a box and 5 points with their visibility"),
    ("0 0.5 0.5 0.2 0.4 0.4 0.5 2 0.5 0.5 1 0.6 0.5 0", "looks like a box and 3 points"),
    (POSE.format(0, 1), "looks like a box and 4 points with their visibility"),
    (POSE.format(100, 1), "has 100, which is a number of pixels"),
    ("0 0.5 0.5 0.2", "line 1: it has 4 numbers, and a box needs 5"),
    (f"{BOX}\n\n0", "line 3: it has 1 numbers"),
    (f"{BOX} 0.9\n{BOX}", "line 1: it has 6 numbers"),
    ("0 0.1 0.2 0.5 0.2 0.3 0.8 0.9", "line 1: it has 8 numbers"),
    ("0 0.5 0.5 0.2 nan", "line 1: it has 'nan' where a number belongs"),
    ("0 0.5 0.5 0.2 inf", "'inf' where a number"),
    ("0 0,5 0,5 0,2 0,4", "'0,5' where a number"),
    ("0,0.5,0.5,0.2,0.4", "where a number belongs"),
    ("cat 0.5 0.5 0.2 0.4", "'cat' where a number"),
    ("0 0.5 0.5 0.2 0_4", "'0_4' where a number"),
    ("2 0.5 0.5 0.2 0.4", "line 1: it is of class 2, but 2 classes have a name, 0 ... 1"),
    ("-1 0.5 0.5 0.2 0.4", "begins with -1, and classes are counted from 0"),
    ("0.5 0.5 0.5 0.2 0.4", "begins with 0.5"),
    ("0 100 60 20 40", "has 100, which is a number of pixels and no fraction"),
    ("0 1.2 0.5 0.2 0.4", "has 1.2, which lies outside 0 ... 1"),
    ("0 0.5 0.5 -0.2 0.4", "has -0.2, which lies outside"),
    (f"{BOX}\n{BOX}.0".replace(".0", "0"), "line 2: it repeats line 1"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[row[1] for row in WRONG])
def test_a_wrong_line_is_named(tmp_path, text, sentence):
    with pytest.raises(FileError, match=r"a.txt is wrong in line") as raised:
        rows(tmp_path, text)
    assert sentence in str(raised.value)


def test_an_outline_that_touches_the_edges_now_and_then_is_none_of_a_pose(tmp_path):
    for line in (POSE.format(0.3, 1), "0 0 0 1 0 1 0.2 1 1 0 1"):
        (row,) = rows(tmp_path, line)
        assert len(row.outline) == len(line.split()) - 1


def test_what_is_no_text(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe0\x00")
    with pytest.raises(FileError, match="is not text in UTF-8"):
        read_yolo(tmp_path / "a.txt", 1)
