import pytest
import torch

from vislearn.exercises.explaining import compare_facts, difference, find_mistake, pattern, same
from vislearn.exercises.running import Outcome, run


def outcomes(exercise, function):
    return [run(exercise, function, trial) for trial in range(exercise.trials)]


@pytest.fixture
def double(made):
    exercise = made(lambda x: x * 2)
    exercise.mistake("halved")(lambda x: x / 2)
    exercise.mistake("crashed")(lambda x: x.reshape(7, 7))
    return exercise


@pytest.fixture
def facts(made):
    """An exercise looked at through three facts; the answer is a set of the wrong ones."""
    exercise = made(lambda x: set())
    exercise.observe(lambda function, x: {fact: fact not in function(x) for fact in "abc"})
    for wrong in ("a", "b", "ab", "c"):
        exercise.mistake(wrong)(lambda x, wrong=wrong: set(wrong))
    return exercise


@pytest.mark.parametrize(
    ("answer", "diagnosis"),
    [
        (lambda x: x / 2, "halved"),
        (lambda x: 0.5 * x.double(), "halved"),
        (lambda x: (x / 2).tolist(), "halved"),
        (lambda x: x.view(7, 7), "crashed"),
        (lambda x: x.view(5, 5), None),
        (lambda x: x / 3, None),
        (lambda x: x / 2 if x[0, 0] > 0.5 else x / 3, None),
    ],
)
def test_a_mistake_must_explain_every_trial(double, answer, diagnosis):
    double.trials = 12
    mistake = find_mistake(double, outcomes(double, answer))
    assert (mistake and mistake.diagnosis) == diagnosis


@pytest.mark.parametrize(
    ("wrong", "diagnosis"),
    [("a", "a"), ("b", "b"), ("ab", "ab"), ("c", "c"), ("abc", None), ("ac", None), ("bc", None)],
)
def test_a_mistake_that_leaves_facts_unexplained_is_not_told(facts, wrong, diagnosis):
    got = outcomes(facts, lambda x: set(wrong))
    mistake = find_mistake(facts, got)
    assert (mistake and mistake.diagnosis) == diagnosis


def test_no_mistakes_explain_nothing(made):
    exercise = made(lambda x: set())
    exercise.observe(lambda function, x: {"a": "a" not in function(x)})
    got = outcomes(exercise, lambda x: {"a"})
    assert find_mistake(exercise, got) is None


def test_a_fact_wrong_in_another_way_is_not_explained(made):
    exercise = made(lambda x: 1)
    exercise.observe(lambda function, x: {"size": function(x), "colour": "red"})
    exercise.mistake("two")(lambda x: 2)
    got = outcomes(exercise, lambda x: 3)
    assert find_mistake(exercise, got) is None


@pytest.mark.parametrize(
    ("expected", "got", "message"),
    [
        (True, False, "This does not hold yet: fact."),
        ("red", "blue", "fact: red expected, blue returned."),
        ([1.0], [2.0], "fact: At [0] of the result: 1 expected, 2 returned."),
    ],
)
def test_a_fact_differs_in_words(made, expected, got, message):
    exercise = made(lambda x: x)
    exercise.observe(lambda function, x: {})
    found = compare_facts(exercise, {"fact": expected, "other": 1}, {"fact": got, "other": 1})
    assert found["other"] is None
    assert found["fact"].message == message
    both = difference(exercise, Outcome("value", {"fact": expected}), Outcome("value", {"fact": got}))
    assert both.message == message


def test_difference_of_a_plain_value_and_of_a_remark(made):
    exercise = made(lambda x: x)
    assert difference(exercise, Outcome("value", 1), Outcome("value", 1)) is None
    assert difference(exercise, Outcome("value", 1), Outcome("value", 2)).stage == "value"
    assert difference(exercise, Outcome("value", 1), Outcome("unusable", "odd")).message == "odd"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x: x, "returns its input unchanged"),
        (lambda x: x.tolist(), "returns its input unchanged"),
        (lambda x: torch.ones(2, 3), "the same answer for every input"),
        (lambda x: 3, "the same answer for every input"),
        (lambda x: x / 3, ""),
    ],
)
def test_patterns(double, answer, words):
    found = pattern(double, outcomes(double, double.reference), outcomes(double, answer))
    assert words in found
    assert bool(words) == bool(found)


def test_no_pattern_where_the_right_answer_is_always_the_same(made):
    exercise = made(lambda x: x.ndim)
    assert pattern(exercise, outcomes(exercise, exercise.reference), outcomes(exercise, lambda x: 7)) == ""


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (Outcome("nothing"), Outcome("nothing"), True),
        (Outcome("value", 1), Outcome("value", 1), True),
        (Outcome("value", 1), Outcome("value", 2), False),
        (Outcome("value", "x"), Outcome("unusable", "x"), False),
        (Outcome("unusable", "x"), Outcome("unusable", "x"), True),
        (Outcome("error", error=ValueError("a")), Outcome("error", error=ValueError("a")), True),
        (Outcome("error", error=ValueError("a")), Outcome("value", 1), False),
    ],
)
def test_same(a, b, answer):
    assert same(a, b, 1e-5) is answer
