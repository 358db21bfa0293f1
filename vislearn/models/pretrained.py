"""One door to trained networks, whoever trained them."""

from collections.abc import Callable
from typing import Any

from torch import nn
from torchvision.models import WeightsEnum, list_models

from vislearn.errors import InputError, require_one_of
from vislearn.models.bundled import BUNDLED, bundled_card, load_bundled
from vislearn.models.cards import Card, published_card
from vislearn.models.published import published, recommended

__all__ = ["card", "classes", "preparation", "pretrained"]


def pretrained(name: str, weights: WeightsEnum | None = None) -> nn.Module:
    """A trained network by name, in eval mode, on the CPU.

    ``"photo"`` and ``"scene"`` come with the course and need no network connection. Any other name is one of
    torchvision's: see :func:`published`.

    Args:
        name: ``"photo"``, ``"scene"``, or as torchvision lists it, such as ``"mobilenet_v2"``.
        weights: of a torchvision network, one of its weights; by default :func:`recommended`.

    Raises:
        InputError: no such network, or ``weights`` given for a bundled one.
        MissingError: the weights are not on this machine (and downloading isn't allowed).
        FileError: the weights are damaged.
    """
    if name not in BUNDLED:
        return published(name, weights)
    _require_no_weights(name, weights)
    return load_bundled(name)


def card(name: str, weights: WeightsEnum | None = None) -> Card:
    """What is known about a trained network: classes, picture size, mean, std, data, scores.

    Args:
        name: as for :func:`pretrained`. Of torchvision's, nothing need be on this machine.
        weights: likewise.

    Raises:
        InputError: no such network.
        MissingError: bundled weights that are not on this machine.
        FileError: the card is damaged.

    >>> card("squeezenet1_1").classes[281], card("squeezenet1_1").size
    ('tabby', 224)
    """
    if name not in BUNDLED:
        return published_card(name, _published_weights(name, weights))
    _require_no_weights(name, weights)
    return bundled_card(name)


def classes(name: str, weights: WeightsEnum | None = None) -> tuple[str, ...]:
    """What the scores of a trained network stand for, in order.

    Args:
        name: as for :func:`pretrained`.
        weights: likewise.

    >>> classes("mobilenet_v2")[:2]
    ('tench', 'goldfish')
    """
    return card(name, weights).classes


def preparation(name: str, weights: WeightsEnum | None = None) -> Callable[..., Any]:
    """The transform that belongs to a trained network: picture -> float32 (3, size, size).

    For torchvision's it is ``weights.transforms()``.

    Args:
        name: as for :func:`pretrained`.
        weights: likewise.
    """
    if name not in BUNDLED:
        return _published_weights(name, weights).transforms()
    return card(name, weights).transform


def _published_weights(name: str, weights: WeightsEnum | None) -> WeightsEnum:
    require_one_of("name", name, [*BUNDLED, *list_models()])
    return weights or recommended(name)


def _require_no_weights(name: str, weights: object) -> None:
    if weights is not None:
        raise InputError("weights", f"must be left out for {name!r}: it has only one", got=weights)
