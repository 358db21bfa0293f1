import nbformat
import pytest

from vislearn.course.building.assembly import assemble, solved
from vislearn.course.problems import TranslationError
from vislearn.errors import FileError, InputError
from vislearn.exercises import solution_source, starter

TITLE = "# %% [markdown]\n# # Title\n\n"
EXERCISE = '# %% tags=["exercise:pipeline.to_unit_range"]\n'


def test_a_notebook_that_was_never_run(lesson):
    notebook = assemble(lesson)
    nbformat.validate(notebook)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        ("markdown", "# Two numbers\n\nHere are `x` and **3** words."),
        ("code", "x = 1\nprint(x + 1)"),
        ("code", "x"),
    ]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in notebook.cells[1:])


def test_its_metadata_says_what_it_is_made_from_and_no_version_of_python(lesson):
    metadata = assemble(lesson).metadata
    assert metadata.kernelspec.name == "python3"
    assert "version" not in metadata.language_info
    assert (metadata.vislearn.lesson, metadata.vislearn.language) == ("01_tiny", "en")
    assert set(metadata.vislearn) == {"lesson", "language", "source_sha256"}


def test_bengali_has_the_same_code_and_ids_and_other_prose(lesson, translate_lesson):
    translate_lesson(lesson)
    english, bengali = assemble(lesson), assemble(lesson, "bn")
    assert [cell.id for cell in bengali.cells] == [cell.id for cell in english.cells]
    assert bengali.cells[1:] == english.cells[1:]
    assert bengali.cells[0].source == "# দুটি সংখ্যা\n\nএখানে `x` আর **৩**টি শব্দ।"
    assert set(bengali.metadata.vislearn) - set(english.metadata.vislearn) == {"translation_sha256"}


def test_bengali_must_be_whole(lesson):
    with pytest.raises(TranslationError, match=r"01_tiny\.po is missing"):
        assemble(lesson, "bn")


@pytest.mark.parametrize("text", ["", "# to be filled in\n", starter("pipeline.to_unit_range")])
def test_an_exercise_s_cell_holds_the_starter(make_lesson, text):
    notebook = assemble(make_lesson(TITLE + EXERCISE + text))
    assert notebook.cells[1].source == starter("pipeline.to_unit_range").strip("\n")
    assert notebook.cells[1].metadata.tags == ["exercise:pipeline.to_unit_range"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (EXERCISE + "def to_unit_range(image): ...\n", "is the cell of pipeline.to_unit_range and holds"),
        (
            EXERCISE.replace("unit", "nuit"),
            "is tagged for an exercise that isn't there. "
            "Write pipeline.to_nuit_range in vislearn/exercises/lessons/pipeline/, or mend the tag. ",
        ),
    ],
)
def test_an_exercise_s_cell_that_is_not_one(make_lesson, text, message):
    lesson = make_lesson(TITLE + text)
    with pytest.raises(FileError) as caught:
        assemble(lesson)
    assert str(caught.value).startswith(f"notebooks/source/01_tiny.py:4 {message}")


def test_solutions_are_filled_in_and_nothing_else_changes(make_lesson):
    notebook = assemble(make_lesson(TITLE + EXERCISE + "\n# %%\nx = 1\n"))
    before = nbformat.from_dict(notebook)
    for count, cell in enumerate(notebook.cells[1:], 1):
        cell.execution_count = count
    answered = solved(notebook)
    assert answered.cells[1].source == solution_source("pipeline.to_unit_range")
    assert answered.cells[2:] == before.cells[2:]
    assert [cell.execution_count for cell in notebook.cells[1:]] == [1, 2]  # the one given stays as it was


def test_a_notebook_with_an_exercise_that_is_gone(make_lesson):
    notebook = assemble(make_lesson(TITLE + EXERCISE))
    notebook.cells[1].metadata.tags = ["exercise:pipeline.gone"]
    with pytest.raises(InputError, match=r"pipeline\.gone"):
        solved(notebook)
