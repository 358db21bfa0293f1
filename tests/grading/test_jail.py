"""The door of the jail; what happens inside is told in ``test_classroom.py``."""

import os
import subprocess
from types import SimpleNamespace

import pytest

from vislearn.checkout import PACKAGE
from vislearn.errors import MissingError
from vislearn.grading import confinement, jail
from vislearn.grading.jail import Jail, require_jail


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
    monkeypatch.setenv("PYTHONPATH", "mine")
    monkeypatch.setenv("LANG", "bn_BD.UTF-8")
    told = jail._environment()
    assert "s" not in told.values()
    expected = {
        "PATH": os.environ["PATH"],
        "LANG": "bn_BD.UTF-8",
        "VISLEARN_PROGRESS": "0",
        "VISLEARN_LANGUAGE": "en",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHONPATH": f"{PACKAGE.parent}{os.pathsep}mine",
    }
    assert told | expected == told
    monkeypatch.delenv("PYTHONPATH")
    assert jail._environment()["PYTHONPATH"] == str(PACKAGE.parent)


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


def test_on_windows_it_names_wsl(monkeypatch):
    monkeypatch.setattr(jail, "os", SimpleNamespace(name="nt"))
    with pytest.raises(MissingError, match=r"Grading needs Linux or macOS. On Windows, use it in WSL."):
        require_jail()


def slow(seconds, said):
    """A `wire.receive` for what comes after so many seconds."""

    def receive(_line, most=None):
        if most is not None and most < seconds:
            raise TimeoutError
        return said

    return receive


@pytest.mark.parametrize(
    ("seconds", "trouble"), [(299, ""), (301, "the process ended before it was locked up")]
)
def test_a_slow_computer_has_five_minutes_to_load_torch(monkeypatch, seconds, trouble):
    monkeypatch.setattr(jail.wire, "receive", slow(seconds, {"broken wall": ""}))
    assert jail._trouble(None) == trouble


class Warden:
    """A process that needs so many seconds to end by itself."""

    def __init__(self, seconds=0.0):
        self.seconds, self.told = seconds, []

    def wait(self, most=None):
        self.told.append("wait")
        if most is not None and most < self.seconds:
            raise subprocess.TimeoutExpired("warden", most)

    def kill(self):
        self.told.append("kill")
        self.seconds = 0.0


@pytest.mark.parametrize(("seconds", "told"), [(119, []), (121, ["kill", "wait"])])
def test_a_warden_that_can_not_close_a_cell_in_two_minutes_is_killed(monkeypatch, seconds, told):
    sent = []
    monkeypatch.setattr(jail.wire, "send", lambda _line, value: sent.append(value))
    monkeypatch.setattr(jail.wire, "receive", slow(seconds, "closed"))
    warden = Warden()
    Jail()._close((None, warden))
    assert (sent, warden.told) == (["close"], told)


@pytest.mark.parametrize(("seconds", "told"), [(119, ["wait"]), (121, ["wait", "kill", "wait"])])
def test_a_warden_that_does_not_go_in_two_minutes_is_killed(seconds, told):
    line, warden = SimpleNamespace(close=lambda: warden.told.append("closed")), Warden(seconds)
    with Jail() as opened:
        opened._opened = line, warden
    assert warden.told == ["closed", *told]
    assert opened._opened is None
    with opened:
        pass  # nothing to close
    assert warden.told == ["closed", *told]
