"""Pictures to judge by that were learned from, too."""

from collections.abc import Callable, Sequence
from pathlib import Path

from vislearn.datasets import find_leaks
from vislearn.language import translate as _

__all__ = ["tell_of_copies"]


def tell_of_copies(
    train: Sequence[str | Path], judged: Sequence[str | Path], part: str, say: Callable[[str], object]
) -> None:
    """Say how many files of a part are in train, too: whoever is judged by those looks better than they are.

    Args:
        train: paths of the pictures to learn from.
        judged: of those to judge by.
        part: what these are called, such as ``"val"``.
        say: gets one sentence, or is never called.

    Raises:
        FileError: a file that can't be read.
    """
    if copies := find_leaks(train, judged, threshold=None).found:
        told = {"count": len(copies), "all": len(judged), "part": part, "example": copies[0].val}
        say(
            _(
                "{count} of the {all} pictures in {part} are in train, too, such as {example}. What the "
                "network has seen is no exam: take them out of one of the two.",
                **told,
            )
        )
