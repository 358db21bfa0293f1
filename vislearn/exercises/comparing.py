"""Compares an answer with the expected one in stages: type, dtype, shape, range, value."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch

from vislearn.exercises.describing import describe, is_function, numerals, shape_text
from vislearn.language import translate as _

__all__ = ["STAGES", "Difference", "alike", "as_number", "as_tensor", "compare"]

STAGES = ("runs", "returns", "type", "dtype", "shape", "range", "value")
_RTOL = 1e-4


@dataclass(frozen=True)
class Difference:
    """The first stage an answer fails, and what was expected and what came, in plain words.

    Attributes:
        stage: one of `STAGES`.
        message: the words.
        place: where in a nested result, such as ``"['boxes'][0]"``; or ``""``.
        what: the words without the place; or ``""``.
    """

    stage: str
    message: str
    place: str = ""
    what: str = ""


def compare(expected: Any, got: Any, *, atol: float = 1e-5) -> Difference | None:
    """The first difference that matters, or None.

    Tolerant where a learner's choice is as good: NumPy arrays and nested lists for tensors, float64 for
    float32, any integer type, lists for tuples, NumPy numbers for Python's. float16 and bfloat16 are refused:
    they are too coarse to tell 1/255 from 1/256. A tensor is no number: taking its `.item()` is a lesson.

    >>> compare(torch.zeros(2), [0.0, 0.0]) is None
    True
    >>> compare(torch.zeros(3, 4), torch.zeros(4, 3)).message
    'shape (3, 4) expected, (4, 3) returned: the axes are in another order.'
    """
    if is_function(got) and not callable(expected):
        return Difference(
            "type", _("A function was returned, not its result: call it, with parentheses `()`.")
        )
    got = _builtin(got)
    for kind, comparer in _COMPARERS:
        if isinstance(expected, kind):
            return comparer(expected, got, atol)
    return None if expected == got else _wrong_type(expected, got)


def alike(a: Any, b: Any, *, atol: float = 1e-5) -> bool:
    """Do two wrong answers come from the same mistake? To this question 3 and tensor(3) are alike."""
    given, (a, b) = (a, b), (_plain(a), _plain(b))
    if isinstance(a, torch.Tensor) != isinstance(b, torch.Tensor):
        # from what was given: a plain tuple of whole numbers has become one of floats
        a, b = (_plain(as_tensor(value)) for value in given)
        if a is None or b is None:
            return False
    return compare(a, b, atol=atol) is None and compare(b, a, atol=atol) is None


def as_number(value: Any) -> float:
    """A number of any kind, of torch or NumPy too, as a float.

    Raises:
        TypeError, ValueError, RuntimeError: it is none, or a text that looks like one.

    >>> as_number(torch.tensor(0.5))
    0.5
    """
    if isinstance(value, str | bytes):
        raise TypeError(type(value).__name__)
    return float(value)


def as_tensor(value: Any) -> torch.Tensor | None:
    """A plain CPU tensor, of any shape, of whatever holds numbers; or None."""
    try:
        if isinstance(value, torch.Tensor):
            value = _builtin(value).detach()
            return (value if value.layout == torch.strided else value.to_dense()).cpu()
        if (
            isinstance(value, list | tuple)
            and value
            and all(isinstance(item, torch.Tensor) for item in value)
        ):
            return torch.stack([item.detach().as_subclass(torch.Tensor).cpu() for item in value])
        if isinstance(value, np.ndarray | list | tuple | np.generic):
            return torch.from_numpy(np.array(value))  # a copy: from_numpy refuses negative strides
    except (TypeError, ValueError, RuntimeError):
        pass  # ragged, of objects, or of texts: nothing that could be a tensor
    return None


def _compare_tensors(expected: torch.Tensor, got: Any, atol: float) -> Difference | None:
    tensor = as_tensor(got)
    if tensor is None:
        return _wrong_type(expected, got)
    return (
        _compare_dtypes(expected, tensor)
        or _compare_shapes(expected.shape, tensor.shape)
        or _compare_elements(expected.double(), tensor.double(), atol)
    )


def _compare_dtypes(expected: torch.Tensor, got: torch.Tensor) -> Difference | None:
    if _family(expected.dtype) == _family(got.dtype):
        return None
    expected_name, got_name = (str(dtype).removeprefix("torch.") for dtype in (expected.dtype, got.dtype))
    return Difference(
        "dtype",
        _("dtype {expected} expected, {got} returned.", expected=expected_name, got=got_name),
    )


def _compare_shapes(expected: torch.Size, got: torch.Size) -> Difference | None:
    if expected == got:
        return None
    values = {"expected": shape_text(expected), "got": shape_text(got)}
    if sorted(expected) == sorted(got):
        message = _("shape {expected} expected, {got} returned: the axes are in another order.", **values)
    elif [size for size in got if size != 1] == [size for size in expected if size != 1]:
        message = _("shape {expected} expected, {got} returned: they differ in axes of length 1.", **values)
    elif len(expected) != len(got):
        message = _("shape {expected} expected, {got} returned: the number of axes differs.", **values)
    else:
        message = _("shape {expected} expected, {got} returned.", **values)
    return Difference("shape", message)


def _compare_elements(expected: torch.Tensor, got: torch.Tensor, atol: float) -> Difference | None:
    if not got.isfinite().all():
        problem = _(
            "The returned values contain nan or inf: look for a division by zero, or the logarithm of 0."
        )
        return Difference("range", problem)
    wrong = ~torch.isclose(got, expected, rtol=_RTOL, atol=atol)
    if not wrong.any():
        return None
    low, high, got_low, got_high = (bound.item() for bound in (*expected.aminmax(), *got.aminmax()))
    if expected.ndim == 0:
        return _wrong_value(*numerals(low, got_low))
    if max(abs(low - got_low), abs(high - got_high)) > 0.25 * (high - low):
        ends = iter(numerals(low, high, got_low, got_high))
        wanted, found = (
            _("values from {low} to {high}", low=a, high=b) for a, b in zip(ends, ends, strict=True)
        )
        return Difference("range", _("{expected} expected, {got} returned.", expected=wanted, got=found))
    return Difference("value", _first_wrong_element(expected, got, wrong))


def _first_wrong_element(expected: torch.Tensor, got: torch.Tensor, wrong: torch.Tensor) -> str:
    place = tuple(wrong.nonzero()[0].tolist())
    wanted, found = numerals(expected[place].item(), got[place].item())
    return _(
        "at {place}: {expected} expected, {got} returned; {wrong} of {total} values differ.",
        place=list(place),
        expected=wanted,
        got=found,
        wrong=int(wrong.sum()),
        total=wrong.numel(),
    )


def _compare_mappings(expected: Mapping, got: Any, atol: float) -> Difference | None:
    if not isinstance(got, Mapping):
        return _wrong_type(expected, got)
    if set(expected) != set(got):
        keys = (", ".join(sorted(map(repr, each))) or "–" for each in (expected, got))
        wanted, found = keys
        return Difference(
            "shape", _("the keys {expected} expected, {got} returned.", expected=wanted, got=found)
        )
    return _earliest((f"[{key!r}]", compare(expected[key], got[key], atol=atol)) for key in expected)


def _compare_sequences(expected: Sequence, got: Any, atol: float) -> Difference | None:
    if isinstance(got, np.ndarray) and got.ndim == 1:
        got = got.tolist()
    if not isinstance(got, list | tuple):
        return _wrong_type(expected, got)
    if len(expected) != len(got):
        return Difference(
            "shape",
            _("{expected} values expected, {got} returned.", expected=len(expected), got=len(got)),
        )
    pairs = enumerate(zip(expected, got, strict=True))
    return _earliest((f"[{i}]", compare(a, b, atol=atol)) for i, (a, b) in pairs)


def _earliest(found: Iterable[tuple[str, Difference | None]]) -> Difference | None:
    """Of the differences in several items, the one of the earliest stage, with its place in front."""
    differences = [_inside(place, difference) for place, difference in found if difference is not None]
    return min(differences, key=lambda difference: STAGES.index(difference.stage), default=None)


def _inside(place: str, found: Difference) -> Difference:
    """The same difference, seen from the sequence or mapping that holds the item at ``place``."""
    place, what = place + found.place, found.what or found.message
    return Difference(found.stage, _("At {place} of the result: {what}", place=place, what=what), place, what)


def _compare_numbers(expected: Any, got: Any, atol: float) -> Difference | None:
    # True == 1 in Python, but a learner who returns a truth value for a number is wrong
    whole = isinstance(expected, Integral)
    if isinstance(got, bool | np.bool_) or not isinstance(got, Real):
        return _wrong_type(expected, got)
    if whole and not isinstance(got, Integral):
        return Difference(
            "type",
            _(
                "a whole number (int) expected, the float {got} returned. `int(...)` makes a whole number, "
                "and `//` divides without a rest.",
                got=repr(float(got)),
            ),
        )
    # == comes first: it alone is exact for whole numbers, and can't overflow
    if expected == got or (not whole and _close(expected, got, atol)):
        return None
    return _wrong_value(*numerals(expected, got))


def _close(expected: Any, got: Any, atol: float) -> bool:
    try:
        return math.isclose(expected, got, rel_tol=_RTOL, abs_tol=atol)
    except OverflowError:  # a whole number no float can hold
        return False


def _compare_truths(expected: bool, got: Any, atol: float) -> Difference | None:
    if not isinstance(got, bool | np.bool_):
        return _wrong_type(expected, got)
    return None if expected == bool(got) else _wrong_value(expected, got)


def _compare_texts(expected: str, got: Any, atol: float) -> Difference | None:
    if not isinstance(got, str):
        return _wrong_type(expected, got)
    return None if expected == got else _wrong_value(repr(expected), repr(got))


_COMPARERS: tuple[tuple[type, Callable[[Any, Any, float], Difference | None]], ...] = (
    (torch.Tensor, _compare_tensors),
    (Mapping, _compare_mappings),
    (str, _compare_texts),
    (tuple, _compare_sequences),
    (list, _compare_sequences),
    (bool, _compare_truths),
    (Real, _compare_numbers),
)


def _builtin(value: Any) -> Any:
    """The value as Python, NumPy or torch keeps it, whatever a class of the learner's own says it equals."""
    with torch._C.DisableTorchFunctionSubclass():
        if isinstance(value, torch.Tensor):
            plain = type(value) in (torch.Tensor, torch.nn.Parameter)  # sparse ones can't be cast
            return value if plain else torch.Tensor.as_subclass(value, torch.Tensor)
    if type(value) in (*_PLAIN, bool):
        return value
    convert = next((convert for kind, convert in _PLAIN.items() if isinstance(value, kind)), None)
    return value if convert is None else convert(value)


_PLAIN: dict[type, Callable[[Any], Any]] = {
    int: int.__int__,
    float: float.__float__,
    str: str.__str__,
    list: lambda value: list.__getitem__(value, slice(None)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    dict: dict.copy,
    np.ndarray: np.asarray,
}


def _wrong_type(expected: Any, got: Any) -> Difference:
    if isinstance(got, torch.Tensor) and got.ndim == 0 and isinstance(expected, Real):
        message = _(
            "a Python number expected, a tensor that holds one number returned: `.item()` takes it out."
        )
        return Difference("type", message)
    if isinstance(got, np.ndarray) and got.ndim == 0 and isinstance(expected, Real):
        message = _(
            "a Python number expected, a NumPy array that holds one number returned: `.item()` takes it out."
        )
        return Difference("type", message)
    return Difference(
        "type", _("{expected} expected, {got} returned.", expected=describe(expected), got=describe(got))
    )


def _wrong_value(expected: object, got: object) -> Difference:
    return Difference("value", _("{expected} expected, {got} returned.", expected=expected, got=got))


def _family(dtype: torch.dtype) -> str:
    if dtype in (torch.float32, torch.float64):
        return "float"
    return str(dtype) if dtype.is_floating_point or dtype.is_complex or dtype == torch.bool else "integer"


def _plain(value: Any) -> Any:
    """One form for what people write in different ways: 0-d tensors become numbers, sequences tuples."""
    value = _builtin(value)
    if isinstance(value, torch.Tensor | np.ndarray | np.generic) and value.ndim == 0:
        value = value.item()
    if isinstance(value, np.ndarray):
        value = as_tensor(value)
    if isinstance(value, torch.Tensor):
        return value.nan_to_num(nan=-1e30)  # nan isn't equal to itself, but two answers of nan are alike
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53:
        return float(value)
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value
