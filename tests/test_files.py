import errno
import os
import stat
from pathlib import Path

import pytest

from vislearn import files
from vislearn.errors import FileError, InputError
from vislearn.files import (
    cache_folder,
    common_folder,
    disk_trouble,
    is_litter,
    replaced_whole,
    require_free,
    require_writable,
    user_folder,
    write_text,
)


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
        ("Icon\r", True),
        ("cats/a.jpg~", True),
        ("cats/a.jpg:Zone.Identifier", True),
        ("@eaDir/a.jpg", True),
        ("SYSTEM VOLUME INFORMATION/a", True),
        ("~$a.docx", True),
        ("recycled/a.jpg", False),  # a class of things to be recycled
        ("Icon/a.jpg", False),
        ("thumbs/a.jpg", False),
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


def test_a_place_is_tried_before_it_is_needed(tmp_path, monkeypatch):
    require_writable(tmp_path / "new" / "a.pt")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="a file stands where a folder is needed"):
        require_writable(tmp_path / "file" / "a.pt")

    def refused(path):
        raise OSError(errno.ENOENT, "No such file or directory")

    monkeypatch.setattr(Path, "touch", refused)
    with pytest.raises(FileError, match=r"a\.pt can't be written \(No such file"):
        require_writable(tmp_path / "a.pt")


@pytest.mark.parametrize("kind", ["file", "folder", "link that leads nowhere"])
def test_what_is_there_is_overwritten_on_request_only(tmp_path, kind):
    out = tmp_path / "m.pt"
    require_free(out, overwrite=False)
    {
        "file": out.touch,
        "folder": out.mkdir,
        "link that leads nowhere": lambda: out.symlink_to(tmp_path / "gone"),
    }[kind]()
    with pytest.raises(FileError, match=r"m\.pt is there already.* --overwrite\.$"):
        require_free(out, overwrite=False)
    require_free(out, overwrite=True)


def test_text_is_utf8_with_line_feeds_in_a_new_folder(tmp_path):
    path = tmp_path / "bn" / "a.po"
    write_text(path, "এক\nদুই\n")
    assert path.read_bytes() == "এক\nদুই\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) & 0o400


def test_a_replaced_file_keeps_its_mode(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize("where", ["chmod", "replace"])
def test_an_interruption_at_the_last_moment_leaves_the_old_file_alone(tmp_path, monkeypatch, where):
    path = tmp_path / "a.ipynb"
    path.write_text("old", encoding="utf-8")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, where, interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_are_on_the_disk_before_the_name_is_and_the_name_before_it_returns(tmp_path, monkeypatch):
    path, order = tmp_path / "a.txt", []
    replace, sync = Path.replace, files.os.fsync
    monkeypatch.setattr(Path, "replace", lambda *names: order.append("name") or replace(*names))
    monkeypatch.setattr(files.os, "fsync", lambda handle: order.append("sync") or sync(handle))
    write_whole(path)
    assert order == ["sync", "name", "sync"]


@pytest.mark.parametrize(
    ("platform", "variable", "end"),
    [
        ("linux", "XDG_DATA_HOME", ""),
        ("linux", None, ".local/share"),
        ("win32", "LOCALAPPDATA", ""),
        ("win32", None, "AppData/Local"),
        ("darwin", None, "Library/Application Support"),
    ],
)
def test_data_of_programs_lie_where_the_system_has_them(tmp_path, monkeypatch, platform, variable, end):
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(files.sys, "platform", platform)
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "chosen"))
    assert user_folder() == (tmp_path / "chosen" if variable else Path.home() / end)


def test_what_a_killed_process_left_of_this_file_is_cleared_and_nothing_else(tmp_path):
    left, fresh, others = (tmp_path / name for name in (".m-0123abcd.pt", ".m-89ab0123.pt", ".m-holidays.pt"))
    for path in (left, fresh, others):
        path.write_bytes(b"half")
    for path in (left, others):
        os.utime(path, (1, 1))
    with replaced_whole(tmp_path / "m.pt") as draft:
        draft.write_bytes(b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".m-89ab0123.pt", ".m-holidays.pt", "m.pt"]


@pytest.mark.parametrize(("system", "named"), [("linux", "XDG_CACHE_HOME"), ("win32", "LOCALAPPDATA")])
def test_the_cache_is_where_the_system_has_it(system, named, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setenv(named, str(tmp_path))
    assert cache_folder() == tmp_path


@pytest.mark.parametrize("given", [None, b"cat.jpg", 3, ["cat.jpg"]])
def test_what_names_no_file_is_told_with_what_came(given):
    with pytest.raises(InputError, match="path must name a file, as a string or a Path, got"):
        files.require_path(given)


def test_the_folder_that_all_pictures_share():
    assert common_folder([]) == Path()
    assert common_folder([Path("in/a.png")]) == Path("in")
    assert common_folder([Path("in/one/a.png"), Path("in/two/b.png"), Path("in/c.png")]) == Path("in")
