"""What all benchmarks share: their common options, and the machine and figures as they are written down."""

import argparse
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from vislearn.files import replaced_whole

__all__ = ["keep", "kept", "machine", "options_of"]


def options_of(description: str, repeats: int | None) -> argparse.ArgumentParser:
    """A parser that knows ``--repeats``, ``--threads`` and ``--json``.

    Args:
        description: the benchmark's docstring, whose first line is shown.
        repeats: how many turns by default; None, where that depends on other options.
    """
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=repeats, help="turns of each (default: %(default)s)")
    parser.add_argument("--threads", type=int, help="torch's threads (default: its own choice)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    return parser


def machine(*packages: str, **more: object) -> dict[str, object]:
    """Processor, system, and the versions that figures depend on.

    Args:
        packages: distributions beside torch whose versions count.
        more: what else a reader must know, such as the device.
    """
    return {
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "system": platform.system(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        **{name.replace("-", "_"): _version(name) for name in packages},
        **more,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def keep(record: dict[str, Any], path: Path | None) -> None:
    """Write the figures as JSON, whole or not at all, where somebody asked for it.

    Args:
        record: what was measured, where and how.
        path: the file; None: nobody asked.
    """
    if path:
        with replaced_whole(path) as draft:
            draft.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def kept(path: Path | None) -> dict[str, Any]:
    """What :func:`keep` wrote there; nothing, where nobody has written yet.

    Args:
        path: the file; None: nobody asked.
    """
    return json.loads(path.read_text(encoding="utf-8")) if path and path.exists() else {}
