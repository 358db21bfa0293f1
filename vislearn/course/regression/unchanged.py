"""A writer's loop: a notebook that passed here, and nothing of which has changed since, is not run again.

What a run depends on is written down when a notebook has passed as a whole: the notebook, its source and
translation, every file of this package that its kernel loaded or could read, the data, the weights, and the
versions of everything installed. ``make test FULL=1`` and CI run all notebooks, whatever is written here.
"""

import hashlib
import json
import os
import platform
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from vislearn import checkout

__all__ = ["Record", "has_changed", "record_of", "runs_everything"]

Record = Mapping[str, Any]


def runs_everything() -> bool:
    """Was a full run asked for? In CI it always is."""
    return bool(os.environ.get("VISLEARN_FULL") or os.environ.get("CI"))


def record_of(files: Iterable[Path], *, threads: int) -> dict[str, Any]:
    """What a passed run depended on, ready for JSON.

    Args:
        files: what the kernel loaded, and what stands for the notebook.
        threads: how many its arithmetic had; training gives the same numbers only for the same.
    """
    paths = sorted({path.resolve() for path in [*files, *_read_by_all()]})
    return {"files": {str(path): _digest(path) for path in paths}, "conditions": _conditions(threads)}


def has_changed(record: Record | None, *, threads: int) -> bool:
    """Must a notebook be run, given what its last passed run depended on?

    Args:
        record: from `record_of`; None where it never passed here.
        threads: how many it would have now.
    """
    if not record or record.get("conditions") != _conditions(threads):
        return True
    files = record.get("files", {})
    here = {str(path.resolve()) for path in _read_by_all()}
    return not here <= set(files) or any(_digest(Path(path)) != digest for path, digest in files.items())


def _read_by_all() -> list[Path]:
    """What no list of loaded modules names: words, kept figures, tables, weights, built data, the checker."""
    from vislearn.datasets import data_root

    lessons = checkout.PACKAGE / "lessons"  # each notebook reads its own lesson's sidecar alone
    package = [
        path
        for path in checkout.PACKAGE.rglob("*")
        if path.suffix not in {".py", ".pyi", ".pyc"} and lessons not in path.parents
    ]
    checker = [path for room in ("course", "viz/meaning") for path in (checkout.PACKAGE / room).rglob("*.py")]
    weights = (checkout.ROOT / "data/weights").glob("*")
    manifests = data_root().glob("*/vislearn-manifest.json")
    return [path for path in [*package, *checker, *weights, *manifests] if path.is_file()]


@cache
def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


@cache
def _conditions(threads: int) -> str:
    """Python, system, processor, versions, device and threads, as one digest."""
    installed = sorted(f"{one.name}=={one.version}" for one in distributions())
    machine = [platform.python_version(), platform.platform(), platform.processor(), os.cpu_count()]
    device = os.environ.get("VISLEARN_DEVICE", "")
    told = json.dumps([installed, machine, device, threads])
    return hashlib.sha256(told.encode()).hexdigest()
