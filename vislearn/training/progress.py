"""How far a long piece of work has come: a bar in a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from typing import Any, Protocol, TypeVar

from tqdm import tqdm

from vislearn.language import translate as _
from vislearn.training.losses import Losses

__all__ = ["Bar", "Standing", "watched"]

Item = TypeVar("Item")
_EVERY = 30.0  # seconds between two lines: a log stays readable, and nobody takes the program for dead


def watched(items: Sequence[Item], *, say: Callable[[str], object]) -> Iterator[Item]:
    """The items, counted as they are taken: by a bar on a terminal, by lines where there is none.

    Args:
        items: all of them.
        say: gets a line every half minute.

    >>> list(watched([1, 2], say=print))
    [1, 2]
    """
    shown = sys.stderr.isatty()
    latest = time.monotonic()
    for done, item in enumerate(tqdm(items, disable=not shown, unit=_("picture"))):
        if not shown and time.monotonic() - latest >= _EVERY:
            latest = time.monotonic()
            say(_("{done} of {count} ...", done=done, count=len(items)))
        yield item


class Standing(Protocol):
    """How far a training has come."""

    epoch: int
    batch: int
    losses: Losses


class Bar:
    """Batches done, of all epochs together, with the latest loss.

    Args:
        loader: of one epoch.
        epochs: in all.
        show: None shows it where people watch a terminal; True everywhere, False nowhere.
    """

    def __init__(self, loader: Iterable[Any], epochs: int, *, show: bool | None) -> None:
        self._per_epoch = len(loader) if isinstance(loader, Sized) else 0
        total = self._per_epoch * epochs or None
        # disable=None asks the terminal; a notebook has none, and shows live_curves instead
        self._bar = tqdm(total=total, unit=_("batch"), disable=None if show is None else not show)
        self._epochs = epochs

    def over(self, batches: Iterator[Any], standing: Standing) -> Iterator[Any]:
        """The batches of one epoch, counted as they are learned."""
        if self._bar.disable:
            return batches
        return self._counted(batches, standing)

    def _counted(self, batches: Iterator[Any], standing: Standing) -> Iterator[Any]:
        for batch in batches:
            # a text, no numbers: tqdm's own stand beside it in Latin digits, in every language
            number = f"{standing.epoch + 1}/{self._epochs}"
            self._bar.set_description(_("epoch {number}", number=number), refresh=False)
            if values := standing.losses.values:
                self._bar.set_postfix_str(_("loss {value:.4g}", value=values[-1]), refresh=False)
            self._bar.update(standing.epoch * self._per_epoch + standing.batch - self._bar.n)
            yield batch
        self._per_epoch = self._per_epoch or standing.batch  # known by now, if not from the loader
        self._bar.update((standing.epoch + 1) * self._per_epoch - self._bar.n)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()
