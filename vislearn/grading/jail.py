"""The judge's door to the jail: a warden is started once, then a cell is opened for every answer."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from vislearn.checkout import PACKAGE
from vislearn.errors import MissingError
from vislearn.grading import wire

__all__ = ["Jail", "require_jail"]

_STARTING_S = 300.0  # torch on a slow, busy computer
_OPENING_S = 120.0


def require_jail(*, namespaces: bool = True) -> None:
    """Refuse to go on where this computer can't build the jail.

    Args:
        namespaces: whether they belong to it.

    Raises:
        MissingError: says which layer is missing, and what can be done without it.
    """
    if os.name == "nt":
        raise MissingError("Grading needs Linux or macOS.", fix="On Windows, use it in WSL.")
    from vislearn.grading.confinement import missing_walls

    if missing := missing_walls(namespaces=namespaces):
        others = "--without-jail, a guard against accidents, not malice"
        if missing == ["user namespaces"]:
            others = f"--without-namespaces, which keeps the other walls, or {others}"
        raise MissingError(
            f"The jail for learners' code can't be built here, for want of {' and '.join(missing)}.",
            fix=f"Grade on a Linux computer that has them, or say {others}.",
        )


class Jail:
    """Where learners' code runs. Use it in a ``with`` block: it ends every process that it started.

    Args:
        walls: whether the processes are jailed, or only limited in time and memory.
        namespaces: whether the walls are of both kinds, or of Landlock and a filter of system calls alone.
    """

    def __init__(self, *, walls: bool = True, namespaces: bool = True) -> None:
        self._walls, self._namespaces = walls, namespaces
        self._opened: tuple[socket.socket, subprocess.Popen[bytes]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._opened is None:
            return
        line, warden = self._opened
        line.close()
        try:
            warden.wait(_OPENING_S)
        except subprocess.TimeoutExpired:
            warden.kill()
            warden.wait()
        self._opened = None

    @contextmanager
    def cell(
        self, exercise: str, *, modules: Mapping[str, str], readable: Sequence[Path]
    ) -> Iterator[socket.socket]:
        """A new process behind walls, at the other end of the line; killed at the end with all it started.

        Args:
            exercise: its name.
            modules: what is known of it inside, where it is to look at live objects itself; else nothing.
            readable: files and folders that it may read beside Python and its packages.

        Raises:
            MissingError: a wall could not be built.
        """
        opened = self._warden()
        with ExitStack() as stack:
            scratch = stack.enter_context(_scratch())
            mine, theirs = socket.socketpair()
            stack.enter_context(mine)
            with theirs:
                order = {
                    "exercise": exercise,
                    "modules": dict(modules),
                    "jail": self._walls,
                    "namespaces": self._namespaces,
                    "readable": [str(place) for place in readable],
                    "scratch": scratch,
                }
                wire.send(opened[0], order)
                socket.send_fds(opened[0], [b"x"], [theirs.fileno()])
            stack.callback(self._close, opened)
            if broken := _trouble(mine):
                raise MissingError(
                    f"The jail could not be closed: {broken}.", fix="Grade on another computer."
                )
            yield mine

    def _warden(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        if self._opened is not None and self._opened[1].poll() is not None:
            self._opened[0].close()  # the system may end it where memory runs out
            self._opened = None
        if self._opened is None:
            mine, theirs = socket.socketpair()
            with theirs:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "vislearn.grading.warden", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for the judge alone
                )
            self._opened = mine, process
        return self._opened

    def _close(self, opened: tuple[socket.socket, subprocess.Popen[bytes]]) -> None:
        line, warden = opened
        try:
            wire.send(line, "close")
            wire.receive(line, _OPENING_S)
        except (OSError, EOFError):  # gone, or too late: a late reply would be taken for the next one's
            warden.kill()
            warden.wait()


def _trouble(line: socket.socket) -> str:
    """Which wall of a new cell is broken; or ``""``."""
    try:
        return str(wire.receive(line, _STARTING_S)["broken wall"])
    except (EOFError, TimeoutError):
        return "the process ended before it was locked up"


@contextmanager
def _scratch() -> Iterator[str]:
    """An empty folder, removed at the end, however deeply others were made in it."""
    folder = tempfile.mkdtemp()
    try:
        yield folder
    finally:
        with suppress(RecursionError):
            shutil.rmtree(folder, ignore_errors=True)
        if Path(folder).exists():
            subprocess.run(["rm", "-rf", folder], check=False, stderr=subprocess.DEVNULL)


def _environment() -> dict[str, str]:
    """What a learner's code needs to know of this computer: nothing that a shell may keep secret there."""
    kept = ("PATH", "VISLEARN_DATA", "LANG", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
    told: dict[str, Any] = {name: os.environ[name] for name in kept if name in os.environ}
    quiet = {
        "OMP_NUM_THREADS": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
        "VISLEARN_PROGRESS": "0",
        "CUDA_VISIBLE_DEVICES": "",
    }
    places = os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")]))
    return told | quiet | {"VISLEARN_LANGUAGE": "en", "PYTHONHASHSEED": "0", "PYTHONPATH": places}
