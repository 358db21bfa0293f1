"""``vislearn new`` and ``update`` as a learner types them."""

import json

import pytest
from click.testing import CliRunner

from vislearn.cli import main
from vislearn.course.copies import folder as copies


def write(path, *sources):
    cells = [
        {"cell_type": "markdown", "id": f"c{number}", "metadata": {}, "source": source}
        for number, source in enumerate(sources)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one lesson; commands run beside it."""
    for place in ("course", "course/bn"):
        write(tmp_path / place / "00_overview.ipynb", "# Overview")
    monkeypatch.setattr(copies, "course_notebooks", lambda: tmp_path / "course")
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "course"


def run(*words):
    done = CliRunner().invoke(main, list(words))
    return done.exit_code, done.output


def test_a_copy_is_made_and_the_next_command_named(course):
    said = "2 notebooks are in mine. Open them: vislearn lab --notebooks mine\n"
    assert run("new", "mine") == (0, said)
    assert run("update", "mine") == (0, "All lessons in mine are up to date.\n")


def test_a_second_one_in_its_place_is_refused(course):
    run("new", "mine")
    assert run("new", "mine") == (
        1,
        "Error: mine is there already. Bring it up to date: vislearn update.\n",
    )


def test_what_became_of_each_lesson_is_told(course, tmp_path):
    run("new", "mine")
    for place in ("mine", "mine/bn"):
        notebook = json.loads((tmp_path / place / "00_overview.ipynb").read_text())
        notebook["cells"][0]["source"] = "# My overview"
        (tmp_path / place / "00_overview.ipynb").write_text(json.dumps(notebook))
    (tmp_path / "mine/bn/00_overview.ipynb").write_text("{")
    write(course / "00_overview.ipynb", "# Overview, better")
    write(course / "01_pipeline.ipynb", "# Pipeline")
    code, output = run("update", "mine")
    assert code == 0
    lines = output.splitlines()
    assert lines[0] == "00_overview.ipynb: renewed."
    assert lines[1:3] == [
        "  Yours stayed: 0 answers, 1 other cells.",
        "  1 cells were changed by you and by the course: yours stands below the course's.",
    ]
    assert lines[3].startswith("  As it was: mine/backups/")
    assert lines[4] == "01_pipeline.ipynb: new."
    assert lines[5] == "bn/00_overview.ipynb: could not be read, and was made anew."
    assert lines[-1] == "All lessons in mine are up to date."


def test_a_lesson_in_which_nothing_was_written_is_renewed(course):
    run("new", "mine")
    write(course / "00_overview.ipynb", "# Overview, better")
    assert "00_overview.ipynb: renewed; you had written nothing in it.\n" in run("update", "mine")[1]


def test_without_a_folder_the_one_where_one_stands(course, tmp_path, monkeypatch):
    run("new", "mine")
    monkeypatch.chdir(tmp_path / "mine")
    assert run("update") == (0, f"All lessons in {tmp_path / 'mine'} are up to date.\n")


def test_no_copy_is_one_sentence(course):
    code, output = run("update", "course")
    assert code == 1
    assert output == (
        "Error: FOLDER must be a copy of the lessons, got course. Make one: vislearn new FOLDER.\n"
    )
