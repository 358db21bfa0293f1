import random
import sys
import warnings

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from vislearn.exercises.running import (
    Outcome,
    Unusable,
    does_nothing,
    error_line,
    run,
    run_known,
    same_error,
)


def documented():
    """Only a docstring."""


def passes():
    pass


def dots():
    """Said."""
    ...


def bare_return():
    return


def works(x):
    x + 1


def fails(x):
    return x.missing


def fails_below(x):
    return fails(x)


def fails_elsewhere(x):
    return int("three", base=x)


def not_yet(x):
    raise NotImplementedError


def lacks_an_operation(x):
    return torch.zeros(2, dtype=torch.uint8).mean()


class Unwritten(v2.Transform):
    """Inherits a ``transform`` that raises NotImplementedError."""


def leaves(x):
    sys.exit()


def stops(x):
    raise Unusable("no use")


def states():
    return torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()


def caught(function, *args):
    with pytest.raises(Exception) as info:  # noqa: PT011 - any error is the point
        function(*args)
    return info.value


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (lambda x: None, "nothing"),
        (lambda x: ..., "nothing"),
        (lambda x: 0, "value"),
        (lambda x: x, "value"),
        (works, "nothing"),
        (fails, "error"),
        (not_yet, "not implemented"),
        (lacks_an_operation, "error"),
        (lambda x: Unwritten()(torch.zeros(3, 2, 2)), "error"),
        (lambda x: torch.nn.Module()(x), "error"),
        (leaves, "error"),
        (stops, "unusable"),
        (lambda x: fails_below(fails_below), "error"),
    ],
)
def test_run_never_raises_for_the_functions_faults(made, function, kind):
    outcome = run(made(lambda x: x), function, 0)
    assert outcome.kind == kind
    assert (outcome.error is not None) == (kind in ("error", "not implemented"))


def test_interrupting_still_interrupts(made):
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(made(lambda x: x), interrupted, 0)


def test_run_catches_prints_and_hushes_warnings(made, capsys):
    def loud(x):
        print("hello")
        warnings.warn("careful", UserWarning, stacklevel=1)
        return 1

    assert run(made(lambda x: x), loud, 0) == Outcome("value", 1, None, "hello\n")
    assert capsys.readouterr() == ("", "")


def test_run_gives_every_call_arguments_of_its_own(made):
    exercise = made(lambda x: x)
    before = exercise.arguments(0)[0]
    run(exercise, lambda x: x.zero_(), 0)
    assert torch.equal(exercise.arguments(0)[0], before)


def test_run_hands_the_function_to_the_observer(made):
    exercise = made(lambda x: x)
    exercise.observe(lambda function, x: {"twice": function(x) * 2})
    assert run(exercise, lambda x: 4, 0).value == {"twice": 8}
    assert run(exercise, lambda x: None, 0).kind == "nothing"


def test_what_the_course_itself_comes_to_is_observed_once_per_input_and_language(made, monkeypatch):
    observed = []
    exercise = made(lambda x: x)
    exercise.observe(lambda function, x: {"asked": observed.append(function) or len(observed)})

    first = run_known(exercise, exercise.reference, 0)
    assert run_known(exercise.salted(0), exercise.reference, 0) is first
    assert len(observed) == 1
    for known in (
        lambda: run_known(exercise, fails, 0),
        lambda: run_known(exercise.salted(1), exercise.reference, 0),
    ):
        known()
    assert len(observed) == 3
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert run_known(exercise, exercise.reference, 0) is not first  # remarks are texts


def test_without_an_observer_the_reference_is_asked_anew(made):
    exercise = made(lambda x: x)
    assert run_known(exercise, exercise.reference, 0) is not run_known(exercise, exercise.reference, 0)


def test_run_seeds_chance_by_trial_and_leaves_everybody_elses_alone(made):
    exercise = made(lambda x: x)

    def chance(x):
        drawn = torch.rand(1).item(), np.random.rand(), random.random()
        torch.manual_seed(8)
        return drawn

    before = states()
    first, same, other = (run(exercise, chance, trial).value for trial in (0, 0, 1))
    assert first == same
    assert all(a != b for a, b in zip(first, other, strict=True))
    assert all(a != b for a, b in zip(first, run(exercise, chance, 0, again=True).value, strict=True))
    assert states() == before


@pytest.mark.parametrize(
    ("function", "idle"),
    [
        (documented, True),
        (passes, True),
        (dots, True),
        (bare_return, True),
        (lambda x: None, True),
        (works, False),
        (not_yet, False),
        (len, False),
        (None, False),
    ],
)
def test_does_nothing(function, idle):
    assert does_nothing(function) is idle


def line_of(function, offset=1):
    return function.__code__.co_firstlineno + offset


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (
            fails,
            f"AttributeError: 'int' object has no attribute 'missing' "
            f"(line {line_of(fails)} of your cell: `return x.missing`)",
        ),
        (
            fails_elsewhere,
            "ValueError: invalid literal for int() with base 2: 'three' "
            f'(line {line_of(fails_elsewhere)} of your cell: `return int("three", base=x)`)',
        ),
        (not_yet, f"NotImplementedError (line {line_of(not_yet)} of your cell: `raise NotImplementedError`)"),
    ],
)
def test_an_error_is_one_line_with_the_learners_line(function, text):
    assert error_line(caught(function, 2), function) == text


def test_an_error_without_source_gives_the_number_alone():
    names = {}
    exec(compile("def made(x):\n    return x.missing", "<nowhere>", "exec"), names)
    assert error_line(caught(names["made"], 2), names["made"]).endswith("'missing' (line 2 of your cell)")


def test_an_error_outside_the_learners_file_has_no_line():
    assert (
        error_line(caught(int, "three"), len) == "ValueError: invalid literal for int() with base 10: 'three'"
    )


def test_a_long_or_many_lined_error_is_cut():
    assert error_line(ValueError("first\nsecond"), None) == "ValueError: first"
    assert error_line(ValueError("x" * 999), None) == "ValueError: " + "x" * 239 + "…"
    assert error_line(ValueError(), None) == "ValueError"


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (ValueError(), ValueError(), True),
        (ValueError("a"), ValueError("b"), False),
        (ValueError("a"), TypeError("a"), False),
        (ValueError("a (7) and b (3)"), ValueError("a (3) and b (7)"), True),
        (ValueError("a (7) and b (3)"), ValueError("a (7) and b (4)"), False),
    ],
)
def test_same_error(a, b, answer):
    assert same_error(a, b) is answer
