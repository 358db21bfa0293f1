import stat
from pathlib import Path

import pytest

from vislearn.course.files import write_text


def test_a_new_file_in_a_new_folder(tmp_path):
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
def test_an_interruption_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, where):
    path = tmp_path / "a.ipynb"
    path.write_text("old", encoding="utf-8")

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, where, interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]
