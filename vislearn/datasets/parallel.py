"""Work shared among the cores by threads that sleep when there is none.

torch's own threads belong to OpenMP, and those spin for some milliseconds after each operation, in case
another follows. Between batches none does: on two cores they took the second one away from decoding. So what
happens to pictures on their way to a batch is done by NumPy, on the threads of this module.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache

__all__ = ["default_threads", "each", "pool"]

_MOST = 8  # in one process little is gained from more


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
        work: must release Python's lock, as NumPy and decoders do, for threads to be of use.
        count: how often.
        threads: how many; 1 stays on this one.

    Raises:
        Exception: what ``work`` raised, of several errors that of the lowest number.
    """
    left, errors = iter(range(count)), dict[int, Exception]()

    def some() -> None:
        # one loop for each thread, not one task for each number: nobody is woken until all is done
        for index in left:
            try:
                work(index)
            except Exception as error:
                errors[index] = error
                return

    others = min(threads, count) - 1
    helping = [pool(threads).submit(some) for _helper in range(others)]
    some()
    wait(helping)
    if errors:
        raise errors[min(errors)]


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix=f"pictures-{process}")
