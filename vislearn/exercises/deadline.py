"""A limit of time for code that may never end, whichever thread it runs in."""

import ctypes
import signal
import threading
import time
from types import FrameType
from typing import Self

__all__ = ["Deadline", "OutOfTime"]

_AGAIN = 1.0  # seconds until the next try, where a learner's bare `except:` swallowed the first


class OutOfTime(BaseException):
    """The time is over; derived like KeyboardInterrupt, so that ``except Exception`` lets it pass."""


class Deadline:
    """Inside ``with``, raises `OutOfTime` in this thread after so many seconds, and again until it gets out.

    In the main thread a signal does it, which also ends a sleep; where there is none (Windows, other
    threads) a timer raises it at the next line of Python. One long call of C is not cut short by either.

    Args:
        seconds: how long the block may take.

    >>> try:
    ...     with Deadline(0.01):
    ...         time.sleep(60)
    ... except OutOfTime:
    ...     print("over")
    over
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._armed = False

    def __enter__(self) -> Self:
        self._armed = True
        self._by_signal = (
            hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        )
        if self._by_signal:
            self._start_signal()
        else:
            self._start_timer()
        return self

    def __exit__(self, *error: object) -> None:
        self._armed = False
        if self._by_signal:
            self._stop_signal()
        else:
            self._stop_timer()

    # -- by a signal: the timer and the handler that others have set are put back

    def _start_signal(self) -> None:
        self._since = time.monotonic()
        self._handler = signal.signal(signal.SIGALRM, self._ring)
        self._others = signal.setitimer(signal.ITIMER_REAL, self.seconds, _AGAIN)

    def _stop_signal(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._handler)
        delay, interval = self._others
        if delay:
            left = max(delay - (time.monotonic() - self._since), 0.001)
            signal.setitimer(signal.ITIMER_REAL, left, interval)

    def _ring(self, _number: int, _frame: FrameType | None) -> None:
        if self._armed:
            raise OutOfTime

    # -- by a thread

    def _start_timer(self) -> None:
        self._stopped = threading.Event()
        self._rang = False
        self._thread = threading.Thread(target=self._wait, args=(threading.get_ident(),), daemon=True)
        self._thread.start()

    def _wait(self, thread: int) -> None:
        delay = self.seconds
        while not self._stopped.wait(delay):
            self._rang = True
            _raise_in(thread)
            delay = _AGAIN

    def _stop_timer(self) -> None:
        while True:
            try:
                self._stopped.set()
                self._thread.join()
                if self._rang:
                    _receive()
                return
            except OutOfTime:
                continue  # it came just now: stop the timer before anything else


def _raise_in(thread: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))


def _receive() -> None:
    """Catch what was sent to this thread and may not have arrived.

    Taken back unraised, it would leave CPython looking for it at every step, slowly; and under
    `sys.setprofile`, which `Calls` uses, Python 3.11 would look for it without end.
    """
    try:
        _raise_in(threading.get_ident())
        while True:
            time.sleep(0)
    except OutOfTime:
        pass
