"""Lesson 07's frames on the screen: many ways to be right, and other ways to make each mistake."""

import bisect

import numpy as np
import torch

from vislearn.exercises.registry import find

NAME = "pixels.on_screen"


def moments(times, step):
    return list(range(int(times[0]), int(times[-1]) + 1, step))


def by_counting(times, step):
    return torch.tensor([(times <= moment).sum().item() - 1 for moment in moments(times, step)])


def by_bisection(times, step):
    return [bisect.bisect_right(times.tolist(), moment) - 1 for moment in moments(times, step)]


def by_numpy(times, step):
    return np.searchsorted(times.numpy(), moments(times, step), side="right") - 1


def in_one_walk(times, step):
    shown, number, moment = [], 0, int(times[0])
    while moment <= times[-1]:
        while number + 1 < len(times) and times[number + 1] <= moment:
            number += 1
        shown.append(number)
        moment += step
    return torch.tensor(shown)


def by_table(times, step):
    come = times[None] <= torch.tensor(moments(times, step))[:, None]
    return come.sum(dim=1) - 1


def by_last_true(times, step):
    return torch.stack([(times <= moment).nonzero()[-1, 0] for moment in moments(times, step)])


RIGHT = {NAME: [by_counting, by_bisection, by_numpy, in_one_walk, by_table, by_last_true]}


def at_rate(times, step, whole):
    rate = (len(times) - 1) / int(times[-1] - times[0])
    return [whole((moment - int(times[0])) * rate) for moment in moments(times, step)]


WRONG = {
    NAME: {
        "_by_the_mean_rate": lambda times, step: at_rate(times, step, int),
        "_by_the_mean_rate_rounded": lambda times, step: at_rate(times, step, round),
        "_nearest": lambda times, step: torch.stack(
            [(times - moment).abs().argmin() for moment in moments(times, step)]
        ),
        "_next_one": lambda times, step: [
            bisect.bisect_left(times.tolist(), at) for at in moments(times, step)
        ],
        "_one_too_early": lambda times, step: [(times < at).sum().item() - 1 for at in moments(times, step)],
        "_counted_from_one": lambda times, step: [(times <= at).sum().item() for at in moments(times, step)],
        "_from_zero": lambda times, step: [
            (times <= at).sum().item() - 1 for at in range(0, int(times[-1]) + 1, step)
        ],
        "_each_once": lambda times, step: sorted(set(by_bisection(times, step))),
        "_last_left_out": lambda times, step: [
            (times <= at).sum().item() - 1 for at in range(int(times[0]), int(times[-1]), step)
        ],
        "_every_nth": lambda times, step: list(
            range(0, len(times), max(1, round(step / times.diff().median().item())))
        ),
    }
}

UNLISTED = {
    NAME: [
        lambda times, step: times,
        lambda times, step: moments(times, step),
        lambda times, step: times[by_counting(times, step)],
        lambda times, step: by_counting(times, step)[1:],
        lambda times, step: by_counting(times, 2 * step),
    ]
}


def test_a_moment_on_the_last_frame_a_late_start_and_a_long_frame_are_among_the_trials():
    given = [find(NAME).arguments(trial) for trial in range(find(NAME).trials)]
    assert any(moments(*one)[-1] == one[0][-1] for one in given)
    assert any(one[0][0] > 0 for one in given)
    assert any(len(set(by_bisection(*one))) < len(moments(*one)) for one in given)
