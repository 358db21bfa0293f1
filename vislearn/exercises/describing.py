"""Values in plain words, for people who don't read reprs yet."""

from collections.abc import Mapping
from numbers import Number
from types import BuiltinFunctionType, FunctionType, GeneratorType, MethodType
from typing import Any

import numpy as np
import torch

from vislearn.language import translate as _

__all__ = ["describe", "is_function", "numerals", "shape_text"]


def describe(value: Any) -> str:
    """What a value is, in a few words.

    >>> describe(torch.zeros(3, 4))
    'a tensor of shape (3, 4)'
    >>> describe(["cat"])
    'a list of length 1'
    """
    if isinstance(value, torch.Tensor):
        return _describe_tensor(value)
    if isinstance(value, np.ndarray):
        return _("a NumPy array of shape {shape}", shape=shape_text(value.shape))
    if isinstance(value, bool | np.bool_):
        return _("the truth value {value}", value=bool(value))
    if isinstance(value, Number):
        return _("the number {value}", value=numerals(value)[0])
    if isinstance(value, str):
        return _("the text {value}", value=_shortened(repr(value)))
    if isinstance(value, list | tuple | Mapping):
        return _describe_collection(value)
    return _describe_object(value)


def numerals(*values: Any) -> list[str]:
    """Numbers with few decimals, but enough that different ones look different.

    >>> numerals(0.5, 0.25)
    ['0.5', '0.25']
    >>> numerals(0.50001, 0.5)
    ['0.50001', '0.5']
    """
    texts: list[str] = []
    for digits in range(4, 10):
        texts = [_numeral(value, digits) for value in values]
        if len(set(texts)) == len(set(values)):
            break
    return texts


def _numeral(value: Any, digits: int) -> str:
    if isinstance(value, float | np.floating):
        return f"{value:.{digits}g}"
    if isinstance(value, int) and value.bit_length() > 200:  # Python refuses to write out the longest
        return f"2^{value.bit_length() - 1} or more"
    return str(value)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as it is written in code.

    >>> shape_text(torch.Size([3]))
    '(3,)'
    """
    return str(tuple(shape))


def is_function(value: object) -> bool:
    """Is it a plain function or method, as in ``return image.float`` without its parentheses?"""
    return isinstance(value, FunctionType | BuiltinFunctionType | MethodType)


def _describe_tensor(value: torch.Tensor) -> str:
    if value.ndim == 0:
        return _("a tensor that holds one number")
    return _("a tensor of shape {shape}", shape=shape_text(value.shape))


def _describe_collection(value: Any) -> str:
    if isinstance(value, list):
        return _("a list of length {count}", count=len(value))
    if isinstance(value, tuple):
        return _("a tuple of length {count}", count=len(value))
    return _("a dict with the keys {keys}", keys=_shortened(", ".join(map(repr, value))))


def _describe_object(value: Any) -> str:
    if value is None:
        return _("nothing (None)")
    if is_function(value):
        return _("a function")
    if isinstance(value, GeneratorType):
        return _("a generator (from `yield`)")
    if type(value).__module__.startswith("PIL."):
        return _("a PIL image")
    return _("an object of type {kind}", kind=type(value).__name__)


def _shortened(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
