"""A classifier of your own classes on somebody's network."""

from collections.abc import Sequence
from copy import deepcopy
from difflib import get_close_matches
from typing import Any, Literal

import torchvision
from torch import nn
from torchvision.models import get_model, list_models

from vislearn.errors import InputError, Words, require_one_of
from vislearn.language import N_
from vislearn.models.architecture import note_architecture
from vislearn.models.bundled import BUNDLED, untrained
from vislearn.models.convnet import require_classes
from vislearn.models.freezing import freeze, unfreeze
from vislearn.models.heads import replace_head
from vislearn.models.pretrained import pretrained
from vislearn.models.published import published_at_hand

__all__ = ["Mode", "classifier", "from_random", "require_backbone"]

Mode = Literal["frozen", "finetune", "scratch"]
_MODES = ("frozen", "finetune", "scratch")


def classifier(backbone: str | nn.Module, num_classes: int, mode: Mode = "frozen") -> nn.Module:
    """A network that tells ``num_classes`` classes apart, built on ``backbone``, with a new head.

    ``"frozen"``: only the head learns; everything before it is a fixed function (no gradients, BatchNorm's
    statistics and Dropout at rest, also after ``model.train()``). ``"finetune"``: everything learns, from
    where the backbone stands. ``"scratch"``: the same network from random numbers, to compare with.

    Args:
        backbone: ``"photo"`` or ``"scene"`` (bundled), the name of any classification network of
            torchvision (its recommended weights), or a network of yours, which is copied.
        num_classes: K, how many scores come out.
        mode: ``"frozen"``, ``"finetune"`` or ``"scratch"``; scratch needs no weights at all.

    Returns:
        Images (N, 3, H, W) -> logits (N, K), in train mode as well: the side heads of GoogLeNet and
        Inception are left out.

    Raises:
        InputError: an unknown name or mode, fewer than two classes, or no head is found.
        MissingError: the weights are not on this machine.
        FileError: the weights are damaged.

    Source: section 2 of the course's text.

    >>> sum(p.numel() for p in classifier("photo", 4, "scratch").parameters() if p.requires_grad)
    1227428
    """
    require_one_of("mode", mode, _MODES)
    require_classes(num_classes)
    if isinstance(backbone, nn.Module):
        model = deepcopy(backbone)
        unfreeze(model)
        if mode == "scratch":
            _forget(model)
    else:
        require_backbone(backbone)
        model = from_random(backbone) if mode == "scratch" else pretrained(backbone)
    _drop_side_heads(model)
    fresh = replace_head(model, num_classes)
    if isinstance(backbone, str):
        # "scratch": a saved network brings its weights, so none need be on the machine that loads it
        note_architecture(model, backbone=backbone, num_classes=num_classes, mode="scratch")
    if mode == "frozen":
        freeze(model)
        unfreeze(fresh)
    return model.train()


def require_backbone(name: str, also: Sequence[str] = ()) -> None:
    """Refuse a name that is neither bundled nor one of torchvision's classification networks.

    Args:
        name: what was asked for.
        also: further words that mean something here, such as ``"scratch"``.

    Raises:
        InputError: an unknown name; says which are near, or else all there are.
    """
    published = list_models(module=torchvision.models)
    if name in (*BUNDLED, *also, *published):
        return
    close = get_close_matches(name, [*BUNDLED, *also, *published], n=3)
    there = ", ".join(dict.fromkeys(name for name, _weights in published_at_hand()))
    listed = Words(
        N_("Of torchvision there are {names}; their weights are here of: {there}."),
        names=", ".join(published),
        there=there or Words(N_("none")),
    )
    raise InputError(
        "backbone",
        Words(
            N_("must be {names} or a classification network of torchvision"),
            names=", ".join(map(repr, [*BUNDLED, *also])),
        ),
        got=repr(name),
        fix=Words(N_("Near it: {names}."), names=", ".join(close)) if close else listed,
    )


def from_random(name: str) -> nn.Module:
    """A bundled or published network with random weights.

    Args:
        name: one that :func:`require_backbone` knows.
    """
    if name in BUNDLED:
        return untrained(name)
    # Without a choice these two warn that their default will change; True is what they do today.
    choice: dict[str, Any] = {"init_weights": True} if name in {"googlenet", "inception_v3"} else {}
    return get_model(name, weights=None, **choice)


def _forget(model: nn.Module) -> None:
    """Random numbers again, in every layer that knows how."""
    known = set()
    for module in model.modules():
        if callable(reset := getattr(module, "reset_parameters", None)):
            reset()
            known |= {id(parameter) for parameter in module.parameters(recurse=False)}
    for name, parameter in model.named_parameters():
        if id(parameter) not in known:
            raise InputError(
                "backbone",
                "must be made of layers that can start anew for mode 'scratch'",
                got=repr(name),
                fix="Pass the network's name, or a new network and mode 'finetune'.",
            )


def _drop_side_heads(model: nn.Module) -> None:
    """They help training from scratch a little, and every batch in train mode comes as three answers."""
    for name in ("aux1", "aux2", "AuxLogits"):
        if isinstance(getattr(model, name, None), nn.Module):
            setattr(model, name, None)
            model.__dict__["aux_logits"] = False
