import pytest

from vislearn.datasets.detection.pairing import pictures_by_stem, pictures_in, require_unshared, the_picture
from vislearn.errors import FileError

ONE, TWO = "\u09a1\u09bc", "\u09dc"  # ড় with two code points, and with one


def paired(folder, files, annotation, noted=""):
    for name in files:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return the_picture(folder, folder / "xml" / annotation, noted, pictures_by_stem(folder))


RIGHT = [
    ("its own name", ["a.png"], "a.xml", "", "a.png"),
    ("what it notes", ["a.png"], "b.xml", "a.png", "a.png"),
    ("a name from elsewhere", ["a.png"], "a.xml", "IMG_1.jpg", "a.png"),
    ("the same name, another format", ["a.png"], "1.xml", "a.jpg", "a.png"),
    ("other files beside it", ["a.json", "a.txt", "a.png", "a.png~"], "a.xml", "", "a.png"),
    ("a noted file that is no picture", ["a.txt", "a.png"], "a.xml", "a.txt", "a.png"),
    ("brackets", ["a[1].png", "a1.png"], "a[1].xml", "", "a[1].png"),
    ("a folder of another machine", ["a.png"], "b.xml", r"C:\data\a.png", "a.png"),
    ("an absolute folder", ["a.png"], "b.xml", "/nowhere/a.png", "a.png"),
    ("a folder of this one", ["sub/a.png", "b.png"], "c.xml", "sub/a.png", "sub/a.png"),
    ("one of two formats", ["a.png", "a.jpg"], "a.xml", "a.jpg", "a.jpg"),
    ("another Unicode form", [f"{ONE}.png"], f"{TWO}.xml", "", f"{ONE}.png"),
    ("another Unicode form, noted", [f"{ONE}.png"], "1.xml", f"{TWO}.png", f"{ONE}.png"),
]


@pytest.mark.parametrize(
    ("name", "files", "annotation", "noted", "expected"), RIGHT, ids=[row[0] for row in RIGHT]
)
def test_the_right_picture_is_found(tmp_path, name, files, annotation, noted, expected):
    assert paired(tmp_path, files, annotation, noted).samefile(tmp_path / expected)


WRONG = [
    (
        "a stale name",
        ["a.png", "b.png"],
        "a.xml",
        "b.png",
        "notes the picture b.png, but a.png is called as it is",
    ),
    ("two formats", ["a.png", "a.jpg"], "a.xml", "", "could belong to a.jpg or a.png"),
    ("none", ["a.json", "ab.png"], "a.xml", "", "is not there, but a.xml names it"),
    ("above the folder", ["b.png"], "a.xml", "../a.png", "is not there"),
]


@pytest.mark.parametrize(
    ("name", "files", "annotation", "noted", "sentence"), WRONG, ids=[row[0] for row in WRONG]
)
def test_what_is_not_clear_is_said(tmp_path, name, files, annotation, noted, sentence):
    (tmp_path.parent / "a.png").touch()
    with pytest.raises(FileError, match=sentence):
        paired(tmp_path, files, annotation, noted)


def test_no_folder_has_no_pictures(tmp_path):
    assert pictures_by_stem(tmp_path / "no") == {}
    with pytest.raises(FileError, match=r"is not a folder\. Make one"):
        pictures_in(tmp_path / "no", fix="Make one.")


def test_foreign_files_among_pictures_are_told_and_litter_is_not(tmp_path):
    for name in ("b.png", "a.jfif", "Thumbs.db"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures_in(tmp_path)] == ["a.jfif", "b.png"]
    (tmp_path / "notes.txt").touch()
    with pytest.raises(FileError, match=r"notes\.txt is not a picture"):
        pictures_in(tmp_path)


def test_two_annotations_of_one_picture(tmp_path):
    require_unshared({}, tmp_path / "a.png", "1", tmp_path)
    with pytest.raises(FileError, match=r"two annotations of a\.png: 1 and 2"):
        require_unshared({tmp_path / "a.png": "1"}, tmp_path / "a.png", "2", tmp_path)
