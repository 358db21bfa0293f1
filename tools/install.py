"""Makes ``.venv`` ready and starts a program in it. Standard library only: nothing is installed yet.

``bootstrap.py lab`` prepares and opens JupyterLab; ``bootstrap.py test`` prepares and runs the suite; words
after that are the program to start instead. A stamp says what is being installed and, last of all, that it
is done: an interrupted installation is continued, a finished one recognised within milliseconds.
``--versions oldest`` and ``--versions newest`` do the same at the two ends of what pyproject.toml allows,
each in an environment of its own beside ``.venv``.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from browser import needs_browser, provide
from disk import check_disk, check_writable
from environment import Stamp, Venv, environment
from messages import AGAIN, Stop, explain, say
from packages import VERSIONS, install_packages, install_uv
from torch_build import choose, require_build

__all__ = ["main", "plan"]

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PROGRAMS = {
    "lab": ["vislearn", "lab"],
    "test": ["python", "-m", "pytest", "-n", "2", "--dist", "loadfile"],
}


def plan(stamp: Stamp | None, wanted: Stamp, *, version: str) -> str:
    """What there is to do: "nothing", "install" into what is there, or "rebuild" from scratch.

    >>> wanted = Stamp(root="/course", files="1f", extra="lab", torch="default", python="3.11")
    >>> plan(None, wanted, version=""), plan(wanted, wanted, version="3.11")
    ('rebuild', 'install')
    >>> plan(replace(wanted, done=True), wanted, version="3.11")
    'nothing'
    """
    if version != wanted.python or (stamp and stamp.root != wanted.root):
        return "rebuild"
    if stamp is None:
        return "install"
    if stamp.torch != wanted.torch:
        return "rebuild"  # the other build's libraries, gigabytes of them, would stay behind
    enough = stamp.extra in (wanted.extra, "test")
    return "nothing" if stamp.done and enough and stamp.files == wanted.files else "install"


def want(venv: Venv, version: str, torch: str, options: argparse.Namespace) -> Stamp:
    """What this call asks for. Not asked for, an earlier choice of extra and Python stays."""
    before = Stamp.read(venv.stamp)
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return Stamp(
        root=str(ROOT),
        files=digest.hexdigest(),
        extra="test" if before and before.extra == "test" else options.what,
        torch=torch,
        python=ours if options.this_python or not _supported(version) else version,
        browser=before.browser if before else "",
    )


def _supported(version: str) -> bool:
    return version in {"3.11", "3.12", "3.13", "3.14"}


def prepare(venv: Venv, options: argparse.Namespace) -> None:
    """Bring the environment to what is asked; quick where nothing is to do.

    Raises:
        Stop: it can't be done; the stamp then says so.
    """
    version, before = venv.version() if venv.folder.exists() else "", Stamp.read(venv.stamp)
    has_uv = bool(version) and venv.program("uv").exists()  # which tells what PyTorch's index offers
    typed = options.torch or (before.torch if before else "auto")
    wanted = want(venv, version, choose(venv, options.torch, before) if has_uv else typed, options)
    todo = plan(before, wanted, version=version)
    if todo == "nothing" and venv.versions != "newest":  # what is newest today, only the index knows
        return
    check_writable(ROOT)
    if todo == "rebuild":
        make_venv(venv)
    wanted.write(venv.stamp)
    if not venv.program("uv").exists():
        install_uv(venv)
    if not has_uv:
        wanted = replace(wanted, torch=choose(venv, options.torch, Stamp.read(venv.stamp)))
        wanted.write(venv.stamp)
    if not venv.holds_torch():  # an update takes little, and must be possible on a disk that torch has filled
        check_disk(venv, wanted)
    install_packages(venv, wanted)
    replace(wanted, done=True).write(venv.stamp)


def make_venv(venv: Venv) -> None:
    """A fresh environment in place of whatever is there."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        python = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        raise Stop(
            f"this Python ({sys.executable}) lacks its venv module; install it (Debian and Ubuntu: "
            f"sudo apt install {python}-venv), then run the same command again."
        )
    if venv.folder.exists():
        say(
            f"The folder {venv.folder.name} is unfinished, damaged, moved or made for something else: "
            "making it anew."
        )
    say(f"1/3  Making {venv.folder.name} with Python {sys.version.split()[0]}")
    _remove(venv.folder)
    done = subprocess.run([sys.executable, "-m", "venv", venv.folder], capture_output=True, text=True)
    if done.returncode:
        raise Stop(explain(done.stdout + done.stderr, venv.course))


def _remove(folder: Path) -> None:
    try:
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)
        else:
            folder.unlink(missing_ok=True)
    except OSError as error:
        raise Stop(
            f"can't remove {folder} ({error.strerror}); close what uses it, delete it by hand, {AGAIN}"
        ) from error


def start(venv: Venv, words: list[str]) -> int:
    """Run a program of the environment in this process's place, or beside it where there is no exec."""
    program = venv.program(words[0])
    if not program.exists():
        raise Stop(f"{program} is missing; run `make clean`, then the same command again.")
    command = [str(program), *words[1:]]
    sys.stdout.flush()
    if os.name != "nt":  # Windows' exec returns to the prompt while the program still runs
        os.execve(command[0], command, environment(venv))
    return subprocess.run(command, env=environment(venv)).returncode


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="bootstrap", description="Install the course into .venv and start it."
    )
    parser.add_argument(
        "--this-python", action="store_true", help=".venv must have the Python that runs this"
    )
    parser.add_argument("--torch", default="", help="default, cpu, auto, cu130, ...: which build of PyTorch")
    parser.add_argument(
        "--versions", choices=sorted(VERSIONS), default="tested", help="which ones, of those that are allowed"
    )
    parser.add_argument("what", choices=sorted(DEFAULT_PROGRAMS), help="what to prepare for")
    parser.add_argument(
        "program", nargs=argparse.REMAINDER, help="what to start; default: JupyterLab, or the tests"
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Prepare, then start. Every failure is one sentence on stderr and exit status 1."""
    options = parse(arguments)
    folder = ".venv" if options.versions == "tested" else f".venv-{options.versions}"
    venv = Venv(ROOT / folder, options.versions)
    try:
        require_build(options.torch)
        prepare(venv, options)
        program = options.program or DEFAULT_PROGRAMS[options.what]
        if needs_browser(program, ROOT):
            provide(venv)
        return start(venv, program)
    except Stop as stop:
        sys.stderr.write(f"vislearn: {stop}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nvislearn: stopped; run the same command again, it continues where it was.\n")
        return 130
    except OSError as error:
        sys.stderr.write(f"vislearn: {explain(str(error), venv.course)}\n")
        return 1
