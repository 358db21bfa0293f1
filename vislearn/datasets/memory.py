"""Arrays for batch after batch, out of the same memory."""

from collections import deque
from math import prod
from threading import Lock
from weakref import ReferenceType, ref

import numpy as np

__all__ = ["Memory"]

_ARRAYS = 3  # the batch in use, the one being made, and the one begun ahead


class Memory:
    """Lends arrays; one is lent again once nobody holds it, nor anything that was made of it.

    New memory is handed out by the system page by page and zeroed first, which for a batch of floats takes as
    long as filling it. NumPy asks Linux for large pages; torch doesn't.
    """

    def __init__(self) -> None:
        self._arrays: deque[tuple[np.ndarray, ReferenceType]] = deque(maxlen=_ARRAYS)
        self._lock = Lock()

    def __reduce__(self) -> tuple:
        return Memory, ()  # another process has its own

    def lend(self, shape: tuple[int, ...], dtype: type[np.generic]) -> np.ndarray:
        """An array whose contents don't matter yet.

        Args:
            shape: of the array.
            dtype: of its numbers.
        """
        size = prod(shape) * np.dtype(dtype).itemsize
        with self._lock:
            memory = self._take(size)
            lent = memory[:size].view(dtype).reshape(shape)
            self._arrays.append((memory, ref(lent)))
        return lent

    def _take(self, size: int) -> np.ndarray:
        for at, (memory, lent) in enumerate(self._arrays):
            if lent() is None and memory.nbytes >= size:
                del self._arrays[at]
                return memory
        return np.empty(size, np.uint8)
