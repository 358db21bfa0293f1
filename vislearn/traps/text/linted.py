"""A script read instead of run."""

from pathlib import Path

from vislearn.errors import FileError
from vislearn.traps.text.colours import BLUE_BEFORE_RED
from vislearn.traps.text.parameters import FREEZES_NOTHING, LAYERS_IN_A_LIST
from vislearn.traps.text.scores import SOFTMAX_THEN_LOSS
from vislearn.traps.text.source import Source
from vislearn.traps.text.statements import BRACKETS_FORGOTTEN, CONTEXT_NEVER_ENTERED, CUDA_AMP
from vislearn.traps.text.weights import WEIGHTS_OF_ANOTHER_MODEL
from vislearn.traps.text.workers import NO_MAIN_GUARD
from vislearn.traps.trap import Found, Trap, found_in

__all__ = ["TEXT_TRAPS", "lint", "scripts_in"]

TEXT_TRAPS: tuple[Trap, ...] = (
    NO_MAIN_GUARD,
    BRACKETS_FORGOTTEN,
    CONTEXT_NEVER_ENTERED,
    FREEZES_NOTHING,
    LAYERS_IN_A_LIST,
    SOFTMAX_THEN_LOSS,
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
    path = Path(path)
    if path.suffix == ".ipynb":
        fix = "In a notebook, watch the cell: %load_ext vislearn.traps, then %%watch model."
        raise FileError(path, "is a notebook and no script", fix=fix)
    if not path.is_file():
        raise FileError(path, "is no file", fix="Name a script, or a folder of scripts.")
    return found_in(Source(path.read_bytes(), path), TEXT_TRAPS)


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
        raise FileError(folder, "has no scripts", fix="Name a file whose name ends in .py.")
    return sorted(found)


def _is_own(path: Path) -> bool:
    return not any(part.startswith(".") or part in _FOREIGN for part in path.parts)
