"""A loader that decodes the next batch while the one before is trained on."""

from collections.abc import Iterator

import torch
from torch.utils.data import BatchSampler, DataLoader, RandomSampler, Sampler, SequentialSampler

from vislearn.datasets.batches import Finish
from vislearn.datasets.one_size import PlannedBatch, ResizedImages
from vislearn.datasets.parallel import Crew
from vislearn.errors import InputError

__all__ = ["read_ahead"]


class _PlannedBatches(Sampler[list[int]]):
    """The batches of ``batches``, each of which knows the one after it."""

    def __init__(
        self, pictures: ResizedImages, batches: BatchSampler, generator: torch.Generator | None
    ) -> None:
        self.pictures, self.batches, self.generator = pictures, batches, generator

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        crew, seed, before = Crew(self.pictures.threads), None, None
        for number, indices in enumerate(self.batches):  # which draws the order, first of all
            if number == 0 and self._draws():
                seed = int(torch.empty((), dtype=torch.int64).random_(generator=self.generator))
            batch = PlannedBatch(self.pictures, indices, crew, None if seed is None else seed + number)
            if before is not None:
                before.following = batch
                yield before
            before = batch
        if before is not None:
            yield before

    def _draws(self) -> bool:
        return isinstance(self.pictures.transform, Finish) and self.pictures.transform.mirror > 0


def read_ahead(
    pictures: ResizedImages,
    batch_size: int,
    *,
    shuffle: bool = False,
    drop_last: bool = False,
    generator: torch.Generator | None = None,
) -> DataLoader:
    """``DataLoader(pictures, batch_size, ...)`` that decodes the next batch while you train on this one.

    In the same order as that one, from the same seed. A training repeats, also one that is resumed within an
    epoch: each batch has a chance of its own for :class:`Finish`, and other transforms draw theirs on the
    thread that asks for the batch.

    Args:
        pictures: from :func:`resized`, which says how many threads decode.
        batch_size: pictures per batch.
        shuffle: another order each time.
        drop_last: leave out a last batch that is not full.
        generator: draws the order, and who is mirrored; the global one if not given.

    Returns:
        A loader without workers: on one machine threads do what they would, without copying pictures.

    Raises:
        InputError: ``pictures`` are not from :func:`resized`.
    """
    if not isinstance(pictures, ResizedImages):
        fix = "Only decoding takes time that is worth it: give others to a DataLoader."
        raise InputError("pictures", "must come from resized()", got=type(pictures).__name__, fix=fix)
    order = RandomSampler(pictures, generator=generator) if shuffle else SequentialSampler(pictures)
    batches = _PlannedBatches(pictures, BatchSampler(order, batch_size, drop_last), generator)
    return DataLoader(pictures, batch_sampler=batches, generator=generator)
