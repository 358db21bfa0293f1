import pytest

from vislearn.datasets.segmentation.class_file import Entry, read_classes
from vislearn.errors import FileError

ROAD, SKY = Entry("Road", color=(128, 64, 128)), Entry("Sky", color=(70, 130, 180))
FORMS = [
    ("CamVid", "128 64 128\tRoad\n70 130 180\t\tSky\n", [ROAD, SKY]),
    ("commas", "128, 64, 128, Road\n70,130,180,Sky", [ROAD, SKY]),
    ("numbers", "0 Road\n7 Sky side", [Entry("Road", 0), Entry("Sky side", 7)]),
    ("numbers with a colon", "0: Road\n7 : Sky", [Entry("Road", 0), Entry("Sky", 7)]),
    ("a table with a head", "name,r,g,b\nRoad,128,64,128\nSky,70,130,180", [ROAD, SKY]),
    ("CVAT", "# label:color_rgb:parts:actions\nRoad:128,64,128::\nSky:70,130,180::", [ROAD, SKY]),
    ("names", "Road\nSky side\n", [Entry("Road"), Entry("Sky side")]),
    ("litter", "\ufeff\n# from CamVid\n\n  0 Road  \r\n 1 Sky\r\n", [Entry("Road", 0), Entry("Sky", 1)]),
    ("Bengali", "0 আকাশ\n1 রাস্তা", [Entry("আকাশ", 0), Entry("রাস্তা", 1)]),
    ("digits in a name", "0 2 wheeler\n1 car", [Entry("2 wheeler", 0), Entry("car", 1)]),
]


@pytest.mark.parametrize(("name", "text", "expected"), FORMS, ids=[row[0] for row in FORMS])
def test_forms(tmp_path, name, text, expected):
    path = tmp_path / "classes.txt"
    path.write_text(text, encoding="utf-8", newline="")
    assert read_classes(path) == expected


WRONG = [
    ("empty", "\n# nothing\n", "names no class"),
    ("only a head", "name,r,g,b\n", "names no class"),
    (
        "another form below",
        "0 Road\n1 Sky\nCar\n",
        "line 3 that is not 'number name' as the lines before: 'Car'",
    ),
    ("a colour without a name", "1 2 3 Road\n1 2 3", "line 2 that is not 'R G B name'"),
    ("a colour too high", "300 2 3 Road", "colour above 255 in line 1"),
    ("a number too high", "70000 Road", "number above 65535 in line 1"),
    ("no form", ";;", "line 1 that is of no form"),
]


@pytest.mark.parametrize(("name", "text", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_refused_with_the_line(tmp_path, name, text, message):
    path = tmp_path / "classes.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=message) as caught:
        read_classes(path)
    assert str(caught.value).startswith(str(path))


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(FileError, match=r"no.txt does not exist. Check its name and its folder. Known forms"):
        read_classes(tmp_path / "no.txt")
    with pytest.raises(FileError, match="can't be read"):
        read_classes(tmp_path)
    (tmp_path / "old.txt").write_bytes(b"0 stra\xdfe")
    with pytest.raises(FileError, match="no text in UTF-8"):
        read_classes(tmp_path / "old.txt")
