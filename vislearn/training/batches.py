"""Batches on their way to the device, whatever they are made of."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

__all__ = ["Moved", "batch_size", "channels_last_is_safe", "mapped", "moved", "tensors"]


def channels_last_is_safe(model: nn.Module, device: torch.device) -> bool:
    """Whether the model may learn with the channels of a pixel side by side.

    On several threads of a CPU with AVX-512, torch (2.9 to 2.15) writes beyond its memory when it computes
    the gradient of a 1×1 convolution at a stride that reads 8 to 15 channels in this layout, and the process
    dies. Such networks are small, and lose nothing worth mentioning by the usual layout.

    Args:
        model: to be trained.
        device: where.

    >>> channels_last_is_safe(nn.Conv2d(8, 16, 1, stride=2), torch.device("cpu"))
    False
    >>> channels_last_is_safe(nn.Conv2d(16, 32, 1, stride=2), torch.device("cpu"))
    True
    """
    return device.type != "cpu" or not any(
        isinstance(layer, nn.Conv2d)
        and layer.kernel_size == (1, 1)
        and layer.stride != (1, 1)
        and 8 <= layer.in_channels < 16
        for layer in model.modules()
    )


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

    def there(tensor: torch.Tensor) -> torch.Tensor:
        # non_blocking: from pinned memory the copy runs beside the computing; elsewhere it changes nothing
        if channels_last and tensor.ndim == 4:
            return tensor.to(device, non_blocking=True, memory_format=torch.channels_last)
        return tensor.to(device, non_blocking=True)

    return mapped(value, there)


def mapped(value: Any, function: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """``function`` of every tensor in tuples, lists and dicts, however nested; everything else as it is.

    Args:
        value: a batch, or what a network answered; tensors of any shape.
        function: of one tensor.

    >>> mapped([torch.zeros(2), {"name": "a"}], lambda tensor: tensor + 1)
    [tensor([1., 1.]), {'name': 'a'}]
    """
    if isinstance(value, torch.Tensor):
        return function(value)
    if isinstance(value, Mapping):
        return {key: mapped(entry, function) for key, entry in value.items()}
    if isinstance(value, (tuple, list)):
        entries = [mapped(entry, function) for entry in value]
        return type(value)(*entries) if hasattr(value, "_fields") else type(value)(entries)
    return value


@dataclass(frozen=True)
class Moved:
    """A loader whose batches arrive on ``device``; ``latest``: the last, as the loader gave it."""

    loader: Iterable[Any]
    device: torch.device
    channels_last: bool = False
    latest: list[Any] = field(default_factory=list, compare=False)

    def __iter__(self) -> Iterator[Any]:
        for batch in self.loader:
            self.latest[:] = [batch]
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
    >>> batch_size({"images": torch.zeros(4, 3, 8, 8), "labels": torch.zeros(4)})
    4
    """
    first = batch[0] if isinstance(batch, (tuple, list)) and len(batch) else batch
    while isinstance(first, Mapping) and first:  # its keys are no pictures
        first = next(iter(first.values()))
    if isinstance(first, torch.Tensor) and first.ndim == 0:
        return 1
    return len(first) if hasattr(first, "__len__") else 1
