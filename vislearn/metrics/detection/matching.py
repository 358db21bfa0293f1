"""Which detection found which object? COCO's rules: the surest chooses first, each object is found once."""

import torch

from vislearn.ops.boxes import box_area, box_overlap
from vislearn.ops.masks import mask_overlap

__all__ = ["mask_overlaps", "match", "overlaps"]


def overlaps(found: torch.Tensor, true: torch.Tensor, crowd: torch.Tensor) -> torch.Tensor:
    """IoU in [0, 1] of every detection with every object: (..., D, 4), (..., G, 4), (..., G) -> (..., D, G).

    Boxes are xyxy. Against a crowd only the detection's own area counts: one person inside a crowd's box
    overlaps it fully. Two boxes without area don't overlap.

    >>> box, group = torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 0, 11, 10]])
    >>> overlaps(box, group, torch.tensor([True]))
    tensor([[0.5000]])
    """
    return _shares(*box_overlap(found, true), box_area(found), crowd)


def mask_overlaps(found: torch.Tensor, true: torch.Tensor, crowd: torch.Tensor) -> torch.Tensor:
    """The same of masks, bool (D, H, W), (G, H, W) and (G,) -> (D, G); two empty ones don't overlap.

    >>> found, true = torch.tensor([[[1, 1, 0]]]), torch.tensor([[[0, 1, 1]], [[0, 1, 1]]])
    >>> mask_overlaps(found, true, torch.tensor([False, True]))
    tensor([[0.3333, 0.5000]], dtype=torch.float64)
    """
    inter, union = mask_overlap(found, true)
    return _shares(inter.double(), union.double(), found.flatten(1).sum(dim=1).double(), crowd)


def _shares(
    inter: torch.Tensor, union: torch.Tensor, area: torch.Tensor, crowd: torch.Tensor
) -> torch.Tensor:
    whole = torch.where(crowd[..., None, :], area[..., :, None], union)  # (..., D, G)
    return torch.where(inter > 0, inter / whole, 0.0)


def match(
    ious: torch.Tensor, crowd: torch.Tensor, ignored: torch.Tensor, thresholds: torch.Tensor
) -> torch.Tensor:
    """The object that each detection finds, at every area range and threshold; -1: none.

    Shapes: (B, D, G), (B, G), (A, B, G), (T,) -> (A, T, B, D), for B groups (one class on one picture each)
    of D detections, surest first, and G objects, at A area ranges and T thresholds. Pad with IoU -1.

    A detection takes the object with the largest IoU that is still free and reaches the threshold; one that
    counts before any ignored one; the last of several equal ones. A crowd stays free.

    >>> ious = torch.tensor([[[0.9], [0.8]]])  # two detections of one object: the second is a duplicate
    >>> no = torch.zeros(1, 1, dtype=torch.bool)
    >>> match(ious, no, no[None], torch.tensor([0.5])).flatten().tolist()
    [0, -1]

    Source: pycocotools' ``COCOeval.evaluateImg``.
    """
    # argmax names the first of several equal ones, COCO takes the last: count the objects from the end
    ious, crowd, ignored = ious.flip(-1), crowd.flip(-1), ignored.flip(-1)
    enough = thresholds.clamp(max=1 - 1e-10)[:, None, None]  # rounding must not spoil an IoU of 1
    counts = ~ignored[:, None]  # (A, 1, B, G)
    free = torch.ones(len(ignored), len(thresholds), *crowd.shape, dtype=torch.bool)  # (A, T, B, G)
    columns = []
    for iou in ious.unbind(dim=1):  # (B, G): one more detection of every group
        fits = free & (iou >= enough)  # (A, T, B, G)
        best_kind = fits & counts
        fits = torch.where(best_kind.any(dim=-1, keepdim=True), best_kind, fits)
        found = fits.any(dim=-1, keepdim=True)  # (A, T, B, 1)
        choice = torch.where(fits, iou, -1.0).argmax(dim=-1, keepdim=True)
        columns.append(torch.where(found, ious.shape[-1] - 1 - choice, -1).squeeze(-1))
        stays = ~found | crowd.expand_as(free).gather(-1, choice)
        free.scatter_(-1, choice, free.gather(-1, choice) & stays)
    return torch.stack(columns, dim=-1)
