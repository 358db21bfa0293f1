"""The command's map: quick, and plain about errors."""

import errno
import os
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

import vislearn
from vislearn.cli import main
from vislearn.errors import MissingError


@pytest.fixture
def failing():
    """Adds a command that fails as the test wants, for the length of a test."""

    def add(error):
        @main.command("fails")
        def fails():
            raise error

    yield add
    main.commands.pop("fails", None)


def test_no_argument_shows_what_there_is():
    shown = CliRunner().invoke(main, ["--help"]).output
    for name in ("lab", "doctor", "lessons", "data"):
        assert f"\n  {name} " in shown


def test_version():
    assert CliRunner().invoke(main, ["--version"]).output == f"vislearn, version {vislearn.__version__}\n"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MissingError("No weights.", fix="Get them."), "Error: No weights. Get them.\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "/x"),
            "Error: No space left on device: /x. Try: vislearn doctor.\n",
        ),
    ],
)
def test_an_error_is_one_sentence(failing, error, said):
    failing(error)
    done = CliRunner().invoke(main, ["fails"])
    assert (done.exit_code, done.output) == (1, said)


def test_ctrl_c_is_one_sentence_wherever_it_comes(failing, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    failing(KeyboardInterrupt())
    done = CliRunner().invoke(main, ["fails"])
    assert (done.exit_code, done.output) == (130, "Stopped before the work was done.\n")


def test_a_fault_in_the_program_is_not_hidden(failing):
    failing(ZeroDivisionError())
    assert isinstance(CliRunner().invoke(main, ["fails"]).exception, ZeroDivisionError)


def test_help_comes_at_once():
    """It loads click and the commands' own words; a second's worth of packages waits for its command."""
    code = "import sys; from vislearn.cli import main; main(['--help'], standalone_mode=False)"
    code += "; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    loaded = {name.partition(".")[0] for name in said.splitlines()[-1].split()}
    loaded = {name for name in loaded - set(sys.stdlib_module_names) if not name.startswith("_")}
    assert loaded <= {"click", "colorama", "lazy_loader", "vislearn"}


def test_every_command_explains_itself_and_its_options():
    def walk(command, path):
        assert command.help, path
        for parameter in command.params:
            assert isinstance(parameter, click.Argument) or parameter.help, (path, parameter.name)
        for name, below in getattr(command, "commands", {}).items():
            walk(below, f"{path} {name}")

    walk(main, "vislearn")


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("new", "FOLDER"),
        ("lessons colab", "FOLDER"),
        ("lessons export", "LESSON"),
        ("check", "FOLDER"),
        ("lint", "FILE_OR_FOLDER"),
        ("convert", "FOLDER"),
        ("convert a b", "--to"),
        ("weights show", "NAME"),
        ("weights rebuild", "photo"),
        ("train", "--data_root"),
        ("train-segmenter", "--data_root"),
        ("predict", "MODEL"),
        ("predict a.pt", "PICTURES"),
        ("detect", "MODEL"),
        ("detect a.pt", "PICTURES"),
        ("segment a", "--model"),
        ("export", "MODEL"),
        ("demo", "MODEL"),
        ("grade", "FOLDER"),
        ("grade a", "--out"),
    ],
)
def test_what_a_command_lacks_is_named_before_anything_is_done(line, missing):
    done = CliRunner().invoke(main, line.split())
    assert (done.exit_code, "Missing" in done.output, missing in done.output) == (2, True, True), done.output


@pytest.mark.parametrize("page", ["cp1252", "cp437"])
def test_output_to_a_file_on_windows_takes_every_letter(page):
    """With the code page of a file there, no letter of Bengali and no arrow could be printed."""
    program = (
        "import click; from vislearn.cli.commands import main;"
        "say = lambda: (click.echo('বিড়াল →'), click.echo('→', err=True));"
        "main.add_command(click.Command('say', callback=say));"
        "main(['say'])"
    )
    environment = {**os.environ, "PYTHONIOENCODING": page}
    line = [sys.executable, "-c", program]
    done = subprocess.run(line, env=environment, capture_output=True, timeout=300, check=False)
    assert (done.returncode, done.stdout.decode().strip()) == (0, "বিড়াল →")
    assert done.stderr.decode().strip() == "→"
