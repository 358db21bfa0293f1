import json

import pytest
from click.testing import CliRunner

from vislearn.cli import main

BROKEN = "optimizer.zero_grad\n"


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


def run(*arguments):
    return CliRunner().invoke(main, ["lint", *map(str, arguments)])


def test_a_right_script_ends_well(tmp_path):
    (tmp_path / "a.py").write_text("print(1)\n")
    done = run(tmp_path / "a.py")
    assert (done.exit_code, done.output) == (0, "No trap found.\n")


def test_a_trap_is_named_with_its_place_and_ends_with_status_1(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.py").write_text(BROKEN)
    for place in (tmp_path, tmp_path / "in" / "a.py"):
        done = run(place)
        assert done.exit_code == 1
        assert f"certain: {tmp_path / 'in' / 'a.py'}:1 names `optimizer.zero_grad`" in done.output
        assert "Write `optimizer.zero_grad()`." in done.output


def test_programs_get_a_list(tmp_path):
    (tmp_path / "a.py").write_text(BROKEN)
    (tmp_path / "b.py").write_text("")
    assert json.loads(run("--json", tmp_path / "b.py").stdout) == []
    [one] = json.loads(run("--json", tmp_path / "a.py", tmp_path / "b.py").stdout)
    assert list(one) == ["trap", "certainty", "where", "file", "lines", "what", "fix"]
    assert one["trap"] == "brackets_forgotten"
    assert (one["file"], one["lines"]) == (str(tmp_path / "a.py"), [1])


def test_programs_get_every_line_as_a_number(tmp_path):
    (tmp_path / "a.py").write_text(BROKEN + "\n\n" + BROKEN)
    [one] = json.loads(run("--json", tmp_path / "a.py").stdout)
    assert one["lines"] == [1, 4]


@pytest.mark.parametrize("content", [None, b"def", b"x = '\xff'", b"\0"])
def test_what_cannot_be_read_is_one_sentence_and_status_2(tmp_path, content):
    bad = tmp_path / "bad.py"
    if content is not None:
        bad.write_bytes(content)
    done = run(bad)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "bad.py" in done.stderr


def test_the_other_scripts_are_read_all_the_same(tmp_path):
    (tmp_path / "a.py").write_text("(")
    (tmp_path / "b.py").write_text(BROKEN)
    done = run("--json", tmp_path)
    assert done.exit_code == 2
    assert len(json.loads(done.stdout)) == 1


def test_a_notebook_an_empty_folder_and_nothing_at_all_end_with_status_2(tmp_path):
    assert run(tmp_path / "a.ipynb").exit_code == 2
    assert run(tmp_path).exit_code == 2
    assert run().exit_code == 2


def test_names_that_a_star_brings_are_told_instead_of_no_trap(tmp_path):
    (tmp_path / "a.py").write_text("from common import *\n")
    done = run(tmp_path / "a.py")
    assert done.exit_code == 0
    assert f"{tmp_path / 'a.py'}:1 brings names that lint can't see" in done.stdout
    assert "No trap found." not in done.stdout
    done = run("--json", tmp_path / "a.py")
    assert json.loads(done.stdout) == []
    assert "brings names" in done.stderr
