"""How a DataLoader makes a batch, stage by stage: order, indices, samples, batch."""

import random
from collections.abc import Iterator, Sized
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils.data import (
    DataLoader,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    WeightedRandomSampler,
)
from torch.utils.data._utils.worker import _generate_state

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.seeding import kept_chance
from vislearn.steps.step import Step

__all__ = ["loader_batch"]

_ORDER_SHOWN = 12


def loader_batch(loader: DataLoader) -> Iterator[Step]:
    """Walk a loader's first batch: the order drawn, the indices, the samples fetched, the batch.

    The loader's own sampler, dataset and ``collate_fn`` do the work, with the chance the loader would use,
    and chance is put back afterwards: the last step's value is the batch that ``next(iter(loader))``
    returns next, workers or not. Everything runs in this process, so it also shows what a worker would do.

    Args:
        loader: any loader over a map-style or an iterable dataset.

    Yields:
        Dataset, order of the epoch, indices of the first batch (not for iterable datasets), samples,
        batch, delivery (workers, pinned memory, number of batches).

    Raises:
        InputError: the loader has no batch to give.

    >>> loader = DataLoader(torch.arange(10.0), batch_size=4)
    >>> [step.title for step in loader_batch(loader)]
    ['Dataset', 'Order', 'Indices', 'Samples', 'Batch', 'Delivery']
    """
    with kept_chance(*_generators(loader, loader.sampler)):
        drawn = _first_batch(loader)
    yield _dataset_step(loader)
    if not _is_iterable(loader):
        yield Step(_("Order"), drawn.order, _order_note(loader))
        yield Step(_("Indices"), drawn.indices, _indices_note(loader))
    yield Step(_("Samples"), drawn.samples, _samples_note(loader))
    yield Step(_("Batch"), drawn.batch, _batch_note(loader, drawn.batch))
    yield Step(_("Delivery"), _delivery(loader), _delivery_note(loader))


class _Drawn(NamedTuple):
    order: list[Any]
    indices: Any
    samples: Any
    batch: Any


def _generators(*parts: Any) -> list[torch.Generator]:
    """The generators these draw from, each once: a loader hands its own on to its sampler."""
    own = [part.generator for part in parts if getattr(part, "generator", None) is not None]
    return list({id(generator): generator for generator in own}.values())


def _is_iterable(loader: DataLoader) -> bool:
    return isinstance(loader.dataset, IterableDataset)


def _first_batch(loader: DataLoader) -> _Drawn:
    """Draw chance in the order the loader draws it: first the workers' seed, then the order of the epoch."""
    sampler = iter(loader._index_sampler)
    worker_seed = int(torch.empty((), dtype=torch.int64).random_(generator=loader.generator))
    order = [] if _is_iterable(loader) else _order(loader)
    try:
        indices = next(sampler)
        if loader.num_workers > 0:
            _become_worker_0(loader, worker_seed)
        samples = _fetch(loader, indices)
    except StopIteration:
        raise InputError(
            "loader",
            "must have at least one batch",
            got=_loader_size(loader),
            fix="Add samples, or use a smaller batch_size or drop_last=False.",
        ) from None
    return _Drawn(order, indices, samples, loader.collate_fn(samples))


def _order(loader: DataLoader) -> list[Any]:
    """The beginning of the epoch's order, peeked at without using up the chance it is drawn with."""
    source = loader.sampler if _groups_itself(loader) else loader._index_sampler
    with kept_chance(*_generators(loader.sampler)):
        return list(islice(source, _ORDER_SHOWN))


def _groups_itself(loader: DataLoader) -> bool:
    """Does the loader make batches from a sampler, rather than get them from a batch sampler?"""
    return loader.batch_size is not None


def _become_worker_0(loader: DataLoader, worker_seed: int) -> None:
    """Seed this process as the loader seeds the worker that makes the first batch."""
    random.seed(worker_seed)
    torch.manual_seed(worker_seed)
    np.random.seed(_generate_state(worker_seed, 0))  # noqa: NPY002
    if loader.worker_init_fn is not None:
        loader.worker_init_fn(0)


def _fetch(loader: DataLoader, indices: Any) -> Any:
    dataset: Any = loader.dataset
    if not loader._auto_collation:
        return next(iter(dataset)) if _is_iterable(loader) else dataset[indices]
    if _is_iterable(loader):
        samples = list(islice(iter(dataset), len(indices)))
        if not samples or (loader.drop_last and len(samples) < len(indices)):
            raise StopIteration
        return samples
    fetch_many = getattr(dataset, "__getitems__", None)
    return fetch_many(indices) if fetch_many else [dataset[index] for index in indices]


def _loader_size(loader: DataLoader) -> str:
    size = f"{len(loader.dataset)} samples" if isinstance(loader.dataset, Sized) else "no samples"
    return f"{size}, batch_size={loader.batch_size}, drop_last={loader.drop_last}"


def _dataset_step(loader: DataLoader) -> Step:
    name = type(loader.dataset).__name__
    if not isinstance(loader.dataset, Sized):
        return Step(_("Dataset"), name, _("A stream: samples come one after another, nobody knows how many."))
    words = _("{name}\n{count} samples", name=name, count=len(loader.dataset))
    return Step(
        _("Dataset"), words, _("Knows how many samples there are, and how to fetch any one by number.")
    )


def _order_note(loader: DataLoader) -> str:
    sampler = loader.sampler
    if not _groups_itself(loader):
        return _("Your own batch sampler decides.")
    if isinstance(sampler, SequentialSampler):
        return _(
            "shuffle=False: the order on disk, class after class. Right for validation, wrong for training."
        )
    if isinstance(sampler, WeightedRandomSampler):
        return _("Drawn by weight: rare classes come up more often.")
    if isinstance(sampler, RandomSampler):
        if _generators(loader):
            return _("shuffle=True: a new order every epoch, drawn from the loader's own generator.")
        return _("shuffle=True: a new order every epoch, so that a batch is a mixture.")
    return _("{name} decides the order.", name=type(sampler).__name__)


def _indices_note(loader: DataLoader) -> str:
    if not _groups_itself(loader):
        return _("The numbers of the samples to fetch.")
    return _("batch_size={size}: the first {size} of that order.", size=loader.batch_size)


def _samples_note(loader: DataLoader) -> str:
    who = _("This process") if loader.num_workers == 0 else _("Worker 0")
    return _("{who} asks the dataset for each sample; the transform runs here.", who=who)


def _batch_note(loader: DataLoader, batch: Any) -> str:
    if not loader._auto_collation:
        return _("batch_size=None: passed on as it came.")
    name = getattr(loader.collate_fn, "__name__", type(loader.collate_fn).__name__)
    if name == "default_collate":
        return _("default_collate stacks equal shapes: one tensor with the batch as its first axis.")
    return _("{name} turns the samples into a batch.", name=name)


def _delivery(loader: DataLoader) -> str:
    parts = [_("workers: {count}", count=loader.num_workers)]
    parts.append(_("pinned: {answer}", answer=_("yes") if loader.pin_memory else _("no")))
    if isinstance(loader.dataset, Sized):
        parts.append(_("batches: {count}", count=len(loader)))
    return "\n".join(parts)


def _delivery_note(loader: DataLoader) -> str:
    """Who works, what for, and what happens to the last, smaller batch."""
    sentences = []
    if loader.num_workers == 0:
        sentences.append(_("The training loop waits while batches are made."))
    else:
        sentences.append(_("Other processes prepare batches while the network computes."))
        if loader.persistent_workers:
            sentences.append(_("They stay alive between epochs."))
    if loader.pin_memory:
        sentences.append(_("Pinned memory is copied to the GPU faster."))
    left_over = _left_over(loader)
    if left_over and loader.drop_last:
        sentences.append(_("drop_last=True leaves out the last {count} samples.", count=left_over))
    elif left_over:
        sentences.append(_("The last batch has only {count}.", count=left_over))
    return " ".join(sentences)


def _left_over(loader: DataLoader) -> int:
    if loader.batch_size is None or _is_iterable(loader) or not isinstance(loader.sampler, Sized):
        return 0
    return len(loader.sampler) % loader.batch_size
