"""The lessons for Google Colab: the same cells, and one that installs the course."""

import json

import pytest

from vislearn.course.copies import colab
from vislearn.errors import FileError

ADDRESS = "git+https://example.org/me/vislearn"


def cell(kind, source):
    return {"cell_type": kind, "id": source, "metadata": {}, "source": source}


@pytest.fixture
def course(tmp_path, monkeypatch):
    for folder in ("course", "course/bn"):
        (tmp_path / folder).mkdir()
        for name in ("00_toy", "index"):
            stored = {"cells": [cell("markdown", "title"), cell("code", "x")], "metadata": {}}
            (tmp_path / folder / f"{name}.ipynb").write_text(json.dumps(stored), encoding="utf-8")
    monkeypatch.setattr(colab, "course_notebooks", lambda: tmp_path / "course")
    return tmp_path


def test_the_second_cell_installs_the_course_and_nothing_else_changes(course):
    made = colab.write_colab_copies(course / "out", ADDRESS)
    assert [path.relative_to(course).as_posix() for path in made] == [
        "out/en/00_toy.ipynb",
        "out/bn/00_toy.ipynb",
    ]
    for path, language, said in zip(made, ("en", "bn"), ("Installs the course", "কোর্সটি"), strict=True):
        title, install, rest = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert (title["source"], rest["source"]) == ("title", "x")
        assert f'%pip install --quiet "vislearn[colab] @ {ADDRESS}"' in install["source"]
        assert install["source"].endswith(f'os.environ["VISLEARN_LANGUAGE"] = "{language}"')
        assert said in install["source"].splitlines()[0]


def test_a_folder_with_something_in_it_is_left_alone(course):
    (course / "out").mkdir()
    (course / "out/mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(FileError, match="is there already"):
        colab.write_colab_copies(course / "out", ADDRESS)
