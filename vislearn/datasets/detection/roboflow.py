"""Boxes and masks from an export of Roboflow's, whichever of its formats it is in."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from vislearn.datasets.detection.coco import coco_detection
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.voc import voc_detection
from vislearn.datasets.detection.voc_file import read_voc
from vislearn.datasets.detection.yolo import yolo_detection
from vislearn.datasets.detection.yolo_yaml import yaml_in
from vislearn.errors import FileError, InputError, Words, require_one_of
from vislearn.io import read_image
from vislearn.language import N_
from vislearn.problems import Problem

__all__ = ["COCO_FILE", "roboflow_detection"]

COCO_FILE = "_annotations.coco.json"
_PARTS = {"train": "train", "val": "valid", "test": "test"}
_EXPORT = N_("In Roboflow export as COCO, Pascal VOC or YOLO, and unpack the whole zip file.")


def roboflow_detection(
    root: str | Path,
    split: str = "train",
    transforms: Callable[..., Any] | None = None,
    *,
    masks: bool = False,
    reader: Callable[[Path], torch.Tensor] = read_image,
    repair: bool = False,
    problems: list[Problem] | None = None,
) -> DetectionDS:
    """A data set as Roboflow exports it: COCO, YOLO or Pascal VOC, with ``train``, ``valid`` and ``test``.

    In its COCO files category 0 has the project's name, holds the others together and has no objects: it is
    no class. In its VOC files right edges may lie one pixel beyond the picture; ``repair`` clips those. A
    part of the name ``valid`` is the set's ``val``.

    Args:
        root: the unpacked folder.
        split: ``"train"``, ``"val"`` or ``"test"``.
        transforms: as for :class:`DetectionDS`.
        masks: whether targets get masks: exports in COCO's and YOLO's format may have outlines.
        reader: from a path to a picture, uint8 (3, H, W); as for :class:`DetectionDS`.
        repair: likewise.
        problems: as for the reader of the format, such as :func:`coco_detection`.

    Raises:
        FileError: none of its layouts, a part that isn't there, or what the reader of the format raises.
        InputError: an unknown split, or masks where the format has none.

    Source: docs.roboflow.com, "Export data", and the files that it writes.
    """
    require_one_of("split", split, _PARTS)
    root = Path(root)
    if not root.is_dir():
        raise FileError(root, N_("is not a folder"), fix=_EXPORT)
    how: dict[str, Any] = {"reader": reader, "repair": repair, "problems": problems}
    if yaml_in(root) is not None:
        return yolo_detection(root, split, transforms, masks=masks, **how)
    folder = root / _PARTS[split]
    if not folder.is_dir():
        there = ", ".join(name for name in _PARTS.values() if (root / name).is_dir()) or Words(N_("none"))
        raise FileError(
            folder, N_("is not there"), fix=N_("The export has these parts: {parts}."), parts=there
        )
    if (folder / COCO_FILE).is_file():
        return coco_detection(folder / COCO_FILE, folder, transforms, masks=masks, **how)
    if not any(folder.glob("*.xml")):
        raise FileError(folder, N_("has neither {file} nor XML files"), fix=_EXPORT, file=COCO_FILE)
    if masks:
        raise InputError("masks", "must be False for an export in VOC's format", got=masks)
    names = _all_names(root, forgiving=problems is not None)
    return voc_detection(folder, folder, transforms, classes=names, **how)


def _all_names(root: Path, *, forgiving: bool) -> list[str]:
    """The names in all parts: a class that only training has would shift the labels of the others."""
    passed_over: list[Problem] | None = [] if forgiving else None  # each part tells its own
    files = (file for part in _PARTS.values() for file in sorted((root / part).glob("*.xml")))
    found = (read_voc(file, passed_over) for file in files)
    return sorted({thing.name for noted in found if noted for thing in noted.objects})
