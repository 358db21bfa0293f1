"""COCO's twelve numbers, and one line per class."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

import numpy as np
import torch

__all__ = [
    "AREAS",
    "IOU_THRESHOLDS",
    "MAX_DETECTIONS",
    "CocoClassScores",
    "CocoScores",
    "KeypointScores",
    "summarise",
    "summarise_keypoints",
]

IOU_THRESHOLDS = torch.from_numpy(np.linspace(0.5, 0.95, 10))
MAX_DETECTIONS = (1, 10, 100)  # per class and picture
AREAS = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}  # square pixels; both ends belong to the range


@dataclass(frozen=True)
class CocoClassScores:
    """One class alone; -1: no object of it (of this size) among the targets.

    Attributes:
        name: the class in words, or its number.
        objects: how many there are to find, crowds left out.
        ap: mean over the IoU thresholds .5:.95.
        ap50: at IoU .5.
        ap75: at IoU .75.
        ap_small: area below 32² pixels.
        ap_medium: between 32² and 96².
        ap_large: above 96².
        ar_100: share of the objects that up to 100 detections a picture find, mean over .5:.95.
    """

    name: str
    objects: int
    ap: float
    ap50: float
    ap75: float
    ap_small: float
    ap_medium: float
    ap_large: float
    ar_100: float


@dataclass(frozen=True)
class CocoScores:
    """COCO's twelve numbers in [0, 1], means over the classes; -1: nothing of this size to find.

    Attributes:
        ap: average precision, mean over the IoU thresholds .5:.95 and over the classes: "the" mAP.
        ap50: at IoU .5.
        ap75: at IoU .75.
        ap_small: of objects below 32² square pixels.
        ap_medium: between 32² and 96².
        ap_large: above 96².
        ar_1: average recall with the surest detection of each class and picture alone, mean over .5:.95.
        ar_10: with the surest 10.
        ar_100: with the surest 100.
        ar_small: with 100, of objects below 32².
        ar_medium: between 32² and 96².
        ar_large: above 96².
        per_class: label → :class:`CocoClassScores`.
        precision: (10, 101, K) at every IoU threshold, recall 0, 0.01 ... 1 and class, all areas, 100
            detections; -1 for a class without objects.
    """

    ap: float
    ap50: float
    ap75: float
    ap_small: float
    ap_medium: float
    ap_large: float
    ar_1: float
    ar_10: float
    ar_100: float
    ar_small: float
    ar_medium: float
    ar_large: float
    per_class: dict[int, CocoClassScores] = field(repr=False)
    precision: torch.Tensor = field(repr=False, compare=False)

    @property
    def twelve(self) -> dict[str, float]:
        """The twelve numbers by name, in pycocotools' order."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)[:12]}

    def rows(self) -> list[dict[str, str | int | float]]:
        """One row per class, for ``viz.table``."""
        columns = [entry.name for entry in fields(CocoClassScores)[1:]]
        return [
            {"class": scores.name} | {column: getattr(scores, column) for column in columns}
            for scores in self.per_class.values()
        ]


@dataclass(frozen=True)
class KeypointScores:
    """COCO's ten numbers for keypoints, in [0, 1], up to 20 detections a picture; -1: nothing to find.

    Attributes:
        ap: average precision, mean over the OKS thresholds .5:.95 and over the classes.
        ap50: at OKS .5.
        ap75: at OKS .75.
        ap_medium: of objects between 32² and 96² square pixels.
        ap_large: above 96².
        ar: average recall, mean over .5:.95.
        ar50: at OKS .5.
        ar75: at OKS .75.
        ar_medium: between 32² and 96².
        ar_large: above 96².
    """

    ap: float
    ap50: float
    ap75: float
    ap_medium: float
    ap_large: float
    ar: float
    ar50: float
    ar75: float
    ar_medium: float
    ar_large: float

    @property
    def ten(self) -> dict[str, float]:
        """The ten numbers by name, in pycocotools' order."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}


def summarise_keypoints(precision: torch.Tensor, recall: torch.Tensor) -> KeypointScores:
    """Means of the whole tables: (10, 101, K, 3, 1) and (10, K, 3, 1) -> :class:`KeypointScores`.

    Args:
        precision: by OKS threshold, recall, class and area range, all, medium and large; -1: nothing to find.
        recall: likewise, the largest that was reached.
    """
    ap, ar = (
        [
            _mean(table[..., 0, 0]),
            _mean(table[:1, ..., 0, 0]),
            _mean(table[5:6, ..., 0, 0]),
            _mean(table[..., 1, 0]),
            _mean(table[..., 2, 0]),
        ]
        for table in (precision, recall)
    )
    return KeypointScores(*ap, *ar)


def summarise(
    precision: torch.Tensor,
    recall: torch.Tensor,
    labels: Iterable[int],
    objects: Iterable[int],
    names: Mapping[int, str],
) -> CocoScores:
    """Means of the whole tables: (10, 101, K, 4, 3) and (10, K, 4, 3) -> :class:`CocoScores`.

    Args:
        precision: by IoU threshold, recall, class, area range and number of detections; -1: nothing to find.
        recall: likewise, the largest that was reached.
        labels: the K classes.
        objects: how many of each there are to find.
        names: words for some or all classes.
    """
    areas = {area: at for at, area in enumerate(AREAS)}
    most = len(MAX_DETECTIONS) - 1

    def ap(table: torch.Tensor, area: str = "all", threshold: slice = slice(None)) -> float:
        return _mean(table[threshold, ..., areas[area], most])

    per_class = {
        label: CocoClassScores(
            name=names.get(label, str(label)),
            objects=count,
            ap=ap(alone := precision[:, :, at]),
            ap50=ap(alone, threshold=slice(0, 1)),
            ap75=ap(alone, threshold=slice(5, 6)),
            ap_small=ap(alone, "small"),
            ap_medium=ap(alone, "medium"),
            ap_large=ap(alone, "large"),
            ar_100=_mean(recall[:, at, 0, most]),
        )
        for at, (label, count) in enumerate(zip(labels, objects, strict=True))
    }
    return CocoScores(
        ap=ap(precision),
        ap50=ap(precision, threshold=slice(0, 1)),
        ap75=ap(precision, threshold=slice(5, 6)),
        ap_small=ap(precision, "small"),
        ap_medium=ap(precision, "medium"),
        ap_large=ap(precision, "large"),
        ar_1=_mean(recall[:, :, 0, 0]),
        ar_10=_mean(recall[:, :, 0, 1]),
        ar_100=_mean(recall[:, :, 0, most]),
        ar_small=_mean(recall[:, :, areas["small"], most]),
        ar_medium=_mean(recall[:, :, areas["medium"], most]),
        ar_large=_mean(recall[:, :, areas["large"], most]),
        per_class=per_class,
        precision=precision[:, :, :, 0, most].clone(),
    )


def _mean(values: torch.Tensor) -> float:
    """Mean over what there was to find; -1 if nothing was."""
    values = values[values > -1]
    return values.mean().item() if values.numel() else -1.0
