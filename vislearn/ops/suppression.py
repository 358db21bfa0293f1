"""Non-maximum suppression: of boxes around one thing, the surest stays."""

import torch

from vislearn.errors import InputError
from vislearn.ops.boxes import box_iou, require_xyxy

__all__ = ["batched_nms", "nms", "nms_slow"]


def nms_slow(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Indices of the boxes that stay, surest first: (N, 4) xyxy, (N,) -> (K,) int64. Made to be read.

    Take the surest box; drop all that overlap it by more than the threshold; repeat with what is left.

    Args:
        boxes: (N, 4) xyxy.
        scores: (N,), any numbers but nan; equal ones keep their order.
        iou_threshold: in 0…1; a box is dropped above it, not at it.

    Raises:
        InputError: boxes that aren't xyxy, another number of scores, nan, or a threshold outside 0…1.

    >>> boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]])
    >>> nms_slow(boxes, torch.tensor([0.8, 0.9, 0.3]), iou_threshold=0.5)
    tensor([1, 2])
    """
    _require(boxes, scores, iou_threshold)
    order = scores.argsort(descending=True, stable=True).tolist()
    keep = []
    while order:
        best, *order = order
        keep.append(best)
        overlap = box_iou(boxes[[best]], boxes[order])[0].tolist()
        order = [index for index, iou in zip(order, overlap, strict=True) if iou <= iou_threshold]
    return torch.tensor(keep, dtype=torch.int64, device=boxes.device)


def nms(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Indices of the boxes that stay, surest first: (N, 4) xyxy, (N,) -> (K,) int64. All pairs at once.

    Equal to torchvision's on CPU, ties included, for every box and score it accepts. It needs memory for N²
    pairs; beyond some thousands of boxes take torchvision's.

    Args:
        boxes: (N, 4) xyxy; also float16 and whole numbers, which torchvision's CPU version doesn't take.
        scores: (N,), any numbers but nan; torchvision takes nan for the highest score of all.
        iou_threshold: in 0…1; a box is dropped above it, not at it.

    Raises:
        InputError: boxes that aren't xyxy, another number of scores, nan, or a threshold outside 0…1.

    >>> boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]])
    >>> nms(boxes, torch.tensor([0.8, 0.9, 0.3]), iou_threshold=0.5)
    tensor([1, 2])
    """
    _require(boxes, scores, iou_threshold)
    return _suppress(boxes, scores, iou_threshold)


def batched_nms(
    boxes: torch.Tensor, scores: torch.Tensor, labels: torch.Tensor, iou_threshold: float
) -> torch.Tensor:
    """NMS within each class: (N, 4) xyxy, (N,), (N,) -> (K,) int64, surest first; a cat never hides a dog.

    torchvision's version, up to 1000 boxes on CPU, moves each class to a place of its own by adding to the
    coordinates. That costs digits, and boxes with negative coordinates can reach into another class' place;
    this one compares labels, and does neither.

    Args:
        boxes: (N, 4) xyxy.
        scores: (N,), any numbers but nan.
        labels: (N,) whole numbers: the class of each box.
        iou_threshold: in 0…1; a box is dropped above it, not at it.

    Raises:
        InputError: as for :func:`nms`, or labels that aren't one whole number per box.

    >>> boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10]])
    >>> batched_nms(boxes, torch.tensor([0.8, 0.9]), torch.tensor([1, 2]), 0.5)
    tensor([1, 0])
    """
    _require(boxes, scores, iou_threshold)
    if labels.shape != scores.shape or labels.is_floating_point():
        raise InputError(
            "labels",
            f"must be {len(scores)} whole numbers, one per box",
            got=f"{labels.dtype} {tuple(labels.shape)}",
        )
    return _suppress(boxes, scores, iou_threshold, labels)


def _suppress(
    boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float, labels: torch.Tensor | None = None
) -> torch.Tensor:
    order = scores.argsort(descending=True, stable=True)
    sorted_boxes = boxes[order]
    # As float64: the float32 next to 0.3 is larger than 0.3, and torchvision drops what has that IoU.
    clash = box_iou(sorted_boxes, sorted_boxes).double() > iou_threshold  # (N, N)
    if labels is not None:
        clash &= labels[order][:, None] == labels[order]
    return order[_survivors(clash.triu(diagonal=1).float())]


def _survivors(drops: torch.Tensor) -> torch.Tensor:
    """Who stays, (N,) bool, if row i drops column j where ``drops[i, j]`` (N, N) is 1 and i itself stays.

    At first nobody is dropped; each round asks again whom those who stay drop. After n rounds the first n
    answers are final, because nobody is dropped by a later one; usually a handful of rounds will do.
    """
    stays = torch.ones(len(drops), dtype=torch.bool, device=drops.device)
    while True:
        before, stays = stays, _round(drops, stays)
        if torch.equal(before, stays):
            return stays


def _round(drops: torch.Tensor, stays: torch.Tensor) -> torch.Tensor:
    """Whom those who stay leave alone: (N, N) of 0 and 1, (N,) bool -> (N,) bool."""
    return stays.to(drops.dtype) @ drops == 0  # how many drop each: a matrix product is the fastest sum


def _require(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> None:
    if boxes.ndim != 2:
        raise InputError(
            "boxes", "must have shape (N, 4)", got=tuple(boxes.shape), fix="Take one picture at a time."
        )
    require_xyxy("boxes", boxes)
    if scores.shape != boxes.shape[:1]:
        raise InputError(
            "scores",
            f"must have shape ({len(boxes)},), one per box",
            got=tuple(scores.shape),
            fix="Of several classes, take one: scores[:, k]." if scores.ndim == 2 else "",
        )
    if scores.isnan().any():
        raise InputError(
            "scores", "must be numbers", got="nan", fix="The model diverged, or divided by zero."
        )
    if not 0 <= iou_threshold <= 1:
        raise InputError(
            "iou_threshold",
            "must be in 0…1",
            got=iou_threshold,
            fix="A percentage? Divide it by 100." if 1 < iou_threshold <= 100 else "",
        )
