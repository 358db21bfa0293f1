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
