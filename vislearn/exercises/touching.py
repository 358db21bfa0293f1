"""Which of its arguments did a function change?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image

__all__ = ["kept", "touched"]


def kept(value: Any) -> Any:
    """A copy of what can be changed in place: tensors, arrays, pictures, and lists and mappings of them.

    Args:
        value: an argument; what it holds besides is left out (None), and so never counts as changed.

    >>> kept([torch.zeros(2), "a word"])
    [tensor([0., 0.]), None]
    """
    if isinstance(value, torch.Tensor):
        return value.detach().as_subclass(torch.Tensor).clone()
    if isinstance(value, np.ndarray | Image.Image):
        return value.copy()
    if isinstance(value, Mapping):
        return {key: kept(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [kept(item) for item in value]
    return None


def touched(value: Any, before: Any) -> bool:
    """Is ``value`` another than when ``before`` was kept of it?

    Args:
        value: the argument after the call.
        before: `kept` of it before the call.

    >>> boxes = torch.zeros(1, 4)
    >>> before = kept(boxes)
    >>> touched(boxes.add_(1), before)
    True
    """
    if isinstance(before, torch.Tensor):
        return not _equal(value.detach().as_subclass(torch.Tensor), before)
    if isinstance(before, np.ndarray):
        return not _equal(value, before)
    if isinstance(before, Image.Image):
        return value.size != before.size or value.tobytes() != before.tobytes()
    if isinstance(before, dict):
        return value.keys() != before.keys() or any(touched(value[key], before[key]) for key in before)
    if isinstance(before, list):
        return len(value) != len(before) or any(
            touched(now, then) for now, then in zip(value, before, strict=True)
        )
    return False


def _equal(now: Any, then: Any) -> bool:
    """Of one type and shape, with the same values; nan is nan."""
    if now.dtype != then.dtype or now.shape != then.shape:
        return False
    return bool(((now == then) | ((now != now) & (then != then))).all())
