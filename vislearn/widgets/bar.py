"""A bar over anything that takes its time."""

from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from tqdm.auto import tqdm

from vislearn.language import translate as _
from vislearn.sidecar import words as in_their_language

__all__ = ["progress"]

T = TypeVar("T")
_LEAST_S = 0.1  # between two updates: what changes faster nobody reads, and each one costs a message
_SO_FAR = "{desc}: {percentage:3.0f}%|{bar}| {n_fmt}/{total_fmt} · {elapsed}"
_ENDLESS = "{desc}: {n_fmt} · {elapsed}"


def progress(iterable: Iterable[T], words: str) -> Iterator[T]:
    """The same items, with a bar that shows at once how many are done.

    Stored notebooks keep no trace of it. Of an iterable without a length it shows the count.

    Args:
        iterable: such as a DataLoader.
        words: what is being done, such as ``"training"``; a lesson shows its translation.

    >>> sum(progress([1, 2, 3], "adding"))
    6
    """
    total = len(iterable) if isinstance(iterable, Sized) else None
    left = _("{time} left", time="{remaining}")
    bar_format = _ENDLESS if total is None else f"{_SO_FAR}, {left}"
    said = in_their_language(words)
    return iter(tqdm(iterable, desc=said, total=total, mininterval=_LEAST_S, bar_format=bar_format))
