"""A bar in the terminal."""

from collections.abc import Iterable, Iterator, Sized
from typing import Any, Protocol

from tqdm import tqdm

from vislearn.language import translate as _
from vislearn.training.losses import Losses

__all__ = ["Bar", "Standing"]


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
        self._bar.update((standing.epoch + 1) * self._per_epoch - self._bar.n)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.close()
