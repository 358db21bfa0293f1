"""COCO's own files: annotations and results, as lists of predictions and targets."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from vislearn.datasets.detection.coco_file import is_number, is_whole, read_coco, read_json, require_box
from vislearn.datasets.detection.coco_masks import coco_runs
from vislearn.errors import FileError, require_one_of
from vislearn.metrics.detection.run_lengths import RunLengths

__all__ = ["read_coco_results"]

_KEYS = {"bbox": "bbox", "segm": "segmentation", "keypoints": "keypoints"}  # where each kind of answer stands


def read_coco_results(
    annotations: str | Path,
    results: str | Path,
    *,
    kind: Literal["bbox", "segm", "keypoints"] | None = None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[int, str]]:
    """What :func:`coco_scores` takes, from an ``instances`` file and a file of results.

    Boxes become (N, 4) xyxy, float64. Every annotated picture gets an entry; one without results has detected
    nothing. Masks become lists of :class:`RunLengths`, whose ``mask()`` is bool (H, W), and the boxes of
    detected ones are drawn around them. Keypoints become (N, K, 3) x, y and visibility, float64.

    Args:
        annotations: JSON with ``images``, ``categories`` and ``annotations``.
        results: JSON list of ``{"image_id", "category_id", "score"}`` with ``"bbox": [x, y, width, height]``,
            ``"segmentation"`` (run lengths as text or numbers, or polygons) or ``"keypoints": [x, y, v, …]``.
        kind: which of the three to read, ``"bbox"``, ``"segm"`` or ``"keypoints"``; None: the first of them
            that the first result has.

    Returns:
        predictions, targets, and label → name: ``coco_scores(predictions, targets, classes=names)``, of masks
        with ``kind="segm"``; of keypoints ``keypoint_scores``.

    Raises:
        FileError: a file is missing, isn't such JSON, or the two don't belong together.
        InputError: an unknown ``kind``.

    Source: https://cocodataset.org/#format-results
    """
    require_one_of("kind", kind, [*_KEYS, None])
    truth = read_coco(annotations, file_names=False)
    content = _listed(Path(results))
    kind = kind or _kind_of(content)
    detections = _detections(Path(results), content, kind)
    _require_known(results, "image_id", [entry["image_id"] for entry in detections], set(truth.images))
    _require_known(
        results, "category_id", [entry["category_id"] for entry in detections], set(truth.categories)
    )
    objects = list(truth.annotations.values())
    if kind == "segm":
        _read_masks(results, detections, truth.images, "result {place}, from 0")
        _read_masks(annotations, objects, truth.images, "annotation {id}")
    if kind == "keypoints":
        points = _require_keypoints(annotations, objects, "annotation {id}", None)
        _require_keypoints(results, detections, "result {place}, from 0", points)
    if kind == "bbox":
        _require_xywh(results, detections, truth.images)
    _require_xywh(annotations, objects, truth.images)
    by_image, found_by_image = _grouped(objects), _grouped(detections)
    targets = [_target(image, by_image[image], kind) for image in truth.images]
    predictions = [_prediction(image, found_by_image[image], kind) for image in truth.images]
    return predictions, targets, truth.categories


def _kind_of(content: list[Any]) -> str:
    """What the first result answers with; boxes, if with nothing."""
    first = content[0] if content and isinstance(content[0], dict) else {}
    return next((kind for kind, key in _KEYS.items() if key in first), "bbox")


def _listed(path: Path) -> list[Any]:
    content = read_json(path)
    if not isinstance(content, list):
        raise FileError(
            path,
            f"must hold a list, but holds {type(content).__name__}",
            fix="Are annotations and results in the right order?",
        )
    return content


def _detections(path: Path, content: list[Any], kind: str) -> list[dict[str, Any]]:
    """The entries of a file of results, as strictly as those of annotations."""
    wanted = f"It must be a list of image_id, category_id, {_KEYS[kind]} and score."
    for place, entry in enumerate(content):
        where = f"result {place}, from 0"
        for key in ("image_id", "category_id", _KEYS[kind], "score"):
            if not isinstance(entry, dict) or key not in entry:
                raise FileError(path, f"isn't a COCO results file: no {key!r} in {where}", fix=wanted)
        for key, right in (("image_id", is_whole), ("category_id", is_whole), ("score", is_number)):
            if not right(entry[key]):
                raise FileError(path, f"has {entry[key]!r} as {key} in {where}", fix="It must be a number.")
        if kind == "bbox":
            require_box(path, where, entry["bbox"])
    return content


def _read_masks(
    path: str | Path, entries: list[dict[str, Any]], images: Mapping[int, Mapping[str, Any]], place: str
) -> None:
    """Give each entry its mask as run lengths."""
    for at, entry in enumerate(entries):
        where, image = place.format(place=at, **entry), images[entry["image_id"]]
        if "height" not in image or "width" not in image:
            problem = f"has a mask in {where}, but no height and width for image {entry['image_id']}"
            raise FileError(path, problem, fix="Add them to 'images' of the annotations.")
        size_hw = int(image["height"]), int(image["width"])
        try:
            counts = coco_runs(entry.get("segmentation"), size_hw)
        except ValueError as trouble:
            raise FileError(path, f"has {trouble}, in {where}", fix="Draw or export it again.") from None
        entry["mask"] = RunLengths(size_hw, np.array(counts, np.int64))


def _require_keypoints(
    path: str | Path, entries: list[dict[str, Any]], place: str, points: int | None
) -> int | None:
    """Refuse what is no list of x, y, v for each of the points; how many there are."""
    for at, entry in enumerate(entries):
        given, where = entry.get("keypoints"), place.format(place=at, **entry)
        if not isinstance(given, list) or len(given) % 3 or not given or not all(map(is_number, given)):
            fix = "COCO's keypoints are [x, y, visibility, x, y, visibility, …]."
            raise FileError(path, f"has keypoints that are no such list in {where}", fix=fix)
        points = points or len(given) // 3
        if len(given) != 3 * points:
            fix = "All objects must have the same points; one that isn't there is 0, 0, 0."
            raise FileError(path, f"has {len(given) // 3} keypoints, not {points}, in {where}", fix=fix)
    return points


def _grouped(entries: list[dict[str, Any]]) -> defaultdict[Any, list[dict[str, Any]]]:
    groups = defaultdict(list)
    for entry in entries:
        groups[entry["image_id"]].append(entry)
    return groups


def _require_known(path: str | Path, key: str, used: list[int], known: set[int]) -> None:
    unknown = sorted({number for number in used if number not in known})
    if not unknown:
        return
    shift = next((step for step in (1, -1) if {number + step for number in used} <= known), None)
    fix = "Score it against the annotations of the same pictures."
    if key == "category_id":
        fix = "A model counts its classes without gaps; COCO's ids have some: translate them back."
        if shift:
            fix = f"The ids look shifted by one: {'add' if shift > 0 else 'subtract'} 1."
    listed = ", ".join(map(str, unknown[:5])) + (" …" if len(unknown) > 5 else "")
    raise FileError(path, f"has results for {key} {listed}, which the annotations don't know", fix=fix)


def _require_xywh(path: str | Path, entries: list[dict[str, Any]], images: dict[int, dict[str, Any]]) -> None:
    """Corners written where width and height belong: boxes that stick far out."""
    beyond = []
    for entry in entries:
        (x, y, width, height), image = entry["bbox"], images[entry["image_id"]]
        if "width" in image and "height" in image:
            out = x + width > image["width"] + 1 or y + height > image["height"] + 1
            beyond.append(out and x < width <= image["width"] + 1 and y < height <= image["height"] + 1)
    if len(beyond) >= 6 and sum(beyond) > len(beyond) / 2:
        raise FileError(
            path, f"has {sum(beyond)} of {len(beyond)} boxes sticking out of their picture", fix=_XYWH
        )


_XYWH = "If they are x1, y1, x2, y2, write [x1, y1, x2 - x1, y2 - y1]."


def _columns(entries: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    columns = {"labels": torch.tensor([entry["category_id"] for entry in entries], dtype=torch.int64)}
    if kind == "keypoints":
        points = [np.reshape(entry["keypoints"], (-1, 3)).tolist() for entry in entries]
        columns["keypoints"] = torch.tensor(points, dtype=torch.float64)
    return columns | ({"masks": [entry["mask"] for entry in entries]} if kind == "segm" else {})


def _boxes(corners: list[tuple[float, ...]]) -> torch.Tensor:
    return torch.tensor(corners, dtype=torch.float64).reshape(-1, 4)


def _corners(entries: list[dict[str, Any]]) -> torch.Tensor:
    return _boxes([(x, y, x + w, y + h) for x, y, w, h in (entry["bbox"] for entry in entries)])


def _target(image: int, entries: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    areas = [entry.get("area", entry["bbox"][2] * entry["bbox"][3]) for entry in entries]
    return _columns(entries, kind) | {
        "boxes": _corners(entries),
        "area": torch.tensor(areas, dtype=torch.float64),
        "iscrowd": torch.tensor([entry.get("iscrowd", 0) for entry in entries], dtype=torch.int64),
        "image_id": torch.tensor(image),
    }


def _prediction(image: int, entries: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    prediction = _columns(entries, kind) | {
        "scores": torch.tensor([entry["score"] for entry in entries], dtype=torch.float64),
        "image_id": torch.tensor(image),
    }
    if kind == "bbox":
        prediction["boxes"] = _corners(entries)
    if kind == "segm":
        prediction["boxes"] = _boxes([entry["mask"].box_xyxy for entry in entries])
    return prediction
