"""The gate: whatever Python a machine has, or none, one sentence says what to do."""

import ast
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NO_TYPES = "--deselect=tests/policy/test_style.py::test_linter_finds_nothing[types]"
TOO_NEW_SYNTAX = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Match)


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13), (3, 15, 0)])
def test_a_python_without_wheels_is_refused_in_one_sentence(tool, version):
    text = tool("bootstrap").complaint(version, "Linux", "x86_64", ())
    assert ".".join(map(str, version)) in text
    assert "PYTHON=" in text
    assert "\n" not in text


@pytest.mark.parametrize(
    "machine",
    [
        ("Linux", "x86_64", ()),
        ("Linux", "aarch64", ()),
        ("Windows", "AMD64", ()),
        ("Darwin", "arm64", (15, 1)),
    ],
)
@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 2)])
def test_a_supported_machine_is_let_in(tool, version, machine):
    assert tool("bootstrap").complaint(version, *machine) == ""


@pytest.mark.parametrize("machine", [("Darwin", "x86_64", (15, 0)), ("Darwin", "arm64", (13, 6))])
def test_a_mac_that_pytorch_left_behind_is_told_so(tool, machine):
    assert "PyTorch has no build for this Mac" in tool("bootstrap").complaint((3, 12, 0), *machine)


def test_an_old_parser_can_read_the_gate():
    tree = ast.parse((ROOT / "tools/bootstrap.py").read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, TOO_NEW_SYNTAX)]
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        assert function.returns is None
        assert not function.args.kwonlyargs
        assert not [argument for argument in function.args.args if argument.annotation]


@pytest.fixture
def machine(tmp_path):
    """A copy of the door in a folder with a space, and an empty PATH to put Pythons into."""
    tools, path = tmp_path / "my course" / "tools", tmp_path / "bin"
    tools.mkdir(parents=True)
    path.mkdir()
    shutil.copy(ROOT / "tools/bootstrap.sh", tools)
    for command in ("sh", "dirname"):
        (path / command).symlink_to(shutil.which(command))

    def put(name, *, suits=True, starts=True):
        """A Python that says what it was given, and whether its version suits."""
        body = f"""
            [ "$1" = -c ] || {{ echo {name} "$@"; exit; }}
            [ -z "$2" ] || exit {int(not suits)}"""
        (path / name).write_text(f"#!/bin/sh\n{body if starts else 'exit 127'}\n")
        (path / name).chmod(0o755)
        return path / name

    def call(*arguments, **env):
        command = ["sh", tools / "bootstrap.sh", *arguments]
        return subprocess.run(command, env={"PATH": str(path), **env}, capture_output=True, text=True)

    def make(*words):
        """What make starts there."""
        command = [shutil.which("make"), "--file", ROOT / "Makefile", *words]
        done = subprocess.run(
            command, cwd=tools.parent, env={"PATH": str(path)}, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    machine.put, machine.call, machine.make = put, call, make
    return machine


def test_no_python_at_all(machine):
    done = machine.call("lab")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("vislearn: no Python found; install Python 3.11 to 3.14")
    assert done.stderr.count("\n") == 1


def test_the_best_python_is_chosen_and_gets_every_word(machine):
    for name in ("python", "python3", "python3.11", "python3.12"):
        machine.put(name)
    done = machine.call("lab", "vislearn", "two words")
    program, script, *words = done.stdout.split(" ", 1)[0], *done.stdout.strip().partition("bootstrap.py")[1:]
    assert (program, script, words) == ("python3.12", "bootstrap.py", [" lab vislearn two words"])
    assert "my course/tools/bootstrap.py" in done.stdout


def test_a_command_that_starts_nothing_is_passed_over(machine):
    machine.put("python3.13", starts=False)
    machine.put("python3")
    assert machine.call("lab").stdout.startswith("python3 ")


def test_an_unsuitable_python_is_handed_the_gate_so_that_it_says_why(machine):
    machine.put("python3", suits=False)
    assert machine.call("lab").stdout.startswith("python3 ")


def test_a_chosen_python_is_used_whatever_else_is_there(machine):
    machine.put("python3.13")
    chosen = machine.put("python3.11")
    assert "--this-python lab" in machine.call("lab", PYTHON=str(chosen)).stdout


def test_a_chosen_python_that_does_not_start(machine):
    machine.put("python3")
    done = machine.call("lab", PYTHON="/nowhere/python")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("vislearn: PYTHON=/nowhere/python does not start")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (["lab"], "lab vislearn lab"),
        (
            ["lab", "LESSON=01", "IN=bn", "PORT=9000"],
            "lab vislearn lab --lesson 01 --language bn --port 9000",
        ),
        (["lab", "TORCH=cpu", "ARGS=--no-browser"], "--torch cpu lab vislearn lab --no-browser"),
        (["test"], "test python -m pytest -n 2 --dist loadfile"),
        (["test", "ARGS=-k io"], "test python -m pytest -n 2 --dist loadfile -k io"),
        (["test-oldest"], f"--versions oldest test python -m pytest -n 2 --dist loadfile {NO_TYPES}"),
        (
            ["test-newest", "TORCH=cpu", "ARGS=-x"],
            "--torch cpu --versions newest test python -m pytest -n 2 --dist loadfile -x",
        ),
        (["lessons"], "test vislearn lessons build"),
        (["data"], "lab vislearn data build"),
        (["doctor"], "lab vislearn doctor"),
    ],
)
def test_make_passes_on_what_it_is_given(given, line):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    for option in ("LESSON", "IN", "PORT", "ARGS", "TORCH", "PYTHON", "FULL"):
        clean.pop(option, None)
    done = subprocess.run(
        ["make", "--dry-run", *given], cwd=ROOT, env=clean, capture_output=True, text=True, check=True
    )
    said = done.stdout.replace('"', "").split()
    assert " ".join(said) == f"exec sh tools/bootstrap.sh {line}"


@pytest.mark.parametrize(
    ("target", "chosen"),
    [("test", "python3.13"), ("test-oldest", "python3.11"), ("test-newest", "python3.14")],
)
def test_each_end_of_the_versions_takes_its_end_of_the_pythons(machine, target, chosen):
    for name in ("python3.11", "python3.12", "python3.13", "python3.14"):
        machine.put(name)
    assert machine.make(target).startswith(f"{chosen} ")


def test_an_end_of_the_pythons_that_is_missing_is_no_obstacle(machine):
    machine.put("python3.12")
    assert machine.make("test-oldest").startswith("python3.12 ")


@pytest.mark.parametrize(("words", "told"), [(["FULL=1"], "1"), ([], "")])
def test_a_full_run_is_told_to_the_tests(machine, words, told):
    python = machine.put("python3.13")
    python.write_text('#!/bin/sh\n[ "$1" = -c ] || echo "<$VISLEARN_FULL>"\n')
    assert machine.make("test", *words) == f"<{told}>\n"


def test_make_help_explains_every_target_and_option():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = makefile.partition(".PHONY:")[2].partition("\n")[0].split()
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    for word in [
        *(f"make {target}" for target in targets if target != "help"),
        "LESSON=",
        "IN=",
        "PORT=",
        "ARGS=",
        "TORCH=",
        "PYTHON=",
        "FULL=",
    ]:
        assert f"  {word}" in done.stdout


def test_ci_runs_the_same_command_as_a_person():
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    first, *lines = script.read_text(encoding="utf-8").splitlines()
    assert first == "#!/usr/bin/env bash"
    commands = [line for line in lines if not line.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make test FULL=1"]
    subprocess.run(["bash", "-n", script], check=True)
