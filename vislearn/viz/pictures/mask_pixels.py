"""Masks as pixels on a picture: tints, edges and stripes, in the resolution of the sheet."""

from collections.abc import Mapping

import numpy as np
import torch
from PIL import Image
from torch.nn.functional import max_pool2d
from torchvision.utils import draw_segmentation_masks

from vislearn.viz import palette
from vislearn.viz.picture import SCALE

__all__ = ["enlarged", "striped", "tinted"]

_EDGE = round(2 * SCALE)  # pixels of the sheet: how wide an edge is within its region
_STRIPE = round(5 * SCALE)  # one light and one dark stripe together


def enlarged(pixels: np.ndarray, labels: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Picture and labels as large as they stand on the sheet, so that edges and stripes are of one width.

    Args:
        pixels: uint8 (H, W, 3).
        labels: int (H, W).
        width: in CSS pixels.
    """
    across = max(1, round(width * SCALE))
    size = across, max(1, round(across * pixels.shape[0] / pixels.shape[1]))
    how = Image.Resampling.LANCZOS if across < pixels.shape[1] else Image.Resampling.NEAREST
    grown = np.array(
        Image.fromarray(np.ascontiguousarray(pixels)).resize(size, how)
    )  # torch wants it writable
    whole = Image.fromarray(labels.astype(np.int32)).resize(size, Image.Resampling.NEAREST)
    return grown, np.asarray(whole)


def tinted(
    pixels: np.ndarray, labels: np.ndarray, colors: Mapping[int, str], *, alpha: float, outlined: bool = True
) -> np.ndarray:
    """A picture with its regions in colour, uint8 (H, W, 3).

    Args:
        pixels: uint8 (H, W, 3).
        labels: int (H, W).
        colors: label → #rrggbb; what isn't in it stays as it is.
        alpha: how much of the colour is seen, 0..1.
        outlined: draw the edge of each region in its full colour, with white around it.
    """
    present = [label for label in np.unique(labels).tolist() if label in colors]
    if not present:
        return pixels
    regions = torch.from_numpy(np.stack([labels == label for label in present]))
    hues = [colors[label] for label in present]
    image = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)
    drawn = draw_segmentation_masks(image, regions, alpha, hues)
    if outlined:
        numbers = torch.from_numpy(labels.astype(np.float32))[None]
        inside = regions.any(0)
        edge = _near_others(numbers, _EDGE)
        drawn = draw_segmentation_masks(drawn, regions & edge, 1.0, hues)
        casing = (edge & ~inside & _near_others(inside[None].float(), _EDGE // 2)) | (
            inside & _near_others(numbers, 1) & ~_near_others(inside[None].float(), 1)
        )
        drawn[:, casing] = 255
    return drawn.permute(1, 2, 0).numpy()


def _near_others(numbers: torch.Tensor, reach: int) -> torch.Tensor:
    """Where another number is at most ``reach`` pixels away, across or down or both: bool (H, W)."""
    size = 2 * reach + 1
    most = max_pool2d(numbers[None], size, 1, reach)
    least = -max_pool2d(-numbers[None], size, 1, reach)
    return (most != least)[0, 0]


def striped(pixels: np.ndarray, where: np.ndarray, color: str = palette.INK) -> np.ndarray:
    """Slanting stripes of ink and paper over a part of a picture: what no colour of a class looks like.

    Args:
        pixels: uint8 (H, W, 3).
        where: bool (H, W).
        color: of the dark stripes.
    """
    rows, columns = np.indices(where.shape)
    dark = np.less((rows + columns) % _STRIPE, _STRIPE / 2)
    ink = [int(color[at : at + 2], 16) for at in (1, 3, 5)]
    stripes = np.where(dark[..., None], np.array(ink), 255)
    mixed = np.where(where[..., None], 0.25 * pixels + 0.75 * stripes, pixels)
    return mixed.round().astype(np.uint8)
