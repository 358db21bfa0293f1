"""Rules that hold for every exercise, and finding them."""

import inspect
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from vislearn.errors import InputError
from vislearn.exercises import N_, check, exercise, names, prompt, solution_source, starter
from vislearn.exercises.folders import folders
from vislearn.exercises.registry import find
from vislearn.language import translate

NAMES = names()


def test_every_lesson_is_there_and_names_are_those_of_their_functions():
    assert {name.partition(".")[0] for name in NAMES} == set(folders())
    assert all(find(name).reference.__name__ == name.partition(".")[2] for name in NAMES)


def test_the_order_is_that_of_modules_whoever_was_loaded_first():
    places = [
        (find(name).reference.__module__, find(name).reference.__code__.co_firstlineno) for name in NAMES
    ]
    assert places == sorted(places)
    late = "import vislearn.exercises.lessons.vision.pooling"
    code = f"{late}; from vislearn.exercises import names; print(*names())"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.split() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_is_complete(name):
    exercise = find(name)
    assert len({mistake.diagnosis for mistake in exercise.mistakes}) >= 3
    assert len(exercise.hints) >= 3
    assert len(prompt(name)) > 40
    assert ("Args:" in prompt(name)) == bool(inspect.signature(exercise.reference).parameters)
    assert "Returns:" in prompt(name)


@pytest.mark.parametrize("table", ["RIGHT", "WRONG"])
def test_every_exercise_is_tried_with_answers_of_others(table):
    modules = [path for path in (Path(__file__).parent / "lessons").rglob("test_*.py")]
    tried = [name for path in modules for name in runpy.run_path(str(path)).get(table, ())]
    assert set(tried) == set(NAMES)


def test_every_text_is_found_by_the_extractor_and_survives_formatting(marked):
    exercises = [find(name) for name in NAMES]
    texts = {text for exercise in exercises for text in exercise.hints}
    texts |= {mistake.diagnosis for exercise in exercises for mistake in exercise.mistakes}
    assert not texts - marked
    assert [translate(text) for text in texts] == list(texts)
    assert [translate(prompt(name)) for name in NAMES] == [prompt(name) for name in NAMES]


def test_arguments_are_fresh_differ_by_trial_and_repeat_tomorrow():
    exercise = find("pipeline.to_unit_range")
    first, second, again = exercise.arguments(0)[0], exercise.arguments(1)[0], exercise.arguments(0)[0]
    assert not torch.equal(first.flatten()[:9], second.flatten()[:9])
    assert torch.equal(first, again)
    assert first.data_ptr() != again.data_ptr()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("", f"must be one of '{NAMES[0]}'"),
        ("pipeline.to_unit_rang", "Did you mean 'pipeline.to_unit_range'?"),
        ("pipelin.normalize", "Did you mean 'pipeline.normalize'?"),
        ("normalize", "must be one of"),
        (None, "must be a name in quotes, got NoneType"),
        (len, "must be a name in quotes, got builtin_function_or_method"),
    ],
)
@pytest.mark.parametrize("door", [starter, solution_source, prompt, lambda name: check(name, len)])
def test_an_unknown_name_is_refused_with_a_suggestion(door, name, told):
    with pytest.raises(InputError, match="exercise must be") as caught:
        door(name)
    assert told in str(caught.value)


def test_an_exercise_without_inputs_says_so(made):
    exercise = made(lambda x: x)
    exercise.draws = None
    with pytest.raises(InputError, match="must have inputs"):
        exercise.arguments(0)


def test_marking_a_text_leaves_it_as_it_is():
    assert N_("a text") == "a text"


def test_an_exercise_answers_like_its_reference():
    image = torch.tensor([[[0, 255]]], dtype=torch.uint8)
    assert find("pipeline.to_unit_range")(image).tolist() == [[[0.0, 1.0]]]


def written_in(module, name="normalize"):
    """A function as that module would define it."""

    def function(image): ...

    function.__module__, function.__name__ = module, name
    return function


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("vision.normalize", written_in("vislearn.exercises.lessons.pipeline.ranges")),
        ("normalize", written_in("vislearn.exercises.lessons.pipeline.ranges")),
        ("pipeline.normalise", written_in("vislearn.exercises.lessons.pipeline.ranges")),
        ("pipeline.ranges.normalize", written_in("vislearn.exercises.lessons.pipeline.ranges")),
    ],
)
def test_a_name_that_would_be_looked_for_elsewhere_is_refused(name, function):
    with pytest.raises(InputError) as caught:
        exercise(name, hints=[])(function)
    assert str(caught.value) == (
        "an exercise in vislearn.exercises.lessons.pipeline.ranges must be named by its folder and its "
        f"function, got {name!r}. "
        "Call it 'pipeline.normalize', or move it to the folder that its name begins with."
    )
    assert names() == NAMES


def test_a_name_that_is_taken_is_refused_and_the_module_that_has_it_named():
    known = find("pipeline.normalize")
    with pytest.raises(InputError, match=r"which vislearn\.exercises\.lessons\.pipeline\.ranges has too"):
        exercise("pipeline.normalize", hints=[])(written_in("vislearn.exercises.lessons.pipeline.other"))
    assert find("pipeline.normalize") is known


def test_a_teacher_s_own_exercise_needs_no_folder_and_may_be_run_again(monkeypatch):
    monkeypatch.setitem(find.__globals__, "_exercises", {})
    for _run in range(2):
        made = exercise("mine.normalize", hints=[])(written_in("__main__"))
    assert find("mine.normalize") is made
