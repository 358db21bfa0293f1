"""Average precision as Pascal VOC counted it, for comparing with numbers published on VOC.

VOC's and COCO's numbers for the same boxes differ, and neither is wrong. VOC gives each detection to the
object it overlaps most, taken or not; COCO to the best one that is still free. VOC drops a detection whose
best object is "difficult", by plain IoU; COCO drops one that lies mostly inside a crowd, however small it
is. VOC took the mean precision at 11 recalls until 2009, the area under the curve since; COCO takes 101.
"""

from collections.abc import Mapping, Sequence

import torch

from vislearn.errors import require_one_of
from vislearn.metrics.detection.average import Match, Matches, require_threshold, single_class
from vislearn.metrics.detection.matching import overlaps
from vislearn.metrics.detection.mistakes import require_plausible
from vislearn.metrics.detection.precision_recall import precision_recall
from vislearn.metrics.detection.tables import tabulate

__all__ = ["voc_average_precision", "voc_matches"]


def voc_average_precision(
    predictions: Sequence[Mapping],
    targets: Sequence[Mapping],
    iou_threshold: float = 0.5,
    *,
    label: int | None = None,
    points: str = "all",
) -> float:
    """VOC's average precision in [0, 1] of one class; -1 where there's nothing to find.

    VOC's mAP is the mean over the classes.

    Args:
        predictions: as for :func:`coco_scores`.
        targets: as for :func:`coco_scores`; ``iscrowd`` marks VOC's difficult objects, as
            :func:`vislearn.datasets.voc_detection` reads them.
        iou_threshold: from which overlap on an object counts as found, above 0, at most 1.
        label: the class; None: the only one there is.
        points: ``"all"``: the area under the curve (VOC 2010 to 2012); ``"11"``: the mean precision at recall
            0, .1 ... 1 (VOC 2007).

    Raises:
        InputError: as for :func:`average_precision`, or other points.

    Source: Everingham et al. 2010, The Pascal VOC Challenge, section 4.2, and the development kit of 2010.

    >>> true = {"boxes": torch.tensor([[0.0, 0, 9, 9], [20, 20, 29, 29]]), "labels": torch.tensor([1, 1])}
    >>> found = {"boxes": true["boxes"][:1], "scores": torch.tensor([0.9]), "labels": torch.tensor([1])}
    >>> voc_average_precision([found], [true])  # one of two
    0.5
    """
    require_one_of("points", points, ["all", "11"])
    found = voc_matches(predictions, targets, iou_threshold, label=label)
    if not found.objects:
        return -1.0
    right = torch.tensor([match.right for match in found.matches if not match.ignored], dtype=torch.bool)
    precision, recall = precision_recall(right, ~right, found.objects)
    if points == "11":
        wanted = torch.arange(11, dtype=torch.float64) / 10
        reached = recall[None] >= wanted[:, None] - 1e-9  # (11, D)
        return torch.where(reached, precision[None], 0.0).amax(1).mean().item() if len(recall) else 0.0
    best_from_here = precision.flip(0).cummax(0).values.flip(0) if len(precision) else precision
    steps = torch.diff(recall, prepend=recall.new_zeros(1))
    return (best_from_here * steps).sum().item()


def voc_matches(
    predictions: Sequence[Mapping],
    targets: Sequence[Mapping],
    iou_threshold: float = 0.5,
    *,
    label: int | None = None,
) -> Matches:
    """What every detection of one class found by VOC's rule, the surest of all pictures first.

    A detection belongs to the object of its class that it overlaps most. Below the threshold it is a false
    alarm; on a difficult object it doesn't count; the second on an object is a false alarm, although another
    object may be near.

    Arguments and errors are those of :func:`average_precision`.

    Raises:
        InputError: as there.
    """
    require_threshold(iou_threshold)
    detections, objects = tabulate(predictions, targets)
    require_plausible(detections, objects, None)
    label = single_class(detections, objects) if label is None else label
    rows = (detections.label == label).nonzero().squeeze(1)
    rows = rows[torch.argsort(-detections.score[rows], stable=True)]
    taken: set[int] = set()
    matches = []
    for row in rows.tolist():
        place = int(detections.image[row])
        columns = ((objects.image == place) & (objects.label == label)).nonzero().squeeze(1)
        plain = torch.zeros(len(columns), dtype=torch.bool)  # difficult or not, by the same IoU
        ious = overlaps(detections.boxes[[row]], objects.boxes[columns], plain)[0]
        iou, best = (ious.max().item(), int(columns[ious.argmax()])) if len(columns) else (0.0, -1)
        difficult = best >= 0 and bool(objects.crowd[best])
        hit = iou >= iou_threshold and (difficult or best not in taken)
        taken |= {best} if hit else set()
        matches.append(
            Match(
                image=objects.order[place],
                detection=row - int((detections.image < place).sum()),
                score=detections.score[row].item(),
                found=best - int((objects.image < place).sum()) if hit else None,
                iou=iou,
                ignored=hit and difficult,
            )
        )
    count = int(((objects.label == label) & ~objects.crowd).sum())
    return Matches(label, iou_threshold, count, tuple(matches))
