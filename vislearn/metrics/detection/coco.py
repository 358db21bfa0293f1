"""COCO's evaluation, from scratch: every class, size, IoU threshold and number of detections at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from vislearn.labels import ClassNames
from vislearn.metrics.detection.matching import match
from vislearn.metrics.detection.mistakes import names_of, require_plausible
from vislearn.metrics.detection.overlap import grouped_overlaps
from vislearn.metrics.detection.precision_recall import at_recalls, precision_recall
from vislearn.metrics.detection.scores import AREAS, IOU_THRESHOLDS, MAX_DETECTIONS, CocoScores, summarise
from vislearn.metrics.detection.tables import Detections, Kind, Objects, one_thread, tabulate

__all__ = ["coco_scores"]

_RANGES = torch.tensor(list(AREAS.values()), dtype=torch.float64)  # (A, 2)
_CELLS = 100_000  # of the largest table in work at a time: under a megabyte, which the processor keeps near


@one_thread()
def coco_scores(
    predictions: Sequence[Mapping],
    targets: Sequence[Mapping],
    *,
    classes: ClassNames | Iterable[int] | None = None,
    kind: Kind = "bbox",
) -> CocoScores:
    """How good are these boxes, or masks? COCO's twelve numbers, and the average precision of every class.

    The numbers are those of pycocotools, crowds, sizes and ties included.

    Args:
        predictions: one dictionary per picture, as torchvision's detectors return them: ``boxes`` (N, 4) xyxy
            pixels, ``scores`` (N,) in [0, 1], ``labels`` (N,).
        targets: one dictionary per picture, as they are trained with: ``boxes`` (M, 4), ``labels`` (M,);
            optionally ``iscrowd`` (M,), ``area`` (M,) in square pixels, ``image_id``.
        classes: names of the labels 1 ... K, label → name, or all labels alone; None takes them from the
            targets, and can't tell a label that doesn't exist from one that these pictures don't show.
        kind: ``"bbox"`` compares boxes, ``"segm"`` masks. Predictions and targets have ``masks`` then: 0 and
            1 (N, H, W); probabilities (N, 1, H, W), as Mask R-CNN gives them, above .5 is the object; or N of
            COCO's run lengths. The pixels of a mask are its area, and boxes may be left out.

    Raises:
        InputError: a value that breaks its rule, or numbers that give a typical mistake away: labels shifted
            by one, boxes as x, y, width, height, coordinates as shares of the picture.

    Source: https://cocodataset.org/#detection-eval

    >>> box, label = torch.tensor([[10.0, 10, 50, 60]]), torch.tensor([1])
    >>> found = {"boxes": box, "scores": torch.tensor([0.9]), "labels": label}
    >>> scores = coco_scores([found], [{"boxes": box, "labels": label}])
    >>> scores.ap, scores.ap_medium, scores.ap_small
    (1.0, 1.0, -1.0)
    """
    found, true = tabulate(predictions, targets, kind)
    names = names_of(classes)
    require_plausible(found, true, None if classes is None else set(names))
    labels = sorted(set(true.label.tolist()) | set(names))
    judged = _judge(found, true)
    tables = [_tables(judged, true, label) for label in labels]
    counts = [int((~true.crowd & (true.label == label)).sum()) for label in labels]
    empty = len(IOU_THRESHOLDS), 0, len(AREAS), len(MAX_DETECTIONS)
    precision, recall = torch.empty(empty[0], 101, *empty[1:]), torch.empty(empty)
    if tables:
        precision = torch.stack([table[0] for table in tables], dim=2)
        recall = torch.stack([table[1] for table in tables], dim=1)
    return summarise(precision, recall, labels, counts, names)


@dataclass(frozen=True)
class _Judged:
    """Detections by class, picture and falling score, and what became of them.

    ``rank`` counts them within class and picture from 0; ``right`` and ``wrong`` are (A, T, N).
    """

    label: torch.Tensor
    score: torch.Tensor
    rank: torch.Tensor
    right: torch.Tensor
    wrong: torch.Tensor


def _judge(found: Detections, true: Objects) -> _Judged:
    """Match every detection, group by group: one class on one picture."""
    order = _by_group(found.label, found.image, found.score)
    key, rank = _ranked(found.label[order], found.image[order], true.images)
    kept = rank < MAX_DETECTIONS[-1]
    order, key, rank = order[kept], key[kept], rank[kept]
    shape = len(AREAS), len(IOU_THRESHOLDS), len(order)
    matched, ignored = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape, dtype=torch.bool)
    for rows, hit, hit_ignored in _matches(found, true, order, key):
        matched[..., rows], ignored[..., rows] = hit, hit_ignored
    ignored |= ~matched & _outside(found.area[order])[:, None]  # of the wrong size, and wrong: no matter
    return _Judged(found.label[order], found.score[order], rank, matched & ~ignored, ~matched & ~ignored)


def _by_group(label: torch.Tensor, image: torch.Tensor, score: torch.Tensor) -> torch.Tensor:
    """The order by class, then picture, then falling score, then as given."""
    order = torch.argsort(-score, stable=True)
    for column in (image, label):
        order = order[torch.argsort(column[order], stable=True)]
    return order


def _ranked(label: torch.Tensor, image: torch.Tensor, images: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A number for each group, and each row's place within its group."""
    key = label * images + image
    _groups, counts = key.unique_consecutive(return_counts=True)
    starts = counts.cumsum(0) - counts
    return key, torch.arange(len(key)) - starts.repeat_interleave(counts)


def _outside(area: torch.Tensor) -> torch.Tensor:
    """Is an area outside of each range? (N,) -> (A, N)."""
    return (area < _RANGES[:, :1]) | (area > _RANGES[:, 1:])


def _matches(
    found: Detections, true: Objects, order: torch.Tensor, key: torch.Tensor
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Rows of ``order``; did each find an object, and is that an ignored one? (A, T, rows) both."""
    true_order = _by_group(true.label, true.image, torch.zeros(len(true.label)))
    crowd = true.crowd[true_order]
    ignored = crowd | _outside(true.area[true_order])  # (A, M)
    groups = _shared_groups(key, (true.label * true.images + true.image)[true_order])
    if not len(groups):
        return
    largest = int(groups[:, 3].max())
    for start, count, true_start, true_count in (
        part.unbind(dim=1)
        for part in groups.split(max(1, _CELLS // (len(AREAS) * len(IOU_THRESHOLDS) * largest)))
    ):
        rows, real = _padded(start, count)  # (B, D)
        objects, there = _padded(true_start, true_count)  # (B, G)
        pairs = (order[rows], real), (true_order[objects], there)
        ious = grouped_overlaps(found, true, *pairs)  # (B, D, G)
        choice = match(ious, crowd[objects], ignored[:, objects], IOU_THRESHOLDS)  # (A, T, B, D)
        per_threshold = ignored[:, objects][:, None].expand(*choice.shape[:3], -1)  # (A, T, B, G)
        hit = choice >= 0
        yield rows[real], hit[..., real], (hit & per_threshold.gather(-1, choice.clamp(min=0)))[..., real]


def _shared_groups(key: torch.Tensor, true_key: torch.Tensor) -> torch.Tensor:
    """Groups with detections and objects, the fullest first: start, count, start and count there, (B, 4)."""
    groups, counts = key.unique_consecutive(return_counts=True)
    true_groups, true_counts = true_key.unique_consecutive(return_counts=True)
    starts, true_starts = counts.cumsum(0) - counts, true_counts.cumsum(0) - true_counts
    shared = torch.isin(groups, true_groups)
    there = torch.searchsorted(true_groups, groups[shared])
    table = torch.stack([starts[shared], counts[shared], true_starts[there], true_counts[there]], dim=1)
    return table[table[:, 1].argsort(descending=True)]


def _padded(start: torch.Tensor, count: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows start, start + 1 ... of each group as one table (B, longest), and which of them are real."""
    place = torch.arange(int(count.max()))
    real = place < count[:, None]
    return torch.where(real, start[:, None] + place, start[:, None]), real


def _tables(judged: _Judged, true: Objects, label: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Precision (T, 101, A, M) and largest recall (T, A, M) of one class; -1: nothing to find."""
    own = true.label == label
    objects = (~true.crowd[own] & ~_outside(true.area[own])).sum(dim=1)  # (A,)
    rows = (judged.label == label).nonzero().squeeze(1)
    rows = rows[torch.argsort(-judged.score[rows], stable=True)]  # of all pictures, the surest first
    precisions, recalls = [], []
    for most in MAX_DETECTIONS:
        first = rows[judged.rank[rows] < most]
        precision, recall = precision_recall(
            judged.right[..., first], judged.wrong[..., first], objects[:, None, None].clamp(min=1)
        )  # (A, T, N)
        last = recall[..., -1] if len(first) else torch.zeros(recall.shape[:-1], dtype=torch.float64)
        precisions.append(at_recalls(precision, recall).masked_fill((objects == 0)[:, None, None], -1))
        recalls.append(last.masked_fill((objects == 0)[:, None], -1))
    return torch.stack(precisions, dim=-1).permute(1, 2, 0, 3), torch.stack(recalls, dim=-1).permute(1, 0, 2)
