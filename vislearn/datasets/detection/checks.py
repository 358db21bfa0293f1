"""A look at everything before training: all that is wrong with a data set for detection, at once."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from torchvision.ops import box_iou

from vislearn.datasets.detection.dataset import DetectionDS, as_file_error
from vislearn.datasets.detection.origin import Origin
from vislearn.errors import FileError
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem, joined, problem_of
from vislearn.sample import DetectionTarget, target_defects

__all__ = ["check_detection"]

_SMALL = 2.0  # pixels a side; below, a slip of the hand is likelier than an object
_SAME = 0.95  # IoU from which two boxes are one object, annotated twice


def check_detection(dataset: Dataset, *, whole: bool = True, called: str = "") -> list[Problem]:
    """Everything wrong with a data set for detection; ``[]`` means: train on it.

    Looks at every picture and every target, before and after the transforms. Besides each sample's defects:
    boxes below 2 pixels a side, objects annotated twice, pictures that share an ``image_id``, classes without
    objects, no object at all.

    Args:
        dataset: a :class:`DetectionDS`, or any data set of ``(image, target)`` with tensors.
        whole: whether all pictures are in it; else classes without objects aren't told, which may have some
            in those that a reader left out.
        called: what the sentences about all of it call it, such as the name of a part; "": the data set.
    """
    problems: list[Problem] = []
    owners: dict[int, list[Path]] = {}
    seen: Counter[int] = Counter()
    classes = getattr(dataset, "classes", None)
    for index in range(len(dataset)):  # type: ignore[arg-type]  # Dataset declares no length; all have one
        path, origin = Path(_("sample {index}", index=index)), None
        if isinstance(dataset, DetectionDS):
            path, origin = dataset.items[index][0], dataset.items[index][1].get("origin")
        try:
            annotated, target = _look(dataset, index, path)
        except _Wrong as wrong:
            problems += map(problem_of, wrong.troubles)
            if wrong.annotated is not None:
                problems += _doubts(_Namer(path, origin, wrong.annotated, classes), wrong.annotated)
            continue
        except FileError as trouble:
            problems.append(problem_of(trouble))
            continue
        problems += _doubts(_Namer(path, origin, annotated, classes), annotated)
        seen.update(target["labels"].tolist())
        if "image_id" in target:
            owners.setdefault(int(target["image_id"]), []).append(path)
    return problems + _whole_set_problems(
        owners, seen, classes, bool(problems) or not whole, called or _("The data set")
    )


class _Wrong(Exception):
    """A sample that can't be trained on; its target, if that is known as it was annotated."""

    def __init__(self, troubles: list[FileError], annotated: DetectionTarget | None = None) -> None:
        super().__init__(troubles)
        self.troubles, self.annotated = troubles, annotated


def _look(dataset: Any, index: int, path: Path) -> tuple[DetectionTarget, DetectionTarget]:
    """The target as it was annotated, as far as that can be known, and as it arrives."""
    annotated = None
    if isinstance(dataset, DetectionDS):
        image, annotated, troubles = dataset.examined(index)
        if troubles:
            raise _Wrong(troubles, annotated)
        image, target = dataset.transformed(index, image, annotated)
    else:
        image, target = dataset[index]
    if not isinstance(image, torch.Tensor):
        raise FileError(
            path,
            N_("arrives as {kind}, not as a tensor"),
            fix=N_("Add v2.ToImage()."),
            kind=type(image).__name__,
        )
    classes = getattr(dataset, "classes", None)
    size_hw, count = (image.shape[-2], image.shape[-1]), None if classes is None else len(classes)
    if found := list(target_defects(target, size_hw, num_classes=count)):
        raise _Wrong([as_file_error(path, defect) for defect in found])
    return annotated or target, target


@dataclass(frozen=True)
class _Namer:
    """Says which objects of a picture are meant: by their places in a file, where there is one."""

    path: Path
    origin: Origin | None
    target: DetectionTarget
    classes: Sequence[str] | None

    @property
    def where(self) -> str:
        return str(self.origin.file if self.origin else self.path)

    @property
    def picture(self) -> str:
        """For behind what a file has: it may have it for several pictures."""
        return _(" for {picture}", picture=self.path.name) if self.origin else ""

    def class_name(self, index: int) -> str:
        label = int(self.target["labels"][index])
        known = self.classes is not None and 1 <= label <= len(self.classes)
        return self.classes[label - 1] if self.classes and known else _("class {label}", label=label)

    def objects(self, *indices: int) -> str:
        boxes = _(joined(list(map(self._box, indices))))
        if self.origin is None:
            return boxes
        places = joined([self.origin.named(index, self.class_name(index)) for index in indices])
        return _(
            "{places}; left, top, right and bottom, in pixels from 0, are {boxes}", places=places, boxes=boxes
        )

    def _box(self, index: int) -> str:
        return "[" + ", ".join(f"{number:g}" for number in self.target["boxes"][index].tolist()) + "]"


def _doubts(called: _Namer, target: DetectionTarget) -> Iterator[Problem]:
    """What could be meant, and hardly is; nothing of boxes that are wrong as boxes."""
    boxes, labels = target["boxes"], target["labels"].tolist()
    crowds = target.get("iscrowd", torch.zeros(len(boxes)))
    if not len(boxes) == len(labels) == len(crowds):
        return
    real = boxes.isfinite().all(dim=1) & (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
    single = (real & (crowds == 0)).nonzero().flatten().tolist()
    for index in single:
        width, height = (boxes[index, 2:] - boxes[index, :2]).tolist()
        if min(width, height) < _SMALL:
            what = _(
                "has an object of {width:.3g}×{height:.3g} pixels (width×height){picture}: {objects}",
                width=width,
                height=height,
                picture=called.picture,
                objects=called.objects(index),
            )
            yield Problem(called.where, what, _("Draw it again, or leave it out."))
    overlap = box_iou(boxes[single], boxes[single]).triu(diagonal=1)
    for first, second in (overlap >= _SAME).nonzero().tolist():
        one, other = single[first], single[second]
        if labels[one] == labels[other]:
            what = _("has one object twice")
        elif torch.equal(boxes[one], boxes[other]):
            what = _(
                "has one box twice, as {one} and as {other}",
                one=called.class_name(one),
                other=called.class_name(other),
            )
        else:
            continue
        what += f"{called.picture}: {called.objects(one, other)}"
        yield Problem(called.where, what, _("Leave one of the two out."))


def _whole_set_problems(
    owners: Mapping[int, list[Path]],
    seen: Counter[int],
    classes: Sequence[str] | None,
    others: bool,
    called: str,
) -> list[Problem]:
    problems = [
        Problem(
            str(paths[1]),
            _("has image_id {image_id}, and so has {other}", image_id=image_id, other=paths[0]),
            _("Give each picture a number of its own."),
        )
        for image_id, paths in owners.items()
        if len(paths) > 1
    ]
    if others:  # samples are left out of the count: what is missing may be in those
        return problems
    if not seen:
        return [
            *problems,
            Problem(called, _("has no object at all"), _("Check where annotations are read.")),
        ]
    missing = [name for label, name in enumerate(classes or (), start=1) if label not in seen]
    if missing:
        names = ", ".join(missing)
        problems.append(
            Problem(
                called,
                _("has no object of: {names}", names=names),
                _("Nobody can learn these: leave them out."),
            )
        )
    return problems
