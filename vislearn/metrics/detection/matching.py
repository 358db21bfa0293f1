"""Which detection found which object? COCO's rules: the surest chooses first, each object is found once."""

import torch

__all__ = ["match", "overlaps"]


def overlaps(found_xywh: torch.Tensor, true_xywh: torch.Tensor, crowd: torch.Tensor) -> torch.Tensor:
    """IoU in [0, 1] of every detection with every object: (..., D, 4), (..., G, 4), (..., G) -> (..., D, G).

    Boxes are x, y, width, height, as COCO's files have them. Against a crowd only the detection's own area
    counts: one person inside a crowd's box overlaps it fully. Two empty boxes don't overlap.

    >>> box, group = torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 0, 10, 10]])
    >>> overlaps(box, group, torch.tensor([True]))
    tensor([[0.5000]])
    """
    found, true = found_xywh[..., :, None, :], true_xywh[..., None, :, :]
    right_bottom = torch.minimum(found[..., :2] + found[..., 2:], true[..., :2] + true[..., 2:])
    shared = (right_bottom - torch.maximum(found[..., :2], true[..., :2])).clamp(min=0).prod(dim=-1)
    area, true_area = found[..., 2:].prod(dim=-1), true[..., 2:].prod(dim=-1)
    union = torch.where(crowd[..., None, :], area, area + true_area - shared)  # (..., D, G)
    return torch.where(shared > 0, shared / union, 0.0)


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
