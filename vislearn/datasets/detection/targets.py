"""A picture's target: from whatever an annotation holds to tensors, and tidied after a transform."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torchvision.ops import clip_boxes_to_image

from vislearn.errors import FileError, Words
from vislearn.language import N_
from vislearn.sample import DetectionTarget

__all__ = ["plain", "target_of", "tidied"]

_SLIVER = 1.0  # pixels; what a crop leaves of an object at its edge teaches nothing


def target_of(annotation: Mapping[str, Any], index: int) -> DetectionTarget:
    """Tensors from whatever an annotation holds; ``[]`` becomes (0, 4).

    Args:
        annotation: as :class:`DetectionDS` takes them.
        index: position of the sample, for pictures without a number of their own.

    Raises:
        ValueError: it lacks something, or what it holds are no numbers; the text is a clause.
        FileError: its masks can't be read.
    """
    boxes = _tensor(annotation, "boxes", torch.float32)
    boxes = boxes.reshape(0, 4) if boxes.numel() == 0 else boxes
    target: DetectionTarget = {
        "boxes": boxes,
        "labels": _whole(annotation, "labels"),
        "image_id": _whole({"image_id": index + 1} | dict(annotation), "image_id"),
        "area": torch.zeros(len(boxes)),
        "iscrowd": _whole({"iscrowd": [0] * len(boxes)} | dict(annotation), "iscrowd"),
    }
    if "masks" in annotation:
        masks = annotation["masks"]
        target["masks"] = _tensor({"masks": masks() if callable(masks) else masks}, "masks")
    given = annotation.get("area") is not None
    target["area"] = _tensor(annotation, "area", torch.float32) if given else _area(target)
    return target


def _tensor(annotation: Mapping[str, Any], key: str, dtype: torch.dtype | None = None) -> torch.Tensor:
    if key not in annotation:
        raise ValueError(Words(N_("it has no {key!r}"), key=key))
    try:
        return torch.as_tensor(annotation[key], dtype=dtype)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise ValueError(Words(N_("its {key} are no numbers, or not as many in each row"), key=key)) from None


def _whole(annotation: Mapping[str, Any], key: str) -> torch.Tensor:
    numbers = _tensor(annotation, key)
    if numbers.is_floating_point() and numbers.numel():
        raise ValueError(
            Words(N_("{key} must be whole numbers, got {numbers}"), key=key, numbers=numbers.tolist())
        )
    return numbers.to(torch.int64)


def _area(target: Mapping[str, Any]) -> torch.Tensor:
    """Pixels of each object (N,): of its mask where there is one, else of its box."""
    if "masks" in target:
        return plain(target["masks"]).flatten(1).sum(1).to(torch.float32)
    boxes = plain(target["boxes"])
    if boxes.ndim != 2 or boxes.shape[1] != 4:  # a defect that has its own sentence
        return torch.zeros(len(boxes))
    return (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(1)


def tidied(
    before: DetectionTarget, moved: Mapping[str, Any], size_hw: tuple[int, int], path: Path
) -> DetectionTarget:
    """Plain tensors, clipped boxes, no slivers, and areas that fit the objects as they are now.

    Args:
        before: the target before the transform.
        moved: what the transform made of it.
        size_hw: of the picture after the transform.
        path: of the picture.

    Raises:
        FileError: the transform left something behind.
    """
    canvas = getattr(moved["boxes"], "canvas_size", size_hw)
    if tuple(canvas) != tuple(size_hw):
        raise FileError(
            path,
            N_(
                "became {height}×{width} pixels (height×width), but its boxes are still on "
                "{old_height}×{old_width}"
            ),
            fix=N_("Use a v2 transform, and give it image and target together."),
            height=size_hw[0],
            width=size_hw[1],
            old_height=canvas[0],
            old_width=canvas[1],
        )
    target: dict[str, Any] = {key: plain(value) for key, value in moved.items()}
    target["boxes"] = clip_boxes_to_image(target["boxes"], size_hw)
    count = len(target["boxes"])
    if (
        len(target["iscrowd"]) != count
    ):  # SanitizeBoundingBoxes on its own takes out boxes, labels and masks only
        if before["iscrowd"].any():
            raise FileError(
                path,
                N_("has crowds, and a transform took out boxes without their iscrowd"),
                fix=N_("Leave SanitizeBoundingBoxes out: DetectionDS does its work."),
            )
        target["iscrowd"] = torch.zeros(count, dtype=torch.int64)
    if not torch.equal(target["boxes"], before["boxes"]):
        target["area"] = _area(target) if "masks" in target else _scaled_area(before, target)
        keep = (target["boxes"][:, 2:] - target["boxes"][:, :2] >= _SLIVER).all(1)
        if "masks" in target:
            keep &= target["masks"].flatten(1).sum(1) > 0
        for key in ("boxes", "labels", "area", "iscrowd", "masks"):
            if key in target:
                target[key] = target[key][keep]
    return target  # type: ignore[return-value]  # a dict with exactly these keys


def _scaled_area(before: DetectionTarget, after: Mapping[str, Any]) -> torch.Tensor:
    """An annotated area shrinks and grows with its box."""
    now = _area(after)
    if len(now) != len(before["area"]):
        return now
    return now * before["area"] / _area({"boxes": before["boxes"]})


def plain(value: Any) -> Any:
    """A tensor without what tv_tensors know about it.

    Args:
        value: a tensor; anything else stays as it is.
    """
    return value.as_subclass(torch.Tensor) if isinstance(value, torch.Tensor) else value
