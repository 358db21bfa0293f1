"""Room for the installation: a folder that can be written, and gigabytes that fit."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from environment import Stamp, Venv, environment
from messages import Stop
from packages import gets_cuda, rehearse

__all__ = ["check_disk", "check_writable", "required_gib"]

CUDA_GIB, CPU_GIB = 7, 2  # what the whole installation takes, measured, with room to unpack


def check_writable(folder: Path) -> None:
    """Refuse a folder that can't be written before anything is downloaded.

    Raises:
        Stop: it can't.
    """
    try:
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise Stop(
            f"can't write into {folder} ({error.strerror}); copy the course to a folder of your own, "
            "for example your home folder, and run the same command there."
        ) from error


def check_disk(venv: Venv, wanted: Stamp) -> None:
    """Refuse a full disk before gigabytes are downloaded onto it.

    What uv's cache holds already needs no room again. So an interrupted download may go on, and a second copy
    of the course takes little.

    Raises:
        Stop: less is free than the installation takes.
    """
    free, need = shutil.disk_usage(venv.folder).free / 2**30, float(required_gib(wanted.torch))
    if free < need:
        need -= _cached_gib(venv, wanted)
    if free < need:
        smaller = (
            need > CPU_GIB and wanted.torch != "default"
        )  # what "default" gets had no choice, or was chosen
        instead = f" or choose the small build with TORCH=cpu, which needs {CPU_GIB} GB" if smaller else ""
        raise Stop(
            f"the installation needs {need:.2g} GB and {venv.course} has {free:.1f} GB free; "
            f"free some space{instead}, then run the same command again."
        )


def _cached_gib(venv: Venv, wanted: Stamp) -> float:
    """How much of what is wanted lies in uv's cache; 0 where files are copied from there, not linked."""
    asked = subprocess.run(
        [venv.program("uv"), "cache", "dir"], capture_output=True, text=True, env=environment(venv)
    )
    cache = Path(asked.stdout.strip())
    if asked.returncode or not cache.is_dir() or cache.stat().st_dev != venv.folder.stat().st_dev:
        return 0.0
    wheels = rehearse(venv, wanted).stderr
    planned = {
        f"{name.replace('-', '_')}-{version}" for name, version in re.findall(r"\+ (\S+)==(\S+)", wheels)
    }
    sizes: dict[str, int] = {}  # the same wheel may lie there twice, for two Pythons
    for about in cache.glob("archive-v*/*/*.dist-info"):
        if about.stem.lower() in planned:
            files = sum(file.lstat().st_size for file in about.parent.rglob("*"))
            sizes[about.stem] = max(files, sizes.get(about.stem, 0))
    return sum(sizes.values()) / 2**30


def required_gib(torch: str) -> int:
    """Space for the installation; the big build of torch brings its own CUDA."""
    return CUDA_GIB if gets_cuda(torch) else CPU_GIB
