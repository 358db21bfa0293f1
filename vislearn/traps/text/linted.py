"""A script read instead of run."""

from pathlib import Path

from vislearn.errors import FileError
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.text.colours import BLUE_BEFORE_RED
from vislearn.traps.text.dropouts import DROPOUT_ALWAYS_ON
from vislearn.traps.text.graphs import GRAPHS_KEPT
from vislearn.traps.text.parameters import FREEZES_NOTHING, LAYERS_IN_A_LIST
from vislearn.traps.text.scores import SOFTMAX_THEN_LOSS
from vislearn.traps.text.source import Source, listed
from vislearn.traps.text.statements import BRACKETS_FORGOTTEN, CONTEXT_NEVER_ENTERED, CUDA_AMP
from vislearn.traps.text.weights import WEIGHTS_OF_ANOTHER_MODEL
from vislearn.traps.text.workers import NO_MAIN_GUARD
from vislearn.traps.trap import Found, Trap, found_in

__all__ = ["TEXT_TRAPS", "lint", "scripts_in", "unseen_in"]

TEXT_TRAPS: tuple[Trap, ...] = (
    NO_MAIN_GUARD,
    BRACKETS_FORGOTTEN,
    CONTEXT_NEVER_ENTERED,
    FREEZES_NOTHING,
    LAYERS_IN_A_LIST,
    DROPOUT_ALWAYS_ON,
    SOFTMAX_THEN_LOSS,
    GRAPHS_KEPT,
    WEIGHTS_OF_ANOTHER_MODEL,
    BLUE_BEFORE_RED,
    CUDA_AMP,
)
_FOREIGN = ("__pycache__", "node_modules", "site-packages", "venv")


def lint(path: str | Path) -> list[Found]:
    """The traps that the text of one script shows, each once, with all its lines; nothing is run.

    Args:
        path: a file of Python.

    Raises:
        FileError: it isn't there, or is no Python.
    """
    return found_in(_source(path), TEXT_TRAPS)


def unseen_in(path: str | Path) -> Problem | None:
    """What keeps a script from being read as a whole: names of which it doesn't say what they are.

    Args:
        path: a file of Python.

    Raises:
        FileError: it isn't there, or is no Python.
    """
    source = _source(path)
    if not source.hidden:
        return None
    written = [(f"from {'.' * node.level}{node.module or ''} import *", node) for node in source.hidden]
    return Problem(
        source.where(source.hidden),
        _("brings names that lint can't see, and may pass traps over: {lines}", lines=listed(written)),
        _("Import by name, as in `from torch import nn`."),
    )


def _source(path: str | Path) -> Source:
    path = Path(path)
    if path.suffix == ".ipynb":
        fix = N_("In a notebook, watch the cell: %load_ext vislearn.traps, then %%watch model.")
        raise FileError(path, N_("is a notebook and no script"), fix=fix)
    if not path.is_file():
        raise FileError(path, N_("is no file"), fix=N_("Name a script, or a folder of scripts."))
    return Source(path.read_bytes(), path)


def scripts_in(folder: str | Path) -> list[Path]:
    """The scripts of a folder and of those in it, without what was installed there.

    Args:
        folder: to look through; hidden folders are left out.

    Raises:
        FileError: there is none.
    """
    folder = Path(folder)
    found = [path for path in folder.rglob("*.py") if _is_own(path.relative_to(folder)) and path.is_file()]
    if not found:
        raise FileError(folder, N_("has no scripts"), fix=N_("Name a file whose name ends in .py."))
    return sorted(found)


def _is_own(path: Path) -> bool:
    return not any(part.startswith(".") or part in _FOREIGN for part in path.parts)
