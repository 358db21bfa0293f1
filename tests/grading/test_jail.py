"""The door of the jail; what happens inside is told in ``test_classroom.py``."""

import os

import pytest

from vislearn.errors import MissingError
from vislearn.grading import confinement, jail
from vislearn.grading.jail import require_jail


def test_without_a_wall_it_refuses_and_names_the_other_way(monkeypatch):
    require_jail()
    monkeypatch.setattr(confinement, "missing_walls", lambda namespaces: ["user namespaces"] * namespaces)
    with pytest.raises(MissingError, match=r"want of user namespaces.*--without-namespaces.*--without-jail"):
        require_jail()
    require_jail(namespaces=False)
    monkeypatch.setattr(confinement, "missing_walls", lambda namespaces: ["Landlock"])
    with pytest.raises(MissingError, match=r"want of Landlock.*or say --without-jail.*not malice"):
        require_jail(namespaces=False)


def test_inmates_are_told_no_secret_of_the_shell(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "s")
    told = jail._environment()
    assert "s" not in told.values()
    assert told["VISLEARN_PROGRESS"] == "0"
    assert told["PATH"] == os.environ["PATH"]


def test_however_deep_it_is_the_scratch_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(jail.tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with jail._scratch() as folder:
        os.chdir(folder)
        for _level in range(1010):
            os.mkdir("d")  # noqa: PTH102  no absolute path is so long
            os.chdir("d")
    os.chdir(tmp_path)
    assert list(tmp_path.iterdir()) == []
