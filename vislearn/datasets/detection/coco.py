"""Boxes and masks from a file in COCO's format, read strictly."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch

from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.pairing import require_unshared
from vislearn.errors import FileError
from vislearn.io.names import find_named

__all__ = ["coco_detection", "scene_detection"]


def coco_detection(
    annotations: str | Path,
    images: str | Path,
    transforms: Callable[..., Any] | None = None,
    *,
    masks: bool = False,
) -> DetectionDS:
    """A data set from a COCO ``instances`` file: boxes become xyxy, categories become labels 1 ... K.

    COCO's category ids have gaps (1 ... 90 for 80 classes) and some tools start at 0; labels here count the
    categories in the order of their ids, from 1. ``dataset.classes[label - 1]`` is the name.

    Args:
        annotations: the JSON file.
        images: the folder that ``file_name`` is relative to.
        transforms: as for :class:`DetectionDS`.
        masks: whether targets get masks (polygons and run lengths both).

    Raises:
        FileError: the file is missing, no JSON (with line and column) or not COCO's format; an id that is
            there twice, or that names nothing; a picture that isn't there. What is wrong with a single box is
            told when its picture is read, or by :func:`check_detection`.

    Source: section 4 of the course's text; the format is described at cocodataset.org.
    """
    path, folder = Path(annotations), Path(images)
    content = _load(path)
    pictures = _by_id(path, content["images"], "images", ("file_name",))
    categories = _by_id(path, content["categories"], "categories", ("name",))
    labels = {identity: label for label, identity in enumerate(sorted(categories), start=1)}
    entries = _by_id(path, content["annotations"], "annotations", ("image_id", "category_id", "bbox"))
    owned: dict[Any, list[dict[str, Any]]] = {identity: [] for identity in pictures}
    for identity, entry in entries.items():
        _require_known(path, identity, "image_id", entry["image_id"], pictures, "images")
        _require_known(path, identity, "category_id", entry["category_id"], labels, "categories")
        _require_numbers(path, identity, entry["bbox"])
        owned[entry["image_id"]].append(entry)
    owners, items = dict[Path, str](), []
    for number, (identity, picture) in enumerate(pictures.items(), start=1):
        file = find_named(folder, str(picture["file_name"]))
        if file is None:
            raise FileError(
                folder / str(picture["file_name"]),
                f"is not there, but image {identity} of {path.name} names it",
                fix=f"Is {folder} the right folder?",
            )
        require_unshared(owners, file, f"image {identity}", path)
        owners[file] = f"image {identity}"
        items.append((file, _annotation(picture, owned[identity], labels, number, masks)))
    return DetectionDS(items, transforms, classes=[str(categories[identity]["name"]) for identity in labels])


def scene_detection(
    split: str = "train", transforms: Callable[..., Any] | None = None, *, masks: bool = False
) -> DetectionDS:
    """The bundled scenes as a data set: up to four digits on a photograph, label = digit + 1.

    Args:
        split: ``"train"`` (400 pictures) or ``"val"`` (100).
        transforms: as for :class:`DetectionDS`.
        masks: whether targets get masks.

    Raises:
        InputError: an unknown split.

    >>> scene_detection("val").classes[:3]
    ['0', '1', '2']
    """
    from vislearn.datasets.bundled.scenes import scenes

    found = scenes(split)  # type: ignore[arg-type]  # scenes itself refuses another word
    return coco_detection(found.coco_json, found.images, transforms, masks=masks)


def _load(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise FileError(path, "does not exist", fix="Check the name and the folder.") from None
    except OSError as trouble:
        raise FileError(path, f"can't be read ({trouble.strerror})", fix="Name a JSON file.") from None
    except json.JSONDecodeError as trouble:
        where = f"line {trouble.lineno}, column {trouble.colno}"
        raise FileError(path, f"is not JSON: {trouble.msg} at {where}", fix="Is it whole?") from None
    except UnicodeDecodeError:
        raise FileError(path, "is not text in UTF-8", fix="Name a JSON file.") from None
    for key in ("images", "annotations", "categories"):
        if not isinstance(content, dict) or not isinstance(content.get(key), list):
            raise FileError(
                path,
                f"is not in COCO's format: it has no list {key!r}",
                fix="Detection needs an instances file.",
            )
    return content


def _by_id(
    path: Path, entries: Iterable[Any], kind: str, needed: tuple[str, ...]
) -> dict[Any, dict[str, Any]]:
    """Entries by their id; each id once, each entry with what it needs."""
    found: dict[Any, dict[str, Any]] = {}
    for place, entry in enumerate(entries):
        for key in ("id", *needed):
            if not isinstance(entry, dict) or key not in entry:
                raise FileError(path, f"has an entry without {key!r}: number {place} of {kind!r}, from 0")
        if not isinstance(entry["id"], int):
            raise FileError(path, f"has an id that is no whole number: {entry['id']!r} in {kind!r}")
        if entry["id"] in found:
            raise FileError(
                path, f"has the id {entry['id']} twice in {kind!r}", fix="Give each a number of its own."
            )
        found[entry["id"]] = entry
    return found


def _require_known(path: Path, identity: int, key: str, value: Any, known: Mapping, kind: str) -> None:
    if not isinstance(value, int) or value not in known:
        listed = sorted(known)
        some = ", ".join(str(entry) for entry in listed[:10]) + (" …" if len(listed) > 10 else "")
        raise FileError(
            path,
            f"has an unknown {key} {value!r} in annotation {identity}",
            fix=f"{kind!r} has the ids {some}." if listed else f"{kind!r} is empty.",
        )


def _require_numbers(path: Path, identity: int, box: Any) -> None:
    numbers = (
        isinstance(box, list)
        and len(box) == 4
        and all(isinstance(number, int | float) and math.isfinite(number) for number in box)
    )
    if not numbers:
        raise FileError(
            path,
            f"has a bbox that isn't four numbers in annotation {identity}: {box!r}",
            fix="COCO's boxes are [x, y, width, height].",
        )
    if box[2] < 0 or box[3] < 0:
        raise FileError(path, f"has a bbox of negative width or height in annotation {identity}: {box!r}")


def _annotation(
    picture: Mapping[str, Any],
    entries: list[dict[str, Any]],
    labels: Mapping[int, int],
    number: int,
    masks: bool,
) -> dict[str, Any]:
    """One picture's annotation as :class:`DetectionDS` takes it; ``number`` counts the pictures from 1."""
    annotation: dict[str, Any] = {
        "boxes": [[x, y, x + width, y + height] for x, y, width, height in (e["bbox"] for e in entries)],
        "labels": [labels[entry["category_id"]] for entry in entries],
        "iscrowd": [int(entry.get("iscrowd", 0)) for entry in entries],
        "image_id": picture["id"],
    }
    if all("area" in entry for entry in entries):
        annotation["area"] = [float(entry["area"]) for entry in entries]
    if "height" in picture and "width" in picture:
        annotation["size_hw"] = (picture["height"], picture["width"])
    if masks:
        annotation["masks"] = partial(_masks, [entry.get("segmentation") for entry in entries], picture)
    return annotation


def _masks(segmentations: list[Any], picture: Mapping[str, Any]) -> torch.Tensor:
    """Polygons and run lengths, as COCO has them -> uint8 (N, H, W)."""
    from faster_coco_eval.core import mask as coco_mask

    height, width = picture["height"], picture["width"]
    found = torch.zeros(len(segmentations), height, width, dtype=torch.uint8)
    for index, segmentation in enumerate(segmentations):
        if not segmentation:
            raise ValueError("an object has no segmentation; masks=False does without")
        runs = coco_mask.frPyObjects(segmentation, height, width)
        merged = coco_mask.merge(runs) if isinstance(runs, list) else runs
        found[index] = torch.from_numpy(coco_mask.decode(merged).copy())
    return found
