import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from vislearn.course.lessons import Lesson, digest
from vislearn.course.regression.regress import lesson_of, reference_problems, regressions


def said(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def warned(kind="UserWarning", line=1):
    return said(f"/x/{line}.py:{line}: {kind}: take care\n  call()\n", "stderr")


CAME_OR_WENT = "the cell is tagged shows-warning, and what it shows came or went"


def whats(cell, fresh):
    return [difference.what for difference in regressions(cell, fresh)]


def cell(outputs, *tags):
    return new_code_cell("x", outputs=outputs, metadata={"tags": list(tags)})


@pytest.mark.parametrize(
    ("stored", "tags", "fresh", "expected"),
    [
        ([], [], [], []),
        ([said("a")], [], [said("b")], []),
        ([said("a")], ["exact"], [said("b")], ["the text is not the stored one"]),
        ([], [], [warned()], ["the cell writes to stderr, which learners would see"]),
        ([], [], [said(" 50%|##  | 1/2\r", "stderr")], []),
        ([warned()], ["shows-warning"], [warned(line=7)], []),
        ([warned()], ["shows-warning"], [], [CAME_OR_WENT]),
        ([], ["shows-warning"], [warned()], [CAME_OR_WENT]),
        ([warned()], ["shows-warning"], [warned("FutureWarning")], ["the cell warns of something else"]),
        ([new_output("error", ename="KeyError", evalue="a")], [], [], ["the stored output is an error"]),
    ],
)
def test_what_a_learner_would_see_is_compared(stored, tags, fresh, expected):
    assert whats(cell(stored, *tags), fresh) == expected


def stored(path, *counts, **made):
    cells = [new_code_cell("x", execution_count=count) for count in counts]
    return new_notebook(cells=cells, metadata={"vislearn": made} if made else {}), path


def faults(notebook, path):
    return [problem.what for problem in reference_problems(notebook, path, where="a", fix="Mend it.")]


def test_a_reference_comes_from_one_whole_run(tmp_path):
    assert faults(*stored(tmp_path / "a.ipynb", 1, 2)) == []
    assert faults(*stored(tmp_path / "a.ipynb", 1, None)) == ["was not run as a whole: cell 2 never ran"]


def test_a_reference_is_as_old_as_its_source_and_translation(tmp_path):
    lesson = Lesson(tmp_path / "notebooks", "01_a")
    for path in (lesson.source, lesson.translation("bn")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("old", encoding="utf-8")
    made = {
        "lesson": "01_a",
        "language": "bn",
        "source_sha256": digest(lesson.source),
        "translation_sha256": digest(lesson.translation("bn")),
    }
    notebook, path = stored(lesson.notebook("bn"), 1, **made)
    assert lesson_of(notebook, path) == lesson
    assert faults(notebook, path) == []
    lesson.translation("bn").write_text("new", encoding="utf-8")
    assert faults(notebook, path) == ["is older than its translation"]
    lesson.source.unlink()
    assert faults(notebook, path) == ["is older than its source"]


def test_a_learner_s_own_notebook_has_no_lesson(tmp_path):
    assert lesson_of(*stored(tmp_path / "mine.ipynb")) is None


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("KeyError", []),
        ("ValueError", ["the cell stops with something else"]),
        (None, ["the cell stops with something else"]),
    ],
)
def test_an_error_shown_on_purpose_must_come_again_and_be_the_same(name, what):
    cell = new_code_cell("d['a']", metadata={"tags": ["raises-exception"]})
    cell.outputs = [new_output("error", ename="KeyError", evalue="a")]
    fresh = [new_output("error", ename=name, evalue="a")] if name else []
    assert [difference.what for difference in regressions(cell, fresh)] == what
