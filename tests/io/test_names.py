import pytest

from vislearn.io.names import FORMATS, find_named, has_picture_ending, plain_name

ONE, TWO = "\u09a1\u09bc", "\u09dc"  # ড় with two code points, and with one


@pytest.mark.parametrize("name", ["a.JPG", "a.jfif", "a.jpe", "a.gif", "a.avif", "a.jp2", "a.b.png"])
def test_endings_of_pictures(tmp_path, name):
    assert has_picture_ending(tmp_path / name)


@pytest.mark.parametrize("name", ["png", "a.json", "a.txt", "a.png~", "a.eps", "a"])
def test_other_endings(tmp_path, name):
    assert not has_picture_ending(tmp_path / name)


def test_formats_that_start_other_programs_are_not_read():
    assert not {"EPS", "WMF", "FITS", "MPEG"} & set(FORMATS)


def test_letters_that_look_alike_are_alike():
    assert ONE != TWO
    assert plain_name(ONE) == plain_name(TWO)
    assert plain_name("e\u0301") == "é"


def test_a_file_is_found_whichever_form_its_name_has(tmp_path):
    (tmp_path / f"{ONE}.png").touch()
    (tmp_path / "a.png").touch()
    (tmp_path / "folder.png").mkdir()
    assert find_named(tmp_path, f"{TWO}.png").samefile(tmp_path / f"{ONE}.png")
    assert find_named(tmp_path.parent, f"{tmp_path.name}/{TWO}.png").samefile(tmp_path / f"{ONE}.png")
    assert find_named(tmp_path, "a.png") == tmp_path / "a.png"
    for absent in ("b.png", "ক.png", "folder.png", "ক/a.png"):
        assert find_named(tmp_path, absent) is None


def test_a_name_longer_than_disks_allow_is_nowhere(tmp_path):
    assert find_named(tmp_path, "b" * 5000) is None
