"""Average precision of one class at one IoU threshold, match by match: the version to read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import torch

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.metrics.detection.mistakes import require_plausible
from vislearn.metrics.detection.overlap import table_overlaps
from vislearn.metrics.detection.precision_recall import APCurve, at_recalls, precision_recall
from vislearn.metrics.detection.scores import MAX_DETECTIONS
from vislearn.metrics.detection.tables import Detections, Kind, Objects, tabulate

__all__ = [
    "Match",
    "Matches",
    "ap_curve",
    "average_precision",
    "curve_of",
    "find_matches",
    "require_threshold",
    "single_class",
]


@dataclass(frozen=True)
class Match:
    """What became of one detection.

    Attributes:
        image: place of its picture in the lists.
        detection: its row in ``predictions[image]``.
        score: in [0, 1].
        found: the row in ``targets[image]`` of the object that it found; None: nothing, a false alarm.
        iou: with that object, or else the largest with any object of the class; 0 without one.
        ignored: it found a crowd, which counts neither for nor against it.
    """

    image: int
    detection: int
    score: float
    found: int | None
    iou: float
    ignored: bool = False

    def __str__(self) -> str:
        told = {"score": f"{self.score:.2f}", "iou": f"{self.iou:.2f}", "image": self.image}
        return _("score {score} · IoU {iou} · picture {image}", **told)

    @property
    def right(self) -> bool:
        """A true positive."""
        return self.found is not None and not self.ignored

    @property
    def wrong(self) -> bool:
        """A false positive."""
        return self.found is None


@dataclass(frozen=True)
class Matches:
    """All detections of one class, surest first, and how many objects there were to find.

    Attributes:
        label: the class.
        iou_threshold: from which overlap on an object counts as found.
        objects: how many objects there are, crowds left out.
        matches: one entry per detection.
    """

    label: int
    iou_threshold: float
    objects: int
    matches: tuple[Match, ...]


def average_precision(
    predictions: Sequence[Mapping],
    targets: Sequence[Mapping],
    iou_threshold: float = 0.5,
    *,
    label: int | None = None,
    kind: Kind = "bbox",
) -> float:
    """Average precision in [0, 1] of one class at one IoU threshold; -1 where there's nothing to find.

    Args:
        predictions: as for :func:`coco_scores`.
        targets: as for :func:`coco_scores`.
        iou_threshold: from which overlap on an object counts as found, above 0, at most 1.
        label: the class; None: the only one there is.
        kind: what overlaps, ``"bbox"`` or ``"segm"``, as for :func:`coco_scores`.

    Raises:
        InputError: as for :func:`coco_scores`; a threshold out of its range; no label among several.

    >>> true = {"boxes": torch.tensor([[0.0, 0, 9, 9], [20, 20, 29, 29]]), "labels": torch.tensor([1, 1])}
    >>> found = {"boxes": true["boxes"][:1], "scores": torch.tensor([0.9]), "labels": torch.tensor([1])}
    >>> average_precision([found], [true])  # one of two: 51 of 101 recalls are reached
    0.504950495049505
    """
    return ap_curve(predictions, targets, iou_threshold, label=label, kind=kind).ap


def ap_curve(
    predictions: Sequence[Mapping],
    targets: Sequence[Mapping],
    iou_threshold: float = 0.5,
    *,
    label: int | None = None,
    kind: Kind = "bbox",
) -> APCurve:
    """The curve whose mean :func:`average_precision` is; the arguments are the same."""
    return curve_of(find_matches(predictions, targets, iou_threshold, label=label, kind=kind))


def curve_of(found: Matches) -> APCurve:
    """Precision and recall after each detection that counts, and the average precision."""
    counted = [match for match in found.matches if not match.ignored]
    right = torch.tensor([match.right for match in counted], dtype=torch.bool)
    scores = torch.tensor([match.score for match in counted], dtype=torch.float64)
    precision, recall = precision_recall(right, ~right, max(1, found.objects))
    interpolated = at_recalls(precision, recall)
    ap = interpolated.mean().item() if found.objects else -1.0
    return APCurve(recall, precision, interpolated, scores, ap)


def find_matches(
    predictions: Sequence[Mapping],
    targets: Sequence[Mapping],
    iou_threshold: float = 0.5,
    *,
    label: int | None = None,
    kind: Kind = "bbox",
) -> Matches:
    """What every detection of one class found: the surest of all pictures first.

    Each detection takes the object of its class with the largest IoU that nobody took before, if that
    reaches the threshold. What remains are false alarms: wrong places, and second boxes on one object.

    Arguments and errors are those of :func:`average_precision`.

    Raises:
        InputError: as there.
    """
    require_threshold(iou_threshold)
    detections, objects = tabulate(predictions, targets, kind)
    require_plausible(detections, objects, None)
    label = single_class(detections, objects) if label is None else label
    pictures = range(len(objects.order))
    matches = chain.from_iterable(
        _on_one_picture(detections, objects, place, label, iou_threshold) for place in pictures
    )
    surest_first = sorted(matches, key=lambda match: -match.score)  # stable: equal scores stay in order
    count = int(((objects.label == label) & ~objects.crowd).sum())
    return Matches(label, iou_threshold, count, tuple(surest_first))


def require_threshold(iou_threshold: float) -> None:
    """Refuse an overlap that everything, or nothing, reaches.

    Raises:
        InputError: not above 0, or above 1.
    """
    if not 0 < iou_threshold <= 1:
        raise InputError("iou_threshold", "must be above 0 and at most 1", got=iou_threshold)


def single_class(detections: Detections, objects: Objects) -> int:
    """The label of all objects, or where there are none of all detections; 1 where there is nothing.

    Raises:
        InputError: there are several.
    """
    labels = sorted(set(objects.label.tolist()) or set(detections.label.tolist()))
    if len(labels) > 1:
        raise InputError(
            "label",
            "must say which class: AP belongs to one",
            got=f"None, and {len(labels)} classes",
            fix=f"Choose one of {', '.join(map(str, labels[:12]))}.",
        )
    return labels[0] if labels else 1


def _first(image: torch.Tensor, place: int) -> int:
    """The first row of a picture in the table."""
    return int((image < place).sum())


def _on_one_picture(
    detections: Detections, objects: Objects, place: int, label: int, threshold: float
) -> Iterator[Match]:
    """What the detections of one class found on the picture at this place, the surest detection first."""
    rows = ((detections.image == place) & (detections.label == label)).nonzero().squeeze(1)
    true_rows = ((objects.image == place) & (objects.label == label)).nonzero().squeeze(1)
    rows = rows[torch.argsort(-detections.score[rows], stable=True)][: MAX_DETECTIONS[-1]]
    first, true_first = _first(detections.image, place), _first(objects.image, place)
    for row, column, iou in _pairs(detections, objects, rows, true_rows, threshold):
        yield Match(
            image=objects.order[place],
            detection=row - first,
            score=detections.score[row].item(),
            found=None if column is None else column - true_first,
            iou=iou,
            ignored=column is not None and bool(objects.crowd[column]),
        )


def _pairs(
    detections: Detections, objects: Objects, rows: torch.Tensor, true_rows: torch.Tensor, threshold: float
) -> list[tuple[int, int | None, float]]:
    """Each detection, the surest first, with the object that it found and their IoU."""
    ious = table_overlaps(detections, objects, rows, true_rows)
    free = set(true_rows.tolist())
    results: list[tuple[int, int | None, float]] = []
    for row, line in zip(rows.tolist(), ious.tolist(), strict=True):
        iou_with = dict(zip(true_rows.tolist(), line, strict=True))
        enough = [column for column in free if iou_with[column] >= min(threshold, 1 - 1e-10)]
        # an object that counts comes before a crowd; of equal ones COCO takes the last
        ranks = {column: (not objects.crowd[column], iou_with[column], column) for column in enough}
        best = max(ranks, key=ranks.__getitem__, default=None)
        if best is None:
            results.append((row, None, max(line, default=0.0)))
            continue
        results.append((row, best, iou_with[best]))
        if not objects.crowd[best]:
            free.discard(best)
    return results
