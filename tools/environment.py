"""The virtual environment: where things lie in it, what belongs there, and what its stamp remembers."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from mirror import pip_mirror, uv_mirror

__all__ = ["Stamp", "Venv", "environment"]


@dataclass(frozen=True)
class Stamp:
    """What an installation holds, for which files it was made, and whether it came to its end."""

    root: str  # scripts in a .venv carry its absolute path: moved or copied, it is broken
    files: str  # SHA-256 of pyproject.toml and constraints.txt
    extra: str  # "lab" or "test"; test holds all of lab
    torch: (
        str  # "default" (the package index's build), or a backend such as "cpu"; "auto" until it is decided
    )
    python: str  # "3.11"
    done: bool = False
    browser: str = ""  # the one that the tests found or got

    @classmethod
    def read(cls, path: Path) -> Stamp | None:
        """The stamp, or None where there is none that can be read."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Atomically, so that a stamp is either absent or whole."""
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        part.replace(path)


class Venv:
    """Where things lie in a virtual environment, and which versions belong there."""

    def __init__(self, folder: Path, versions: str = "tested") -> None:
        self.folder = folder
        self.course = folder.parent
        self.versions = versions
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
        self.stamp = folder / "vislearn-stamp.json"

    def program(self, name: str) -> Path:
        """The path of an executable in it."""
        return self.bin / (f"{name}.exe" if os.name == "nt" else name)

    def version(self) -> str:
        """Such as "3.11"; empty for an environment whose Python doesn't start or has no pip."""
        ask = "import pip, sys; print('%d.%d' % sys.version_info[:2])"
        try:
            done = subprocess.run(
                [self.program("python"), "-c", ask], capture_output=True, text=True, timeout=60
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return done.stdout.strip() if done.returncode == 0 else ""

    @cached_property
    def mirror(self) -> str:
        """The address of the package index that stands in for PyPI on this machine; empty for none."""
        env = environment(self)
        return uv_mirror(env) or pip_mirror(self.program("python"), env)

    def holds_torch(self) -> bool:
        """Is the biggest part installed already?"""
        return any(self.folder.glob("[Ll]ib/**/site-packages/torch/version.py"))


def environment(venv: Venv) -> dict[str, str]:
    """This process's environment as if .venv were activated, and without what would leak into it."""
    env = {name: value for name, value in os.environ.items() if name not in {"PYTHONHOME", "PYTHONPATH"}}
    env["VIRTUAL_ENV"] = str(venv.folder)
    env["PATH"] = str(venv.bin) + os.pathsep + env.get("PATH", "")
    if "PIP_INDEX_URL" in env and "UV_INDEX_URL" not in env:  # a classroom's own mirror serves uv too
        env.setdefault("UV_DEFAULT_INDEX", env["PIP_INDEX_URL"])
    return env
