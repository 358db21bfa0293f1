"""Small faults: which ones are made, and where the tests are that must notice them."""

import ast
import subprocess
import sys
from multiprocessing import forkserver, get_all_start_methods
from pathlib import Path

import pytest

from vislearn.checkout import ROOT

MODULE = Path("vislearn/room/part.py")


@pytest.fixture(autouse=True)
def own_server():
    """The tool's processes are forked from a server of its own, not from one that another test has begun."""
    stop = forkserver._forkserver._stop if "forkserver" in get_all_start_methods() else lambda: None
    stop()
    yield
    stop()


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
        ("zip(a, strict=True)", ["pass"]),
        ("x = zip(a, strict=True)", []),
        ("x = load(a, strict=True)", ["x = load(a, strict=False)"]),
        ("@dataclass(frozen=True)\nclass A:\n    b = 1", ["@dataclass(frozen=True)\nclass A:\n    b = 2"]),
        ('if __name__ == "__main__":\n    main(1)', []),
        ("if TYPE_CHECKING:\n    x = 1", []),
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


@pytest.fixture
def course(tmp_path):
    """A small package under version control, whose test misses one number; the tool lies beside it."""
    for folder in ("vislearn", "tests", "tools"):
        (tmp_path / folder).mkdir()
    (tmp_path / "vislearn" / "__init__.py").touch()
    (tmp_path / "vislearn" / "part.py").write_text("def same(x):\n    return x\n\n\nUNUSED = 1\n")
    (tmp_path / "tests" / "test_part.py").write_text(
        "from vislearn.part import same\n\n\ndef test_same():\n    assert same(3) == 3\n"
    )
    for name in ("mutants.py", "related_tests.py"):
        (tmp_path / "tools" / name).write_bytes((ROOT / "tools" / name).read_bytes())
    for command in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path


TOLD = [
    "NOT NOTICED vislearn/part.py:5: 1  ->  2",
    "noticed     vislearn/part.py:2: return x  ->  return None  by tests/test_part.py::test_same",
    "vislearn: 1 of 2 changes were noticed, 0 of them by other tests alone.",
]


def test_what_tests_notice_and_what_they_do_not(course):
    command = [sys.executable, course / "tools" / "mutants.py", "vislearn"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (sorted(done.stdout.splitlines()), done.stderr, done.returncode) == (sorted(TOLD), "", 1)
    assert (course / "vislearn" / "part.py").read_text().endswith("UNUSED = 1\n")


def test_tools_find_the_same_where_no_process_can_be_forked(tool, course, monkeypatch, capsys):
    mutants = tool("mutants")
    monkeypatch.setattr(mutants, "ROOT", course)
    monkeypatch.setattr(mutants.multiprocessing, "get_all_start_methods", lambda: ["spawn"])
    assert mutants.main(["vislearn"]) == 1
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(TOLD)


def test_a_test_that_fails_by_itself_notices_nothing(tool, course, monkeypatch, capsys):
    mutants = tool("mutants")
    monkeypatch.setattr(mutants, "ROOT", course)
    monkeypatch.setattr(mutants, "_first_failure", lambda copy, *run: ["tests/test_part.py::test_same"])
    assert mutants.main(["vislearn", "--count", "1"]) == 1
    one, last = capsys.readouterr().out.splitlines()
    assert one.startswith("NOT NOTICED vislearn/part.py:")
    assert one.endswith(": tests/test_part.py::test_same fails as it is, mend it first")
    assert last == "vislearn: 0 of 1 changes were noticed, 0 of them by other tests alone."


def test_what_its_own_tests_miss_is_tried_on_others_which_are_told_apart(tool, course, monkeypatch, capsys):
    (course / "tests" / "test_other.py").write_text(
        "from vislearn import part\n\n\ndef test_other():\n    assert part.UNUSED == 1\n"
    )
    subprocess.run(["git", "add", "."], cwd=course, check=True)
    mutants = tool("mutants")
    monkeypatch.setattr(mutants, "ROOT", course)
    monkeypatch.setattr(mutants, "_HEAVY", ["pytest"])
    assert mutants.main(["vislearn"]) == 0
    assert sorted(capsys.readouterr().out.splitlines()) == [
        "noticed     vislearn/part.py:2: return x  ->  return None  by tests/test_part.py::test_same",
        "noticed     vislearn/part.py:5: 1  ->  2  by tests/test_other.py::test_other",
        "vislearn: 2 of 2 changes were noticed, 1 of them by other tests alone.",
    ]


def test_no_test_begins_once_the_time_is_spent(tool, course):
    (course / "vislearn" / "part.py").write_text("def same(x):\n    return 4\n")
    assert tool("mutants")._first_failure(course, ["tests/test_part.py"], 0) == []


def test_as_many_changes_are_drawn_in_each_room_whatever_other_rooms_are_asked_for(tool, monkeypatch):
    mutants = tool("mutants")
    tried = []
    monkeypatch.setattr(mutants, "_noticed_by", lambda mutant, copy: tried.append(mutant) or "own")
    monkeypatch.setattr(mutants.compileall, "compile_dir", lambda *_args, **_named: None)
    monkeypatch.setattr(mutants.shutil, "copyfile", lambda *_args: None)
    assert mutants.main(["vislearn/ops", "vislearn/io", "--count", "3", "--seed", "5"]) == 0
    both = tried.copy()
    tried.clear()
    assert mutants.main(["vislearn/io", "--count", "3", "--seed", "5"]) == 0
    assert [one.path.parts[1] for one in both] == 3 * ["io"] + 3 * ["ops"]
    assert both[:3] == tried
