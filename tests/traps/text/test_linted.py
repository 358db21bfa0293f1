"""Every text trap's examples, and right scripts of the usual shapes."""

import runpy
from pathlib import Path

import pytest

from vislearn.checkout import ROOT
from vislearn.errors import FileError
from vislearn.traps import CATALOG, lint
from vislearn.traps.text.linted import TEXT_TRAPS, scripts_in, unseen_in

RIGHT = runpy.run_path(str(Path(__file__).with_name("right_scripts.py")))["RIGHT"]


def test_nothing_is_found_in_an_empty_script(found):
    assert found("") == []
    assert found(b"\xef\xbb\xbfprint('after a byte order mark')") == []


@pytest.mark.parametrize("trap", TEXT_TRAPS, ids=lambda trap: trap.name)
def test_its_own_example_falls_into_it_and_the_mended_one_into_none(trap, found):
    assert found(trap.broken) == [trap.name]
    assert found(trap.fixed) == []


@pytest.mark.parametrize("name", RIGHT)
def test_right_scripts_are_passed_over_in_silence(name, found):
    assert found(RIGHT[name]) == []


def test_names_are_of_one_trap_only_and_each_says_all_that_a_reader_needs():
    names = [trap.name for trap in (*CATALOG, *TEXT_TRAPS)]
    assert len(set(names)) == len(names)
    for trap in TEXT_TRAPS:
        assert trap.symptom.endswith(".")
        assert compile(trap.fixed, trap.name, "exec")


def test_the_benchmarks_of_this_house_are_right():
    assert {one: lint(one) for one in scripts_in(ROOT / "benchmarks") if lint(one)} == {}


def test_all_lines_of_a_trap_are_named_at_once(tmp_path):
    (tmp_path / "train.py").write_text("optimizer.zero_grad\nloss.backward()\noptimizer.step\n")
    [one] = lint(tmp_path / "train.py")
    assert one.problem.where == f"{tmp_path / 'train.py'}:1, 3"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"for x in\n", "is no Python, says line 1"),
        (b"x = '\xff\xfe'\n", "UTF-8"),
        (b"x = 1\0\n", "Python"),
        (b"\x89PNG\r\n\x1a\n", "Python"),
        (b"x = " + b"-" * 100_000 + b"1", "Python"),
    ],
)
def test_what_is_no_python_is_said_in_one_sentence(tmp_path, content, said):
    (tmp_path / "a.py").write_bytes(content)
    with pytest.raises(FileError, match=said) as caught:
        lint(tmp_path / "a.py")
    assert "\n" not in str(caught.value)


def test_a_notebook_is_sent_to_the_watch(tmp_path):
    with pytest.raises(FileError, match="%%watch"):
        lint(tmp_path / "a.ipynb")


def test_a_folder_is_its_own_scripts(tmp_path):
    for name in ("b.py", "in/a.py", ".venv/c.py", "venv/lib/d.py", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert scripts_in(tmp_path) == [tmp_path / "b.py", tmp_path / "in" / "a.py"]
    with pytest.raises(FileError, match="has no scripts"):
        scripts_in(tmp_path / ".venv" / "nothing")


def test_names_that_a_star_brings_are_said_to_be_unseen(tmp_path, monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    script = tmp_path / "train.py"
    script.write_text("from common import *\nfrom . import *\nfrom torch import nn\n")
    unseen = unseen_in(script)
    assert unseen.where == f"{script}:1, 2"
    assert "`from common import *` (1), `from . import *` (2)" in unseen.what
    script.write_text("from common import net\n")
    assert unseen_in(script) is None
