"""Copies in folders: made, brought up to date, backed up, damaged, killed."""

import json
import shutil

import pytest

from vislearn import checkout
from vislearn.course.copies import folder as module
from vislearn.course.copies.folder import (
    copy_lessons,
    course_notebooks,
    is_copy,
    outdated,
    own_copy,
    update_copy,
)
from vislearn.errors import FileError, MissingError


def write(path, *sources, **metadata):
    cells = [
        {"cell_type": "markdown", "id": f"c{number}", "metadata": {}, "source": source}
        for number, source in enumerate(sources)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))


def texts(path):
    return [cell["source"] for cell in json.loads(path.read_text())["cells"]]


def add(path, source):
    notebook = json.loads(path.read_text())
    notebook["cells"].append({"cell_type": "markdown", "id": "mine", "metadata": {}, "source": source})
    path.write_text(json.dumps(notebook))


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of two lessons and a home page, in two languages, with a writer's files beside them."""
    folder = tmp_path / "course"
    for place in (folder, folder / "bn"):
        for name in ("00_overview", "01_pipeline", "index"):
            write(place / f"{name}.ipynb", f"# {name}")
    (folder / "source").mkdir()
    write(folder / "scratch.ipynb", "not of the course")
    monkeypatch.setattr(module, "course_notebooks", lambda: folder)
    return folder


@pytest.fixture
def mine(course, tmp_path):
    copy_lessons(tmp_path / "mine")
    return tmp_path / "mine"


def kinds(changes):
    return {change.name: change.kind for change in changes}


def test_a_copy_holds_the_lessons_in_all_languages_and_nothing_else(course, mine):
    there = sorted(path.relative_to(mine).as_posix() for path in mine.rglob("*") if path.is_file())
    lessons = ["00_overview.ipynb", "01_pipeline.ipynb", "index.ipynb"]
    assert there == [*lessons[:2], *(f"bn/{name}" for name in lessons), lessons[2]]
    assert is_copy(mine)
    assert not is_copy(course)
    assert update_copy(mine) == []


def test_the_course_s_own_notebooks_are_those_of_the_clone():
    assert course_notebooks() == checkout.ROOT / "notebooks"


def test_an_installed_package_brings_them_along(monkeypatch, tmp_path):
    monkeypatch.setattr(checkout, "ROOT", tmp_path / "no checkout")
    home = tmp_path / "share" / "vislearn" / "notebooks" / "index.ipynb"
    monkeypatch.setattr(checkout, "shared_file", {"notebooks/index.ipynb": home}.get)
    with pytest.raises(MissingError, match="came without its lessons"):
        course_notebooks()
    home.parent.mkdir(parents=True)
    assert course_notebooks() == home.parent


def test_a_wheel_carries_every_notebook():
    import tomllib

    said = tomllib.loads((checkout.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    files = said["tool"]["setuptools"]["data-files"]
    for place, ending in (("notebooks", ""), ("notebooks/bn", "/bn")):
        (pattern,) = files[f"share/vislearn/notebooks{ending}"]
        assert pattern == f"{place}/*.ipynb"


@pytest.mark.parametrize("there", ["a file", "a folder with something in it", "a copy"])
def test_what_lies_there_is_not_written_over(course, mine, tmp_path, there):
    place = mine if there == "a copy" else tmp_path / "there"
    if there == "a file":
        place.write_text("mine")
    elif there != "a copy":
        write(place / "essay.ipynb", "mine")
    with pytest.raises(FileError, match="vislearn update" if there == "a copy" else "another name"):
        copy_lessons(place)


def test_new_and_renewed_and_merged(course, mine):
    add(mine / "01_pipeline.ipynb", "my note")
    before = (mine / "01_pipeline.ipynb").read_bytes()
    write(course / "00_overview.ipynb", "# 00, better")
    write(course / "01_pipeline.ipynb", "# 01, better")
    write(course / "02_more.ipynb", "# 02")
    assert outdated(mine) == ["00_overview.ipynb", "01_pipeline.ipynb"]
    changes = update_copy(mine)
    assert kinds(changes) == {
        "00_overview.ipynb": "renewed",
        "01_pipeline.ipynb": "merged",
        "02_more.ipynb": "new",
    }
    assert texts(mine / "01_pipeline.ipynb") == ["# 01, better", "my note"]
    backup = changes[1].backup
    assert backup.read_bytes() == before
    assert backup.parts[-3] == "backups"
    assert [change.backup for change in changes if change.kind != "merged"] == [None, None]
    assert (outdated(mine), update_copy(mine)) == ([], [])


def test_a_lesson_with_work_in_it_waits_where_that_is_asked_for(course, mine):
    add(mine / "01_pipeline.ipynb", "my note")
    (mine / "bn/00_overview.ipynb").write_text("{")
    for name in ("00_overview", "01_pipeline"):
        write(course / f"{name}.ipynb", "# better")
    assert kinds(update_copy(mine, with_work=False)) == {"00_overview.ipynb": "renewed"}
    assert outdated(mine) == ["01_pipeline.ipynb", "bn/00_overview.ipynb"]
    assert (mine / "bn/00_overview.ipynb").read_text() == "{"


def test_a_learner_s_own_files_are_left_alone(course, mine):
    write(mine / "my experiment.ipynb", "mine")
    (mine / "photo.jpg").write_bytes(b"mine")
    write(course / "00_overview.ipynb", "# better")
    update_copy(mine)
    assert texts(mine / "my experiment.ipynb") == ["mine"]
    assert (mine / "photo.jpg").read_bytes() == b"mine"


@pytest.mark.parametrize(
    "damage",
    ["", "{", "[]", '{"cells": 3, "metadata": {}}', '{"cells": [{}], "metadata": {}}', '{"cells": [null]}'],
)
def test_a_damaged_notebook_is_backed_up_and_made_anew(course, mine, damage):
    (mine / "00_overview.ipynb").write_text(damage)
    (change,) = update_copy(mine)
    assert (change.name, change.kind) == ("00_overview.ipynb", "damaged")
    assert change.backup.read_text() == damage
    assert texts(mine / "00_overview.ipynb") == ["# 00_overview"]


def test_the_backup_stands_before_the_lesson_changes(course, mine, monkeypatch):
    add(mine / "01_pipeline.ipynb", "my note")
    before = (mine / "01_pipeline.ipynb").read_bytes()
    write(course / "01_pipeline.ipynb", "# better")

    def killed(path, notebook):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_write", killed)
    with pytest.raises(KeyboardInterrupt):
        update_copy(mine)
    assert (mine / "01_pipeline.ipynb").read_bytes() == before
    (backup,) = mine.glob("backups/*/01_pipeline.ipynb")
    assert backup.read_bytes() == before


def test_the_copy_that_is_meant(course, mine, tmp_path, monkeypatch):
    monkeypatch.chdir(mine)
    assert own_copy() == mine
    monkeypatch.chdir(tmp_path)
    assert own_copy() == checkout.ROOT / "my-lessons"
    monkeypatch.setattr(checkout, "ROOT", tmp_path / "installed")
    assert own_copy() == tmp_path / "my-lessons"


def test_the_real_lessons_survive_a_rewritten_course(tmp_path, monkeypatch):
    """Half of all exercises answered, against a course with new words in all texts and some code."""
    course = tmp_path / "course"
    shutil.copytree(checkout.ROOT / "notebooks", course, ignore=shutil.ignore_patterns("source", "bn"))
    monkeypatch.setattr(module, "course_notebooks", lambda: course)
    copy_lessons(tmp_path / "mine")
    written = {}
    for path in sorted((tmp_path / "mine").glob("[0-9]*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell for cell in notebook["cells"] if "exercise:" in str(cell["metadata"])]
        for cell in cells[::2]:
            cell["source"] = f"{cell['source']}\n# mine, in {path.stem}"
        written[path.name] = [cell["source"] for cell in cells[::2]]
        path.write_text(json.dumps(notebook), encoding="utf-8")
    for path in course.glob("[0-9]*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for number, cell in enumerate(notebook["cells"]):
            if "exercise:" not in str(cell["metadata"]) and (
                cell["cell_type"] == "markdown" or not number % 10
            ):
                cell["source"], cell["id"] = [*cell["source"], "\n# better"], f"new-{number}"
        path.write_text(json.dumps(notebook), encoding="utf-8")
    changes = update_copy(tmp_path / "mine")
    assert len(changes) == len(written)
    for change in changes:
        there = texts(tmp_path / "mine" / change.name)
        assert [source for source in written[change.name] if source not in there] == []
        assert len(change.merge.answers) == len(written[change.name])
        assert change.merge.kept == 0
