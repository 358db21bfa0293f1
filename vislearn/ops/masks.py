"""Masks of objects: the boxes around them, and how much they overlap."""

import torch

from vislearn.errors import InputError

__all__ = ["mask_iou", "mask_overlap", "masks_to_boxes"]

_EXACT = 2**24  # so far float32 counts pixel by pixel


def masks_to_boxes(masks: torch.Tensor, *, half_open: bool = False) -> torch.Tensor:
    """The tight box around each mask: (N, H, W) -> float32 (N, 4) xyxy; zeros for an empty mask.

    torchvision, and this by default, names the last pixel: x1 is its column, so that an object 5 pixels wide
    has a box 4 wide, and a single pixel has no area. Detectors and COCO mean the edge behind it.

    Args:
        masks: bool, or numbers 0 and 1; one per object.
        half_open: name the edge behind the last pixel instead, so that x1 - x0 is the width in pixels.

    Raises:
        InputError: another shape, or anything but 0 and 1: ids of objects, probabilities, logits.

    >>> mask = torch.zeros(1, 6, 6, dtype=torch.bool)
    >>> mask[0, 1:3, 2:6] = True
    >>> masks_to_boxes(mask), masks_to_boxes(mask, half_open=True)
    (tensor([[2., 1., 5., 2.]]), tensor([[2., 1., 6., 3.]]))
    """
    inside = _as_bool("masks", masks)
    if inside.numel() == 0:
        return torch.zeros(len(inside), 4, device=masks.device)
    x0, x1 = _first_and_last(inside.any(dim=1))  # (N, W): which columns
    y0, y1 = _first_and_last(inside.any(dim=2))  # (N, H): which rows
    corners = torch.stack([x0, y0, x1 + half_open, y1 + half_open], dim=1).float()  # (N, 4)
    return corners * inside.flatten(1).any(dim=1)[:, None]  # an empty mask has no first pixel: zeros


def mask_overlap(masks1: torch.Tensor, masks2: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels of intersection and union of every pair: (N, H, W) and (M, H, W) -> two (N, M), floats.

    Args:
        masks1: bool, or numbers 0 and 1; one per object.
        masks2: likewise, of the same size.

    Raises:
        InputError: another shape, pictures of different size, or anything but 0 and 1.

    >>> mask_overlap(torch.tensor([[[1, 1, 0]]]), torch.tensor([[[0, 1, 1]], [[1, 1, 0]]]))
    (tensor([[1., 2.]]), tensor([[3., 2.]]))
    """
    flat1, flat2 = _as_bool("masks1", masks1).flatten(1), _as_bool("masks2", masks2).flatten(1)
    if masks1.shape[1:] != masks2.shape[1:]:
        raise InputError(
            "masks2",
            f"must be of the size of masks1, {tuple(masks1.shape[1:])} (height, width)",
            got=tuple(masks2.shape[1:]),
        )
    dtype = torch.float32 if flat1.shape[1] <= _EXACT else torch.float64
    flat1, flat2 = flat1.to(dtype), flat2.to(dtype)  # (N, H·W), (M, H·W)
    inter = flat1 @ flat2.T  # (N, M): a product of 0 and 1 counts what both have
    return inter, flat1.sum(dim=1)[:, None] + flat2.sum(dim=1) - inter


def mask_iou(masks1: torch.Tensor, masks2: torch.Tensor) -> torch.Tensor:
    """Intersection over union of every pair of masks, in [0, 1]: (N, H, W) and (M, H, W) -> (N, M).

    Two empty masks have no overlap: 0.

    Args:
        masks1: bool, or numbers 0 and 1; one per object.
        masks2: likewise, of the same size.

    Raises:
        InputError: as for :func:`mask_overlap`.

    >>> mask_iou(torch.tensor([[[1, 1, 0]]]), torch.tensor([[[0, 1, 1]], [[1, 1, 0]], [[0, 0, 0]]]))
    tensor([[0.3333, 1.0000, 0.0000]])
    """
    inter, union = mask_overlap(masks1, masks2)
    return torch.where(union > 0, inter / union, 0.0)


def _first_and_last(seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """First and last True in each row of (N, L); argmax takes the first of equals."""
    numbers = seen.int()
    return numbers.argmax(dim=1), seen.shape[1] - 1 - numbers.flip(1).argmax(dim=1)


def _as_bool(name: str, masks: torch.Tensor) -> torch.Tensor:
    if masks.ndim != 3:
        raise InputError(
            name,
            "must have shape (N, H, W)",
            got=tuple(masks.shape),
            fix=_reshaping(masks),
        )
    if masks.dtype == torch.bool:
        return masks
    if not ((masks == 0) | (masks == 1)).all():
        raise InputError(
            name,
            "must hold 0 and 1 only",
            got=f"{masks.min().item():g}…{masks.max().item():g}",
            fix="Probabilities: masks > 0.5. Logits: masks > 0. Bytes of a picture: masks > 127.",
        )
    return masks.bool()


def _reshaping(masks: torch.Tensor) -> str:
    if masks.ndim == 2:
        return "One mask? masks[None]. Objects numbered 1…K? masks == torch.arange(1, K + 1)[:, None, None]."
    return "masks.squeeze(1)." if masks.ndim == 4 and masks.shape[1] == 1 else ""
