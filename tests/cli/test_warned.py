import warnings

import pytest
from click.testing import CliRunner
from PIL import Image

from vislearn.cli import commands, main
from vislearn.cli.warned import warnings_told
from vislearn.errors import DoubtWarning, FileError
from vislearn.language import N_


@pytest.fixture(autouse=True)
def _as_python_has_them():
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield


def doubt(name="a.png"):
    return DoubtWarning(FileError(name, N_("does not exist"), fix=N_("Check the name and the folder.")))


def test_a_doubt_is_one_sentence_in_the_readers_language(monkeypatch, capsys):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    with warnings_told():
        warnings.warn(doubt(), stacklevel=1)
        warnings.warn(doubt(), stacklevel=1)  # read again, from elsewhere
        warnings.warn(doubt("b.png"), stacklevel=1)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["a.png", "b.png"]
    assert all(line.endswith("\u0964") for line in lines)


def test_another_warning_is_a_note_without_a_line_of_code(monkeypatch, capsys):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    with warnings_told():
        warnings.warn("Call it\n  later.", stacklevel=1)
    assert capsys.readouterr().err == "Note: Call it later.\n"


def test_afterwards_warnings_are_as_they_were():
    before = warnings.showwarning
    told = warnings_told()
    told.__enter__()
    assert warnings.showwarning is not before
    assert not told.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert warnings.showwarning is before


def test_every_command_tells_them_so(monkeypatch, tmp_path):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png")
    command = commands.main.commands["doctor"]
    monkeypatch.setattr(command, "callback", lambda **_: warnings.warn(doubt(), stacklevel=1))
    done = CliRunner().invoke(main, ["doctor"])
    assert done.output == "a.png does not exist. Check the name and the folder.\n"
