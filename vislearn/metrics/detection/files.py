"""COCO's own files: annotations and results, as lists of predictions and targets."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import torch

from vislearn.datasets.detection.coco_file import is_number, is_whole, read_coco, read_json, require_box
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
        FileError: a file is missing, isn't such JSON, or the two don't belong together.

    Source: https://cocodataset.org/#format-results
    """
    truth = read_coco(annotations, file_names=False)
    detections = _detections(Path(results))
    _require_known(results, "image_id", [entry["image_id"] for entry in detections], set(truth.images))
    _require_known(
        results, "category_id", [entry["category_id"] for entry in detections], set(truth.categories)
    )
    objects = list(truth.annotations.values())
    _require_xywh(results, detections, truth.images)
    _require_xywh(annotations, objects, truth.images)
    by_image, found_by_image = _grouped(objects), _grouped(detections)
    targets = [_target(image, by_image[image]) for image in truth.images]
    predictions = [_prediction(image, found_by_image[image]) for image in truth.images]
    return predictions, targets, truth.categories


_RESULTS = "It must be a list of image_id, category_id, bbox and score."


def _detections(path: Path) -> list[dict[str, Any]]:
    """The entries of a file of results, as strictly as those of annotations."""
    content = read_json(path)
    if not isinstance(content, list):
        raise FileError(
            path,
            f"must hold a list, but holds {type(content).__name__}",
            fix="Are annotations and results in the right order?",
        )
    for place, entry in enumerate(content):
        where = f"result {place}, from 0"
        for key in ("image_id", "category_id", "bbox", "score"):
            if not isinstance(entry, dict) or key not in entry:
                raise FileError(path, f"isn't a COCO results file: no {key!r} in {where}", fix=_RESULTS)
        for key, right in (("image_id", is_whole), ("category_id", is_whole), ("score", is_number)):
            if not right(entry[key]):
                raise FileError(path, f"has {entry[key]!r} as {key} in {where}", fix="It must be a number.")
        require_box(path, where, entry["bbox"])
    return content


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


def _columns(entries: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    corners = [(x, y, x + w, y + h) for x, y, w, h in (entry["bbox"] for entry in entries)]
    return {
        "boxes": torch.tensor(corners, dtype=torch.float64).reshape(-1, 4),
        "labels": torch.tensor([entry["category_id"] for entry in entries], dtype=torch.int64),
    }


def _target(image: int, entries: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    areas = [entry.get("area", entry["bbox"][2] * entry["bbox"][3]) for entry in entries]
    return _columns(entries) | {
        "area": torch.tensor(areas, dtype=torch.float64),
        "iscrowd": torch.tensor([entry.get("iscrowd", 0) for entry in entries], dtype=torch.int64),
        "image_id": torch.tensor(image),
    }


def _prediction(image: int, entries: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    scores = torch.tensor([entry["score"] for entry in entries], dtype=torch.float64)
    return _columns(entries) | {"scores": scores, "image_id": torch.tensor(image)}
