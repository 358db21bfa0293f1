"""Batches on their way to the device, whatever they are made of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

__all__ = ["Moved", "batch_size", "moved", "tensors"]


def moved(value: Any, device: torch.device, *, channels_last: bool = False) -> Any:
    """Tensors in tuples, lists and dicts, however nested, on ``device``; everything else as it is.

    Args:
        value: a batch, such as ``(images, labels)``, or lists of images and of target dicts.
        device: where to.
        channels_last: also lay out tensors of four dimensions (N, C, H, W) with the channels of a pixel
            side by side, as fast convolutions read them; the shape stays.

    >>> moved([torch.zeros(2), {"name": "a"}], torch.device("cpu"))
    [tensor([0., 0.]), {'name': 'a'}]
    """
    if isinstance(value, torch.Tensor):
        # non_blocking: from pinned memory the copy runs beside the computing; elsewhere it changes nothing
        if channels_last and value.ndim == 4:
            return value.to(device, non_blocking=True, memory_format=torch.channels_last)
        return value.to(device, non_blocking=True)
    if isinstance(value, Mapping):
        return {key: moved(entry, device, channels_last=channels_last) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        entries = [moved(entry, device, channels_last=channels_last) for entry in value]
        return type(value)(*entries) if hasattr(value, "_fields") else type(value)(entries)
    return value


@dataclass(frozen=True)
class Moved:
    """A loader whose batches arrive on ``device``."""

    loader: Iterable[Any]
    device: torch.device
    channels_last: bool = False

    def __iter__(self) -> Iterator[Any]:
        for batch in self.loader:
            yield moved(batch, self.device, channels_last=self.channels_last)


def tensors(batch: Any) -> Iterator[torch.Tensor]:
    """Every tensor in a batch, depth first.

    >>> [tensor.item() for tensor in tensors([torch.tensor(1), {"a": (torch.tensor(2), "b")}])]
    [1, 2]
    """
    if isinstance(batch, torch.Tensor):
        yield batch
    elif isinstance(batch, Mapping):
        for entry in batch.values():
            yield from tensors(entry)
    elif isinstance(batch, (tuple, list)):
        for entry in batch:
            yield from tensors(entry)


def batch_size(batch: Any) -> int:
    """How many pictures: the length of the first thing in a batch that has one.

    >>> batch_size((torch.zeros(4, 3, 8, 8), torch.zeros(4)))
    4
    >>> batch_size(([torch.zeros(3, 8, 8)] * 2, [{}, {}]))
    2
    """
    first = batch[0] if isinstance(batch, (tuple, list)) and len(batch) else batch
    if isinstance(first, torch.Tensor) and first.ndim == 0:
        return 1
    return len(first) if hasattr(first, "__len__") else 1
