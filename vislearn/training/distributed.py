"""Several processes that train one model, as ``torchrun`` starts them."""

import atexit
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader
from torch.utils.data.distributed import DistributedSampler

from vislearn.errors import InputError
from vislearn.training.batches import Moved
from vislearn.training.loaders import rebuilt

__all__ = [
    "Parts",
    "from_first",
    "gathered",
    "is_first",
    "joined",
    "parallel",
    "processes",
    "rank",
    "same_buffers",
    "share",
    "split",
]


def processes() -> int:
    """How many train together; 1 without ``torchrun``."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    """The number of this process, from 0."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def is_first() -> bool:
    """Is this the process that writes files and talks?"""
    return rank() == 0


def joined(device: torch.device) -> torch.device:
    """Meet the other processes that ``torchrun`` started, if any; this process's own device.

    Args:
        device: where the processes compute; ``cuda`` becomes one GPU for each.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        if device.type == "cuda":
            device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
            torch.cuda.set_device(device)
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
            atexit.register(_part)
    return device


def _part() -> None:
    if distributed.is_initialized():
        distributed.destroy_process_group()


def parallel(model: nn.Module, device: torch.device) -> nn.Module:
    """``model`` itself, or alone among several: a wrapper that averages gradients over the processes.

    Args:
        model: on ``device`` already.
        device: of this process.
    """
    if processes() == 1:
        return model
    return DistributedDataParallel(model, device_ids=[device] if device.type == "cuda" else None)


def same_buffers(model: nn.Module) -> None:
    """Give every process the first one's buffers: each has seen other pictures, so BatchNorm's differ."""
    if processes() > 1:
        for buffer in model.buffers():
            distributed.broadcast(buffer, src=0)


def from_first(value: Any) -> Any:
    """What the first process has, in every process."""
    if processes() == 1:
        return value
    box = [value]
    distributed.broadcast_object_list(box, src=0)
    return box[0]


def gathered(value: Any) -> list[Any]:
    """Every process's value, in every process; tensors should be on the CPU.

    >>> gathered(3)
    [3]
    """
    if processes() == 1:
        return [value]
    values: list[Any] = [None] * processes()
    distributed.all_gather_object(values, value)
    return values


def share(loader: Iterable[Any]) -> Iterable[Any]:
    """The batches that this process judges: all of them when it is alone, else every n-th.

    For a task's ``evaluate``, together with :func:`gathered`.

    Args:
        loader: what the task was given.

    >>> list(share([1, 2, 3]))
    [1, 2, 3]
    """
    if processes() == 1:
        return loader
    if isinstance(loader, Moved):
        return replace(loader, loader=share(loader.loader))
    if isinstance(loader, DataLoader) and isinstance(loader.sampler, DistributedSampler):
        return loader  # a share already
    first, step = rank(), processes()
    plain = rebuilt(loader, _Every(getattr(loader, "batch_sampler", None), first, step))
    return islice(loader, first, None, step) if plain is None else plain


def split(loader: Iterable[Any]) -> Iterable[Any]:
    """A loader of this process's part of every batch: all parts together are the batch of one process.

    Args:
        loader: as one process would use it; with a ``DistributedSampler`` it is split already.

    Raises:
        InputError: several processes, and no DataLoader over a data set with numbered samples.
    """
    if processes() == 1:
        return loader
    if isinstance(loader, DataLoader) and isinstance(loader.sampler, DistributedSampler):
        return loader
    parts = rebuilt(loader, Parts(getattr(loader, "batch_sampler", None)))
    if parts is None:
        raise InputError(
            "train_loader",
            "must be a DataLoader over numbered samples under torchrun",
            got=type(loader).__name__,
            fix="Or give it a DistributedSampler.",
        )
    return parts


class _Every:
    """Every n-th batch of those that the first process drew."""

    def __init__(self, batches: Any, first: int, step: int) -> None:
        self.batches, self.first, self.step = batches, first, step

    def __iter__(self) -> Iterator[list[int]]:
        return islice(from_first(list(self.batches)), self.first, None, self.step)


class Parts:
    """One process's part of each batch.

    Attributes:
        weights: of the batches so far: the loss of a part is a mean over fewer pictures, and the mean over
            processes must be the mean over pictures.
        pictures: of the batches so far, in all their parts.
    """

    def __init__(self, batches: Any) -> None:
        self.batches = batches
        self.weights: list[float] = []
        self.pictures: list[int] = []

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[int]]:
        self.weights, self.pictures = [], []
        drawn = from_first(list(self.batches))  # every process draws, so that their chance stays in step
        for batch in drawn:
            own = batch[rank() :: processes()]
            self.weights.append(len(own) * processes() / len(batch))
            self.pictures.append(len(batch))
            yield own or batch[:1]  # a process with nothing to do must still take part
