"""Which build of PyTorch suits this machine: 0.4 GB where no NVIDIA GPU can use the other 2.8."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from environment import Stamp, Venv
from messages import Stop, say
from packages import rehearse

__all__ = ["choose", "has_nvidia_gpu", "require_build", "suitable"]

_BUILDS = ("default", "auto", "cpu", "xpu")
_NUMBERED = ("cu", "rocm")


def require_build(typed: str) -> None:
    """Refuse a word that is no build, before anything is made.

    Raises:
        Stop: it isn't.
    """
    number = next((typed.removeprefix(kind) for kind in _NUMBERED if typed.startswith(kind)), "")
    if typed and typed not in _BUILDS and not number.replace(".", "").isdigit():
        raise Stop(f"TORCH={typed} is no build of PyTorch; choose cpu, auto, default or, say, cu130.")


def choose(venv: Venv, typed: str, before: Stamp | None) -> str:
    """What to install: ``default`` for the package index's build, else a backend as uv names them.

    What was typed counts, then what is installed or was typed earlier; ``auto``, and a first call that says
    nothing, look at the machine. A mirror is asked alone, whatever was typed: PyTorch's own index lies
    outside a classroom, and torch and torchvision from two indexes don't work together.
    """
    earlier = before.torch if before else ""
    installed = earlier if before and before.done else ""
    if installed and (not typed or typed == installed != "auto"):
        return installed
    asked = typed or earlier or "auto"
    if venv.mirror:
        if asked not in ("auto", "default"):
            say(f"A package index of your own is set and asked alone: its PyTorch, not TORCH={asked}.")
        return "default"
    if asked != "auto":
        return asked
    wish = suitable()
    return wish if wish in ("default", installed) or _offers(venv, wish) else "default"


def suitable() -> str:
    """The build for this machine, by the look of it; ``auto`` is uv's: the CUDA that suits the driver.

    uv's ``auto`` alone would also take builds for other makers' chips, which the course has no use for.
    """
    if sys.platform == "darwin":
        return "default"  # there is but one
    if has_nvidia_gpu():
        return "auto"
    return "cpu" if sys.platform == "linux" else "default"  # Windows' build on PyPI is the small one


def has_nvidia_gpu() -> bool:
    """Does the driver list one? Without the driver's program, its trace in /proc decides."""
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=60)
        return "GPU " in listed.stdout
    except (OSError, subprocess.TimeoutExpired):
        return Path("/proc/driver/nvidia/version").exists()


def _offers(venv: Venv, build: str) -> bool:
    """Does PyTorch's own index have this build, for these versions and this Python? Says so, too."""
    found, what = (
        ("An NVIDIA GPU is here", "build with CUDA")
        if build == "auto"
        else ("No NVIDIA GPU is here", "small build")
    )
    wanted = Stamp(root="", files="", extra="lab", torch=build, python="")
    # Once more after a failure, not uv's three times: who has no way there shall not wait for minutes.
    settings = {"UV_HTTP_RETRIES": "1", "UV_HTTP_CONNECT_TIMEOUT": "5"}
    offered = rehearse(venv, wanted, "--quiet", **settings).returncode == 0
    say(
        f"{found}: PyTorch's {what} is taken, from its own index."
        if offered
        else f"{found}, but PyTorch's own index can't be reached or lacks these versions: "
        "the build of the package index is taken."
    )
    return offered
