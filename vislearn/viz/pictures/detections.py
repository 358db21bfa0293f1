"""Anchors on a picture, thresholds at work, predictions as they grow: the knobs of the detection lessons."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList

from vislearn import ops
from vislearn.errors import InputError
from vislearn.labels import ClassNames, class_names
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.display import to_display
from vislearn.viz.drawings import panels
from vislearn.viz.picture import Picture
from vislearn.viz.pictures.boxes import TRUTH, Boxed, BoxStyle, boxed

__all__ = ["anchors", "boxes_at_thresholds", "predictions_by_epoch"]

_FOUND = 0.5  # IoU from which on a box counts as the object's
_DASHES: tuple[tuple[float, ...], ...] = ((), (6, 2), (1.5, 2), (6, 2, 1.5, 2))
_KEPT = BoxStyle(palette.ACCENT, 2.5)
_FALSE = BoxStyle(palette.WARM, 2.5, (6, 2))
_DROPPED = BoxStyle(palette.MUTED, 1.2, (1.5, 2), faint=True)


def anchors(
    image: Any,
    *,
    sizes: Sequence[float] = (20, 32, 48),
    ratios: Sequence[float] = (0.6, 1.0, 1.6),
    stride: int = 4,
    at: tuple[float, float] | None = None,
    truth: Any = None,
    width: float = 480,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """The anchors of one place on a picture, and how well the best anchor of all places fits each object.

    A colour per size, a dash per ratio. With ``truth``, each object's tag says the IoU that the best anchor
    anywhere reaches: below about .5 the object can hardly be learned.

    Args:
        image: any picture ``to_display`` takes.
        sizes: square roots of the anchors' areas, pixels.
        ratios: height over width.
        stride: of the feature map, pixels: anchors sit on a grid of this step.
        at: (x, y) in pixels: the place nearest to it is shown; None takes the middle.
        truth: boxes (M, 4) xyxy, or a target with ``"boxes"``.
        width: of the picture in CSS pixels.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: no sizes or ratios, a stride below 1, or nobody has words for it.

    Source: Ren et al. 2015, Faster R-CNN.
    """
    if not sizes or not ratios or stride < 1:
        raise InputError(
            "anchors",
            "need sizes, ratios and a stride of at least 1",
            got=f"{list(sizes)}, {list(ratios)}, {stride}",
        )
    height, across = to_display(image).shape[:2]
    grid = _grid((height, across), sizes, ratios, stride)  # (places, sizes · ratios, 4)
    middle = torch.tensor(at if at is not None else (across / 2, height / 2), dtype=torch.float32)
    centres = (grid[:, 0, :2] + grid[:, 0, 2:]) / 2
    here = grid[(centres - middle).norm(dim=1).argmin()]
    true = torch.zeros(0, 4) if truth is None else _boxes(truth)
    best = ops.box_iou(true, grid.flatten(0, 1)).amax(1) if len(true) else torch.zeros(0)
    # AnchorGenerator counts ratio by ratio, all sizes of each
    styles = [
        BoxStyle(palette.SERIES[size % len(palette.SERIES)], 2.0, _DASHES[ratio % len(_DASHES)])
        for ratio in range(len(ratios))
        for size in range(len(sizes))
    ]
    words = [_("best IoU")] * len(true) + [""] * len(here)
    numbers = [f"{value:.2f}" for value in best.tolist()] + [""] * len(here)
    styles = [TRUTH] * len(true) + styles
    drawing = Boxed(image, torch.cat([true, here]), words, numbers, styles)
    heading = _(
        "{sizes} sizes × {ratios} shapes × {places} places = {count} anchors",
        sizes=len(sizes),
        ratios=len(ratios),
        places=len(grid),
        count=grid[..., 0].numel(),
    )
    return panels({heading: drawing}, size=width, compared=compared, alt=alt)


def boxes_at_thresholds(
    image: Any,
    candidates: Mapping[str, torch.Tensor],
    min_score: float = 0.5,
    nms_iou: float = 0.5,
    *,
    names: ClassNames | None = None,
    truth: Mapping[str, torch.Tensor] | None = None,
    width: float = 480,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """What two thresholds leave of a detector's boxes: those kept, and those that NMS dropped.

    Solid: kept. Dotted: dropped by NMS. With ``truth`` (black, dashed) a kept box that lies on no object of
    its class, or on one already found, is orange and dashed, and the heading counts found and false ones.

    Args:
        image: any picture ``to_display`` takes.
        candidates: ``boxes`` (N, 4), ``labels`` and ``scores`` (N,) before NMS, as
            :func:`vislearn.models.candidates` gives them.
        min_score: boxes below it are left out, 0..1.
        nms_iou: of two boxes of one class that overlap more, the surer one is kept.
        names: of the labels 1 ... K as a list, or label → name; None shows numbers.
        truth: a target with ``boxes`` and ``labels``.
        width: of the picture in CSS pixels.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: boxes, labels and scores don't fit together, a label that a list of names doesn't reach,
            or nobody has words for it.
    """
    sure = candidates["scores"] >= min_score
    rows, labels, scores = (candidates[key][sure].detach().cpu() for key in ("boxes", "labels", "scores"))
    kept = ops.batched_nms(rows, scores, labels, nms_iou)
    dropped = torch.ones(len(rows), dtype=torch.bool).index_fill(0, kept, False)
    right = torch.ones(len(kept), dtype=torch.bool)
    true = torch.zeros(0, 4)
    heading = _("{kept} kept, NMS dropped {dropped}", kept=len(kept), dropped=int(dropped.sum()))
    if truth is not None:
        true = _boxes(truth)
        right = _right(rows[kept], labels[kept], true, truth["labels"].cpu())
        heading += " · " + _(
            "{found} of {count} found, {false} false",
            found=int(right.sum()),
            count=len(true),
            false=int((~right).sum()),
        )
    others = len(true) + int(dropped.sum())
    drawing = Boxed(
        image,
        torch.cat([true, rows[dropped], rows[kept]]),
        [""] * others + class_names(names, labels[kept].tolist(), what="the labels of candidates"),
        [""] * others + [f"{score:.2f}" for score in scores[kept].tolist()],
        [TRUTH] * len(true)
        + [_DROPPED] * int(dropped.sum())
        + [_KEPT if good else _FALSE for good in right.tolist()],
    )
    return panels({heading: drawing}, size=width, compared=compared, alt=alt)


def predictions_by_epoch(
    image: Any,
    predictions: Sequence[Mapping[str, torch.Tensor]],
    *,
    epochs: Sequence[int] | None = None,
    names: ClassNames | None = None,
    truth: Any = None,
    min_score: float = 0.5,
    columns: int | None = None,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """One picture, and what the detector said about it after each epoch, side by side.

    Args:
        image: any picture ``to_display`` takes.
        predictions: one per epoch, with ``boxes`` (N, 4), ``labels`` and ``scores`` (N,).
        epochs: which to show, counted from 1; None takes all.
        names: of the labels 1 ... K as a list, or label → name; None shows numbers.
        truth: a target with ``boxes``: drawn dashed.
        min_score: predictions below it are left out.
        columns: pictures in a row; None takes at most three.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes them from the running cell's options.

    Raises:
        InputError: no predictions, an epoch there is none for, a label that a list of names doesn't reach,
            or nobody has words for it.
    """
    chosen = list(epochs or range(1, len(predictions) + 1))
    if not chosen or min(chosen) < 1 or max(chosen) > len(predictions):
        raise InputError("epochs", f"must lie in 1 … {len(predictions)}", got=chosen or "none")
    drawings = {}
    for epoch in chosen:
        said = predictions[epoch - 1]
        sure = said["scores"] >= min_score
        boxes, labels, scores = (said[key][sure] for key in ("boxes", "labels", "scores"))
        drawings[_("Epoch {epoch}", epoch=epoch)] = boxed(image, boxes, labels, scores, names, truth=truth)
    return panels(drawings, columns=columns, compared=compared, alt=alt)


def _grid(
    size_hw: tuple[int, int], sizes: Sequence[float], ratios: Sequence[float], stride: int
) -> torch.Tensor:
    """All anchors (places, sizes · ratios, 4), from torchvision's own generator."""
    generator = AnchorGenerator((tuple(float(size) for size in sizes),), (tuple(map(float, ratios)),))
    rows, columns = -(-size_hw[0] // stride), -(-size_hw[1] // stride)
    padded = torch.zeros(1, 3, rows * stride, columns * stride)
    found = generator(ImageList(padded, [size_hw]), [torch.zeros(1, 1, rows, columns)])[0]
    return found.reshape(rows * columns, -1, 4)


def _boxes(truth: Any) -> torch.Tensor:
    rows = truth["boxes"] if isinstance(truth, Mapping) else truth
    return torch.as_tensor(rows).detach().cpu().to(torch.float32).reshape(-1, 4)


def _right(
    boxes: torch.Tensor, labels: torch.Tensor, true: torch.Tensor, true_labels: torch.Tensor
) -> torch.Tensor:
    """Which boxes, the surest first, find an object of their class that no surer one has found: (N,) bool."""
    free = torch.ones(len(true), dtype=torch.bool)
    right = torch.zeros(len(boxes), dtype=torch.bool)
    for at, overlap in enumerate(ops.box_iou(boxes, true)):
        overlap = overlap.where(free & (true_labels == labels[at]), -1.0)
        if len(overlap) and overlap.max() >= _FOUND:
            right[at], free[overlap.argmax()] = True, False
    return right
