"""The judge's door to the jail: a warden is started once, then a cell is opened for every answer."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
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
        self._wardens: dict[bool, tuple[socket.socket, subprocess.Popen[bytes]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for line, warden in self._wardens.values():
            line.close()
            try:
                warden.wait(_OPENING_S)
            except subprocess.TimeoutExpired:
                warden.kill()
                warden.wait()
        self._wardens.clear()

    @contextmanager
    def cell(self, exercise: str, *, observing: bool, readable: Sequence[Path]) -> Iterator[socket.socket]:
        """A new process behind walls, at the other end of the line; killed at the end with all it started.

        Args:
            exercise: its name.
            observing: it is to look at live objects itself, so the exercise is known inside.
            readable: files and folders that it may read beside Python and its packages.

        Raises:
            MissingError: a wall could not be built.
        """
        warden = self._warden(observing)
        with ExitStack() as stack:
            scratch = stack.enter_context(_scratch())
            mine, theirs = socket.socketpair()
            stack.enter_context(mine)
            with theirs:
                order = {
                    "exercise": exercise,
                    "observing": observing,
                    "jail": self._walls,
                    "namespaces": self._namespaces,
                    "readable": [str(place) for place in readable],
                    "scratch": scratch,
                }
                wire.send(warden, order)
                socket.send_fds(warden, [b"x"], [theirs.fileno()])
            stack.callback(self._close, observing)
            if broken := self._opened(mine):
                raise MissingError(
                    f"The jail could not be closed: {broken}.", fix="Grade on another computer."
                )
            yield mine

    def _opened(self, line: socket.socket) -> str:
        try:
            return str(wire.receive(line, _STARTING_S)["broken wall"])
        except (EOFError, TimeoutError):
            return "the process ended before it was locked up"

    def _warden(self, observing: bool) -> socket.socket:
        if observing in self._wardens and self._wardens[observing][1].poll() is not None:
            self._wardens.pop(observing)[0].close()  # the system may end it where memory runs out
        if observing not in self._wardens:
            mine, theirs = socket.socketpair()
            with theirs:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "vislearn.grading.warden", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,  # Ctrl-C is for the judge alone
                )
            self._wardens[observing] = mine, process
        return self._wardens[observing][0]

    def _close(self, observing: bool) -> None:
        line, warden = self._wardens[observing]
        try:
            wire.send(line, "close")
            wire.receive(line, _OPENING_S)
        except (OSError, EOFError):  # gone, or too late: a late reply would be taken for the next one's
            warden.kill()
            warden.wait()


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
