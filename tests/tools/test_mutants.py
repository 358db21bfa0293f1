"""Small faults: which ones are made, and where the tests are that must notice them."""

import ast
import subprocess
from pathlib import Path

import pytest

MODULE = Path("vislearn/room/part.py")


@pytest.fixture
def changed(tool):
    """A module's text with each of the changes that are made of it."""
    make = tool("mutants").mutants_of
    return lambda source: [one.applied(source.encode()).decode() for one in make(MODULE, source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", []),
        ('"""Text."""\n__all__ = ["a"]\nx: int = y', []),
        ("a < b", ["(a <= b)"]),
        ("a is not None", ["(a is None)"]),
        ("a - b", ["(a + b)"]),
        ("a * b", ["(a / b)"]),
        ("a or b", ["(a and b)"]),
        ("not a", ["(a)"]),
        ("x = 3", ["x = 4"]),
        ("x = True", ["x = False"]),
        ("f(a)", ["pass"]),
        ('print(f"{a + 1}")', ["pass"]),
        ("x += y", ["pass"]),
        (
            "def f(x: int = 2):\n    return x",
            ["def f(x: int = 3):\n    return x", "def f(x: int = 2):\n    return None"],
        ),
        ("ব = 'ক' + b", ["ব = ('ক' - b)"]),
    ],
)
def test_changes_that_are_made(changed, source, expected):
    assert sorted(changed(source)) == sorted(expected)


def test_every_change_of_a_real_module_can_be_read_and_is_one(changed):
    path = Path(__file__).parents[2] / "vislearn" / "ops" / "boxes.py"
    source = path.read_text(encoding="utf-8")
    texts = changed(source)
    assert len(set(texts)) > 20
    assert all(ast.dump(ast.parse(text)) != ast.dump(ast.parse(source)) for text in texts)


def test_tests_are_those_that_mirror_or_else_those_of_the_folder(tool, tmp_path):
    mirrors = tool("mutants").mirrors
    (tmp_path / "tests" / "room").mkdir(parents=True)
    assert mirrors(MODULE, tmp_path) == [str(MODULE), str(Path("tests/room"))]
    (tmp_path / "tests" / "room" / "test_part.py").touch()
    assert mirrors(MODULE, tmp_path) == [str(MODULE), str(Path("tests/room/test_part.py"))]
    elsewhere = Path("vislearn/other/part.py")
    assert mirrors(elsewhere, tmp_path) == [str(elsewhere)]


def test_what_tests_notice_and_what_they_do_not(tool, tmp_path, monkeypatch, capsys):
    mutants = tool("mutants")
    (tmp_path / "vislearn").mkdir()
    (tmp_path / "vislearn" / "part.py").write_text("def same(x):\n    return x\n\n\nUNUSED = 1\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_part.py").write_text(
        "from vislearn.part import same\n\n\ndef test_same():\n    assert same(3) == 3\n"
    )
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    assert mutants.main(["vislearn"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert "NOT NOTICED vislearn/part.py:5: 1  ->  2" in told
    assert told[-1] == "1 of 2 changes were noticed."
    assert (tmp_path / "vislearn" / "part.py").read_text().endswith("UNUSED = 1\n")
