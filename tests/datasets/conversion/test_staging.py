"""Files come together, or not at all, and replace none."""

from pathlib import Path

import pytest

from vislearn.datasets.conversion.staging import staged
from vislearn.errors import FileError


def write(folder, *names, last="list"):
    with staged(folder, last=last) as draft:
        for name in (*names, last):
            (draft / name).parent.mkdir(exist_ok=True)
            (draft / name).write_text(name)


def there(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_in_folders(tmp_path):
    write(tmp_path / "new", "x/a", "x/b")
    write(tmp_path / "new", "x/c")  # another part: the list is replaced, and nothing else
    assert there(tmp_path / "new") == ["list", "x/a", "x/b", "x/c"]


def test_files_that_are_there_stay(tmp_path):
    write(tmp_path, "x/b")
    (tmp_path / "x" / "b").write_text("mine")
    with pytest.raises(FileError, match="b is there already"):
        write(tmp_path, "x/a", "x/b")
    assert there(tmp_path) == ["list", "x/b"]
    assert (tmp_path / "x" / "b").read_text() == "mine"


def test_after_an_error_nothing_is_there(tmp_path):
    def interrupted():
        with staged(tmp_path, last="list") as draft:
            (draft / "a").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_a_move_that_fails_is_taken_back(tmp_path, monkeypatch):
    def fail(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(FileError, match="the disk is full"):
        write(tmp_path, "x/a")
    assert there(tmp_path) == []


def test_a_file_where_the_folder_should_be(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(FileError, match="a file stands where a folder is needed"):
        write(tmp_path / "out", "a")
