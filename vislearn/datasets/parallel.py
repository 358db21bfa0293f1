"""Work shared among the cores by threads that sleep when there is none.

torch's own threads belong to OpenMP, and those spin for some milliseconds after each operation, in case
another follows. Between batches none does: on two cores they took the second one away from decoding. So what
happens to pictures on their way to a batch is done by NumPy, on the threads of this module.
"""

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from threading import Event, Lock

__all__ = ["Crew", "Job", "default_threads", "each", "pool"]

_MOST = 8  # in one process little is gained from more


class Job:
    """``work(0)`` ... ``work(count - 1)``, which a crew does piece by piece."""

    def __init__(self, work: Callable[[int], object], count: int) -> None:
        self.work, self.count = work, count
        self.taken = self.done = 0
        self.errors: dict[int, Exception] = {}
        self.all_done = Event()


class Crew:
    """The thread that asks and some that help it, with jobs that are done one after the other.

    A job may be begun before its end is waited for, and a helper doesn't wait at all: while the last pieces
    of one job are being done, it goes on to the next.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._jobs: deque[Job] = deque()
        self._helping = 0
        self._lock = Lock()

    def begin(self, work: Callable[[int], object], count: int) -> Job:
        """A job to be done from now on, in the background where there is a second thread.

        Args:
            work: must release Python's lock, as NumPy and decoders do, for threads to be of use.
            count: how often it is called, with 0 ... count - 1.
        """
        job = Job(work, count)
        with self._lock:
            self._jobs.append(job)
            more = max(0, min(self.threads, count) - 1 - self._helping)
            self._helping += more
        for _helper in range(more):  # one loop for each thread, not one task for each piece
            pool(self.threads).submit(self._help)
        return job

    def finish(self, job: Job) -> None:
        """Return when a job is done; until then this thread works too.

        Args:
            job: from :meth:`begin`.

        Raises:
            Exception: what its work raised, of several errors that of the lowest number.
        """
        while job.done < job.count:
            if piece := self._next_piece():
                piece()
            else:
                job.all_done.wait()
        with self._lock:
            self._jobs.remove(job)
        if job.errors:
            raise job.errors[min(job.errors)]

    def _help(self) -> None:
        while piece := self._next_piece(helper=True):
            piece()

    def _next_piece(self, *, helper: bool = False) -> Callable[[], None] | None:
        with self._lock:
            for job in self._jobs:
                if job.taken < job.count:
                    job.taken += 1
                    return partial(self._do, job, job.taken - 1)
            self._helping -= helper  # in the same breath: who begins a job now counts on one less
        return None

    def _do(self, job: Job, index: int) -> None:
        try:
            if not job.errors:  # else the whole is lost already
                job.work(index)
        except Exception as error:
            job.errors[index] = error
        with self._lock:
            job.done += 1
        if job.done == job.count:
            job.all_done.set()


def default_threads() -> int:
    """One for each core, eight at most."""
    return min(_MOST, os.cpu_count() or 1)


def pool(threads: int) -> ThreadPoolExecutor:
    """One pool for all data sets of a process; a forked child, whose threads are gone, gets its own.

    Args:
        threads: how many.
    """
    return _pool(threads, os.getpid())


def each(work: Callable[[int], object], count: int, threads: int) -> None:
    """Call ``work(0)`` ... ``work(count - 1)`` on several threads, this one among them.

    Args:
        work: as for :meth:`Crew.begin`.
        count: how often.
        threads: how many; 1 stays on this one.

    Raises:
        Exception: what ``work`` raised, of several errors that of the lowest number.
    """
    crew = Crew(threads)
    crew.finish(crew.begin(work, count))


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix=f"pictures-{process}")
