"""Lesson 09's rule for stopping: many ways to be right, and other ways to make each mistake."""

from vislearn.exercises.registry import find

STOP = "imbalance.should_stop"


def in_a_loop(losses, patience, min_delta):
    before, recent = losses[: len(losses) - patience], losses[max(0, len(losses) - patience) :]
    if not before:
        return False
    lowest = before[0]
    for loss in before:
        lowest = min(lowest, loss)
    return all(lowest - loss < min_delta for loss in recent)


def with_any(losses, patience, min_delta):
    if not losses[:-patience]:
        return False
    bound = min(losses[:-patience]) - min_delta
    return not any(loss <= bound for loss in losses[-patience:])


def sorted_parts(losses, patience, min_delta):
    split = len(losses) - patience
    return split > 0 and sorted(losses[:split])[0] - sorted(losses[split:])[0] < min_delta


def by_infinity(losses, patience, min_delta):
    best = min(losses[:-patience], default=float("inf"))
    return best - min(losses[-patience:]) < min_delta


def waiting(losses, patience, min_delta, *, always):
    """Counts epochs; the best is the last that paid, or always the lowest."""
    best, since = losses[0], 0
    for loss in losses[1:]:
        paid = best - loss >= min_delta
        since = 0 if paid else since + 1
        if paid or (always and loss < best):
            best = loss
    return since >= patience


def step_by_step(losses, patience, min_delta):
    """Asks of each of the last epochs what it brought against the one just before it."""
    if len(losses) < patience + 1:
        return False
    return all(losses[at - 1] - losses[at] < min_delta for at in range(-patience, 0))


def as_number(losses, patience, min_delta):
    return bool(sum(by_infinity(losses, patience, min_delta) for _once in range(1)))


RIGHT = {STOP: [in_a_loop, with_any, sorted_parts, by_infinity, as_number]}

WRONG = {
    STOP: {
        "_no_delta": lambda losses, patience, delta: by_infinity(losses, patience, 1e-9),
        "_at_once": lambda losses, patience, delta: losses[-1:] > losses[-2:-1] if len(losses) > 1 else False,
        "_each_with_the_one_before": step_by_step,
        "_each_higher": lambda losses, patience, delta: step_by_step(losses, patience, 1e-9),
        "_last_alone": lambda losses, patience, delta: (
            min(losses[:-patience], default=float("inf")) - losses[-1] < delta
        ),
        "_only_as_far_back": lambda losses, patience, delta: (
            len(losses) > patience and losses[:-patience][-1] - min(losses[-patience:]) < delta
        ),
        "_too_early": lambda losses, patience, delta: by_infinity(losses, patience - 1, delta),
        "_too_late": lambda losses, patience, delta: by_infinity(losses, patience + 1, delta),
        "_reversed": lambda losses, patience, delta: not by_infinity(losses, patience, delta),
        "_counted": lambda losses, patience, delta: waiting(losses, patience, delta, always=False),
        "_just_enough": lambda losses, patience, delta: (
            by_infinity(losses, patience, delta) or min(losses[:-patience], default=9) - delta == min(losses)
        ),
        "_never": lambda losses, patience, delta: len(losses) < 0,
    }
}

UNLISTED = {
    STOP: [
        lambda losses, patience, delta: True,
        lambda losses, patience, delta: len(losses) > patience,
        lambda losses, patience, delta: len(losses) % 2 == 0,
        lambda losses, patience, delta: by_infinity(losses, patience, delta * 5),
        lambda losses, patience, delta: min(losses) if losses else 0.0,
        lambda losses, patience, delta: losses[-1] > min(losses),
        lambda losses, patience, delta: step_by_step(losses, patience + 1, delta),
        lambda losses, patience, delta: step_by_step(losses, patience, 2 * delta),
        lambda losses, patience, delta: waiting(losses, patience, delta, always=True),
        lambda losses, patience, delta: by_infinity(losses, patience, delta * min(losses)),
        lambda losses, patience, delta: by_infinity(losses, patience, -delta),
        lambda losses, patience, delta: (
            len(losses) > patience and abs(min(losses[:-patience]) - min(losses[-patience:])) < delta
        ),
    ]
}


def test_both_answers_are_asked_for():
    exercise = find(STOP)
    answers = [exercise(*exercise.arguments(trial)) for trial in range(exercise.trials)]
    assert set(answers) == {True, False}
    assert min(answers.count(True), answers.count(False)) >= 4
