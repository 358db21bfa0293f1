"""Lesson 15's quarter turns: other classes that draw once, and others that don't."""

import random

import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.exercises.running import run_known

NAME = "transforms.quarter_turns"
F = v2.functional


def kind(draw, turn, setup=None):
    """A transform of somebody's own: what it draws, once for all, and what it does to each thing."""

    class Kind(v2.Transform):
        def __init__(self):
            super().__init__()
            self.fixed = setup() if setup else None

        def make_params(self, flat_inputs):
            return {"drawn": draw(self, flat_inputs)}

        def transform(self, inpt, params):
            return turn(inpt, params["drawn"])

    return Kind


def rotated(inpt, angle):
    return F.rotate(inpt, angle, expand=True)


def by_choice():
    return kind(lambda self, _all: random.choice([0, 90, 180, 270]), rotated)()


def clockwise():
    return kind(lambda self, _all: -90 * int(torch.rand(()) * 4), rotated)()


def step_by_step():
    def turn(inpt, times):
        for _time in range(times):
            inpt = F.rotate(inpt, 90.0, expand=True)
        return inpt

    return kind(lambda self, _all: int(torch.randint(0, 4, (1,))), turn)()


def by_a_list_of_transforms():
    return v2.RandomChoice([v2.RandomRotation((angle, angle), expand=True) for angle in (0, 90, 180, 270)])


def from_its_numbers():
    angles = kind(
        lambda self, _all: self.fixed[torch.randint(4, ())].item(), rotated, lambda: torch.arange(4) * 90
    )
    return angles()


RIGHT = {NAME: [by_choice, clockwise, step_by_step, by_a_list_of_transforms, from_its_numbers]}


class EachItsOwn(v2.Transform):
    def transform(self, inpt, params):
        return rotated(inpt, random.choice([0, 90, 180, 270]))


WRONG = {
    NAME: {
        "_drawn_for_each": EachItsOwn,
        "_cut_off": lambda: v2.RandomChoice(
            [v2.RandomRotation((angle, angle)) for angle in (0, 90, 180, 270)]
        ),
        "_drawn_once_for_ever": lambda: kind(lambda self, _all: self.fixed, rotated, lambda: 270)(),
        "_only_the_picture": lambda: v2.Lambda(by_choice(), tv_tensors.Image),
        "_one_preferred": lambda: kind(
            lambda self, _all: 0 if torch.rand(()) < 0.5 else 90 * int(torch.randint(4, ())), rotated
        )(),
        "_half_for_ever": lambda: v2.RandomRotation((180, 180), expand=True),
        "_never_turned": v2.Identity,
        "_tables_turned": lambda: kind(
            lambda self, _all: random.randrange(4),
            lambda inpt, times: tv_tensors.wrap(inpt.rot90(times, (-2, -1)), like=inpt),
        )(),
        "_tables_turned_and_plain": lambda: kind(
            lambda self, _all: random.randrange(4), lambda inpt, times: inpt.rot90(times, (-2, -1))
        )(),
        "_tables_without_third_axis": lambda: kind(
            lambda self, _all: random.randrange(4), lambda inpt, times: inpt.rot90(times, (1, 2))
        )(),
        "_some_missing": lambda: kind(lambda self, _all: 180 * int(torch.randint(2, ())), rotated)(),
    }
}

UNLISTED = {
    NAME: [
        lambda: by_choice,
        lambda: EachItsOwn,
        lambda: v2.RandomHorizontalFlip(),
        lambda: v2.RandomRotation(45, expand=True),
        lambda: "90 degrees",
    ]
}


def test_who_returns_the_class_itself_is_told_to_call_it():
    assert "call it" in check(NAME, lambda: EachItsOwn).message


@pytest.mark.parametrize(
    "between",
    [
        lambda: v2.RandomRotation(270),
        lambda: v2.RandomRotation(90, expand=True),
        lambda: v2.RandomRotation(270, expand=True),
        lambda: kind(lambda self, _all: random.uniform(0, 360), rotated)(),
    ],
)
def test_who_turns_by_angles_between_is_told_to_draw_one_of_four(between):
    verdict = check(NAME, between)
    assert (verdict.status, "`RandomRotation(270)` draws any angle" in verdict.message) == ("wrong", True)


def test_who_gives_the_method_that_draws_another_name_is_told_the_right_one():
    class Misspelt(v2.Transform):
        def _get_params(self, flat_inputs):
            return {"k": 1}

        def transform(self, inpt, params):
            return rotated(inpt, 90 * params["k"])

    verdict = check(NAME, Misspelt)
    assert verdict.status == "wrong"
    assert "`params` has no `'k'`" in verdict.message
    assert "`make_params(self, flat_inputs)`" in verdict.message


def test_flips_and_turns_disagree_on_points_by_a_pixel():
    """The lesson says so, and so the check lets points be a pixel off."""
    points = tv_tensors.KeyPoints([[[2.0, 3.0]]], canvas_size=(6, 10))
    by_flips = F.vertical_flip(F.horizontal_flip(points))
    assert (F.rotate(points, 180) - by_flips).flatten().round().tolist() == [1, 1]


def test_the_reference_itself_meets_every_fact():
    """An answer is held to the reference's facts: one that it misses would be demanded of nobody."""
    facts = run_known(find(NAME), find(NAME).reference, 0).value
    assert [fact for fact, met in facts.items() if not met] == []
