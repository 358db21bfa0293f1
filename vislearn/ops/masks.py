"""From masks to boxes."""

import torch

from vislearn.errors import InputError

__all__ = ["masks_to_boxes"]


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
    inside = _as_bool(masks)
    if inside.numel() == 0:
        return torch.zeros(len(inside), 4, device=masks.device)
    x0, x1 = _first_and_last(inside.any(dim=1))  # (N, W): which columns
    y0, y1 = _first_and_last(inside.any(dim=2))  # (N, H): which rows
    corners = torch.stack([x0, y0, x1 + half_open, y1 + half_open], dim=1).float()  # (N, 4)
    return corners * inside.flatten(1).any(dim=1)[:, None]  # an empty mask has no first pixel: zeros


def _first_and_last(seen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """First and last True in each row of (N, L); argmax takes the first of equals."""
    numbers = seen.int()
    return numbers.argmax(dim=1), seen.shape[1] - 1 - numbers.flip(1).argmax(dim=1)


def _as_bool(masks: torch.Tensor) -> torch.Tensor:
    if masks.ndim != 3:
        raise InputError(
            "masks",
            "must have shape (N, H, W)",
            got=tuple(masks.shape),
            fix=_reshaping(masks),
        )
    if masks.dtype == torch.bool:
        return masks
    if not ((masks == 0) | (masks == 1)).all():
        raise InputError(
            "masks",
            "must hold 0 and 1 only",
            got=f"{masks.min().item():g}…{masks.max().item():g}",
            fix="Probabilities: masks > 0.5. Logits: masks > 0. Bytes of a picture: masks > 127.",
        )
    return masks.bool()


def _reshaping(masks: torch.Tensor) -> str:
    if masks.ndim == 2:
        return "One mask? masks[None]. Objects numbered 1…K? masks == torch.arange(1, K + 1)[:, None, None]."
    return "masks.squeeze(1)." if masks.ndim == 4 and masks.shape[1] == 1 else ""
