import pytest

from vislearn.datasets.segmentation.class_list import ClassList, class_list
from vislearn.errors import InputError

RIGHT = [
    ("a list", ["sky", "road"], ClassList(["sky", "road"], None, {0: 0, 1: 1}, {})),
    ("a tuple", ("sky",), ClassList(["sky"], None, {0: 0}, {})),
    ("numbers without gaps stay", {1: "road", 0: "sky"}, ClassList(["sky", "road"], None, {0: 0, 1: 1}, {})),
    ("gaps: as named", {7: "road", 3: "sky"}, ClassList(["road", "sky"], None, {7: 0, 3: 1}, {})),
    ("white is nothing", {255: "paper", 0: "ink"}, ClassList(["paper", "ink"], None, {255: 0, 0: 1}, {})),
    (
        "void",
        {0: "sky", 1: "Void", 2: "road", 255: "IGNORE"},
        ClassList(["sky", "road"], None, {0: 0, 1: 255, 2: 1, 255: 255}, {}),
    ),
    (
        "colours",
        {(0, 0, 0): "void", (9, 9, 9): "sky"},
        ClassList(["sky"], [(9, 9, 9)], {0: 255, 1: 0}, {(0, 0, 0): 255, (9, 9, 9): 0}),
    ),
]


@pytest.mark.parametrize(("name", "classes", "expected"), RIGHT, ids=[row[0] for row in RIGHT])
def test_what_is_stored_becomes_a_class(name, classes, expected):
    assert class_list(classes) == expected


def test_a_file_and_colours_beside_names(tmp_path):
    (tmp_path / "codes.txt").write_text("sky\nroad\n")
    for classes in (tmp_path / "codes.txt", str(tmp_path / "codes.txt"), ["sky", "road"]):
        found = class_list(classes, [(1, 2, 3), (4, 5, 6)])
        assert found.names == ["sky", "road"]
        assert found.by_color == {(1, 2, 3): 0, (4, 5, 6): 1}
        assert found.colors == [(1, 2, 3), (4, 5, 6)]


def test_void_is_what_is_called_so():
    assert class_list(["sky", "void"], void=()).names == ["sky", "void"]
    for void in (["Edge"], "Edge"):
        assert class_list(["sky", "edge"], void=void).by_number == {0: 0, 1: 255}


def test_names_in_one_unicode_form():
    assert class_list(["\u09dc"]).names == ["\u09a1\u09bc"]


WRONG = [
    ("none", [], None, "must name 1 ... 255 classes, got 0"),
    ("void alone", ["void"], None, "must name 1 ... 255 classes, got 0"),
    ("too many", [str(at) for at in range(256)], None, "got 256"),
    ("a name twice", ["sky", "sky"], None, "each name once, got 'sky' twice"),
    ("a number", 3, None, "must be a text file, a list of names.*got int"),
    ("no order", {"sky", "road"}, None, "got set"),
    ("no names", [1, 2], None, "must be names, got 1"),
    ("an empty name", [" "], None, "must be names"),
    ("below 0", {-1: "sky"}, None, "must be named by a number or by"),
    ("a word for a number", {"0": "sky"}, None, "must be named by a number or by"),
    ("a colour too high", {(0, 0, 256): "sky"}, None, "0..255, got \\(0, 0, 256\\)"),
    ("colours too few", ["sky", "road"], [(0, 0, 0)], "must be one per name \\(2\\)"),
    ("colours twice", {(0, 0, 0): "sky"}, [(0, 0, 0)], "where the names come without"),
    ("one colour for two", ["sky", "road"], [(0, 0, 0)] * 2, "each colour once"),
]


@pytest.mark.parametrize(("name", "classes", "colors", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_refused(name, classes, colors, message):
    with pytest.raises(InputError, match=message):
        class_list(classes, colors)


def test_a_file_is_named_in_what_is_wrong_with_it(tmp_path):
    (tmp_path / "classes.txt").write_text("0 sky\n0 road\n")
    with pytest.raises(InputError, match=r"classes\.txt must have each number once, got 0 twice"):
        class_list(tmp_path / "classes.txt")
