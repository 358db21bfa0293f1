"""Lesson 15's quarter turns: many ways to write a transform, and other ways to make each mistake."""

import random

import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from vislearn.exercises import check


def turner(turn, draw=lambda: random.randrange(4)):
    """A transform that draws with ``draw`` and does to each thing what ``turn`` does."""

    class Turner(v2.Transform):
        def make_params(self, flat_inputs):
            return {"angle": draw()}

        def transform(self, inpt, params):
            return turn(inpt, params["angle"])

    return Turner()


def rotated(one, quarters):
    return F.rotate(one, quarters * 90, expand=True)


def quarter_after_quarter(one, quarters):
    for _quarter in range(quarters):
        one = rotated(one, 1)
    return one


def by_numbers(one, quarters):
    if isinstance(one, tv_tensors.BoundingBoxes | tv_tensors.KeyPoints):
        for _quarter in range(quarters):
            height, width = one.canvas_size
            if isinstance(one, tv_tensors.KeyPoints):
                moved = torch.stack([one[..., 1], width - 1 - one[..., 0]], -1)
            else:
                left, top, right, bottom = one.unbind(-1)
                moved = torch.stack([top, width - right, bottom, width - left], -1)
            one = tv_tensors.wrap(moved, like=one, canvas_size=(width, height))
        return one
    return tv_tensors.wrap(one.rot90(quarters, (-2, -1)), like=one)


def by_choice():
    turns = [v2.RandomRotation((angle, angle), expand=True) for angle in (90, 180, 270)]
    return v2.RandomChoice([v2.Identity(), *turns])


def by_two_coins():
    quarter = v2.RandomApply([v2.RandomRotation((90, 90), expand=True)])
    return v2.Compose([quarter, v2.RandomApply([v2.RandomRotation((180, 180), expand=True)])])


def by_flips():
    """Two coins: upside down and mirrored is half a turn."""

    class Flips(v2.Transform):
        def make_params(self, flat_inputs):
            return {"quarter": torch.rand(()) < 0.5, "half": torch.rand(()) < 0.5}

        def transform(self, inpt, params):
            if params["half"]:
                inpt = F.vflip(F.hflip(inpt))
            return rotated(inpt, 1) if params["quarter"] else inpt

    return Flips()


def in_forward():
    class Turn(v2.Transform):
        def forward(self, sample):
            angle = random.choice([0, 90, 180, 270])
            kinds = tv_tensors.TVTensor
            return {
                key: F.rotate(one, angle, expand=True) if isinstance(one, kinds) else one
                for key, one in sample.items()
            }

    return Turn()


RIGHT = {
    "transforms.quarter_turns": [
        lambda: turner(rotated),
        lambda: turner(lambda one, quarters: rotated(one, -quarters)),
        lambda: turner(quarter_after_quarter),
        lambda: turner(by_numbers),
        by_choice,
        by_two_coins,
        by_flips,
        in_forward,
    ]
}


def each_turned(one, _quarters):
    return rotated(one, random.choice((0, 1, 2, 3)))


def only_the_image(one, quarters):
    return rotated(one, quarters) if isinstance(one, tv_tensors.Image) else one


class DrawnAtTheStart(v2.Transform):
    def __init__(self):
        super().__init__()
        self.angle = 270

    def transform(self, inpt, params):
        return F.rotate(inpt, self.angle, expand=True)


class WithOldNames(v2.Transform):
    def _get_params(self, flat_inputs):
        return {"angle": 90 * random.randrange(4)}

    def _transform(self, inpt, params):
        return F.rotate(inpt, params["angle"], expand=True)


class OnlyDraws(v2.Transform):
    def make_params(self, flat_inputs):
        return {"angle": 90 * random.randrange(4)}


WRONG = {
    "transforms.quarter_turns": {
        "_drawn_for_each": lambda: turner(each_turned),
        "_cut_off": lambda: turner(lambda one, quarters: F.rotate(one, 90.0 * quarters)),
        "_drawn_once_for_ever": DrawnAtTheStart,
        "_only_the_picture": lambda: turner(only_the_image),
        "_one_preferred": lambda: turner(rotated, lambda: random.choice((0, 1, 1, 1, 1, 1, 2, 3))),
        "_half_for_ever": lambda: turner(rotated, lambda: 2),
        "_never_turned": lambda: turner(lambda one, quarters: one),
        "_tables_turned": lambda: turner(
            lambda one, quarters: tv_tensors.wrap(torch.rot90(one, -quarters, (-2, -1)), like=one)
        ),
        "_tables_turned_and_plain": lambda: turner(lambda one, quarters: one.rot90(quarters, (-1, -2))),
        "_tables_without_third_axis": lambda: turner(lambda one, quarters: one.rot90(-quarters, [1, 2])),
        "_some_missing": lambda: turner(rotated, lambda: random.choice((0, 2, 3))),
    }
}


def turned_otherwise(change):
    """The picture turns well, its marks by what ``change`` makes of the number of quarters."""

    def turn(one, quarters):
        return rotated(one, quarters if isinstance(one, tv_tensors.Image) else change(quarters))

    return lambda: turner(turn)


def made_plain(*kinds):
    """Turns well, but by torch alone, which drops the type."""
    return lambda: turner(
        lambda one, quarters: (
            one.rot90(quarters, (-2, -1)) if isinstance(one, kinds) else rotated(one, quarters)
        )
    )


def spared(*kinds):
    return lambda: turner(lambda one, quarters: one if isinstance(one, kinds) else rotated(one, quarters))


UNLISTED = {
    "transforms.quarter_turns": [
        turned_otherwise(lambda quarters: -quarters),
        turned_otherwise(lambda quarters: quarters + 1),
        lambda: turner(lambda one, quarters: F.rotate(one, quarters, expand=True)),
        lambda: turner(lambda one, angle: F.rotate(one, angle, expand=True), lambda: random.uniform(1, 359)),
        lambda: turner(rotated, lambda: random.choice((0, 1))),
        lambda: v2.RandomRotation(90, expand=True),
        lambda: turner(lambda one, quarters: F.resize(rotated(one, quarters), [6, 10])),
        spared(tv_tensors.BoundingBoxes),
        spared(tv_tensors.Mask),
        spared(tv_tensors.KeyPoints),
        made_plain(tv_tensors.Image),
        made_plain(tv_tensors.Mask),
        v2.RandomHorizontalFlip,
        WithOldNames,
        OnlyDraws,
        lambda: v2.Identity,
        lambda: F.rotate,
    ]
}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: DrawnAtTheStart, "You returned the class itself"),
        (WithOldNames, "no method `transform(self, inpt, params)`"),
        (OnlyDraws, "no method `transform(self, inpt, params)`"),
        (lambda: torch.nn.Identity(), "a v2.Transform expected"),
    ],
)
def test_other_answers_get_a_plain_message(answer, words):
    verdict = check("transforms.quarter_turns", answer)
    assert verdict.status == "wrong"
    assert words in f"{verdict.message} {verdict.evidence}"
