"""Numbers that can't be meant: the typical mistakes of detection data, recognised by their pattern."""

from collections.abc import Iterable, Mapping

import torch

from vislearn.errors import InputError
from vislearn.labels import ClassNames, names_by_label
from vislearn.metrics.detection.tables import Detections, Objects
from vislearn.ops.boxes import box_iou

__all__ = ["names_of", "require_plausible"]

_SAMPLE = 50  # pictures looked at for patterns
_EVIDENCE = 6  # boxes that make a pattern


def names_of(classes: ClassNames | Iterable[int] | None) -> dict[int, str]:
    """Label → name of the classes as a user gives them.

    Args:
        classes: names of the labels 1 ... K, label → name, or the labels alone; None for none.

    Raises:
        InputError: none of these.

    >>> names_of(["cat", "dog"]), names_of([1, 2]), names_of({1: "cat"}), names_of(None)
    ({1: 'cat', 2: 'dog'}, {1: '1', 2: '2'}, {1: 'cat'}, {})
    """
    if classes is None:
        return {}
    if isinstance(classes, Mapping | str):
        return names_by_label(classes, what="classes")
    given = list(classes) if isinstance(classes, Iterable) else [classes]
    names = [entry for entry in given if isinstance(entry, str)]
    labels = [entry for entry in given if isinstance(entry, int)]
    if len(names) == len(given):
        return names_by_label(names, what="classes")
    if len(labels) == len(given) and isinstance(classes, Iterable):
        return {label: str(label) for label in labels}
    raise InputError("classes", "must be names, labels, or label → name", got=given[:4])


def require_plausible(found: Detections, true: Objects, labels: set[int] | None) -> None:
    """Refuse predictions and targets whose numbers give a mistake away.

    Only patterns that no honest detector makes, however bad: a model after its first epoch must pass.

    Args:
        found: the detections.
        true: the objects.
        labels: all labels there are; None: unknown.

    Raises:
        InputError: coordinates are shares of the picture, boxes are x, y, width, height, or labels are
            shifted by one or unknown.
    """
    if not len(found.label) or not len(true.label):
        _require_known(found, true, labels)
        return
    _require_pixels(found, true)
    pairs = _close_pairs(found, true, found.boxes, true.boxes)
    _require_same_labels(found, true, pairs)
    _require_known(found, true, labels)
    _require_xyxy(found, true)


def _require_pixels(found: Detections, true: Objects) -> None:
    for name, boxes in (("predictions", found.boxes), ("targets", true.boxes)):
        sizes = boxes[:, 2:] - boxes[:, :2]
        inside = bool(((boxes >= 0) & (boxes <= 1)).all()) and bool(((sizes > 0) & (sizes < 1)).any())
        # a poor detector may leave a crumb or two in the corner, and nothing else
        if inside and (name == "targets" or len(boxes) >= _EVIDENCE):
            raise InputError(
                f"the boxes of {name}",
                "must be in pixels",
                got="coordinates that all lie in [0, 1]",
                fix="Multiply x by the picture's width and y by its height.",
            )


def _close_pairs(
    found: Detections, true: Objects, boxes: torch.Tensor, true_boxes: torch.Tensor, iou: float = 0.5
) -> torch.Tensor:
    """Rows of detections and of the object of any class that each lies on, (P, 2).

    Looks at some pictures, and on each at as many of the surest detections as there are objects: among a
    hundred boxes some lie well by chance.
    """
    pairs = [torch.empty(0, 2, dtype=torch.int64)]
    for image in true.image.unique()[:_SAMPLE].tolist():
        true_rows = (true.image == image).nonzero().squeeze(1)
        rows = (found.image == image).nonzero().squeeze(1)
        rows = rows[found.score[rows].argsort(descending=True, stable=True)][: len(true_rows)]
        if len(rows):
            best, closest = box_iou(boxes[rows], true_boxes[true_rows]).max(dim=0)  # for each object
            pairs.append(torch.stack([rows[closest], true_rows], dim=1)[best >= iou])
    return torch.cat(pairs)


def _require_same_labels(found: Detections, true: Objects, pairs: torch.Tensor) -> None:
    """Well-placed boxes whose label is always one too large, or one too small, for several classes."""
    labels, true_labels = found.label[pairs[:, 0]], true.label[pairs[:, 1]]
    for shift in (-1, 1):
        shifted = labels - true_labels == shift
        if int(shifted.sum()) >= max(_EVIDENCE, 0.8 * len(pairs)) and len(true_labels[shifted].unique()) >= 3:
            raise InputError(
                "the labels of predictions",
                "must be the targets' labels",
                got=f"labels shifted by one: {true_labels[shifted][0]} is called {labels[shifted][0]}",
                fix=f"{'Add 1 to' if shift < 0 else 'Subtract 1 from'} the predicted labels; "
                "0 is the background for torchvision's detectors.",
            )


def _require_known(found: Detections, true: Objects, labels: set[int] | None) -> None:
    predicted, present = set(found.label.tolist()), set(true.label.tolist())
    if labels is not None:
        for name, used in (("predictions", predicted), ("targets", present)):
            if used - labels:
                raise InputError(
                    f"the labels of {name}",
                    f"must be among the classes ({_listed(labels)})",
                    got=_listed(used - labels),
                    fix=_shift_advice(used, labels),
                )
    elif predicted and present and not predicted & present:
        raise InputError(
            "the labels of predictions",
            f"must be among those of the targets ({_listed(present)})",
            got=_listed(predicted),
            fix=_shift_advice(predicted, present) or "If they are right, name all labels with classes=...",
        )


def _shift_advice(used: set[int], allowed: set[int]) -> str:
    for step, advice in ((1, "add 1."), (-1, "subtract 1.")):
        if {label + step for label in used} <= allowed:
            return f"They look shifted by one: {advice}"
    return ""


def _listed(labels: Iterable[int]) -> str:
    labels = sorted(labels)
    return ", ".join(map(str, labels[:12])) + (" …" if len(labels) > 12 else "")


def _require_xyxy(found: Detections, true: Objects) -> None:
    """Boxes that fit the objects badly, and closely once read as x, y, width, height."""
    last = true.image.unique()[:_SAMPLE][-1]
    objects = int((true.image <= last).sum())
    as_given = _close_fits(found, true, found.boxes, true.boxes)
    for name, boxes, true_boxes in (
        ("predictions", _as_if_xywh(found.boxes), true.boxes),
        ("targets", found.boxes, _as_if_xywh(true.boxes)),
    ):
        converted = _close_fits(found, true, boxes, true_boxes)
        if converted >= max(_EVIDENCE, 4 * as_given, objects / 2):
            raise InputError(
                f"the boxes of {name}",
                "must be x1, y1, x2, y2",
                got=f"{converted} boxes that fit an object only if read as x, y, width, height",
                fix="Use ops.box_convert(boxes, 'xywh', 'xyxy').",
            )


def _close_fits(found: Detections, true: Objects, boxes: torch.Tensor, true_boxes: torch.Tensor) -> int:
    """How many objects have a detection of their class closely around them."""
    rows, true_rows = _close_pairs(found, true, boxes, true_boxes, iou=0.75).unbind(dim=1)
    return int((found.label[rows] == true.label[true_rows]).sum())


def _as_if_xywh(boxes: torch.Tensor) -> torch.Tensor:
    """Boxes whose last two numbers are taken as width and height; a negative one as none."""
    return torch.cat([boxes[:, :2], boxes[:, :2] + boxes[:, 2:].clamp(min=0)], dim=1)
