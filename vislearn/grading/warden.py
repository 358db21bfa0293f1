"""A warm process: holds torch, nothing secret, and forks one inmate after the other behind the walls.

``python -m vislearn.grading.warden NUMBER`` serves the socket with that file number until its other end is
closed.
"""

import gc
import os
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _SingleProcessDataLoaderIter

from vislearn.checkout import PACKAGE
from vislearn.errors import first_line
from vislearn.grading import wire
from vislearn.grading.confinement import (
    close_all_but,
    die_with_parent,
    is_overfull,
    limit,
    own_disk,
    readable_places,
    separate,
    wall_in,
)
from vislearn.grading.inmate import serve
from vislearn.grading.observation import load
from vislearn.language import LANGUAGES, translate_to

__all__ = ["main"]

_CPU_S, _MEMORY_MB, _FILE_MB = 180, 2000, 100
_PROCESSES, _DISK_MB, _FILES = 32, 300, 2000
_LOOK_S = 0.5  # between two looks at what was written, where it can't be bounded


def main() -> None:
    """Open and close cells of the jail as the judge says."""
    line = socket.socket(fileno=int(sys.argv[1]))
    _quiet()
    _warm_up()
    known: set[str] = set()
    while True:
        try:
            order = wire.receive(line)
        except EOFError:
            return
        _message, handles, _flags, _address = socket.recv_fds(line, 1, 1)
        if order["exercise"] not in known:
            load(order["modules"])
            known.add(order["exercise"])
        keeper, leash = _fork(order, handles[0])
        os.close(handles[0])
        with suppress(EOFError):
            wire.receive(line)  # the order to close it; or the judge is gone
        os.close(leash)
        os.waitpid(keeper, 0)
        with suppress(OSError):
            wire.send(line, "closed")


def _quiet() -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)


def _warm_up() -> None:
    """Import, once for all inmates, what most of them need."""
    import numpy as np  # noqa: F401
    import torch
    import torchvision.models
    import torchvision.transforms.v2  # noqa: F401

    torch.set_num_threads(1)  # threads of OpenMP do not survive a fork
    DataLoader._get_iterator = _alone  # type: ignore[assignment,method-assign]
    readable_places()
    for code in LANGUAGES:
        translate_to(code, "runs")  # reads the catalogue, and what babel wants to know of this computer
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)  # imports what no import statement shows
    gc.collect()
    gc.freeze()  # else every inmate copies all pages as soon as it collects


def _alone(loader: Any) -> Any:
    """What a loader gives, without worker processes, which can't be started behind the walls."""
    workers = loader.num_workers
    object.__setattr__(loader, "num_workers", 0)
    try:
        return _SingleProcessDataLoaderIter(loader)
    finally:
        object.__setattr__(loader, "num_workers", workers)


def _fork(order: Mapping[str, Any], handle: int) -> tuple[int, int]:
    """A keeper, who ends the inmate as soon as the leash is let go, and the leash."""
    held, leash = os.pipe()
    keeper = os.fork()
    if keeper:
        os.close(held)
        return keeper, leash
    try:
        os.close(leash)
        _keep(order, held, handle)
    finally:
        os._exit(1)


def _keep(order: Mapping[str, Any], held: int, handle: int) -> None:
    close_all_but([held, handle])
    trouble = ""
    if order["jail"] and order["namespaces"]:
        try:
            separate()
            own_disk(Path(order["scratch"]), megabytes=_DISK_MB, files=_FILES)
        except OSError as error:
            trouble = str(error)
    inmate = os.fork()
    if inmate == 0:
        os.close(held)
        _be_inmate(order, handle, trouble)
    os.close(handle)
    _wait(held, None if order["jail"] and order["namespaces"] else Path(order["scratch"]))
    with suppress(ProcessLookupError):
        os.killpg(inmate, signal.SIGKILL)
    os.kill(inmate, signal.SIGKILL)  # of a namespace of processes it was the first: all others end with it
    os.waitpid(inmate, 0)
    os._exit(0)


def _wait(held: int, folder: Path | None) -> None:
    """Until the warden lets go or is gone; or the folder is too full, where it is no disk of its own."""
    pause = None if folder is None else _LOOK_S
    while not select.select([held], [], [], pause)[0]:
        if folder is not None and is_overfull(folder, megabytes=_DISK_MB, files=_FILES):
            return


def _be_inmate(order: Mapping[str, Any], handle: int, trouble: str) -> None:
    line = socket.socket(fileno=handle)
    try:
        os.setsid()
        scratch = Path(order["scratch"])
        os.chdir(scratch)
        os.environ.update({"HOME": str(scratch), "TMPDIR": str(scratch), "MPLCONFIGDIR": str(scratch)})
        tempfile.tempdir = str(scratch)
        limit(
            cpu_s=_CPU_S,
            memory_mb=_MEMORY_MB,
            file_mb=_FILE_MB,
            processes=_PROCESSES if order["jail"] and order["namespaces"] else None,
        )
        if order["jail"]:
            _lock_up(order, scratch, trouble)
    except Exception as error:  # whatever it is, nobody's code runs without walls
        wire.send(line, {"broken wall": first_line(error, named=True)})
        os._exit(1)
    wire.send(line, {"broken wall": ""})
    serve(line)
    os._exit(0)


def _lock_up(order: Mapping[str, Any], scratch: Path, trouble: str) -> None:
    if trouble:
        raise OSError(trouble)
    die_with_parent()
    with suppress(OSError):  # where memory runs out, this one goes first
        Path("/proc/self/oom_score_adj").write_bytes(b"1000")
    readable = [*readable_places(), *map(Path, order["readable"])]
    wall_in(readable, [PACKAGE.resolve()], scratch)


if __name__ == "__main__":
    main()
