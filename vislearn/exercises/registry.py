"""What an exercise is, and where all of them are found by name."""

import ast
import copy
import inspect
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from vislearn.errors import InputError, require_one_of
from vislearn.exercises.folders import folder_of_module, folder_of_name, folders, load
from vislearn.language import N_

__all__ = ["N_", "Exercise", "Mistake", "exercise", "find", "names", "prompt", "solution_source", "starter"]

Function = Callable[..., Any]

_exercises: dict[str, "Exercise"] = {}


@dataclass(frozen=True)
class Mistake:
    """A typical wrong implementation, and what to tell whoever wrote it."""

    diagnosis: str
    function: Function


class Exercise:
    """One task: its reference solution, the inputs it is tried on and the mistakes it knows.

    The decorated function is the reference solution; its docstring is the prompt.
    """

    def __init__(
        self,
        name: str,
        reference: Function,
        *,
        hints: Sequence[str],
        trials: int,
        atol: float,
        forbids: Sequence[Function] = (),
    ) -> None:
        self.name = name
        self.reference = reference
        self.hints = tuple(hints)
        self.trials = trials
        self.atol = atol
        self.forbids = tuple(forbids)
        self.salt: int | str = 0
        self.mistakes: list[Mistake] = []
        self.observer: Function | None = None
        self.facts_hold = False
        self.reader: Function | None = None
        self.draws: Callable[..., tuple] | None = None
        self._by_trial = False

    def __call__(self, *args: Any) -> Any:
        """The reference solution's answer."""
        return self.reference(*args)

    def inputs(self, function: Callable[..., tuple]) -> Callable[..., tuple]:
        """Register what draws one trial's arguments from the generator it is given.

        One that takes the trial's number as well can put edges on purpose where chance would seldom go.
        """
        self.draws = function
        self._by_trial = len(inspect.signature(function).parameters) > 1
        return function

    def read(self, function: Function) -> Function:
        """Register how a returned value is read before it is compared.

        What is welcome but not asked for is left out here. It raises `Unusable`, with a text for the learner,
        when no comparison would say what is wrong.
        """
        self.reader = function
        return function

    def salted(self, salt: int | str) -> "Exercise":
        """The same exercise with other inputs: for a grader, whose inputs no learner can look up.

        Args:
            salt: 0 for the inputs that every learner's check uses.
        """
        if salt == self.salt:
            return self
        other = copy.copy(self)
        other.salt = salt
        return other

    def observe(self, function: Function) -> Function:
        """Register how to look at answers that are no plain values: transforms, loaders, models.

        ``function(answer, *args)`` calls ``answer(*args)``, as often as it likes, and returns facts:
        a dict from a sentence marked with `N_` to a plain value. The reference's facts are the expected ones.
        It raises `Unusable` when it can't look at all.
        """
        self.observer = function
        return function

    def judge(self, function: Function) -> Function:
        """Register an observer whose facts are all True of the reference: a check need not run that as well.

        For answers that train: a learner waits for the own training alone.
        """
        self.facts_hold = True
        return self.observe(function)

    def mistake(self, diagnosis: str) -> Callable[[Function], Function]:
        """Register a typical wrong implementation with the ``diagnosis`` (marked with `N_`) it deserves."""

        def register(function: Function) -> Function:
            self.mistakes.append(Mistake(diagnosis, function))
            return function

        return register

    def arguments(self, trial: int) -> tuple:
        """Fresh arguments; the same for the same trial and salt, so a stored verdict is the same tomorrow."""
        if self.draws is None:
            raise InputError(
                f"exercise {self.name!r}", "must have inputs", got="none", fix="Use @....inputs."
            )
        text = f"{self.name} {self.salt}" if self.salt else self.name
        generator = torch.Generator().manual_seed(zlib.crc32(text.encode()) + trial)
        return self.draws(generator, trial) if self._by_trial else self.draws(generator)

    @property
    def prompt(self) -> str:
        """What to do, in English."""
        return inspect.getdoc(self.reference) or ""


def exercise(
    name: str, *, hints: Sequence[str], trials: int = 6, atol: float = 1e-5, forbids: Sequence[Function] = ()
) -> Callable[[Function], Exercise]:
    """Register the decorated function as an exercise: its body the solution, its docstring the prompt.

    Args:
        name: ``"lesson.function"``: the folder of `vislearn.exercises.lessons` that it lies in, and the
            function's own name.
        hints: texts marked with `N_`, from a nudge to almost the code.
        trials: how many random inputs a check tries.
        atol: how far two numbers may lie apart and still be equal (plus 1e-4 of their size).
        forbids: functions that do what is to be written; who calls one is told so, however right it is.

    Raises:
        InputError: at the decorated function: another name than these two make, or one that is taken.

    >>> from vislearn.exercises import check
    >>> check("pipeline.to_unit_range", lambda image: image / 256).status
    'wrong'
    """

    def register(function: Function) -> Exercise:
        _require_own_name(name, function)
        made = Exercise(name, function, hints=hints, trials=trials, atol=atol, forbids=forbids)
        _exercises[name] = made
        return made

    return register


def names() -> list[str]:
    """All exercises: lesson after lesson and module after module by their names, then as they are written.

    >>> "detection.encode" in names()
    True
    """
    for folder in folders():
        load(folder)
    # registered in whatever order modules were first asked for; sorting by module leaves the order inside one
    return sorted(_exercises, key=lambda name: _exercises[name].reference.__module__)


def find(name: str) -> Exercise:
    """The exercise of that name.

    Raises:
        InputError: there is none; names the closest.
    """
    if not isinstance(name, str):
        raise InputError(
            "exercise",
            "must be a name in quotes",
            got=type(name).__name__,
            fix='Write it like check("pipeline.normalize", normalize).',
        )
    if name not in _exercises and (folder := folder_of_name(name)) in folders():
        load(folder)
    if name not in _exercises:
        require_one_of("exercise", name, names())
    return _exercises[name]


def prompt(name: str) -> str:
    """The task in English, as the starter's docstring says it.

    Raises:
        InputError: no such exercise.
    """
    return find(name).prompt


def starter(name: str) -> str:
    """What a learner starts from: the def line, the prompt, and a place for the code.

    Raises:
        InputError: no such exercise.
    """
    lines, function = _source(name)
    prompt_end = function.body[0].end_lineno or 0
    return "\n".join([*lines[function.lineno - 1 : prompt_end], "    ...  # your code here"]) + "\n"


def solution_source(name: str) -> str:
    """The reference solution as a cell a learner could have written, prompt included.

    It takes for granted what the lessons import at their top: ``math``, ``torch``, ``nn`` and ``Tensor`` from
    torch, ``DataLoader`` from torch.utils.data, and ``v2`` from torchvision.transforms.

    Raises:
        InputError: no such exercise.
    """
    lines, function = _source(name)
    return "\n".join(lines[function.lineno - 1 :]).rstrip() + "\n"


def _require_own_name(name: str, function: Function) -> None:
    """Refuse a name that `find` would look for in another folder, or that would hide another exercise."""
    folder = folder_of_module(function.__module__)
    if folder is not None and name != (own := f"{folder}.{function.__name__}"):
        raise InputError(
            f"an exercise in {function.__module__}",
            "must be named by its folder and its function",
            got=repr(name),
            fix=f"Call it {own!r}, or move it to the folder that its name begins with.",
        )
    if name in _exercises and _exercises[name].reference.__module__ != function.__module__:
        raise InputError(
            f"an exercise in {function.__module__}",
            "must have a name of its own",
            got=f"{name!r}, which {_exercises[name].reference.__module__} has too",
            fix="Rename one of the two functions.",
        )


def _source(name: str) -> tuple[list[str], ast.FunctionDef]:
    text = inspect.getsource(find(name).reference)
    function = next(node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    return text.splitlines(), function
