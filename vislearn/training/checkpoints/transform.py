"""Transforms as plain data, and back: a saved model must know how its pictures were prepared."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import signature
from typing import Any

import torch
from torch import nn
from torchvision.transforms import InterpolationMode, v2

from vislearn.errors import InputError

__all__ = ["describe_transform", "rebuild_transform"]


def describe_transform(transform: Callable[..., Any] | None) -> dict[str, Any] | None:
    """A chain of torchvision's v2 transforms as names and numbers.

    Args:
        transform: ``v2.Compose`` or a single v2 transform; None describes nothing.

    Returns:
        ``text``: the transform as Python shows it; ``steps``: what :func:`rebuild_transform` needs, or None
        where it holds something else than torchvision's own transforms, such as a function of yours.

    >>> describe_transform(v2.Resize(8))["steps"][0]["name"]
    'Resize'
    """
    if transform is None:
        return None
    parts = transform.transforms if isinstance(transform, v2.Compose) else [transform]
    steps: list[dict[str, Any]] | None = None
    with suppress(AttributeError, TypeError, ValueError):  # something of the user's own
        told = [_step(part) for part in parts]
        if [_step(_built(step)) for step in told] == told:
            steps = told
    return {"text": repr(transform), "steps": steps}


def rebuild_transform(description: Mapping[str, Any] | None) -> v2.Compose | None:
    """The transform that :func:`describe_transform` described; None for none.

    Raises:
        InputError: it held something that can't be rebuilt.

    >>> rebuild_transform(describe_transform(v2.Compose([v2.ToImage(), v2.CenterCrop(8)])))
    Compose(
          ToImage()
          CenterCrop(size=[8, 8])
    )
    """
    if description is None:
        return None
    if description["steps"] is None:
        raise InputError(
            "transform",
            "must consist of torchvision's v2 transforms to be rebuilt",
            got=description["text"],
            fix="Make it again by hand.",
        )
    return v2.Compose([_built(step) for step in description["steps"]])


def _step(part: Any) -> dict[str, Any]:
    """Every argument of the class's ``__init__`` is kept under its own name, in all of torchvision's v2."""
    if getattr(v2, type(part).__name__, None) is not type(part):
        raise TypeError(type(part))
    parameters = signature(type(part)).parameters.values()
    names = [one.name for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    return {"name": type(part).__name__, "arguments": {name: _encoded(getattr(part, name)) for name in names}}


def _encoded(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, torch.dtype):
        return {"dtype": str(value).removeprefix("torch.")}
    if isinstance(value, InterpolationMode):
        return {"interpolation": value.value}
    if isinstance(value, (list, tuple)):
        return [_encoded(entry) for entry in value]
    if isinstance(value, nn.Module):
        return {"transform": _step(value)}
    raise TypeError(type(value))


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "dtype":
        return getattr(torch, content)
    return InterpolationMode(content) if kind == "interpolation" else _built(content)


def _built(step: Mapping[str, Any]) -> nn.Module:
    made = getattr(v2, step["name"], None) if step["name"] in dir(v2) else None
    if not (isinstance(made, type) and issubclass(made, nn.Module)):
        raise InputError("transform", "must be one of torchvision's", got=repr(step["name"]))
    return made(**{name: _decoded(value) for name, value in step["arguments"].items()})
