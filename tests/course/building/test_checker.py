import jupytext
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from vislearn.course.building import checker
from vislearn.course.building.assembly import assemble
from vislearn.course.building.checker import cell_faults, check, notebook_problems

AGAIN = "Run: vislearn lessons build 01_tiny --language en"


def found(lesson, language="en"):
    return [str(problem) for problem in check([lesson], language)]


def test_no_lessons_no_problems(tmp_path):
    (tmp_path / "notebooks" / "source").mkdir(parents=True)
    assert check(root=tmp_path / "notebooks") == []


def test_a_course_as_it_should_be(lesson, pretend_built, translate_lesson):
    translate_lesson(lesson)
    pretend_built(lesson)
    pretend_built(lesson, "bn")
    assert check(root=lesson.root) == []


def test_a_notebook_that_is_missing(lesson):
    assert found(lesson) == [f"notebooks/01_tiny.ipynb is missing. {AGAIN}"]


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"nbformat": 4}', "\x00"])
def test_a_notebook_that_is_damaged(lesson, content):
    lesson.notebook().write_text(content, encoding="utf-8")
    assert found(lesson) == [f"notebooks/01_tiny.ipynb is damaged. {AGAIN}"]


@pytest.mark.parametrize(("old", "new"), [("x = 1", "x = 2"), ("**3**", "**4**"), ("# %%\nx", "# %% \nx")])
def test_a_source_that_was_edited(lesson, make_lesson, pretend_built, old, new):
    pretend_built(lesson)
    text = lesson.source.read_text(encoding="utf-8")
    assert old in text
    make_lesson(text.replace(old, new))
    assert found(lesson) == [f"notebooks/01_tiny.ipynb is older than its source. {AGAIN}"]


def test_a_translation_that_was_edited(lesson, pretend_built, translate_lesson):
    path = translate_lesson(lesson)
    pretend_built(lesson, "bn")
    path.write_text(path.read_text(encoding="utf-8").replace("দুটি", "দুইটি"), encoding="utf-8")
    assert found(lesson, "bn") == [
        "notebooks/bn/01_tiny.ipynb is older than its translation. "
        "Run: vislearn lessons build 01_tiny --language bn"
    ]


def edit_source(notebook):
    notebook.cells[1].source += "\n"


def edit_prose(notebook):
    notebook.cells[0].source += " More."


def edit_id(notebook):
    notebook.cells[1].id = "other"


def edit_tags(notebook):
    notebook.cells[1].metadata.tags = ["x"]


def add_cell(notebook):
    notebook.cells.append(new_markdown_cell("# more"))


def drop_id(notebook):
    del notebook.cells[0]["id"]


def drop_cell(notebook):
    notebook.cells.pop()


def edit_metadata(notebook):
    notebook.metadata.language_info.version = "3.13.1"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (edit_source, "was edited: the source of cell 2 is not what the source says"),
        (edit_prose, "was edited: the source of cell 1 is not what the source says"),
        (edit_id, "was edited: the id of cell 2 is not what the source says"),
        (drop_id, "was edited: the id of cell 1 is not what the source says"),
        (edit_tags, "was edited: the metadata of cell 2 is not what the source says"),
        (add_cell, "was edited: it has 4 cells instead of 3"),
        (drop_cell, "was edited: it has 2 cells instead of 3"),
        (edit_metadata, "was saved by another program: its metadata is not what the source says"),
    ],
)
def test_a_notebook_that_was_edited(lesson, pretend_built, change, problem):
    pretend_built(lesson, change=change)
    assert found(lesson) == [f"notebooks/01_tiny.ipynb {problem}. {AGAIN}"]


def not_run(notebook):
    notebook.cells[2].execution_count = None


def run_twice(notebook):
    notebook.cells[2].execution_count = 5


def with_error(notebook):
    notebook.cells[1].outputs = [new_output("error", ename="ValueError", evalue="no", traceback=[])]


def with_warning(notebook):
    notebook.cells[1].outputs = [new_output("stream", name="stderr", text="UserWarning: no\n")]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (not_run, "was not run as a whole: cell 3 never ran"),
        (run_twice, "was not run from top to bottom in one go"),
        (with_error, "can't be shown: cell 2 stops with ValueError"),
        (with_warning, "can't be shown: cell 2 writes to stderr: UserWarning: no"),
    ],
)
def test_a_notebook_that_was_not_run_well(lesson, pretend_built, change, problem):
    pretend_built(lesson, change=change)
    assert found(lesson) == [f"notebooks/01_tiny.ipynb {problem}. {AGAIN}"]


def test_a_notebook_that_is_too_large(lesson, pretend_built, monkeypatch):
    pretend_built(lesson)
    monkeypatch.setattr(checker, "MAX_BYTES", 100)
    (problem,) = found(lesson)
    assert "MB, more than 0.0. Show smaller pictures." in problem


def image(kind="image/png", **about):
    return new_output("display_data", {kind: "iVBORw0KGgo="}, metadata=about)


def html(text):
    return new_output("display_data", {"text/html": text, "text/plain": "x"})


@pytest.mark.parametrize(
    ("cell", "faults"),
    [
        (new_markdown_cell("![A cat](cat.png)"), []),
        (new_markdown_cell("![](c.png)"), ['has a picture without words for it: <img src="c.png" alt="" />']),
        (new_markdown_cell('<img src="a">'), ['has a picture without words for it: <img src="a">']),
        (new_code_cell("x", outputs=[image(alt="A cat")]), []),
        (new_code_cell("x", outputs=[image(**{"image/png": {"alt": "A cat"}})]), []),
        (new_code_cell("x", outputs=[image()]), ["shows a picture (image/png) without alt text"]),
        (new_code_cell("x", outputs=[html('<img alt="A cat">')]), []),
        (new_code_cell("x", outputs=[html("<img>")]), ["shows a picture without words for it: <img>"]),
        (
            new_code_cell("x", outputs=[new_output("display_data", {"image/svg+xml": "<svg></svg>"})]),
            ["shows a picture without words for it: <svg>"],
        ),
    ],
)
def test_pictures_need_words(cell, faults):
    assert cell_faults(cell) == faults


@pytest.mark.parametrize("said", ["title", "alt"])
def test_words_of_a_figure_that_its_data_contradict(said):
    claim = "The loss falls"
    figure = {"plots": [{"lines": [{"name": "loss", "points": [[1, 2.0], [2, 3.0]]}]}]}
    figure |= {"title": claim} if said == "title" else {}
    data = {"text/html": '<img alt="x">', "text/plain": claim if said == "alt" else "x"}
    shown = new_output("display_data", data, metadata={"vislearn": {"figure": figure}})
    (fault,) = cell_faults(new_code_cell("x", outputs=[shown]))
    assert fault == 'says of its figure "the loss falls", but loss goes from 2 to 3'


def test_links_must_lead_somewhere_in_both_languages(make_lesson, pretend_built, translate_lesson):
    text = "[a](../README.md), [b](02_gone.ipynb), [c](https://example.org), [d](#here), [e](01_tiny.ipynb)"
    lesson = make_lesson(f"# %% [markdown]\n# # T\n#\n# {text}\n\n# %%\nx = 1\n")
    (lesson.root.parent / "README.md").write_text("hello", encoding="utf-8")
    translate_lesson(lesson, {"T": "টি", text: text})
    pretend_built(lesson)
    pretend_built(lesson, "bn")
    assert [str(problem) for problem in check([lesson])] == [
        f"notebooks/{folder}01_tiny.ipynb has a link in cell 1 to 02_gone.ipynb, which is not there. "
        "Mend it in notebooks/source/01_tiny.py"
        for folder in ("", "bn/")
    ]


def test_a_translation_that_is_not_whole_is_one_problem_not_two(lesson, pretend_built):
    pretend_built(lesson)
    (problem,) = check([lesson])
    assert str(problem).startswith("notebooks/source/bn/01_tiny.po is missing. Run: ")


def test_a_damaged_translation(lesson, translate_lesson):
    translate_lesson(lesson).write_text("nonsense\n", encoding="utf-8")
    (problem,) = check([lesson], "bn")
    assert problem.where == "notebooks/source/bn/01_tiny.po"
    assert problem.what.startswith("is damaged")


def test_a_source_that_breaks_the_form_is_a_problem_among_others(make_lesson):
    lesson = make_lesson("# %%\nx = 1\n")
    assert found(lesson) == [
        "notebooks/source/01_tiny.py does not begin with its title. "
        "Let the first cell be markdown that begins: # Title"
    ]


@pytest.mark.parametrize(
    "orphan",
    ["02_old.ipynb", "bn/02_old.ipynb", "source/bn/02_old.po", "bn/01_tyni.ipynb", "source/bn/01_tyni.po"],
)
def test_files_that_belong_to_no_lesson(lesson, pretend_built, translate_lesson, orphan):
    translate_lesson(lesson)
    pretend_built(lesson)
    pretend_built(lesson, "bn")
    (lesson.root / orphan).write_text("", encoding="utf-8")
    (lesson.root / "my notes.ipynb").write_text("", encoding="utf-8")  # a learner's, no business of ours
    assert [str(problem) for problem in check(root=lesson.root)] == [
        f"notebooks/{orphan} belongs to no lesson. Delete it, or restore its source"
    ]


def test_a_language_the_course_does_not_have(lesson):
    (lesson.root / "source" / "de").mkdir()
    assert "notebooks/source/de is for a language the course doesn't have. Delete it, or add it" in [
        str(problem) for problem in check(root=lesson.root)
    ]


def test_an_edited_notebook_is_worth_building_again(lesson, pretend_built):
    expected = assemble(lesson)
    pretend_built(lesson)
    assert notebook_problems(lesson, expected) == []
    pretend_built(lesson, change=edit_prose)
    assert len(notebook_problems(lesson, expected)) == 1


def test_a_source_is_read_once_for_all_languages(lesson, pretend_built, translate_lesson, monkeypatch):
    translate_lesson(lesson)
    pretend_built(lesson)
    pretend_built(lesson, "bn")
    read, really = [], jupytext.reads
    monkeypatch.setattr(jupytext, "reads", lambda text, fmt: read.append(text) or really(text, fmt))
    assert check([lesson]) == []
    assert read == [lesson.source.read_text(encoding="utf-8")]


def test_a_source_that_breaks_the_form_is_said_once(make_lesson):
    assert len(check([make_lesson("# %%\nx = 1\n")])) == 1
