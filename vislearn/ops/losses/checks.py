"""Logits and truths of pixels, checked once for all losses."""

from collections.abc import Callable
from typing import Any

import torch

from vislearn.errors import InputError

__all__ = ["REDUCTIONS", "class_numbers", "planes", "require_range"]

REDUCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "none": lambda loss: loss,
    "mean": torch.Tensor.mean,
    "sum": torch.Tensor.sum,
}


def class_numbers(
    logits: torch.Tensor, target: torch.Tensor, ignore_index: int | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """The class of each pixel, int64 (N, H, W), 0 where it is not known, and whether it is, bool (N, H, W).

    Args:
        logits: (N, K, H, W), K ≥ 2.
        target: class numbers (N, H, W).
        ignore_index: the number of pixels that nobody knows; None: all are known.

    Raises:
        InputError: no logits, no class numbers, or the two don't fit together.
    """
    _require_logits(logits)
    target = _plain(target)
    if logits.ndim != 4 or logits.shape[1] < 2:
        raise InputError(
            "logits",
            "must have shape (N, K, H, W), two classes or more",
            got=tuple(logits.shape),
            fix="One logit per pixel: pixel_bce.",
        )
    samples, classes, *size = logits.shape
    if target.shape != (samples, *size) or target.is_floating_point():
        raise InputError(
            "target",
            f"must be class numbers {(samples, *size)}, int64",
            got=f"{target.dtype} {tuple(target.shape)}",
            fix=_shape_help(logits, target),
        )
    known = _known(target, ignore_index)
    numbers = target.masked_fill(~known, 0)
    require_range("target", numbers, classes - 1, "Pixels that nobody knows? Say ignore_index=.")
    return numbers, known


def planes(
    logits: torch.Tensor, target: torch.Tensor, ignore_index: int | None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits, truth in 0…1 (0 where unknown) and whether it is known: three times (N, K, H, W).

    Args:
        logits: (N, H, W), (N, 1, H, W) or (N, K, H, W).
        target: class numbers (N, H, W) for K ≥ 2; else 0…1, one number per logit.
        ignore_index: as for :func:`class_numbers`.

    Raises:
        InputError: as there.
    """
    _require_logits(logits)
    target = _plain(target)
    if logits.ndim == 4 and logits.shape[1] > 1 and target.ndim == 3:
        numbers, known = class_numbers(logits, target, ignore_index)
        one_hot = torch.zeros_like(logits).scatter_(1, numbers[:, None], 1)
        return logits, one_hot * known[:, None], known[:, None].expand_as(logits)
    if logits.ndim == 4 and logits.shape[1] == 1 and target.ndim == 3:
        logits = logits[:, 0]
    if logits.ndim not in (3, 4):
        raise InputError("logits", "must have shape (N, H, W) or (N, K, H, W)", got=tuple(logits.shape))
    if logits.shape != target.shape:
        raise InputError(
            "target",
            f"must have the logits' shape {tuple(logits.shape)}, or be class numbers (N, H, W)",
            got=tuple(target.shape),
            fix=_shape_help(logits, target),
        )
    known = _known(target, ignore_index)
    truth = target.masked_fill(~known, 0).to(logits.dtype)
    require_range("target", truth, 1, "Class numbers need one plane of logits per class.")
    return tuple(each[:, None] if each.ndim == 3 else each for each in (logits, truth, known))  # type: ignore[return-value]


def require_range(name: str, targets: torch.Tensor, highest: int, fix: str) -> None:
    """Refuse numbers outside 0 … ``highest``, nan among them.

    Args:
        name: the argument.
        targets: what it holds.
        highest: the largest number allowed.
        fix: what to do.

    Raises:
        InputError: there are some.
    """
    if targets.numel() and not ((targets >= 0) & (targets <= highest)).all():
        got = f"{targets.min().item():g}…{targets.max().item():g}"
        raise InputError(name, f"must be in 0…{highest}", got=got, fix=fix)


def _known(target: torch.Tensor, ignore_index: int | None) -> torch.Tensor:
    return torch.ones_like(target, dtype=torch.bool) if ignore_index is None else target != ignore_index


def _plain(target: Any) -> torch.Tensor:
    """The truth as int64 or floats, without its tv_tensors clothes: what is computed from it is no mask."""
    if not isinstance(target, torch.Tensor):
        raise InputError("target", "must be a tensor", got=type(target).__name__)
    target = target.as_subclass(torch.Tensor)
    return target if target.is_floating_point() else target.long()


def _require_logits(logits: Any) -> None:
    if not isinstance(logits, torch.Tensor):
        fix = "torchvision's segmenters answer with a dictionary: logits['out']."
        raise InputError("logits", "must be a tensor", got=type(logits).__name__, fix=fix)
    if not logits.is_floating_point():
        raise InputError("logits", "must be floats", got=logits.dtype, fix="Was argmax taken already?")


def _shape_help(logits: torch.Tensor, target: torch.Tensor) -> str:
    if target.ndim == 4 and target.shape[1] == 1:
        return "Drop the axis of one channel: target[:, 0]."
    if target.ndim == 4 and target.shape == logits.shape:
        return "One-hot becomes class numbers by target.argmax(1)."
    if target.shape[-2:] != logits.shape[-2:]:
        return "Bring the logits to the target's size: F.interpolate(logits, size=target.shape[-2:])."
    return "Whole numbers kept as floats: target.long()." if target.is_floating_point() else ""
