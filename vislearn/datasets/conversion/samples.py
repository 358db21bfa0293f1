"""What stands in a data set with boxes, picture by picture, checked, under names that fit in one folder."""

import os
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.errors import FileError, InputError, Words
from vislearn.io.names import plain_name
from vislearn.io.orientation import orientation
from vislearn.language import N_

__all__ = ["Sample", "samples_of"]


@dataclass(frozen=True)
class Sample:
    """A picture and its objects; ``name`` is the picture's in the set that is written."""

    picture: Path
    name: str
    size_hw: tuple[int, int]
    turned: bool  # EXIF turns the picture; boxes are of the upright one
    boxes: np.ndarray  # float32 (N, 4), xyxy in pixels
    labels: list[int]  # 1 ... K
    iscrowd: list[int]
    area: np.ndarray  # float32 (N,)
    image_id: int
    runs: list[str] | None  # COCO's run lengths as text, one per object; None: there are no masks
    drawn: list[str]  # "box", "corners" or "pixels" for each object: how its file draws it
    ids: list[int] | None  # of the objects, where the file has some


def samples_of(dataset: DetectionDS) -> tuple[list[Sample], list[str]]:
    """Everything in a set, and the names of its classes; nothing is written that couldn't be read again.

    Args:
        dataset: every picture of it is read, and every target checked.

    Raises:
        InputError: it is no :class:`DetectionDS`, or has no names of classes.
        FileError: a picture or a target that :class:`DetectionDS` refuses, or two pictures of one name or id.
    """
    if not isinstance(dataset, DetectionDS):
        fix = "Make one of (path, annotation) pairs."
        raise InputError(
            "dataset", "must be a DetectionDS, whose pictures are files", got=type(dataset).__name__, fix=fix
        )
    if dataset.classes is None:
        raise InputError("dataset", "must know its classes", got="none", fix="DetectionDS(classes=...)")
    names = _names([path for path, _annotation in dataset.items])
    found = [_sample(dataset, index, name) for index, name in enumerate(names)]
    owners: dict[int, Path] = {}
    for sample in found:
        if sample.image_id in owners:
            what = Words(
                N_("has image_id {image_id}, and so has {other}"),
                image_id=sample.image_id,
                other=owners[sample.image_id],
            )
            raise FileError(sample.picture, what, fix=N_("Give each picture a number of its own."))
        owners[sample.image_id] = sample.picture
    return found, list(dataset.classes)


def _sample(dataset: DetectionDS, index: int, name: str) -> Sample:
    path, noted = dataset.items[index]
    image, target = dataset.read(index)
    masks = target.get("masks")
    return Sample(
        picture=path,
        name=name,
        size_hw=(image.shape[1], image.shape[2]),
        turned=_is_turned(path),
        boxes=target["boxes"].numpy(),
        labels=target["labels"].tolist(),
        iscrowd=target["iscrowd"].tolist(),
        area=target["area"].numpy(),
        image_id=int(target["image_id"]),
        runs=None if masks is None else _runs(masks),
        drawn=list(noted.get("drawn", ["box"] * len(target["boxes"]))),
        ids=noted.get("ids"),
    )


def _is_turned(path: Path) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large pictures; this one has been read
        with Image.open(path) as file:
            return orientation(file) != 1


def _runs(masks: torch.Tensor) -> list[str]:
    """Masks (N, H, W) as COCO's text of run lengths: a thousandth of their memory."""
    from faster_coco_eval.core import mask as library

    if not len(masks):
        return []
    columns = np.asfortranarray(masks.to(torch.uint8).permute(1, 2, 0).numpy())  # (H, W, N), column by column
    return [entry["counts"].decode() for entry in library.encode(columns)]


def _names(pictures: Sequence[Path]) -> list[str]:
    """Each picture's name; where two would share labels, their folders' names come before it."""
    stems = Counter(_key(path.name) for path in pictures)
    base = os.path.commonpath([path.absolute().parent for path in pictures]) if pictures else ""
    names, owners = [], dict[str, Path]()
    for path in pictures:
        inside = path.absolute().relative_to(base)
        name = path.name if stems[_key(path.name)] == 1 else "_".join(inside.parts)
        if _key(name) in owners:
            what = Words(N_("would share its labels with {other}"), other=owners[_key(name)])
            raise FileError(path, what, fix=N_("Rename one of the two pictures."))
        owners[_key(name)] = path
        names.append(name)
    return names


def _key(name: str) -> str:
    """Two names with one key are one file of labels, at least on Windows and macOS."""
    return plain_name(Path(name).stem).casefold()
