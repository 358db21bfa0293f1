import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from vislearn.course.answers import answered, checked_exercise, exercises_of, fill_in_answers, verdict_of
from vislearn.errors import InputError
from vislearn.exercises import check, solution_source

NAME = "overview.image_shape"


def exercise_cell(name=NAME):
    return new_code_cell("def f(): ...", metadata={"tags": ["exact", f"exercise:{name}"]})


def test_a_notebook_without_exercises_is_left_alone():
    notebook = new_notebook(cells=[new_markdown_cell("a"), new_code_cell("1")])
    assert fill_in_answers(notebook, "solved") == {}
    assert [cell.source for cell in notebook.cells] == ["a", "1"]
    assert exercises_of(notebook) == []


def test_solutions_take_the_place_of_starters_and_outputs_stay():
    cell = exercise_cell()
    cell.outputs = [new_output("stream", text="kept")]
    notebook = new_notebook(cells=[cell, new_code_cell("1")])
    assert fill_in_answers(notebook, "solved") == {NAME: True}
    assert [one.source for one in notebook.cells] == [solution_source(NAME), "1"]
    assert notebook.cells[0].outputs[0].text == "kept"
    assert exercises_of(notebook) == [NAME]


def test_the_other_states_of_a_notebook():
    names = ["overview.image_shape", "overview.value_range", "overview.class_name"]

    def filled(state):
        notebook = new_notebook(cells=[exercise_cell(name) for name in names])
        answers = fill_in_answers(notebook, state)
        return answers, [cell.source for cell in notebook.cells]

    starter = exercise_cell().source
    assert filled("untouched") == ({}, [starter] * 3)
    solutions = [solution_source(name) for name in names]
    assert filled("half-solved") == (dict.fromkeys(names[::2], True), [solutions[0], starter, solutions[2]])
    answers, sources = filled("wrong")
    assert answers == dict.fromkeys(names, False)
    assert sources[1] == "def value_range(*given, **named):\n    return None"
    with pytest.raises(InputError, match="state must be one of"):
        filled("perfect")


@pytest.mark.parametrize(
    ("source", "is_answer"),
    [
        ('def f():\n    """New words."""\n    ...  # your code here', False),
        ('def f():\n    """Older words."""\n    ...  # your code here', False),
        ('def f():\n    """New words."""\n    x = 1\n    ...  # your code here', True),
        ("def f():\n    return 1", True),
        ("def f(:", True),
        ("f = len", True),
        ("", True),
    ],
)
def test_what_a_learner_wrote_is_an_answer_and_a_starter_of_older_words_is_not(source, is_answer):
    untouched, mine = exercise_cell(), exercise_cell()
    mine.id = untouched.id
    untouched.source = 'def f():\n    """New words."""\n    ...  # your code here'
    mine.source = source
    found = answered(new_notebook(cells=[mine]), new_notebook(cells=[untouched]))
    assert found == [NAME] * is_answer


def test_an_exercise_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"overview\.image_shpe.*Did you mean 'overview.image_shape'"):
        fill_in_answers(new_notebook(cells=[exercise_cell("overview.image_shpe")]), "solved")


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (new_code_cell("check('a.b', b)"), "a.b"),
        (new_code_cell('x = 1\ncheck(\n    "a.b_c", b)'), "a.b_c"),
        (new_code_cell("recheck('a.b', b)"), None),
        (new_markdown_cell("check('a.b', b)"), None),
    ],
)
def test_which_exercise_a_cell_checks(cell, name):
    assert checked_exercise(cell) == name


def shape(image):
    return image.shape[1], image.shape[2], image.shape[0]


def untouched(image): ...


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (shape, "right"),
        (untouched, "not attempted"),
        (lambda image: 1, "wrong"),
        (lambda image: 1 / 0, "error"),
    ],
)
def test_verdicts_are_read_from_what_a_notebook_stores(answer, status):
    verdict = check(NAME, answer)
    assert verdict.status == status
    assert verdict_of([{"text": "printed"}, {"data": {"text/plain": repr(verdict)}}]) == status


def test_a_cell_without_a_verdict_says_so():
    assert verdict_of([]) == "no answer"
    assert verdict_of([{"data": {"text/plain": "7"}}]) == "7"
