"""Pages about the package, from its docstrings: one for each room, with all that its door offers."""

import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import vislearn

__all__ = ["reference_pages"]

_NOT_FOR_READERS = {"cli", "course", "exercises", "lessons", "locale", "checkout", "sidecar"}

_ROLE = re.compile(r":(func|class|mod|meth|data):`")


def reference_pages() -> dict[str, str]:
    """Name of a page → its text, in MyST's Markdown.

    A function with the name of the module that holds it (``widgets.ask``) is named as ``module::function``,
    since Sphinx would find the module first.
    """
    return {f"api_{room.__name__.partition('.')[2]}": _page(room) for room in _rooms()}


def _rooms() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(vislearn.__path__):
        if found.name not in _NOT_FOR_READERS and not found.name.startswith("_"):
            room = import_module(f"vislearn.{found.name}")
            if getattr(room, "__all__", None):
                yield room


def _page(room: ModuleType) -> str:
    title = room.__name__
    told = _ROLE.sub(r"{py:\1}`", inspect.getdoc(room) or "")  # a room's own words may hold a Markdown table
    lines = [f"# {title}", "", told, "", "```{eval-rst}", f".. py:module:: {title}", "   :no-index:", ""]
    for name in sorted(room.__all__):
        thing = getattr(room, name)
        if inspect.isclass(thing):
            kind = "autoexception" if issubclass(thing, BaseException) else "autoclass"
            lines += [f".. {kind}:: {title}::{name}", "   :members:", ""]
        elif callable(thing):
            lines += [f".. autofunction:: {title}::{name}", ""]
    return "\n".join([*lines, "```", ""])
