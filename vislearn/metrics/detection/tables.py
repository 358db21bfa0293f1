"""Predictions and targets of many pictures as flat columns, checked once."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch

from vislearn.errors import InputError, require_one_of
from vislearn.metrics.detection.run_lengths import RunLengths, as_run_lengths
from vislearn.ops.boxes import box_area, require_xyxy

__all__ = ["Detections", "Kind", "Objects", "one_thread", "tabulate"]

Kind = Literal["bbox", "segm"]  # COCO's words for what is compared: boxes, or masks


@dataclass(frozen=True)
class Detections:
    """All detections of all pictures, one row each, picture after picture.

    Attributes:
        image: (N,) place of the picture in COCO's order: by image_id, else as listed.
        label: (N,) class.
        boxes: (N, 4) xyxy pixels, float64.
        area: (N,) float64, width · height; with masks, their pixels.
        score: (N,) float64 in [0, 1].
        masks: N of them where masks are compared, else None.
    """

    image: torch.Tensor
    label: torch.Tensor
    boxes: torch.Tensor
    area: torch.Tensor
    score: torch.Tensor
    masks: list[RunLengths] | None = None


@dataclass(frozen=True)
class Objects:
    """All annotated objects of all pictures, one row each, picture after picture.

    Attributes:
        image: (M,) place of the picture, as for :class:`Detections`.
        label: (M,) class.
        boxes: (M, 4) xyxy pixels, float64.
        area: (M,) float64: the target's ``area`` (COCO: pixels of the mask), else as for :class:`Detections`.
        crowd: (M,) bool: a box or mask around a group, to be neither found nor missed.
        order: for each place, where that picture stands in the lists; empty pictures too.
        masks: as for :class:`Detections`.
    """

    image: torch.Tensor
    label: torch.Tensor
    boxes: torch.Tensor
    area: torch.Tensor
    crowd: torch.Tensor
    order: list[int]
    masks: list[RunLengths] | None = None

    @property
    def images(self) -> int:
        """How many pictures there are."""
        return len(self.order)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: for thousands of small operations.

    Where loaders or other programs keep the cores busy, threads would wait for each other at every one of
    them: half a second turned into twenty.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def tabulate(
    predictions: Sequence[Mapping], targets: Sequence[Mapping], kind: Kind = "bbox"
) -> tuple[Detections, Objects]:
    """Lists of dictionaries, as torchvision's detectors give and take them, as flat columns.

    Args:
        predictions: per picture ``boxes`` (N, 4) xyxy pixels, ``scores`` (N,) in [0, 1], ``labels`` (N,)
            integers; optionally ``image_id``.
        targets: per picture ``boxes`` (M, 4) and ``labels`` (M,); optionally ``iscrowd`` (M,), ``area`` (M,)
            and ``image_id``.
        kind: ``"segm"`` asks for ``masks`` as well, as :func:`as_run_lengths` takes them; then boxes that are
            missing are drawn around them.

    Raises:
        InputError: the lists differ in length, an entry lacks a key, or a value has the wrong shape, dtype
            or range.
    """
    require_one_of("kind", kind, ["bbox", "segm"])
    _require_lists(predictions, targets)
    if kind == "segm":
        predictions, targets = _with_masks(predictions, "predictions"), _with_masks(targets, "targets")
        _require_sizes(predictions, targets)
    order = _order(predictions, targets)
    predictions, targets = [predictions[at] for at in order], [targets[at] for at in order]
    found = {key: _column(predictions, "predictions", key, order) for key in ("boxes", "labels", "scores")}
    true = {key: _column(targets, "targets", key, order) for key in ("boxes", "labels", "iscrowd", "area")}
    image, true_image = _images(predictions), _images(targets)
    _require_scores(found["scores"], [order[at] for at in image.tolist()])
    _require_boxes(found["boxes"], predictions, "predictions", order)
    _require_boxes(true["boxes"], targets, "targets", order)
    masks, true_masks = (_masks(entries, kind) for entries in (predictions, targets))
    area, true_area = _areas(found["boxes"], masks), _areas(true["boxes"], true_masks)
    true_area = torch.where(true["area"].isnan(), true_area, true["area"])
    crowd = true["iscrowd"] != 0
    return (
        Detections(image, found["labels"], found["boxes"], area, found["scores"], masks),
        Objects(true_image, true["labels"], true["boxes"], true_area, crowd, order, true_masks),
    )


def _with_masks(entries: Sequence[Mapping], name: str) -> list[dict[str, Any]]:
    """The same entries, their masks as run lengths; boxes around them where there are none."""
    full = []
    for at, entry in enumerate(entries):
        place = f"{name}[{at}]['masks']"
        if "masks" not in entry:
            has = ", ".join(map(repr, entry)) or "nothing"
            raise InputError(place, "must be there", got=has, fix="Or is kind='bbox' meant?")
        masks = as_run_lengths(entry["masks"], place)
        if "labels" in entry and len(masks) != len(entry["labels"]):
            raise InputError(place, f"must be as many as labels ({len(entry['labels'])})", got=len(masks))
        boxes = torch.tensor([mask.box_xyxy for mask in masks], dtype=torch.float64).reshape(-1, 4)
        full.append({"boxes": boxes} | dict(entry) | {"masks": masks})
    return full


def _require_sizes(predictions: Sequence[Mapping], targets: Sequence[Mapping]) -> None:
    """One size per picture, among all of its masks."""
    for at, (prediction, target) in enumerate(zip(predictions, targets, strict=False)):
        sizes = {mask.size_hw: "" for mask in (*target["masks"], *prediction["masks"])}
        if len(sizes) > 1:
            wanted, got = list(sizes)[:2]
            raise InputError(
                f"the masks of picture {at}",
                f"must all have its size, {wanted} (height, width)",
                got=got,
                fix="Paste or resize masks to the picture before scoring; NEAREST keeps them 0 and 1.",
            )


def _masks(entries: Sequence[Mapping], kind: Kind) -> list[RunLengths] | None:
    return [mask for entry in entries for mask in entry["masks"]] if kind == "segm" else None


def _areas(boxes: torch.Tensor, masks: list[RunLengths] | None) -> torch.Tensor:
    return box_area(boxes) if masks is None else torch.tensor([float(mask.area) for mask in masks]).double()


def _images(entries: Sequence[Mapping]) -> torch.Tensor:
    counts = torch.tensor([len(entry["labels"]) for entry in entries], dtype=torch.int64)
    return torch.repeat_interleave(torch.arange(len(entries)), counts)


def _require_lists(predictions: Any, targets: Any) -> None:
    for name, entries in (("predictions", predictions), ("targets", targets)):
        wanted = "must be a list with one dictionary per picture"
        if isinstance(entries, (Mapping, str)) or not isinstance(entries, Sequence):
            raise InputError(name, wanted, got=type(entries).__name__, fix=f"For one picture: [{name[:-1]}].")
        for at, entry in enumerate(entries):
            if not isinstance(entry, Mapping):
                raise InputError(name, wanted, got=f"{type(entry).__name__} at {at}")
    if len(predictions) != len(targets):
        raise InputError(
            "predictions",
            f"must have one entry per target ({len(targets)})",
            got=len(predictions),
            fix="A picture without detections has an entry too: boxes (0, 4), scores (0,), labels (0,).",
        )


def _order(predictions: Sequence[Mapping], targets: Sequence[Mapping]) -> list[int]:
    """COCO's order of pictures, which decides between equal scores."""
    ids = [_image_id(target) for target in targets]
    for at, (prediction, expected) in enumerate(zip(predictions, ids, strict=True)):
        got = _image_id(prediction)
        if got is not None and expected is not None and got != expected:
            raise InputError(
                f"predictions[{at}]['image_id']",
                f"must be its target's ({expected})",
                got=got,
                fix="Bring both lists into the same order.",
            )
    if any(number is None for number in ids):
        return list(range(len(ids)))
    known = {number: at for at, number in reversed(list(enumerate(ids)))}
    for at, number in enumerate(ids):
        if known[number] != at:
            raise InputError(
                f"targets[{at}]['image_id']",
                "must differ from every other target's",
                got=f"{number}, as in targets[{known[number]}]",
            )
    return sorted(range(len(ids)), key=lambda at: ids[at])


def _image_id(entry: Mapping) -> Any:
    number = entry.get("image_id")
    return number.item() if isinstance(number, torch.Tensor) and number.numel() == 1 else number


_OPTIONAL = {"iscrowd": 0, "area": torch.nan}
_INTEGERS = {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}


def _column(entries: list[Mapping], name: str, key: str, order: list[int]) -> torch.Tensor:
    """One key of all entries, checked and joined: float64, labels as int64."""
    values = []
    for entry, at in zip(entries, order, strict=True):
        place = f"{name}[{at}][{key!r}]"
        if key not in entry and key in _OPTIONAL:
            values.append(torch.full((len(entry["labels"]),), _OPTIONAL[key], dtype=torch.float64))
        else:
            values.append(_checked(entry, key, place))
    dtype = torch.int64 if key == "labels" else torch.float64
    shape = (0, 4) if key == "boxes" else (0,)
    return torch.cat([torch.empty(shape, dtype=dtype), *[value.to(dtype) for value in values]])


def _checked(entry: Mapping, key: str, place: str) -> torch.Tensor:
    if key not in entry:
        has = ", ".join(repr(name) for name in entry) or "nothing"
        raise InputError(place, "must be there", got=has, fix=_MISSING.get(key, ""))
    value = entry[key]
    if not isinstance(value, torch.Tensor):
        raise InputError(place, "must be a tensor", got=type(value).__name__, fix="Use torch.as_tensor(...).")
    value = value.detach().cpu().as_subclass(torch.Tensor)
    if key == "boxes" and value.numel() == 0:
        value = value.reshape(0, 4)  # "no boxes" is written in many ways
    _require_shape(value, key, place, entry)
    if key == "labels" and value.dtype not in _INTEGERS and value.numel():
        raise InputError(place, "must be integers", got=value.dtype, fix="Use labels.to(torch.int64).")
    if key == "scores" and not value.is_floating_point() and value.numel():
        raise InputError(place, "must be floating-point numbers in [0, 1]", got=value.dtype)
    if hasattr(entry[key], "format"):
        require_xyxy(place, entry[key])  # a tv_tensor knows its format
    return value


_MISSING = {
    "scores": "Predictions need one score per box, as a detector in eval mode gives; are these targets?"
}


def _require_shape(value: torch.Tensor, key: str, place: str, entry: Mapping) -> None:
    boxes = entry.get("boxes")
    rows = 0 if boxes is None or boxes.numel() == 0 else len(boxes)
    wanted = (rows, 4) if key == "boxes" else (rows,)
    if tuple(value.shape) != wanted:
        rule = "(N, 4)" if key == "boxes" else f"({rows},), one number per box"
        raise InputError(place, f"must have shape {rule}", got=tuple(value.shape))


def _require_scores(scores: torch.Tensor, places: list[int]) -> None:
    wrong = ~((scores >= 0) & (scores <= 1))  # NaN compares false
    if wrong.any():
        row = int(wrong.nonzero()[0])
        fix = "Turn logits into scores with sigmoid or softmax."
        if scores[row].isnan():
            fix = "A training that diverged gives NaN: lower the learning rate."
        raise InputError(
            f"predictions[{places[row]}]['scores']", "must be in [0, 1]", got=f"{scores[row]:g}", fix=fix
        )


def _require_boxes(boxes: torch.Tensor, entries: list[Mapping], name: str, order: list[int]) -> None:
    """Look at all boxes at once, and only where something is wrong for the picture to name."""
    try:
        require_xyxy(name, boxes)
    except InputError:
        for entry, at in zip(entries, order, strict=True):
            require_xyxy(f"{name}[{at}]['boxes']", entry["boxes"].reshape(-1, 4))
        raise
