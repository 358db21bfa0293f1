"""Exercise of lesson 14: a split in which every class gets its share."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["stratified_split"]

Pair = tuple[Tensor, Tensor]


@exercise(
    "sets.stratified_split",
    trials=3,
    hints=[
        N_("One class at a time: `(labels == label).nonzero().flatten()` gives the places of its pictures."),
        N_(
            "Shuffle these places: `places[torch.randperm(len(places), generator=generator)]`. The first "
            "`round(fraction * len(places))` of them are for validation."
        ),
        N_(
            "Collect both parts in two lists, for `label` in `labels.unique()`, and end with "
            "`return torch.cat(train), torch.cat(val)`."
        ),
    ],
)
def stratified_split(labels: Tensor, fraction: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Split a data set at random, so that every class gives the same share to validation.

    Args:
        labels: (N,), the class of each picture.
        fraction: of each class, for validation; of `n` pictures of a class, `round(fraction * n)`.
        generator: all chance comes from it: `torch.randperm(n, generator=generator)`.

    Returns:
        Two tensors of places 0 … N-1, in any order: for training, and for validation. Every place is in one
        of them.
    """
    train, val = [], []
    for label in labels.unique():
        places = (labels == label).nonzero().flatten()
        places = places[torch.randperm(len(places), generator=generator)]
        count = round(fraction * len(places))
        val.append(places[:count])
        train.append(places[count:])
    return torch.cat(train), torch.cat(val)


@stratified_split.inputs
def _unequal_classes(generator: torch.Generator, trial: int) -> tuple[Tensor, float, torch.Generator]:
    """Classes of 60, 33, 21 and 10 pictures, mixed or sorted, with gaps in the numbers of the classes."""
    labels = torch.tensor([0] * 60 + [2] * 33 + [3] * 21 + [7] * 10)
    if trial:
        labels = labels[torch.randperm(len(labels), generator=generator)]
    return labels, (0.2, 0.35, 0.6)[trial], torch.Generator().manual_seed(trial)


@stratified_split.observe
def _facts(
    function: Callable[..., Any], labels: Tensor, fraction: float, generator: torch.Generator
) -> dict[str, Any]:
    train, val = _pair(function(labels.clone(), fraction, generator.manual_seed(1)), len(labels))
    _train, again = _pair(function(labels.clone(), fraction, generator.manual_seed(1)), len(labels))
    _train, other = _pair(function(labels.clone(), fraction, generator.manual_seed(2)), len(labels))
    together = torch.cat([train, val]).sort().values
    counted = labels[val].bincount(minlength=8)
    wanted = torch.tensor([round(fraction * int(count)) for count in labels.bincount(minlength=8)])
    return {
        N_("Every picture is in one of the two parts, and in one only"): (
            together.tolist() == list(range(len(labels)))
        ),
        N_("Validation gets its fraction of all pictures"): abs(len(val) - int(wanted.sum())) <= 2,
        N_("Validation gets its fraction of every class"): _exactly(counted, wanted),
        N_("The same seed gives the same split"): val.sort().values.tolist() == again.sort().values.tolist(),
        N_("Another seed gives another split"): val.sort().values.tolist() != other.sort().values.tolist(),
    }


def _exactly(counted: Tensor, wanted: Tensor) -> bool | str:
    """True where all numbers fit; else how they don't: roundings have diagnoses of their own."""
    off = counted - wanted
    if not off.any():
        return True
    if int(off.abs().max()) > 1:
        return False
    return "down" if not (off > 0).any() else "up" if not (off < 0).any() else "by chance"


def _pair(answer: Any, size: int) -> Pair:
    """Two tensors of places.

    Raises:
        Unusable: they are none.
    """
    if not (isinstance(answer, tuple | list) and len(answer) == 2):
        raise Unusable(_("two tensors of places expected; {got} returned.", got=describe(answer)))
    parts = []
    for part in answer:
        places = as_tensor(part)
        if places is None or places.ndim != 1 or places.is_floating_point() or places.dtype == torch.bool:
            raise Unusable(
                _("places expected, whole numbers in one row; {got} returned.", got=describe(part))
            )
        if len(places) and not 0 <= int(places.min()) <= int(places.max()) < size:
            raise Unusable(_("places lie between 0 and {last}; others were returned.", last=size - 1))
        parts.append(places.long())
    return parts[0], parts[1]


@stratified_split.mistake(
    N_(
        "A fair draw, but over all pictures at once: small classes get more or less than their share by "
        "chance. Draw within each class."
    )
)
def _plain_random(labels: Tensor, fraction: float, generator: torch.Generator) -> Pair:
    order = torch.randperm(len(labels), generator=generator)
    count = round(fraction * len(labels))
    return order[count:], order[:count]


@stratified_split.mistake(
    N_(
        "The shares are right, but it is always the same pictures, whatever the seed. Shuffle the places of "
        "each class, and by the generator that is given: one with a seed of your own always shuffles alike."
    )
)
def _always_the_first(labels: Tensor, fraction: float, _generator: torch.Generator) -> Pair:
    train, val = [], []
    for label in labels.unique():
        places = (labels == label).nonzero().flatten()
        count = round(fraction * len(places))
        val.append(places[:count])
        train.append(places[count:])
    return torch.cat(train), torch.cat(val)


@stratified_split.mistake(
    N_(
        "These numbers count *within* a class: the shuffled `randperm` was returned itself. Use it to "
        "index the places of the class: `places[torch.randperm(…)]`."
    )
)
def _places_within_class(labels: Tensor, fraction: float, generator: torch.Generator) -> Pair:
    train, val = [], []
    for label in labels.unique():
        size = int((labels == label).sum())
        order = torch.randperm(size, generator=generator)
        count = round(fraction * size)
        val.append(order[:count])
        train.append(order[count:])
    return torch.cat(train), torch.cat(val)


@stratified_split.mistake(
    N_(
        "Training and validation have changed places: the fraction is the share of *validation*, which "
        "comes second."
    )
)
def _turned(labels: Tensor, fraction: float, generator: torch.Generator) -> Pair:
    train, val = stratified_split(labels, fraction, generator)
    return val, train


@stratified_split.mistake(
    N_(
        "Every class gives equally *many* pictures. It should give an equal *share*: `round(fraction * "
        "len(places))`."
    )
)
def _equally_many(labels: Tensor, fraction: float, generator: torch.Generator) -> Pair:
    each = round(fraction * len(labels) / len(labels.unique()))
    train, val = [], []
    for label in labels.unique():
        places = (labels == label).nonzero().flatten()
        places = places[torch.randperm(len(places), generator=generator)]
        val.append(places[:each])
        train.append(places[each:])
    return torch.cat(train), torch.cat(val)


@stratified_split.mistake(
    N_(
        "The split is fair, but it doesn't follow the generator: the same seed gives another split. Hand "
        "it on, `torch.randperm(n, generator=generator)`."
    )
)
def _own_chance(labels: Tensor, fraction: float, _generator: torch.Generator) -> Pair:
    fresh = torch.Generator()
    fresh.seed()
    return stratified_split(labels, fraction, fresh)


def _rounded(
    labels: Tensor, fraction: float, generator: torch.Generator, how: Callable[[float], int]
) -> Pair:
    """The reference with another way to make a whole number of a share."""
    train, val = [], []
    for label in labels.unique():
        places = (labels == label).nonzero().flatten()
        places = places[torch.randperm(len(places), generator=generator)]
        count = how(fraction * len(places))
        val.append(places[:count])
        train.append(places[count:])
    return torch.cat(train), torch.cat(val)


@stratified_split.mistake(
    N_(
        "Some classes give one picture too few: `int()` and `//` cut off what is after the point, so 6.6 "
        "becomes 6. `round(fraction * n)` was asked for."
    )
)
def _rounded_down(labels: Tensor, fraction: float, generator: torch.Generator) -> Pair:
    return _rounded(labels, fraction, generator, math.floor)


@stratified_split.mistake(
    N_(
        "Some classes give one picture too many: rounded up, 4.2 becomes 5. `round(fraction * n)` was asked "
        "for."
    )
)
def _rounded_up(labels: Tensor, fraction: float, generator: torch.Generator) -> Pair:
    return _rounded(labels, fraction, generator, math.ceil)
