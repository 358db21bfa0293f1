"""What the tests of exercises share, and the tables that are tests.

A module about a lesson's exercises holds two tables. ``RIGHT`` gives for each exercise a list of answers that
must be accepted; ``WRONG`` gives for each exercise a dict from every registered mistake, by its function's
name, to somebody else's way to make it. ``WRONG`` stands for the rules of an exercise as well: what its
reference and mistakes come to is known there, and need not be trained again. A third, ``UNLISTED``, gives for
each exercise wrong answers that no registered mistake describes: they must be refused, and no diagnosis that
fits only in part may be told. Each entry becomes a test here: no lesson repeats the tests, none forgets one.
"""

import ast
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
import torch
from babel.messages.extract import extract

import vislearn.exercises
from vislearn.course.building.source import read_lesson
from vislearn.course.lessons import find_lessons
from vislearn.exercises import check, prompt, solution_source, starter
from vislearn.exercises.explaining import same
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
            tests |= {f"[{exercise}-{rule}]": rule_of(exercise) for rule, rule_of in RULES.items()}
            for mistake, answer in answers.items():
                tests[f"[{exercise}{mistake}]"] = is_diagnosed(exercise, mistake, answer)
                tests[f"[{exercise}{mistake}-registered]"] = is_diagnosed_as_registered(exercise, mistake)
    elif name == "UNLISTED":
        answers = [(exercise, i, answer) for exercise in obj for i, answer in enumerate(obj[exercise])]
        tests = {f"[{exercise}-{i}]": is_refused(exercise, answer) for exercise, i, answer in answers}
    else:
        return None
    return [
        pytest.Function.from_parent(collector, name=name + case, callobj=test) for case, test in tests.items()
    ]


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


def is_diagnosed_as_registered(exercise, mistake):
    def test_a_mistake_as_registered_gets_its_diagnosis():
        verdict = check(exercise, mistake_of(exercise, mistake).function)
        assert (verdict.status, verdict.message) == ("wrong", diagnosis_of(exercise, mistake))

    return test_a_mistake_as_registered_gets_its_diagnosis


def starts_unattempted(exercise):
    def test_the_untouched_starter_is_not_attempted(cell):
        source = starter(exercise)
        assert source.startswith(f"def {exercise.partition('.')[2]}(")
        assert source.endswith("    ...  # your code here\n")
        assert prompt(exercise).splitlines()[0] in source
        verdict = check(exercise, cell(source, exercise))
        assert verdict.status == "not attempted"
        assert len(verdict.hints) == len(find(exercise).hints)

    return test_the_untouched_starter_is_not_attempted


def has_a_solution(exercise):
    def test_the_solution_filled_into_a_cell_is_right(cell):
        source = solution_source(exercise)
        assert "@" not in source.splitlines()[0]
        assert source.startswith(starter(exercise).removesuffix("    ...  # your code here\n"))
        verdict = check(exercise, cell(source, exercise))
        assert verdict.status == "right"
        assert {fact.label for fact in verdict.facts} <= marked_texts()

    return test_the_solution_filled_into_a_cell_is_right


def tells_mistakes_apart(exercise):
    def test_no_two_diagnoses_share_a_behaviour():
        known = find(exercise)
        outcomes = [
            (mistake, [run_known(known, mistake.function, trial) for trial in range(known.trials)])
            for mistake in known.mistakes
        ]
        confused = [
            (a.function.__name__, b.function.__name__)
            for i, (a, outcomes_a) in enumerate(outcomes)
            for b, outcomes_b in outcomes[:i]
            if all(same(x, y, known.atol) for x, y in zip(outcomes_a, outcomes_b, strict=True))
        ]
        assert not confused

    return test_no_two_diagnoses_share_a_behaviour


RULES = {"untouched": starts_unattempted, "solved": has_a_solution, "apart": tells_mistakes_apart}


def mistake_of(exercise, mistake):
    return next(known for known in find(exercise).mistakes if known.function.__name__ == mistake)


def diagnosis_of(exercise, mistake):
    return mistake_of(exercise, mistake).diagnosis


@cache
def marked_texts():
    """Every text in this room that is marked for translation."""
    found = set()
    for path in Path(vislearn.exercises.__file__).parent.rglob("*.py"):
        messages = extract("python", BytesIO(path.read_bytes()), {"_": None, "N_": None})
        found |= {message for _line, message, _comments, _context in messages}
    return found


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


@pytest.fixture
def marked():
    """The texts of this room that are marked for translation."""
    return marked_texts()


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
