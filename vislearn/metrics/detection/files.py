"""COCO's own files: annotations and results, as lists of predictions and targets."""

import math
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch

from vislearn.errors import FileError

__all__ = ["read_coco_results"]


def read_coco_results(
    annotations: str | Path, results: str | Path
) -> tuple[list[dict[str, torch.Tensor]], list[dict[str, torch.Tensor]], dict[int, str]]:
    """What :func:`coco_scores` takes, from an ``instances`` file and a file of results.

    Boxes become (N, 4) xyxy, float64. Every annotated picture gets an entry; one without results has detected
    nothing.

    Args:
        annotations: JSON with ``images``, ``categories`` and ``annotations``.
        results: JSON list of ``{"image_id", "category_id", "bbox": [x, y, width, height], "score"}``.

    Returns:
        predictions, targets, and label → name: ``coco_scores(predictions, targets, classes=names)``.

    Raises:
        FileError: a file is missing, isn't such JSON, or the two don't belong together. Annotations are read
            as strictly as :func:`vislearn.datasets.coco_detection` reads them.

    Source: https://cocodataset.org/#format-results
    """
    # here, not above: whoever only scores boxes needs no data sets
    from vislearn.datasets.detection.coco_file import read_coco, read_json

    truth, found = read_coco(annotations), read_json(Path(results))
    if not isinstance(found, list):
        fix = f"Are annotations and results in the right order? {_RESULTS}"
        raise FileError(results, f"must hold a list, but holds {type(found).__name__}", fix=fix)
    images, names = truth.images, truth.categories
    objects = [_entry(note) for note in truth.annotations.values()]
    for place, note in enumerate(found):
        _require_result(results, place, note)
    detections = [_entry(note) | {"score": float(note["score"])} for note in found]
    _require_known(results, "image_id", [entry["image_id"] for entry in detections], set(images))
    _require_known(results, "category_id", [entry["category_id"] for entry in detections], set(names))
    _require_xywh(results, detections, images)
    _require_xywh(annotations, objects, images)
    by_image, found_by_image = _grouped(objects), _grouped(detections)
    targets = [_target(image, by_image[image]) for image in images]
    return [_prediction(image, found_by_image[image]) for image in images], targets, names


_RESULTS = "It must be a list of image_id, category_id, bbox and score."


def _require_result(path: str | Path, place: int, note: Any) -> None:
    """One entry of a file of results: nothing is guessed from texts, nothing that is no number gets in."""
    for key in ("image_id", "category_id", "bbox", "score"):
        if not isinstance(note, dict) or note.get(key) is None:
            raise FileError(path, f"has an entry without {key!r}: number {place}, from 0", fix=_RESULTS)
    box = note["bbox"]
    if not (isinstance(box, list) and len(box) == 4 and all(map(_is_number, box))):
        raise FileError(path, f"has a bbox that isn't four numbers in entry {place}: {box!r}", fix=_XYWH)
    for key in ("image_id", "category_id"):
        if not isinstance(note[key], int) or isinstance(note[key], bool):
            raise FileError(path, f"has a {key} that is no whole number in entry {place}: {note[key]!r}")
    if not _is_number(note["score"]):
        raise FileError(path, f"has a score that is no number in entry {place}: {note['score']!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _entry(note: dict[str, Any]) -> dict[str, Any]:
    x, y, width, height = map(float, note["bbox"])
    return {
        "image_id": note["image_id"],
        "category_id": note["category_id"],
        "bbox": (x, y, width, height),
        "iscrowd": int(note.get("iscrowd", 0)),
        "area": float(note.get("area", width * height)),
    }


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
    """Corners written where width and height belong: negative sizes, or boxes that stick far out."""
    beyond = []
    for entry in entries:
        (x, y, width, height), image = entry["bbox"], images.get(entry["image_id"], {})
        if width < 0 or height < 0:
            raise FileError(path, f"has a bbox of negative size, {list(entry['bbox'])}", fix=_XYWH)
        if "width" in image and "height" in image:
            out = x + width > image["width"] + 1 or y + height > image["height"] + 1
            beyond.append(out and x < width <= image["width"] + 1 and y < height <= image["height"] + 1)
    if len(beyond) >= 6 and sum(beyond) > len(beyond) / 2:
        raise FileError(
            path, f"has {sum(beyond)} of {len(beyond)} boxes sticking out of their picture", fix=_XYWH
        )


_XYWH = "If they are x1, y1, x2, y2, write [x1, y1, x2 - x1, y2 - y1]."


def _columns(entries: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    corners = [(x, y, x + w, y + h) for x, y, w, h in (entry["bbox"] for entry in entries)]
    return {
        "boxes": torch.tensor(corners, dtype=torch.float64).reshape(-1, 4),
        "labels": torch.tensor([entry["category_id"] for entry in entries], dtype=torch.int64),
    }


def _target(image: int, entries: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    return _columns(entries) | {
        "area": torch.tensor([entry["area"] for entry in entries], dtype=torch.float64),
        "iscrowd": torch.tensor([entry["iscrowd"] for entry in entries], dtype=torch.int64),
        "image_id": torch.tensor(image),
    }


def _prediction(image: int, entries: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    scores = torch.tensor([entry["score"] for entry in entries], dtype=torch.float64)
    return _columns(entries) | {"scores": scores, "image_id": torch.tensor(image)}
