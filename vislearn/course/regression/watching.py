"""A kernel under watch: what it needs, whether it lives, and what killed it if it doesn't."""

import signal
import threading
import time
from queue import Empty
from typing import Any

import psutil

from vislearn.course.outputs import without_colours

__all__ = ["CellStopped", "MemoryWatch", "await_reply", "cause_of_death", "require_alive"]

_POLL_S = 0.5
_INTERRUPT_S = 5  # a cell that can be interrupted says so at once
_CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGFPE", "SIGILL")


class CellStopped(Exception):
    """A cell that didn't finish: it killed its kernel, or took longer than it may."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(what)
        self.what, self.detail = what, detail


class MemoryWatch:
    """The most memory that a process and its children held, looked at several times a second.

    Args:
        pid: the process.
        interval_s: how long to wait between two looks.
    """

    def __init__(self, pid: int, interval_s: float = 0.2) -> None:
        self._process = psutil.Process(pid)
        self.peak_bytes = _resident(self._process)  # at once: it may die before the thread first looks
        self._stop = threading.Event()
        self._interval_s = interval_s
        self._thread = threading.Thread(target=self._run, daemon=True, name="memory-watch")
        self._thread.start()

    @property
    def peak_mb(self) -> int:
        """In megabytes (1e6 bytes)."""
        return round(self.peak_bytes / 1e6)

    def stop(self) -> None:
        """Look no longer."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._interval_s):
            self.peak_bytes = max(self.peak_bytes, _resident(self._process))


def _resident(process: psutil.Process) -> int:
    """Resident bytes of a process and its children; what workers share with it is counted in each."""
    total = 0
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.Error:
            continue  # it ended between the two looks
    return total


def await_reply(kernel: Any, msg_id: str, budget_s: float, memory: MemoryWatch) -> None:
    """Wait until a kernel has answered a request, as long as it lives and has time left.

    Args:
        kernel: nbval's ``RunningKernel``.
        msg_id: the request.
        budget_s: how long the cell may take, in seconds.
        memory: the watch over this kernel.

    Raises:
        CellStopped: the kernel died, or its time is up; then it is stopped.
    """
    if _reply(kernel, msg_id, budget_s, memory) is not None:
        return
    what = f"the cell takes longer than its budget of {budget_s:g} s"
    kernel.interrupt()
    answer = _reply(kernel, msg_id, _INTERRUPT_S, memory)
    kernel.km.shutdown_kernel(now=True)
    if answer is None:
        raise CellStopped(what, f"It ignored the interrupt for {_INTERRUPT_S} s, so its kernel was killed.")
    raise CellStopped(what, without_colours("\n".join(answer["content"].get("traceback", []))))


def _reply(kernel: Any, msg_id: str, patience_s: float, memory: MemoryWatch) -> dict[str, Any] | None:
    deadline = time.monotonic() + patience_s
    while (left := deadline - time.monotonic()) > 0:
        try:
            message = kernel.get_message("shell", timeout=min(_POLL_S, left))
        except Empty:
            if not kernel.is_alive():
                raise CellStopped(*cause_of_death(_exit_code(kernel), memory.peak_mb)) from None
            continue
        if message["parent_header"].get("msg_id") == msg_id:
            return message
    return None


def require_alive(kernel: Any, memory: MemoryWatch) -> None:
    """Ask whether a kernel that has nothing to do is still there.

    Args:
        kernel: nbval's ``RunningKernel``.
        memory: the watch over this kernel.

    Raises:
        CellStopped: it died after its last cell had ended.
    """
    if not kernel.is_alive():
        what, detail = cause_of_death(_exit_code(kernel), memory.peak_mb)
        raise CellStopped(f"{what} before this cell began", detail)


def cause_of_death(exit_code: int | None, peak_mb: int) -> tuple[str, str]:
    """What killed a kernel, as far as its exit code tells, and the likely reason.

    >>> cause_of_death(3, 200)[0]
    'the kernel ended with exit code 3'
    """
    held = f"It held up to {peak_mb} MB; this machine has {psutil.virtual_memory().total / 1e6:.0f} MB."
    if exit_code is None:
        return "the kernel died", held
    if exit_code >= 0:
        reason = "Something called os._exit, or ended the process in another way."
        return f"the kernel ended with exit code {exit_code}", f"{reason} {held}"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:
        name = f"signal {-exit_code}"
    reason = "Somebody asked it to stop."
    if name == "SIGKILL":
        reason = "Out of memory, most likely: the system kills the process that needs most."
    elif name in _CRASHES:
        reason = "Compiled code crashed: a library's bug, or two libraries that don't fit."
    return f"the kernel was killed by {name}", f"{reason} {held}"


def _exit_code(kernel: Any) -> int | None:
    process = getattr(kernel.km.provisioner, "process", None)
    return process.poll() if process is not None else None
