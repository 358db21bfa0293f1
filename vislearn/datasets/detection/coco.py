"""Boxes and masks from a file in COCO's format."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from vislearn.datasets.detection.classes import numbered
from vislearn.datasets.detection.coco_file import CocoFile, read_coco
from vislearn.datasets.detection.coco_outlines import CocoOutlines
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.origin import Origin
from vislearn.datasets.detection.pairing import require_unshared
from vislearn.errors import FileError, Words
from vislearn.io import read_image
from vislearn.io.names import find_named
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem, told_in

__all__ = ["coco_detection", "scene_detection"]


def coco_detection(
    annotations: str | Path,
    images: str | Path,
    transforms: Callable[..., Any] | None = None,
    *,
    masks: bool = False,
    classes: Sequence[str] | None = None,
    reader: Callable[[Path], torch.Tensor] = read_image,
    repair: bool = False,
    problems: list[Problem] | None = None,
) -> DetectionDS:
    """A data set from a COCO ``instances`` file: boxes become xyxy, categories become labels 1 ... K.

    COCO's category ids have gaps (1 ... 90 for 80 classes) and some tools start at 0; labels here count the
    categories in the order of their ids, from 1. ``dataset.classes[label - 1]`` is the name.

    Args:
        annotations: the JSON file.
        images: the folder that ``file_name`` is relative to.
        transforms: as for :class:`DetectionDS`.
        masks: whether targets get masks (polygons and run lengths, as numbers or as text).
        classes: names of the labels 1 ... K, in order; categories without objects that aren't among them are
            left out. None takes all that the file has, but for an empty one that is the ``supercategory`` of
            others. Say them where training and validation lie in different files: both must count alike.
        reader: from a path to a picture, uint8 (3, H, W); as for :class:`DetectionDS`.
        repair: likewise.
        problems: a list that takes what is wrong with entries, instead of an error at the first; pictures of
            such entries are left out. None raises.

    Raises:
        FileError: the file is missing, no JSON (with line and column) or not COCO's format; an id that is
            there twice, or that names nothing; objects of a class that isn't in ``classes``; a picture that
            isn't there. What is wrong with a single box is told when its picture is read, or by
            :func:`check_detection`; so is an outline that can't be read or lies outside its box, with masks.
        InputError: ``classes`` names one twice.

    Source: section 4 of the course's text; the format is described at cocodataset.org.
    """
    file, folder = read_coco(annotations, problems=problems), Path(images)
    labels, names = _labels(file, classes)
    owned: dict[int, list[dict[str, Any]]] = {identity: [] for identity in file.images}
    for entry in file.annotations.values():
        owned[entry["image_id"]].append(entry)
    owners, items = dict[Path, str](), []
    for identity, image in file.images.items():
        with told_in(problems):
            picture = _picture(file, folder, identity, image["file_name"])
            owner = Words(N_("image {identity}"), identity=identity)
            require_unshared(owners, picture, owner, file.path)
            owners[picture] = owner
            annotation = _annotation(file.path, image, owned[identity], labels)
            if masks:
                annotation["masks"] = CocoOutlines(
                    file.path, picture, owned[identity], annotation.get("size_hw")
                )
            items.append((picture, annotation))
    dataset = DetectionDS(items, transforms, classes=names, reader=reader, repair=repair)
    dataset.left = list(_left(file))
    if classes is None:
        dataset.categories = [
            {"id": identity, "name": names[label - 1], "supercategory": file.supercategories[identity]}
            for identity, label in labels.items()
        ]
    return dataset


def _left(file: CocoFile) -> Iterator[Problem]:
    """What the file holds and a set with boxes doesn't."""
    fix = _("Keep the file: they are left out.")
    if count := sum(_has_keypoints(entry.get("keypoints")) for entry in file.annotations.values()):
        yield Problem(str(file.path), _("holds keypoints (objects: {count})", count=count), fix)
    if file.extras:
        yield Problem(str(file.path), _("also holds {names}", names=", ".join(map(repr, file.extras))), fix)


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


def _has_keypoints(value: Any) -> bool:
    """Something, and not a row of zeros, as files write where an object has none."""
    return any(value) if isinstance(value, list) else bool(value)


def _picture(file: CocoFile, folder: Path, identity: int, name: str) -> Path:
    if found := find_named(folder, name):
        return found
    what = Words(
        N_("is not there, but image {identity} of {file} names it"), identity=identity, file=file.path.name
    )
    raise FileError(folder / name, what, fix=Words(N_("Is {folder} the right folder?"), folder=folder))


def _labels(file: CocoFile, classes: Sequence[str] | None) -> tuple[dict[int, int], list[str]]:
    """Category id -> label, and the names of the labels."""
    used = {entry["category_id"]: identity for identity, entry in file.annotations.items()}
    if classes is None:
        kept = [
            identity for identity in sorted(file.categories) if identity in used or identity not in file.roots
        ]
        return {identity: label for label, identity in enumerate(kept, 1)}, [file.categories[i] for i in kept]
    numbers = numbered(classes)
    for identity, name in file.categories.items():
        if name not in numbers and identity in used:
            raise FileError(
                file.path,
                N_("has objects of the class {name!r}, such as annotation {identity}"),
                fix=N_("classes= names only: {names}."),
                name=name,
                identity=used[identity],
                names=", ".join(numbers),
            )
    return {i: numbers[name] for i, name in file.categories.items() if name in numbers}, list(numbers)


def _drawn(segmentation: Any) -> str:
    """How an object is drawn, as a set's annotation says it."""
    if not segmentation:
        return "box"
    return "corners" if isinstance(segmentation, list) else "pixels"


def _annotation(
    file: Path, image: Mapping[str, Any], entries: list[dict[str, Any]], labels: Mapping[int, int]
) -> dict[str, Any]:
    """One picture's annotation as :class:`DetectionDS` takes it."""
    annotation: dict[str, Any] = {
        "boxes": [[x, y, x + width, y + height] for x, y, width, height in (e["bbox"] for e in entries)],
        "labels": [labels[entry["category_id"]] for entry in entries],
        "iscrowd": [int(entry.get("iscrowd", 0)) for entry in entries],
        "image_id": image["id"],
        "ids": [entry["id"] for entry in entries],
        "drawn": [_drawn(entry.get("segmentation")) for entry in entries],
        "origin": Origin(
            file, [Words(N_("annotation {identity}"), identity=entry["id"]) for entry in entries]
        ),
    }
    if all("area" in entry for entry in entries):
        annotation["area"] = [float(entry["area"]) for entry in entries]
    if "height" in image and "width" in image:
        annotation["size_hw"] = (image["height"], image["width"])
    return annotation
