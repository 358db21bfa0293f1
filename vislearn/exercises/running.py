"""Runs a learner's function safely: chance untouched, prints caught, errors turned into one line."""

import dis
import io
import linecache
import re
import traceback
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from vislearn.errors import first_line
from vislearn.exercises.registry import Exercise
from vislearn.language import translate as _
from vislearn.seeding import Chance

__all__ = ["Outcome", "Unusable", "does_nothing", "error_line", "run", "same_error"]


class Unusable(Exception):
    """Raised by an observer that can't look at an answer; its text is for the learner."""


class _Returned(Exception):
    """The function under check returned None or ``...``."""

    def __init__(self, value: object) -> None:
        self.value = value


@dataclass(frozen=True)
class Outcome:
    """What one call came to: a value (or observed facts), nothing, a remark, or an error."""

    kind: str  # "value", "nothing", "not implemented", "unusable", "error"
    value: Any = None
    error: BaseException | None = None
    printed: str = ""


def run(exercise: Exercise, function: Callable[..., Any], trial: int, *, again: bool = False) -> Outcome:
    """Call ``function`` on one trial's fresh arguments and say what happened; never raises for its faults.

    Args:
        exercise: whose arguments and observer to use.
        function: the learner's, the reference, or a mistake.
        trial: which arguments.
        again: the same arguments, but the global generators seeded otherwise.
    """
    args = exercise.arguments(trial)
    printed = io.StringIO()

    def answer(*args: Any) -> Any:
        value = function(*args)
        if value is None or value is ...:
            raise _Returned(value)
        return value

    with Chance(2 * trial + again, cpu_only=True), warnings.catch_warnings(), redirect_stdout(printed):
        warnings.simplefilter("ignore")  # a learner reads the verdict; warnings would print paths into it
        try:
            value = exercise.observer(answer, *args) if exercise.observer else answer(*args)
            kind, error = "value", None
        except _Returned as returned:
            kind, value, error = "nothing", returned.value, None
        except Unusable as remark:
            kind, value, error = "unusable", str(remark), None
        except (Exception, SystemExit) as raised:  # whatever a learner's code may raise, exit() included
            kind = "not implemented" if _raises_not_implemented(raised) else "error"
            value, error = None, raised
    return Outcome(kind, value, error, printed.getvalue())


def does_nothing(function: object) -> bool:
    """Is the function's body still empty: a docstring, ``...``, ``pass``, or a bare ``return``?"""
    if not isinstance(function, FunctionType):
        return False
    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "COPY_FREE_VARS", "CACHE"}
    return all(step.opname in idle for step in dis.get_instructions(function))


def error_line(error: BaseException, function: object) -> str:
    """The error in one line: its kind, its first sentence, and the learner's line that caused it."""
    text = first_line(error, named=True)
    place = _learners_line(error, function)
    if place is None:
        return text
    number, source = place
    if source:
        return _("{error} (line {number} of your cell: `{source}`)", error=text, number=number, source=source)
    return _("{error} (line {number} of your cell)", error=text, number=number)


def same_error(a: BaseException, b: BaseException) -> bool:
    """Do two errors tell of the same cause?

    The same sentence, or, as libraries name operands in the order written, the same numbers in one
    of the same kind: "size of tensor a (7) must match ... b (3)" and its mirror image.
    """
    if type(a) is not type(b):
        return False
    if str(a) == str(b):
        return True
    numbers = [sorted(re.findall(r"\d+", str(error))) for error in (a, b)]
    return numbers[0] == numbers[1] != []


def _learners_line(error: BaseException, function: object) -> tuple[int, str] | None:
    """Number and text of the deepest line in the file (or notebook cell) that defines the function."""
    code = getattr(function, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if code is not None and frame.filename == code.co_filename]
    if not own or own[-1].lineno is None:
        return None
    return own[-1].lineno, linecache.getline(own[-1].filename, own[-1].lineno).strip()


def _raises_not_implemented(error: BaseException) -> bool:
    """A ``raise NotImplementedError`` written in Python, not an operation torch lacks for this dtype."""
    if not isinstance(error, NotImplementedError):
        return False
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and last.tb_frame.f_code.co_code[last.tb_lasti] == dis.opmap["RAISE_VARARGS"]
