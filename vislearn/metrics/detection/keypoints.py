"""Keypoints by the library: average precision where OKS, object keypoint similarity, stands for IoU."""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real

import torch

from vislearn.errors import InputError
from vislearn.labels import ClassNames
from vislearn.metrics.detection.library import annotations, evaluated
from vislearn.metrics.detection.mistakes import names_of, require_plausible
from vislearn.metrics.detection.scores import KeypointScores, summarise_keypoints
from vislearn.metrics.detection.tables import one_thread, require_lists, tabulate

__all__ = ["COCO_SIGMAS", "keypoint_scores"]

# nose; eyes, ears, shoulders, elbows, wrists, hips, knees, ankles, left and right
_SIDES = (0.025, 0.035, 0.079, 0.072, 0.062, 0.107, 0.087, 0.089)
COCO_SIGMAS = (0.026, *(sigma for sigma in _SIDES for _side in "lr"))


@one_thread()
def keypoint_scores(
    predictions: Sequence[Mapping],
    targets: Sequence[Mapping],
    *,
    classes: ClassNames | Iterable[int] | None = None,
    sigmas: Sequence[float] | None = None,
) -> KeypointScores:
    """How good are these keypoints? COCO's ten numbers, computed by faster-coco-eval.

    OKS in [0, 1] is the mean over an object's labelled points of exp(-d² / (2 · area · (2 · sigma)²)), d the
    distance in pixels: a point may be farther off on a large object, and where people disagree more. Objects
    without a labelled point are neither found nor missed. What a prediction says of visibility is not read.

    Args:
        predictions: per picture ``keypoints`` (N, K, 3) x, y and visibility in pixels, ``scores`` (N,) and
            ``labels`` (N,), as Keypoint R-CNN returns them; their boxes are not read.
        targets: per picture ``keypoints`` (M, K, 3), visibility 0 (not labelled), 1 (hidden) or 2 (seen),
            ``boxes`` (M, 4) xyxy, ``labels`` (M,) and ``area`` (M,) in square pixels; optionally ``iscrowd``
            and ``image_id``.
        classes: as for :func:`coco_scores`.
        sigmas: how far people disagree about each point, K numbers above 0 as shares of the object's size;
            None: COCO's, for the 17 points of a person.

    Raises:
        InputError: a value that breaks its rule, other than 17 points without ``sigmas``, or as for
            :func:`coco_scores`.

    Source: https://cocodataset.org/#keypoints-eval

    >>> points = torch.tensor([[[10.0, 10, 2], [50, 60, 2]]])
    >>> true = {"boxes": torch.tensor([[5.0, 5, 60, 70]]), "area": torch.tensor([2000.0])}
    >>> true |= {"labels": torch.tensor([1]), "keypoints": points}
    >>> found = {"keypoints": points + 1.5, "scores": torch.tensor([0.9]), "labels": torch.tensor([1])}
    >>> round(keypoint_scores([found], [true], sigmas=[0.05, 0.05]).ap, 2)
    0.8
    """
    require_lists(predictions, targets)
    points, true_points = _points(predictions, "predictions"), _points(targets, "targets")
    spreads = _spreads([*points, *true_points], sigmas)
    _require_areas(targets)
    boxed = [dict(entry) | {"boxes": _extents(own)} for entry, own in zip(predictions, points, strict=True)]
    found, true = tabulate(boxed, targets)
    names = names_of(classes)
    require_plausible(found, true, None if classes is None else set(names))
    if not len(true.label):
        return KeypointScores(*[-1.0] * 10)
    rows, true_rows = (_joined(own, true.order, len(spreads)) for own in (points, true_points))
    labelled = (true_rows[..., 2] > 0).sum(dim=1).tolist()
    tables = evaluated(
        annotations(true, keypoints=true_rows.flatten(1).tolist(), num_keypoints=labelled),
        annotations(found, keypoints=rows.flatten(1).tolist()),
        sorted(set(true.label.tolist()) | set(names)),
        [(1, 1)] * true.images,
        "keypoints",
        kpt_oks_sigmas=spreads,
    )
    return summarise_keypoints(*(torch.from_numpy(tables[name]) for name in ("precision", "recall")))


def _points(entries: Sequence[Mapping], name: str) -> list[torch.Tensor]:
    """The keypoints of each picture, float64 (N, K, 3) on the CPU."""
    found = []
    for at, entry in enumerate(entries):
        place, value = f"{name}[{at}]['keypoints']", entry.get("keypoints")
        if not isinstance(value, torch.Tensor):
            got = "nothing" if value is None else type(value).__name__
            raise InputError(place, "must be a tensor of x, y and visibility", got=got)
        value = value.detach().cpu().double()
        if value.numel() == 0:
            value = value.reshape(0, 1, 3)  # "no keypoints" is written in many ways
        if value.ndim != 3 or value.shape[2] != 3 or not value.isfinite().all():
            got = str(tuple(value.shape)) if value.isfinite().all() else "nan or infinity"
            fix = "A third column of ones says that all points are there." if value.shape[-1:] == (2,) else ""
            raise InputError(place, "must be finite, of shape (N, K, 3)", got=got, fix=fix)
        if len(value) != len(entry.get("labels", value)):
            raise InputError(place, f"must be as many as labels ({len(entry['labels'])})", got=len(value))
        found.append(value)
    return found


def _joined(points: Sequence[torch.Tensor], order: Sequence[int], count: int) -> torch.Tensor:
    """Those of all pictures in the order of the tables, (N, K, 3)."""
    return torch.cat([points[at].reshape(-1, count, 3) for at in order])


def _spreads(points: Sequence[torch.Tensor], sigmas: Sequence[float] | None) -> list[float]:
    """One sigma per point, and as many points on every object."""
    counts = {own.shape[1] for own in points if len(own)}
    given = COCO_SIGMAS if sigmas is None else sigmas
    spreads = list(given) if isinstance(given, Iterable) else []
    if not spreads or not all(isinstance(sigma, Real) and float(sigma) > 0 for sigma in spreads):
        raise InputError("sigmas", "must be a list of numbers above 0", got=repr(sigmas))
    if counts - {len(spreads)}:
        raise InputError(
            "sigmas",
            f"must be as many as an object's keypoints ({', '.join(map(str, sorted(counts)))})",
            got=len(spreads) if sigmas is not None else f"None, COCO's {len(COCO_SIGMAS)}",
            fix="All objects must have the same points, and each point a sigma; .05 is a middling one.",
        )
    return spreads


def _require_areas(targets: Sequence[Mapping]) -> None:
    for at, target in enumerate(targets):
        if "area" not in target:
            has = ", ".join(map(repr, target)) or "nothing"
            fix = "The pixels of the mask; where only boxes are known, about .53 · width · height."
            raise InputError(f"targets[{at}]['area']", "must be there", got=has, fix=fix)


def _extents(points: torch.Tensor) -> torch.Tensor:
    """The boxes around all points, xyxy (N, 4): what COCO takes for the size of a detection."""
    return torch.cat([points[..., :2].amin(dim=1), points[..., :2].amax(dim=1)], dim=1)
