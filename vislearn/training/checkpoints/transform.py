"""Transforms as plain data, and back: a saved model must know how its pictures were prepared."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from inspect import signature
from typing import Any

import torch
from torch import nn
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms._presets import ImageClassification, ObjectDetection

from vislearn.errors import InputError, first_line
from vislearn.transforms import AlignedResize

__all__ = ["describe_transform", "rebuild_transform"]

# By name, and these alone: a file that could name anything in torch could call anything in torch.
_DTYPES = {
    str(kind).removeprefix("torch."): kind for kind in vars(torch).values() if isinstance(kind, torch.dtype)
}
_PRESETS: dict[str, type[nn.Module]] = {
    kind.__name__: kind for kind in (ImageClassification, ObjectDetection, AlignedResize)
}
_DAMAGED = (KeyError, TypeError, ValueError, AttributeError)  # what torchvision says to other arguments


def describe_transform(transform: Callable[..., Any] | None) -> dict[str, Any] | None:
    """A chain of torchvision's v2 transforms as names and numbers.

    Args:
        transform: ``v2.Compose``, a single v2 transform, or the ``transforms()`` of torchvision's weights for
            classification or detection; None describes nothing.

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
        InputError: it held something that can't be rebuilt, or isn't what torchvision's transforms take.

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
    try:
        return v2.Compose([_built(step) for step in description["steps"]])
    except InputError:
        raise
    except _DAMAGED as trouble:
        raise InputError(
            "transform",
            "must be told as describe_transform tells it",
            got=first_line(trouble, named=True),
            fix="The file was changed: take another.",
        ) from None


def _step(part: Any) -> dict[str, Any]:
    """Every argument of the class's ``__init__`` is kept under its own name, in all of torchvision's v2."""
    if _known(type(part).__name__) is not type(part):
        raise TypeError(type(part))
    parameters = signature(type(part)).parameters.values()
    names = [one.name for one in parameters if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]
    given = {name: getattr(part, name) for name in names}
    if isinstance(part, ImageClassification):  # which keeps its two sizes in lists, and takes none
        given |= {name: given[name][0] for name in ("crop_size", "resize_size")}
    return {
        "name": type(part).__name__,
        "arguments": {name: _encoded(value) for name, value in given.items()},
    }


def _known(name: str) -> type[nn.Module] | None:
    """The transform of this name. No Lambda: it would call whatever its argument is."""
    if name in _PRESETS:
        return _PRESETS[name]
    found = getattr(v2, name) if name in dir(v2) else None
    is_transform = isinstance(found, type) and issubclass(found, nn.Module) and found is not v2.Lambda
    return found if is_transform else None


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
        return _DTYPES[content]
    return InterpolationMode(content) if kind == "interpolation" else _built(content)


def _built(step: Mapping[str, Any]) -> nn.Module:
    made = _known(step["name"])
    if made is None:
        raise InputError("transform", "must be one of torchvision's", got=repr(step["name"]))
    return made(**{name: _decoded(value) for name, value in step["arguments"].items()})
