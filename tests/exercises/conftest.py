"""What the tests of exercises share, and the tables that are tests.

A module about a lesson's exercises holds two tables. ``RIGHT`` gives for each exercise a list of answers that
must be accepted; ``WRONG`` gives for each exercise a dict from every registered mistake, by its function's
name, to somebody else's way to make it. A third, ``UNLISTED``, gives for each exercise wrong answers that no
registered mistake describes: they must be refused, and no diagnosis that fits only in part may be told. Each
entry becomes a test here: no lesson repeats the tests, none forgets one.
"""

import ast
from functools import cache

import pytest
import torch

from vislearn.course.building.source import read_lesson
from vislearn.course.lessons import find_lessons
from vislearn.exercises import check
from vislearn.exercises.registry import Exercise, find
from vislearn.exercises.running import run_known


def pytest_pycollect_makeitem(collector, name, obj):
    """The tests that the tables ``RIGHT`` and ``WRONG`` stand for; nothing special for other names."""
    if name == "RIGHT":
        answers = [(exercise, i, answer) for exercise in obj for i, answer in enumerate(obj[exercise])]
        tests = {f"[{exercise}-{i}]": is_right(exercise, answer) for exercise, i, answer in answers}
    elif name == "WRONG":
        tests = {f"[{exercise}]": is_complete(exercise, obj[exercise]) for exercise in obj}
        for exercise, answers in obj.items():
            for mistake, answer in answers.items():
                tests[f"[{exercise}{mistake}]"] = is_diagnosed(exercise, mistake, answer)
    elif name == "UNLISTED":
        answers = [(exercise, i, answer) for exercise in obj for i, answer in enumerate(obj[exercise])]
        tests = {f"[{exercise}-{i}]": is_refused(exercise, answer) for exercise, i, answer in answers}
    else:
        return None
    return [
        pytest.Function.from_parent(collector, name=name + case, callobj=test) for case, test in tests.items()
    ]


def pytest_collection_modifyitems(items):
    """The registry's rules exercise by exercise: what the course's own functions come to is kept a while."""
    places = [at for at, item in enumerate(items) if item.path.name == "test_registry.py"]
    by_exercise = sorted((items[at] for at in places), key=exercise_tested_by)
    for at, item in zip(places, by_exercise, strict=True):
        items[at] = item


def exercise_tested_by(item):
    name = getattr(item, "callspec", None) and item.callspec.params.get("name")
    return name if isinstance(name, str) else ""


def is_right(exercise, answer):
    def test_every_way_to_be_right():
        verdict = check(exercise, answer)
        assert verdict.status == "right", verdict
        known = find(exercise)
        facts = run_known(known, known.reference, 0).value if known.observer else {}
        assert [fact.met for fact in verdict.facts] == [True] * len(facts)

    return test_every_way_to_be_right


def is_diagnosed(exercise, mistake, answer):
    def test_a_mistake_written_otherwise_gets_the_same_diagnosis():
        verdict = check(exercise, answer)
        assert (verdict.status, verdict.message) == ("wrong", diagnosis_of(exercise, mistake))

    return test_a_mistake_written_otherwise_gets_the_same_diagnosis


def is_refused(exercise, answer):
    def test_what_no_mistake_describes_is_refused_without_a_diagnosis():
        verdict = check(exercise, answer)
        assert verdict.status in ("wrong", "error"), verdict
        assert verdict.message not in {mistake.diagnosis for mistake in find(exercise).mistakes}

    return test_what_no_mistake_describes_is_refused_without_a_diagnosis


def is_complete(exercise, answers):
    def test_every_mistake_has_been_written_otherwise():
        assert set(answers) == {mistake.function.__name__ for mistake in find(exercise).mistakes}

    return test_every_mistake_has_been_written_otherwise


def diagnosis_of(exercise, mistake):
    return next(m.diagnosis for m in find(exercise).mistakes if m.function.__name__ == mistake)


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def diagnosis():
    """The text a mistake, called by its function's name, must be answered with."""
    return diagnosis_of


@cache
def exercise_cells():
    """For each exercise the code above its cell in the lesson, and the exercises answered there."""
    found = {}
    for lesson in find_lessons():
        code, answered = [], []
        for cell in read_lesson(lesson).cells:
            if cell.exercise:
                found[cell.exercise] = ("\n".join(code), tuple(answered))
                answered.append(cell.exercise)
            elif cell.kind == "code":
                code.append(cell.source)
    return found


@pytest.fixture
def cell():
    """Runs a source as a cell of its lesson, below its imports and answers, and gives back the function."""

    def run(source, exercise):
        above, answered = exercise_cells()[exercise]
        names = {name.partition(".")[2]: find(name).reference for name in answered}
        imports = [line for line in ast.parse(above).body if isinstance(line, ast.Import | ast.ImportFrom)]
        exec(compile(ast.Module(imports, []), "<imports>", "exec"), names)
        exec(compile(source, "<cell>", "exec"), names)
        return names[exercise.partition(".")[2]]

    return run


@pytest.fixture
def made(monkeypatch):
    """Makes small exercises that live as long as the test: ``made(reference, inputs, hints=…)``."""

    def make(reference, inputs=lambda generator: (torch.rand(2, 3, generator=generator),), **options):
        options = {"hints": ["a nudge", "nearly `code`"], "trials": 3, "atol": 1e-5} | options
        exercise = Exercise("overview.made", reference, **options)
        exercise.inputs(inputs)
        monkeypatch.setitem(find.__globals__["_exercises"], exercise.name, exercise)
        return exercise

    return make
