"""The training batches, also from the middle of an epoch."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import torch
from torch.utils.data import DataLoader, IterableDataset

__all__ = ["generators", "rebuilt", "resumed", "underlying"]


def rebuilt(loader: Iterable[Any], batch_sampler: Iterable[list[int]]) -> DataLoader | None:
    """The same DataLoader with other batches; None where batches aren't made from numbered samples.

    Args:
        loader: any iterable.
        batch_sampler: yields the numbers of each batch's samples.
    """
    if type(loader) is not DataLoader or loader.batch_sampler is None:  # a subclass may do anything
        return None
    if isinstance(loader.dataset, IterableDataset):
        return None
    return DataLoader(
        loader.dataset,
        batch_sampler=batch_sampler,
        num_workers=loader.num_workers,
        collate_fn=loader.collate_fn,
        pin_memory=loader.pin_memory,
        timeout=loader.timeout,
        worker_init_fn=loader.worker_init_fn,
        multiprocessing_context=loader.multiprocessing_context,
        generator=loader.generator,
        prefetch_factor=loader.prefetch_factor,
        persistent_workers=loader.persistent_workers,
        in_order=loader.in_order,
    )


def resumed(loader: Iterable[Any], skip: int, then: Callable[[], None]) -> Iterator[Any]:
    """The batches of an epoch after the first ``skip``, drawn from the same chance.

    In a loader without workers the skipped batches are counted but not made. Workers make them again:
    each has a chance of its own, and only using it up brings it to where it was.

    Args:
        loader: with chance set back to where the epoch began.
        skip: how many batches were learned already.
        then: called when they are passed, before the next batch is made: sets chance to where it was then.
    """
    if isinstance(loader, DataLoader) and loader.num_workers == 0:
        rest = rebuilt(loader, _Rest(loader.batch_sampler, skip, then))
        if rest is not None:
            return iter(rest)
    return _consumed(loader, skip, then)


def _consumed(loader: Iterable[Any], skip: int, then: Callable[[], None]) -> Iterator[Any]:
    batches = iter(loader)
    for _batch in islice(batches, skip):
        pass
    then()
    yield from batches


class _Rest:
    def __init__(self, batches: Any, skip: int, then: Callable[[], None]) -> None:
        self.batches, self.skip, self.then = batches, skip, then

    def __iter__(self) -> Iterator[list[int]]:
        batches = iter(self.batches)
        for _indices in islice(batches, self.skip):
            pass
        self.then()
        yield from batches


def generators(loader: Any) -> list[torch.Generator]:
    """The generators a loader draws from: its own, its samplers', its data set's; each once."""
    holders, at = [loader], 0
    while at < len(holders):  # samplers wrap samplers: a BatchSampler its RandomSampler, however deep
        # and, among several processes, Parts of batches: see vislearn.training.distributed
        inner = [getattr(holders[at], name, None) for name in ("sampler", "batch_sampler", "batches")]
        holders += [one for one in inner if one is not None and not any(one is held for held in holders)]
        at += 1
    found = [getattr(holder, "generator", None) for holder in [*holders, getattr(loader, "dataset", None)]]
    return list({id(one): one for one in found if isinstance(one, torch.Generator)}.values())


def underlying(loader: Any) -> Any:
    """The data set at the bottom, below subsets and the like; None for a plain iterable."""
    dataset: Any = getattr(loader, "dataset", None)
    while hasattr(dataset, "dataset"):
        dataset = dataset.dataset
    return dataset
