"""Writes ``constraints.txt``: one exact version per package, the same for every system and Python.

Run by ``make constraints`` with the uv of ``.venv``; afterwards ``make test``, and rebuild the lessons,
because their stored outputs were made with the versions that stand there.
"""

import re
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path

__all__ = ["main", "pins"]

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# The exact versions the stored outputs were made with, for every supported system and Python 3.11 to 3.14.
# Written by `make constraints`. What torch itself pins (CUDA, triton) is left to the chosen build of torch.
"""
_TORCH_PINS = re.compile(r"(nvidia-|cuda-|triton)")


def pins(resolved: str) -> list[str]:
    r"""Bare ``name==version`` lines from uv's universal resolution, markers removed.

    Raises:
        ValueError: a package has two versions, so that one file can't serve all systems.

    >>> pins("numpy==2.4.6\npywinpty==3.1 ; os_name == 'nt'\nnvidia-nvtx==13.2 ; sys_platform == 'linux'")
    ['numpy==2.4.6', 'pywinpty==3.1']
    """
    found: dict[str, str] = {}
    for line in resolved.splitlines():
        name, _, number = line.split(";")[0].strip().partition("==")
        if not number or _TORCH_PINS.match(name):
            continue
        if found.setdefault(name, number) != number:
            raise ValueError(
                f"{name} needs two versions, {found[name]} and {number}. Raise its bound in pyproject.toml."
            )
    return [f"{name}=={number}" for name, number in sorted(found.items())]


def main() -> int:
    """Resolve everything anew, at the newest versions, and write the file."""
    uv = str(Path(sysconfig.get_path("scripts")) / "uv")
    command = [uv, "pip", "compile", "pyproject.toml", "--extra", "test", "--universal"]
    command += ["--python-version", "3.11.0"]  # of the oldest, what newer Pythons can use as well
    command += ["--fork-strategy", "fewest", "--no-annotate", "--no-header", "--no-emit-index-url", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return done.returncode
    lines = sorted([*pins(done.stdout), f"uv=={version('uv')}"])
    part = ROOT / "constraints.txt.part"
    part.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    part.replace(ROOT / "constraints.txt")
    print(f"constraints.txt: {len(lines)} versions. Now: make test, make lessons.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
