"""How much detections and objects of the tables overlap: as boxes, or as masks where there are some."""

import torch

from vislearn.metrics.detection.matching import mask_overlaps, overlaps
from vislearn.metrics.detection.run_lengths import RunLengths
from vislearn.metrics.detection.tables import Detections, Objects

__all__ = ["grouped_overlaps", "table_overlaps"]


def table_overlaps(
    found: Detections, true: Objects, rows: torch.Tensor, true_rows: torch.Tensor
) -> torch.Tensor:
    """IoU of some detections with some objects of the same picture: (D,), (G,) rows -> float64 (D, G).

    Args:
        found: all detections.
        true: all objects.
        rows: which detections.
        true_rows: which objects.
    """
    crowd = true.crowd[true_rows]
    if found.masks is None or true.masks is None:
        return overlaps(found.boxes[rows], true.boxes[true_rows], crowd)
    if not len(rows) or not len(true_rows):
        return torch.zeros(len(rows), len(true_rows), dtype=torch.float64)
    return mask_overlaps(_stacked(found.masks, rows), _stacked(true.masks, true_rows), crowd)


def grouped_overlaps(
    found: Detections,
    true: Objects,
    rows: tuple[torch.Tensor, torch.Tensor],
    true_rows: tuple[torch.Tensor, torch.Tensor],
) -> torch.Tensor:
    """The same for B groups at once, padded: (B, D), (B, G) -> float64 (B, D, G), -1 where padded.

    Args:
        found: all detections.
        true: all objects.
        rows: of the detections of each group, and which of them are real.
        true_rows: of the objects of each group, and which of them are real.
    """
    (own, real), (others, there) = rows, true_rows
    if found.masks is None:
        ious = overlaps(found.boxes[own], true.boxes[others], true.crowd[others])
        return ious.masked_fill(~(real[:, :, None] & there[:, None, :]), -1)
    ious = torch.full((*own.shape, others.shape[1]), -1.0, dtype=torch.float64)
    for group, (ours, theirs) in enumerate(
        zip(real.sum(dim=1).tolist(), there.sum(dim=1).tolist(), strict=True)
    ):
        # masks have as many sizes as pictures, so they are compared group by group
        ious[group, :ours, :theirs] = table_overlaps(found, true, own[group, :ours], others[group, :theirs])
    return ious


def _stacked(masks: list[RunLengths], rows: torch.Tensor) -> torch.Tensor:
    """Bool (N, H, W)."""
    return torch.stack([masks[row].mask() for row in rows.tolist()])
