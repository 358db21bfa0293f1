"""A browser for the tests that need one: one that is there, Playwright's download, or the system's package.

Where none of the three succeeds nothing is said here: pytest does, before its first test and only if tests
for a browser are among the chosen ones (``conftest.py``).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from environment import Stamp, Venv, environment
from messages import say

__all__ = ["needs_browser", "provide"]

_PATIENCE_S = 3600  # for a download of 180 MB on a slow line; no route at all fails within seconds
_FIND = "from vislearn.cli.browser import find_chromium; print(find_chromium() or '')"
_PACKAGES = {  # what each manager is told, one call after the other, before the package's name
    "apt-get": [
        ["update", "-qq"],
        ["install", "-qq", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"],
    ],
    "dnf": [["install", "-q", "-y"]],
    "zypper": [["--non-interactive", "--quiet", "install"]],
    "pacman": [["-S", "--noconfirm", "--needed"]],
}
# Playwright's own program can't start without it, and the smallest systems lack it.
_LIBRARY = {"apt-get": "libatomic1", "dnf": "libatomic", "zypper": "libatomic1", "pacman": "gcc-libs"}


def needs_browser(program: Sequence[str], course: Path) -> bool:
    """Does this line run the suite, or parts of it with browser tests among them?

    >>> needs_browser(["python", "-m", "pytest", "-x"], Path("course"))
    True
    >>> needs_browser(["vislearn", "lessons", "build"], Path("course"))
    False
    """
    if "pytest" not in program or any(word.endswith("=tests/browser") for word in program):
        return False
    words = [word.partition("::")[0] for word in program[program.index("pytest") + 1 :]]
    places = [(course / word).resolve() for word in words if (course / word).exists()]
    tests = (course / "tests/browser").resolve()
    return not places or any(tests in (place, *place.parents) or place in tests.parents for place in places)


def provide(venv: Venv) -> None:
    """Find or get a browser, once: the stamp remembers it. ``VISLEARN_BROWSER`` is somebody's own choice."""
    stamp = Stamp.read(venv.stamp)
    if stamp and _run([str(venv.program("playwright")), "--version"], venv).returncode:
        _install(_LIBRARY, "Getting a library that Playwright needs, with {manager}", venv)
    if os.environ.get("VISLEARN_BROWSER") or not stamp or (stamp.browser and Path(stamp.browser).exists()):
        return
    found = _find(venv) or _playwright(venv) or _package(venv)
    if found:
        replace(stamp, browser=found).write(venv.stamp)


def _find(venv: Venv) -> str:
    return _run([str(venv.program("python")), "-c", _FIND], venv).stdout.strip()


def _playwright(venv: Venv) -> str:
    """The build that Playwright was made for, into the user's cache; and what a bare Debian lacks for it."""
    say("Getting a browser for the tests: Playwright's Chromium, about 180 MB")
    playwright = str(venv.program("playwright"))
    if _run([playwright, "install", "--no-shell", "chromium"], venv).returncode:
        return ""
    if not (found := _find(venv)) and shutil.which("apt-get") and _as_root() is not None:
        say("Getting the libraries that it needs, with apt-get")
        _run([playwright, "install-deps", "chromium"], venv)
        found = _find(venv)
    return found


def _package(venv: Venv) -> str:
    """The system's own Chromium."""
    _install(
        dict.fromkeys(_PACKAGES, "chromium"), "Getting the system's Chromium instead, with {manager}", venv
    )
    return _find(venv)


def _install(names: dict[str, str], told: str, venv: Venv) -> None:
    """A package of the system, where its manager is known and may be used."""
    manager, root = next(filter(shutil.which, _PACKAGES), None), _as_root()
    if manager is None or root is None:
        return
    say(told.format(manager=manager))
    *before, install = _PACKAGES[manager]
    for words in [*before, [*install, names[manager]]]:
        _run([*root, manager, *words], venv)


def _as_root() -> list[str] | None:
    """What makes a command root's: nothing for root, sudo where it asks for no password, else None."""
    if not hasattr(os, "geteuid"):
        return None
    if os.geteuid() == 0:
        return []
    may = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"] if may else None


def _run(command: list[str], venv: Venv) -> subprocess.CompletedProcess[str]:
    """Its words are kept from the learner: what fails is made up for by the next way, or told by pytest."""
    settings = {"DEBIAN_FRONTEND": "noninteractive", "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000"}
    env = environment(venv) | settings
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=env,
            cwd=venv.course,
            timeout=_PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return subprocess.CompletedProcess(command, 1, "", "")
