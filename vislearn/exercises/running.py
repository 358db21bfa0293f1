"""Runs a learner's function safely: chance untouched, prints caught, errors turned into one line."""

import dis
import io
import linecache
import re
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType
from typing import Any

from vislearn.errors import first_line
from vislearn.exercises.calls import Calls
from vislearn.exercises.deadline import Deadline, OutOfTime
from vislearn.exercises.registry import Exercise
from vislearn.exercises.surroundings import Surroundings
from vislearn.exercises.touching import kept, touched
from vislearn.language import language
from vislearn.language import translate as _
from vislearn.seeding import Chance

__all__ = [
    "Outcome",
    "Unusable",
    "does_nothing",
    "error_line",
    "error_text",
    "learners_line",
    "run",
    "run_in_time",
    "run_known",
    "same_error",
]

_LIMIT_S = 10.0  # for one call; far beyond any reference on a slow computer
_LIBRARIES = ("torch", "torchvision")  # their base classes raise NotImplementedError where one must write
_TIMES_REFERENCE = 10  # and where the reference itself takes long, so many times as long as it


class Unusable(Exception):
    """Raised by an observer that can't look at an answer; its text is for the learner."""


class _Returned(Exception):
    """The function under check returned None or ``...``."""

    def __init__(self, value: object) -> None:
        self.value = value


@dataclass(frozen=True)
class Outcome:
    """What one call came to: a value (or observed facts), nothing, a remark, or an error."""

    kind: str  # "value", "nothing", "not implemented", "unusable", "error", "out of time"
    value: Any = None
    error: BaseException | None = None
    printed: str = ""
    called: tuple[str, ...] = ()  # which forbidden functions
    changed: tuple[str, ...] = ()  # which global settings, put back since
    touched: tuple[int, ...] = ()  # which arguments, by place, are others than before
    place: tuple[int, str] | None = None  # number and text of the learner's line that raised the error


def run(
    exercise: Exercise,
    function: Callable[..., Any],
    trial: int,
    *,
    again: bool = False,
    limit: float | None = None,
) -> Outcome:
    """Call ``function`` on one trial's fresh arguments and say what happened; never raises for its faults.

    What it sets for the whole process is put back. Who presses Stop still gets KeyboardInterrupt.

    Args:
        exercise: whose arguments and observer to use.
        function: the learner's, the reference, or a mistake.
        trial: which arguments.
        again: the same arguments, but the global generators seeded otherwise.
        limit: seconds until the call is given up; None for no limit.
    """
    printed = io.StringIO()
    with Surroundings(), Chance(2 * trial + again, cpu_only=True), redirect_stdout(printed):
        warnings.simplefilter("ignore")  # a learner reads the verdict; warnings would print paths into it
        args = exercise.arguments(trial)
        before = () if exercise.observer else kept(args)  # an observer judges for itself what may change
        with Surroundings() as inner, Calls(exercise.forbids) as calls:
            kind, value, error = _tried(exercise, function, args, limit)
        others = tuple(place for place, then in enumerate(before) if touched(args[place], then))
    place = None if error is None else learners_line(error, function)
    return Outcome(kind, value, error, printed.getvalue(), tuple(calls.seen), inner.changed, others, place)


def run_in_time(
    exercise: Exercise, function: Callable[..., Any], trial: int, *, again: bool = False
) -> Outcome:
    """`run`, given up after ten seconds, or after ten times as long as the reference takes if that is more.

    Args:
        exercise: whose arguments and observer to use.
        function: the learner's.
        trial: which arguments.
        again: the same arguments, but the global generators seeded otherwise.
    """
    outcome = run(exercise, function, trial, again=again, limit=_LIMIT_S)
    if outcome.kind != "out of time":
        return outcome
    since = time.monotonic()  # only now: a reference is timed for those few who seem to need it
    run(exercise, exercise.reference, trial)
    longer = _TIMES_REFERENCE * (time.monotonic() - since)
    return run(exercise, function, trial, again=again, limit=longer) if longer > _LIMIT_S else outcome


def run_known(exercise: Exercise, function: Callable[..., Any], trial: int) -> Outcome:
    """What one of the course's own functions comes to, the reference or a mistake.

    Arguments are fresh and chance is seeded, so it is the same every time. Where an observer looks, one call
    may be a training: it is run once per process, however often a learner checks.

    Args:
        exercise: whose arguments and observer to use.
        function: its reference, or that of one of its mistakes.
        trial: which arguments.
    """
    if exercise.observer is None:
        return run(exercise, function, trial)
    return _observed(exercise, function, trial, language())


@lru_cache(maxsize=128)
def _observed(exercise: Exercise, function: Callable[..., Any], trial: int, _language: str) -> Outcome:
    return run(exercise, function, trial)


def _tried(
    exercise: Exercise, function: Callable[..., Any], args: tuple, limit: float | None
) -> tuple[str, Any, BaseException | None]:
    """Kind, value and error of one call."""

    def answer(*args: Any) -> Any:
        value = function(*args)
        if value is None or value is ...:
            raise _Returned(value)
        return value

    try:
        with nullcontext() if limit is None else Deadline(limit):
            value = exercise.observer(answer, *args) if exercise.observer else answer(*args)
        return "value", exercise.reader(value) if exercise.reader else value, None
    except _Returned as returned:
        return "nothing", returned.value, None
    except Unusable as remark:
        return "unusable", str(remark), None
    except OutOfTime:
        return "out of time", None, None
    except BaseException as raised:  # whatever a learner's code may raise, exit() included
        if type(raised) is KeyboardInterrupt:
            raise
        return "not implemented" if _raises_not_implemented(raised) else "error", None, raised


def does_nothing(function: object) -> bool:
    """Is the function's body still empty: a docstring, ``...``, ``pass``, or a bare ``return``?"""
    if not isinstance(function, FunctionType):
        return False
    idle = {"RESUME", "NOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "COPY_FREE_VARS", "CACHE"}
    return all(step.opname in idle for step in dis.get_instructions(function))


def error_line(error: BaseException, function: object) -> str:
    """The error in one line: its kind, its first sentence, and the learner's line that caused it."""
    return error_text(error, learners_line(error, function))


def error_text(error: BaseException, place: tuple[int, str] | None) -> str:
    """The same, of an error whose line is known already.

    Args:
        error: what was raised.
        place: number and text of the learner's line; None where it lies elsewhere.
    """
    text = _sentence(error)
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


def _sentence(error: BaseException) -> str:
    """What it says; of torch's lists of what it would have taken, only what it got."""
    try:
        return first_line(error, named=True).removesuffix(", but expected one of:")
    except Exception:  # an error of the learner's own, whose text fails too
        return type(error).__name__


def learners_line(error: BaseException, function: object) -> tuple[int, str] | None:
    """Number and text of the deepest line in the file (or notebook cell) that defines the function."""
    code = getattr(function, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if code is not None and frame.filename == code.co_filename]
    if not own or own[-1].lineno is None:
        return None
    return own[-1].lineno, linecache.getline(own[-1].filename, own[-1].lineno).strip()


def _raises_not_implemented(error: BaseException) -> bool:
    """A ``raise NotImplementedError`` of the starter's kind, not one by which a library says what it lacks.

    torch raises it for an operation that this dtype has not; torchvision and torch.nn for a method that a
    class should have written. Both come from finished work.
    """
    if not isinstance(error, NotImplementedError):
        return False
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or last.tb_frame.f_globals.get("__name__", "").partition(".")[0] in _LIBRARIES:
        return False
    return last.tb_frame.f_code.co_code[last.tb_lasti] == dis.opmap["RAISE_VARARGS"]
