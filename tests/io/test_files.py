import errno
from pathlib import Path

import pytest

from vislearn.errors import FileError
from vislearn.io.files import disk_trouble, is_litter, replaced_whole


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write_half(path, trouble):
    with replaced_whole(path) as draft:
        draft.write_text("half", encoding="utf-8")
        raise trouble


def write_whole(path):
    with replaced_whole(path) as draft:
        draft.write_text("new", encoding="utf-8")


def test_a_finished_file_takes_its_place_and_makes_its_folder(tmp_path):
    with replaced_whole(tmp_path / "new" / "a.txt") as draft:
        draft.write_text("whole", encoding="utf-8")
        assert names(tmp_path / "new") == [draft.name]
        assert draft.suffix == ".txt"
    assert (tmp_path / "new" / "a.txt").read_text(encoding="utf-8") == "whole"
    assert names(tmp_path / "new") == ["a.txt"]


@pytest.mark.parametrize("trouble", [ValueError("bad"), KeyboardInterrupt(), OSError("odd")])
def test_an_interrupted_write_leaves_the_old_file_and_no_litter(tmp_path, trouble):
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(type(trouble)):
        write_half(path, trouble)
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["a.txt"]


def test_the_place_is_taken_in_one_step(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")

    def refuse(self, target):
        raise PermissionError(errno.EACCES, "held open")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(FileError, match="another program holds it open"):
        write_whole(path)
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "disk is full"),
        (errno.EROFS, "no permission"),
        (errno.EACCES, "no permission"),
    ],
)
def test_trouble_with_the_disk_is_told_in_words(tmp_path, code, words):
    with pytest.raises(FileError, match=words):
        write_half(tmp_path / "a.txt", OSError(code, "no"))


def test_a_file_in_the_place_of_a_folder_is_told_in_words(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="a file stands where a folder is needed"):
        write_half(tmp_path / "file" / "a.txt", ValueError("not reached"))


def test_other_trouble_and_our_own_errors_are_left_alone():
    assert disk_trouble(OSError(errno.EINTR, "signal"), "x") is None
    assert disk_trouble(FileError("x", "is bad", fix="Go."), "y") is None


@pytest.mark.parametrize(
    ("path", "litter"),
    [
        ("1.jpg", False),
        (".DS_Store", True),
        ("cats/Thumbs.db", True),
        ("desktop.ini", True),
        (".ipynb_checkpoints/1-checkpoint.jpg", True),
        ("__MACOSX/1.jpg", True),
    ],
)
def test_litter(path, litter):
    assert is_litter(Path(path)) is litter
