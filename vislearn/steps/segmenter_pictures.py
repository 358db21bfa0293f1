"""What classes of pixels look like, alone and over their picture."""

from collections.abc import Sequence

import torch
from torchvision.utils import draw_segmentation_masks

from vislearn.datasets.bundled.annotations import voc_colours

__all__ = ["coloured", "overlaid"]


def coloured(mask: torch.Tensor, colors: Sequence[Sequence[int]] | None = None) -> torch.Tensor:
    """The classes (H, W) as a picture, uint8 (3, H, W).

    Args:
        mask: classes 0 ... K-1.
        colors: one (red, green, blue) in 0..255 per class; None: VOC's.
    """
    palette = torch.as_tensor(voc_colours() if colors is None else colors, dtype=torch.uint8)
    return palette[mask.long().cpu()].permute(2, 0, 1)


def overlaid(
    picture: torch.Tensor,
    mask: torch.Tensor,
    colors: Sequence[Sequence[int]] | None = None,
    *,
    alpha: float = 0.6,
) -> torch.Tensor:
    """The classes over their picture, uint8 (3, H, W); class 0 leaves it as it is.

    Args:
        picture: uint8, or float in 0..1, (3, H, W).
        mask: classes 0 ... K-1, (H, W).
        colors: one (red, green, blue) in 0..255 per class; None: VOC's.
        alpha: how much of the colour is seen, 0..1.
    """
    pixels = picture.cpu()
    if pixels.is_floating_point():
        pixels = (255 * pixels).round().to(torch.uint8)
    palette = voc_colours().tolist() if colors is None else [list(color) for color in colors]
    there = [number for number in mask.unique().tolist() if number != 0]
    planes = torch.stack([mask == number for number in there]).cpu() if there else None
    if planes is None:
        return pixels
    return draw_segmentation_masks(
        pixels, planes, alpha=alpha, colors=[tuple(palette[number]) for number in there]
    )
