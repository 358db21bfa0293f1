"""Which of some functions a learner's code calls, under whatever name it imported them."""

import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Self

import torch

__all__ = ["Calls"]


class Calls:
    """Inside ``with``, notes which of ``functions`` are called, from anywhere in this thread.

    They are known by their code and not by their name, so an alias or a call from inside a library
    (`nn.CrossEntropyLoss` calls `functional.cross_entropy`) counts too. A method that makes an object
    callable is named by the object's class, for that is what a learner wrote. Watching takes time, so with no
    functions nothing is watched.

    Args:
        functions: written in Python, or in C; or operations of ``torch.ops``.

    Attributes:
        seen: their names, each once, in the order of the first calls.

    For example, after ``with Calls([statistics.mean]) as calls: average = statistics.mean([1, 2])`` the list
    ``calls.seen`` is ``["mean"]``.
    """

    def __init__(self, functions: Sequence[Callable[..., Any]]) -> None:
        self.seen: list[str] = []
        self._codes = {function.__code__: function for function in functions if hasattr(function, "__code__")}
        self._others = [function for function in functions if not hasattr(function, "__code__")]
        self._watching = bool(functions)

    def __enter__(self) -> Self:
        if self._watching:
            self._before = sys.getprofile()
            sys.setprofile(self._look)
        return self

    def __exit__(self, *error: object) -> None:
        if self._watching:
            sys.setprofile(self._before)

    def _look(self, frame: FrameType, event: str, function: Any) -> None:
        if event == "call":
            if frame.f_code in self._codes:
                self._note(_name(self._codes[frame.f_code], frame))
            elif frame.f_code is _OPERATION:
                self._note_other(frame.f_locals.get("self"))
        elif event == "c_call":
            self._note_other(function)

    def _note_other(self, function: Any) -> None:
        if any(function is other for other in self._others):
            self._note(function.__name__)

    def _note(self, name: str) -> None:
        if name not in self.seen:
            self.seen.append(name)


def _name(function: Callable[..., Any], frame: FrameType) -> str:
    owner = frame.f_locals.get("self")
    named_by_class = owner is not None and function.__name__ in ("forward", "__call__")
    return type(owner).__name__ if named_by_class else function.__name__


_OPERATION = type(torch.ops.aten.add).__call__.__code__  # every operation of torch.ops is called through it
