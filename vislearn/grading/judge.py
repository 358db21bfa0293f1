"""Outside the jail: holds the references, draws the inputs, compares what comes back."""

import builtins
import inspect
import re
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch

from vislearn.datasets.bundled.store import data_root
from vislearn.exercises.checking import examine
from vislearn.exercises.deadline import Deadline, OutOfTime
from vislearn.exercises.registry import Exercise, find
from vislearn.exercises.running import Outcome, Unusable, run_known
from vislearn.exercises.verdict import Verdict
from vislearn.grading import wire
from vislearn.grading.jail import Jail
from vislearn.grading.observation import observation
from vislearn.language import language
from vislearn.language import translate as _

__all__ = ["Judge", "Program"]

_LIMIT_S = 10.0  # for one call, as in a learner's own check
_TIMES_REFERENCE = 10
_PREPARING_S = 60.0
_GRACE = 3  # so many times a call's limit may pass until the inmate itself has said that it is over
_TOGETHER = 12  # so many times a call's limit all calls of one answer may take: six inputs, each asked twice
_LONGEST_TEXT = 2000  # characters of a sentence: it may quote what an answer is, and that may be long
_LONGEST_NAME = 100
_NO_FILE = re.compile(r"\[Errno (2|13)\]")  # none there, or none that may be opened; as the system says it
_KINDS = ("value", "nothing", "not implemented", "unusable", "error", "out of time")


@dataclass(frozen=True)
class Program:
    """What of a notebook one answer needs: statements of its cells, in their order.

    Attributes:
        function: the answer's name.
        cells: a name, a source and which of its statements, for each.
    """

    function: str
    cells: tuple[Mapping[str, Any], ...]


class _Died(Exception):
    """The inmate ended, or talks nonsense; its text is for the learner, its cause a verdict's."""

    def __init__(self, text: str, cause: str = "") -> None:
        super().__init__(text)
        self.cause = cause


class Judge:
    """Judges answers, one after the other.

    Args:
        jail: where they run.
        salt: of all inputs; nobody who wrote an answer knows it.
    """

    def __init__(self, jail: Jail, salt: str) -> None:
        self._jail, self._salt = jail, salt
        self._cases: dict[str, _Case] = {}

    def verdict(self, name: str, program: Program) -> Verdict:
        """What the exercise's check says of an answer, in the language that is set.

        Args:
            name: of the exercise.
            program: the answer with what it needs.
        """
        case = self.case(name)
        try:
            with self._jail.cell(name, modules=case.modules, readable=case.readable) as line:
                found = examine(case.exercise, _Inmate(line, case, program))
        except _Died as death:
            hints = tuple(map(_, case.exercise.hints))
            found = Verdict(name, "error", str(death), "runs", hints=hints, cause=death.cause)
        return _shortened(_with_a_word_on_files(found))

    def case(self, name: str) -> "_Case":
        """An exercise, and how it is put to those in the jail; made ready at the first time."""
        if name not in self._cases:
            self._cases[name] = _Case(find(name).salted(self._salt))
        return self._cases[name]


def _with_a_word_on_files(verdict: Verdict) -> Verdict:
    """The verdict; where a file could not be opened, it says that a student's own are not there."""
    if verdict.status != "error" or not _NO_FILE.search(verdict.message):
        return verdict
    word = _("In grading an answer can open only the files that it is given: your own are not there.")
    return replace(verdict, evidence=word)


def _shortened(verdict: Verdict) -> Verdict:
    """The verdict without what makes its sentences endless."""
    return replace(
        verdict,
        message=_bounded(verdict.message),
        evidence=_bounded(verdict.evidence),
        put_back=_bounded(verdict.put_back),
    )


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


class _Case:
    """How an exercise is put to those in the jail.

    Attributes:
        exercise: with its salt.
        observing: its arguments can't be sent, or what it looks at can't: those inside look, and tell.
        modules: what they know of it for that; no answer is in it.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._forbids = [_place_of(function) for function in exercise.forbids]
        paths, sendable = [], exercise.observer is None and None not in self._forbids
        if sendable:
            try:
                for trial in range(exercise.trials):
                    args = exercise.arguments(trial)
                    wire.pack(args)
                    paths += list(wire.loose(args))
            except wire.Unsendable:
                sendable = False
        self.observing = not sendable
        self.modules = observation(exercise) if self.observing else {}
        self.readable = [data_root(), *sorted({path.parent for path in paths if sendable})]

    @property
    def reported(self) -> str:
        """What those inside tell of themselves and nobody outside can know: a row's ``reported``."""
        if self.observing:
            return "facts"
        return "calls" if self.exercise.forbids else ""

    @cached_property
    def limit_s(self) -> float:
        """Seconds for one call: ten, or where the reference takes long, so many times as long as it."""
        since = time.monotonic()
        run_known(self.exercise, self.exercise.reference, 0)
        return max(_LIMIT_S, _TIMES_REFERENCE * (time.monotonic() - since))

    def job(self, program: Program) -> dict[str, Any]:
        """What an inmate is told at first."""
        return {
            "exercise": self.exercise.name,
            "observing": self.observing,
            "salt": self._salt_told,
            "forbids": [] if self.observing else self._forbids,
            "language": language(),
            "function": program.function,
            "cells": [dict(cell) for cell in program.cells],
        }

    @property
    def _salt_told(self) -> int | str:
        return self.exercise.salt if self.observing else 0


class _Inmate:
    """An answer that runs behind the wall."""

    def __init__(self, line: socket.socket, case: _Case, program: Program) -> None:
        self._line, self._case = line, case
        self._limit_s = case.limit_s
        self._ended = False
        try:
            wire.send(line, case.job(program))
            told = wire.receive(line, _PREPARING_S)
            self._trouble, self._instead = str(told["trouble"]), str(told["instead"])
            cause = "endless" if told["late"] is True else ""
            self._signature, self._idle = _signature(told["signature"]), told["idle"] is True
        except TimeoutError:
            text = _("The cells that come before it had not ended after a minute.")
            raise _Died(text, "endless") from None
        except (OSError, EOFError, wire.BadFrame, LookupError, TypeError, ValueError) as error:
            raise _died(error) from None
        self._until = time.monotonic() + _TOGETHER * self._limit_s
        if self._trouble:
            raise _Died(_("The cell could not be run: {error}", error=self._trouble[:300]), cause)

    def instead(self) -> str:
        """What it is, in words, where it is no function; or ``""``."""
        return self._instead[:200]

    def signature(self) -> inspect.Signature | None:
        """What it takes, as far as the inmate tells."""
        return self._signature

    def is_idle(self) -> bool:
        """Is its body still empty?"""
        return self._idle

    def outcome(self, exercise: Exercise, trial: int, *, again: bool = False) -> Outcome:
        """What it comes to on one trial's arguments.

        Args:
            exercise: the case's.
            trial: which arguments.
            again: the same arguments, but the global generators seeded otherwise.
        """
        if self._ended:
            return Outcome("out of time")
        call: dict[str, Any] = {"trial": trial, "again": again, "limit": self._limit_s}
        if not self._case.observing:
            call["args"] = exercise.arguments(trial)
        try:
            wire.send(self._line, call)
            left = self._until - time.monotonic()
            told = wire.receive(self._line, min(_GRACE * self._limit_s + _LIMIT_S, left))
            outcome = _outcome(told)
        except TimeoutError:
            self._ended = True
            return Outcome("out of time")
        except (OSError, EOFError, wire.BadFrame, LookupError, TypeError, ValueError) as error:
            raise _died(error) from None
        return outcome if self._case.observing else _read(exercise, outcome)


def _died(error: Exception) -> _Died:
    if isinstance(error, OSError | EOFError):
        text = _("The code ended the whole process: it needs too much memory or time, or ends Python itself.")
        return _Died(text, "ended")
    return _Died(_("What came back is no answer that can be read: it is too large, or damaged."))


def _outcome(told: Mapping[str, Any]) -> Outcome:
    """An outcome from what an inmate says; each part is of the type it must have, or this raises."""
    kind, value, place = told["kind"], told["value"], told["place"]
    if kind not in _KINDS:
        raise ValueError(kind)
    if kind == "unusable" and not isinstance(value, str):
        raise TypeError(kind)
    error = None if told["error"] is None else _error(*told["error"])
    if (kind in ("error", "not implemented")) != (error is not None):
        raise ValueError(kind)
    return Outcome(
        kind,
        value,
        error,
        str(told["printed"]),
        tuple(str(name)[:_LONGEST_NAME] for name in told["called"]),
        tuple(str(name) for name in told["changed"]),
        tuple(int(number) for number in told["touched"]),
        None if place is None else (int(place[0]), str(place[1])[:300]),
    )


def _error(name: str, text: str) -> BaseException:
    """An error that says the same, of the kind that Python has under this name, else of a kind so called."""
    kind: Any = getattr(builtins, str(name), None)
    if not (isinstance(kind, type) and issubclass(kind, BaseException)):
        kind = type(str(name), (Exception,), {})
    error = kind.__new__(kind)
    error.args = (str(text),) if text else ()
    return error


def _read(exercise: Exercise, outcome: Outcome) -> Outcome:
    """The value as the exercise reads it before it compares."""
    if outcome.kind != "value" or exercise.reader is None:
        return outcome
    try:
        with Deadline(_LIMIT_S):
            value = exercise.reader(outcome.value)
    except Unusable as remark:
        return Outcome("unusable", str(remark), printed=outcome.printed)
    except OutOfTime:
        return Outcome("out of time")
    except Exception as error:
        return Outcome("error", error=error, printed=outcome.printed)
    kept = (outcome.printed, outcome.called, outcome.changed, outcome.touched)
    return Outcome("value", value, None, *kept)


def _signature(told: Sequence[tuple[str, int, bool]] | None) -> inspect.Signature | None:
    if told is None:
        return None
    parameters = [
        inspect.Parameter(
            str(name), list(_PARAMETER_KINDS)[kind], default=None if has_default else inspect.Parameter.empty
        )
        for name, kind, has_default in told
    ]
    return inspect.Signature(parameters)


_PARAMETER_KINDS = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.VAR_POSITIONAL,
    inspect.Parameter.KEYWORD_ONLY,
    inspect.Parameter.VAR_KEYWORD,
)


def _place_of(function: Callable[..., Any]) -> tuple[str, str] | None:
    """Where an inmate finds the same function; None where its module and name don't lead to it."""
    for library, name in _operations(function):
        with suppress(AttributeError):
            if getattr(getattr(torch.ops, library), name) is function:
                return "torch.ops", f"{library}.{name}"
    module = getattr(function, "__module__", None) or "torch._C._nn"
    name = getattr(function, "__qualname__", getattr(function, "__name__", ""))
    found: Any = None
    with suppress(ImportError, AttributeError):
        found = __import__(module, fromlist=["*"])
        for part in name.split("."):
            found = getattr(found, part)
    return (module, name) if found is function else None


def _operations(function: Any) -> list[tuple[str, str]]:
    library, _dot, name = str(getattr(function, "_qualified_op_name", "")).partition("::")
    return [(library, name)] if name else []
