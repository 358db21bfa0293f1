"""In the jail: runs what a learner wrote, and tells what it comes to. Nothing here knows an answer.

Whatever this process says may be a lie, because the learner's code runs in it: the judge believes its values,
and compares them with what only the judge knows.
"""

import ast
import inspect
import linecache
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

from vislearn.exercises.deadline import Deadline, OutOfTime
from vislearn.exercises.examinees import Here
from vislearn.exercises.registry import Exercise, find
from vislearn.exercises.running import Outcome, error_line, run
from vislearn.grading import wire
from vislearn.language import translate as _

__all__ = ["serve", "told"]

_PREPARING_S = 20.0
_LONGEST_TEXT = 2000


def serve(line: socket.socket) -> None:
    """Run the cells that come first, then answer one call after the other, until nobody asks.

    Args:
        line: to the judge.
    """
    job = wire.receive(line)
    os.environ["VISLEARN_LANGUAGE"] = job["language"]
    names, failed = _prepared(job["cells"])
    function = names.get(job["function"])
    trouble, late = failed if function is None else ("", False)
    examinee = Here(function)
    wire.send(
        line,
        {
            "trouble": trouble,
            "late": late,
            "instead": examinee.instead(),
            "signature": _parameters(examinee),
            "idle": examinee.is_idle(),
        },
    )
    while True:
        try:
            call = wire.receive(line)
        except EOFError:
            return
        _answer(line, _exercise(job, call), examinee.answer, call)


def _prepared(cells: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], tuple[str, bool]]:
    """The names that the cells define; the last failed statement's error, and whether it took too long."""
    names: dict[str, Any] = {"__name__": "__main__"}
    failed = "", False
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
    ):
        for cell in cells:
            file, source = cell["name"], cell["source"]
            linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
            for statement in _chosen(source, cell["keep"]):
                failed = _run_statement(statement, file, names) or failed
    return names, failed


def _chosen(source: str, keep: Sequence[int]) -> list[ast.stmt]:
    body = ast.parse(source).body
    return [body[place] for place in keep]


def _run_statement(statement: ast.stmt, file: str, names: dict[str, Any]) -> tuple[str, bool] | None:
    try:
        code = compile(ast.Module([statement], []), file, "exec")
        with Deadline(_PREPARING_S):
            exec(code, names)
    except OutOfTime:
        seconds = round(_PREPARING_S)
        return _("line {number}: more than {seconds} s", number=statement.lineno, seconds=seconds), True
    except BaseException as error:  # whatever a learner's cell may raise, exit() included
        return error_line(error, None), False
    return None


def _parameters(examinee: Here) -> list[tuple[str, int, bool]] | None:
    try:
        signature = examinee.signature() if callable(examinee.answer) else None
    except Exception:  # a lying __signature__
        signature = None
    if signature is None:
        return None
    return [
        (each.name, int(each.kind), each.default is not inspect.Parameter.empty)
        for each in signature.parameters.values()
    ]


def _exercise(job: Mapping[str, Any], call: Mapping[str, Any]) -> Exercise:
    """The exercise with its observer, or one that knows nothing but the arguments that were sent."""
    if job["observing"]:
        return find(job["exercise"]).salted(job["salt"])
    bare = Exercise(
        job["exercise"], _nothing, hints=(), trials=1, atol=0.0, forbids=_forbidden(job["forbids"])
    )
    bare.inputs(lambda _generator, _trial: call["args"])
    return bare


def _nothing(*_args: Any) -> None:
    """Stands for the reference."""


def _forbidden(places: Sequence[tuple[str, str]]) -> list[Callable[..., Any]]:
    """The functions by where they lie; operations of torch by the name of their library and their own."""
    import torch

    found: list[Callable[..., Any]] = []
    for module, name in places:
        thing: Any = torch.ops if module == "torch.ops" else __import__(module, fromlist=["*"])
        for part in name.split("."):
            thing = getattr(thing, part)
        found.append(thing)
    return found


def _answer(line: socket.socket, exercise: Exercise, function: Any, call: Mapping[str, Any]) -> None:
    outcome = run(exercise, function, call["trial"], again=call["again"], limit=call["limit"])
    wire.send(line, told(outcome), describe=True)


def told(outcome: Outcome) -> dict[str, Any]:
    """An outcome as it is sent: an error by its kind and text."""
    error = outcome.error
    return {
        "kind": outcome.kind,
        "value": outcome.value,
        "error": None if error is None else (type(error).__name__, _text_of(error)),
        "printed": outcome.printed[:_LONGEST_TEXT],
        "called": list(outcome.called),
        "changed": list(outcome.changed),
        "touched": list(outcome.touched),
        "place": outcome.place,
    }


def _text_of(error: BaseException) -> str:
    try:
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        return str(text)[:_LONGEST_TEXT]
    except Exception:  # an error of the learner's own, whose text fails too
        return ""
