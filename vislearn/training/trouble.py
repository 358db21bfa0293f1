"""What went wrong in a training, in words that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import nn

from vislearn.errors import VislearnError
from vislearn.training.batches import batch_size, tensors
from vislearn.training.losses import NonFiniteLoss

__all__ = ["Place", "explained", "first_answer_checked"]

_FULL = ("out of memory", "can't allocate memory", "not enough memory")


class Place(Protocol):
    """Where a training stands."""

    epoch: int
    current: Any  # the batch


@contextmanager
def explained(task: Any, optimizer: torch.optim.Optimizer, place: Place) -> Iterator[None]:
    """Turn what a training breaks off with into a sentence, where one is known.

    Args:
        task: may know more about a batch: ``task.complaint(batch)`` is a sentence, or empty.
        optimizer: whose learning rate may be to blame.
        place: the present epoch and batch.

    Raises:
        VislearnError: the loss is not finite, or the memory is full.
    """
    try:
        yield
    except NonFiniteLoss as trouble:
        raise VislearnError(_non_finite(trouble, place.epoch, task, optimizer)) from None
    except (RuntimeError, MemoryError) as trouble:
        if not _is_full(trouble):
            raise
        count = batch_size(place.current)
        raise VislearnError(
            f"The memory is full with {count} pictures per batch. Give the loader "
            f"batch_size={max(1, count // 2)} and pass accumulate=2: the same steps in half the memory; "
            f"amp='bf16' and smaller pictures save memory too. ({str(trouble).splitlines()[0]})"
        ) from trouble


def _is_full(trouble: Exception) -> bool:
    text = str(trouble).lower()
    return isinstance(trouble, (MemoryError, torch.OutOfMemoryError)) or any(word in text for word in _FULL)


def _non_finite(trouble: NonFiniteLoss, epoch: int, task: Any, optimizer: torch.optim.Optimizer) -> str:
    what = (
        f"The loss became {trouble.value} in epoch {epoch + 1}, batch {trouble.number + 1} (counted from 1)."
    )
    return f"{what} {_cause(trouble, task, optimizer)}"


def _cause(trouble: NonFiniteLoss, task: Any, optimizer: torch.optim.Optimizer) -> str:
    for tensor in tensors(trouble.batch):
        if tensor.is_floating_point() and not tensor.isfinite().all():
            return (
                f"The batch itself holds {_worst(tensor)}{_whose(tensor)}: look for a division by zero "
                f"in the transforms, or a damaged file."
            )
    if complaint := getattr(task, "complaint", lambda _batch: "")(trouble.batch):
        return complaint
    rate = float(optimizer.param_groups[0]["lr"])
    before = "" if trouble.before is None else f" It was {trouble.before:.3g} one batch before."
    return f"The batch is in order.{before} Lower the learning rate ({rate:g}), or pass clip_norm=1.0."


def _worst(tensor: torch.Tensor) -> str:
    return "nan" if tensor.isnan().any() else "inf"


def _whose(tensor: torch.Tensor) -> str:
    if tensor.ndim < 2:
        return ""
    bad = (~tensor.isfinite()).flatten(1).any(dim=1).nonzero().flatten().tolist()
    return f" (sample {bad[0]}{f' and {len(bad) - 1} more' if len(bad) > 1 else ''})"


@contextmanager
def first_answer_checked(model: nn.Module, task: Any, classes: list[str] | None) -> Iterator[None]:
    """Let the task look at the network's first answer, before anything is learned from it.

    Args:
        model: looked at when it is called first.
        task: may have ``require_answer(answer, classes)``, which raises an error where they don't fit.
        classes: their names; None checks nothing.
    """
    require = getattr(task, "require_answer", None)
    if require is None or not classes:
        yield
        return

    def look(_model: nn.Module, _inputs: Any, answer: Any) -> None:
        hook.remove()
        require(answer, classes)

    hook = model.register_forward_hook(look)
    try:
        yield
    finally:
        hook.remove()
