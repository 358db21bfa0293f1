"""What a network costs on this machine: time for an answer, and memory while it works."""

import statistics
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from vislearn.errors import InputError

__all__ = ["Cost", "measure"]


@dataclass(frozen=True)
class Cost:
    """Latency and memory, measured here and now."""

    ms: float  # for one call, the median of all
    fastest_ms: float
    slowest_ms: float
    weights_mb: float  # parameters and buffers
    working_mb: float  # the most that a call holds beside them: features of layers, and its results


def measure(model: nn.Module, images: Any, *, repeats: int = 5) -> Cost:
    """Take the time of calls, the first of which doesn't count, and the memory of one more.

    The network works in eval mode without gradients, and is given back in the mode that it came in. Where
    tensors lie on a GPU the clock waits for it.

    Args:
        model: on whatever device ``images`` are.
        images: what it is called with: a batch (N, 3, H, W), or a detector's list of pictures (3, H, W).
        repeats: calls that count, at least 1.

    Raises:
        InputError: no repeats.

    >>> measure(nn.Conv2d(3, 8, 3), torch.rand(1, 3, 16, 16)).weights_mb
    0.000896
    """
    if repeats < 1:
        raise InputError("repeats", "must be at least 1", got=repeats)
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            model(images)
            seconds = [_seconds(model, images) for _repeat in range(repeats)]
            working = _most_held(lambda: model(images), _device(images))
    finally:
        model.train(was_training)
    held = sum(tensor.nbytes for tensor in (*model.parameters(), *model.buffers()))
    return Cost(
        ms=1e3 * statistics.median(seconds),
        fastest_ms=1e3 * min(seconds),
        slowest_ms=1e3 * max(seconds),
        weights_mb=held / 1e6,
        working_mb=working / 1e6,
    )


def _device(images: Any) -> torch.device:
    return images.device if isinstance(images, Tensor) else images[0].device


def _seconds(model: nn.Module, images: Any) -> float:
    since = time.perf_counter()
    model(images)
    if _device(images).type == "cuda":
        torch.cuda.synchronize()  # a GPU answers before it has finished
    return time.perf_counter() - since


def _most_held(call: Callable[[], object], device: torch.device) -> int:
    """The most bytes of tensors there at once during a call, beside those that were there before."""
    if device.type == "cuda":
        before = torch.cuda.memory_allocated(device)
        torch.cuda.reset_peak_memory_stats(device)
        call()
        return torch.cuda.max_memory_allocated(device) - before
    with _Held() as held:
        call()
    return held.most


class _Held(TorchDispatchMode):
    """Counts the bytes of every storage that is made, until it is gone.

    The profiler counts too, but writes to the terminal whenever it starts.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self._known: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        for tensor in _tensors((args, kwargs)):
            self._known.add(tensor.untyped_storage()._cdata)  # was there before, or has been counted
        results = func(*args, **(kwargs or {}))
        for tensor in _tensors(results):
            self._count(tensor.untyped_storage())
        self.most = max(self.most, self.now)
        return results

    def _count(self, storage: torch.UntypedStorage) -> None:
        if storage._cdata not in self._known:  # no view of what is known
            self._known.add(storage._cdata)
            self.now += storage.nbytes()
            weakref.finalize(storage, self._forget, storage._cdata, storage.nbytes())

    def _forget(self, which: int, nbytes: int) -> None:
        self._known.discard(which)
        self.now -= nbytes


def _tensors(tree: Any) -> list[Tensor]:
    plain = (leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor))
    return [tensor for tensor in plain if tensor.layout == torch.strided]
