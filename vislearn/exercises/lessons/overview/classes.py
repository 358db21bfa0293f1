"""Exercise of lesson 00: read a model's answer."""

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["class_name"]


@exercise(
    "overview.class_name",
    hints=[
        N_("A model gives one score per class. The highest score wins; at which place does it stand?"),
        N_("`argmax` gives the place of the largest value, and `names[place]` the name that stands there."),
        N_(
            "`logits.argmax()` looks through all axes, so both shapes work. `int(...)` turns the place "
            "into a number."
        ),
    ],
)
def class_name(logits: Tensor, names: list[str]) -> str:
    """Turn a model's scores for one picture into the name of a class.

    Args:
        logits: (K,) or (1, K), one score per class, any range; the highest wins.
        names: the K class names, in the order of the scores.

    Returns:
        The name of the class with the highest score.
    """
    return names[int(logits.argmax())]


@class_name.inputs
def _scores(generator: torch.Generator) -> tuple[Tensor, list[str]]:
    animals = ["cat", "dog", "owl", "fox", "bee", "ant", "cow", "eel"]
    count = draw(4, generator) + 4
    shuffled = [animals[i] for i in torch.randperm(len(animals), generator=generator)[:count].tolist()]
    # Well apart, and all of both signs possible: a tie would have two right answers.
    logits = (
        torch.randperm(count, generator=generator).float() * 1.5 - 3 + torch.rand((), generator=generator)
    )
    return (logits[None] if draw(2, generator) else logits), shuffled


@class_name.mistake(
    N_("This is the class with the lowest score. The highest score wins: `argmax`, not `argmin`.")
)
def _lowest(logits: Tensor, names: list[str]) -> str:
    return names[int(logits.argmin())]


@class_name.mistake(
    N_("This is the place of the highest score. Look the place up in the names: `names[place]`.")
)
def _place(logits: Tensor, names: list[str]) -> int:
    return int(logits.argmax())


@class_name.mistake(
    N_("This is how sure the model is, its largest probability. `argmax` says of what, `max` only how much.")
)
def _probability(logits: Tensor, names: list[str]) -> float:
    return logits.softmax(dim=-1).max().item()


@class_name.mistake(
    N_("This is the highest score itself. You need the place where it stands: `argmax`, not `max`.")
)
def _score(logits: Tensor, names: list[str]) -> float:
    return logits.max().item()


@class_name.mistake(
    N_(
        "`argmax(dim=0)` compares along the first axis. In a batch of shape (1, K) that axis counts "
        "pictures, not classes. The classes lie along the last axis: `dim=-1`."
    )
)
def _along_the_batch(logits: Tensor, names: list[str]) -> str:
    return names[logits.argmax(dim=0)]


@class_name.mistake(
    N_(
        "`logits[0]` is the first picture only when the shape is (1, K). When it is (K,), it is the first"
        " score."
    )
)
def _always_a_batch(logits: Tensor, names: list[str]) -> str:
    return names[int(logits[0].argmax())]


@class_name.mistake(
    N_("Off by one: places are counted from 0, and the names are in the same order as the scores.")
)
def _counted_from_one(logits: Tensor, names: list[str]) -> str:
    return names[int(logits.argmax()) - 1]
