"""Pictures with boxes: the data set, the batch, and a look at everything before training."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from torchvision import tv_tensors
from torchvision.ops import clip_boxes_to_image

from vislearn.errors import FileError, InputError
from vislearn.io import read_image
from vislearn.problems import Problem, problem_of
from vislearn.sample import DetectionTarget, target_defects
from vislearn.transforms import detection_transform

__all__ = ["DetectionDS", "check_detection", "detection_collate"]

_SLIVER = 1.0  # pixels; what a crop leaves of an object at its edge teaches nothing
_SEE_ALL = "vislearn.datasets.check_detection(dataset) lists every problem."


class DetectionDS(Dataset):
    """Pictures and the objects on them: transforms move picture, boxes and masks together.

    The source's class of this name transformed the picture and left its boxes where they were. Here all
    travel as torchvision's tv_tensors, so that any v2 transform moves them as one. Afterwards boxes are
    clipped to the picture, and objects of which less than a pixel is left are taken out.

    Args:
        items: ``(path, annotation)`` of each picture. An annotation is a dict with ``"boxes"`` (rows of xyxy
            in pixels; none for a picture without objects) and ``"labels"`` (1 ... K), and what else is known:
            ``"area"``, ``"iscrowd"``, ``"image_id"`` (default: position + 1), ``"masks"`` (uint8 or bool
            (N, H, W), or a function without arguments that reads them), ``"size_hw"`` (what the annotation
            says about the picture's height and width).
        transforms: a v2 transform, called as ``transforms(image, target)`` with a uint8 ``tv_tensors.Image``;
            None: :func:`vislearn.transforms.detection_transform` as for validation.
        classes: names of the labels 1 ... K; None leaves labels unchecked from above.

    Raises:
        FileError: an item, when it is read: a missing or damaged picture, or a target with a defect; the
            sentence names the picture. In loader workers too.

    Source: section 4 of the course's text, corrected.
    """

    def __init__(
        self,
        items: Sequence[tuple[str | Path, Mapping[str, Any]]],
        transforms: Callable[..., Any] | None = None,
        *,
        classes: Sequence[str] | None = None,
    ) -> None:
        self.items = [(Path(path), annotation) for path, annotation in items]
        self.transforms = detection_transform(train=False) if transforms is None else transforms
        self.classes = None if classes is None else list(classes)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, DetectionTarget]:
        image, target = self.read(index)
        height, width = image.shape[-2:]
        wrapped: dict[str, Any] = dict(target)
        wrapped["boxes"] = tv_tensors.BoundingBoxes(
            target["boxes"], format="XYXY", canvas_size=(height, width)
        )
        if "masks" in wrapped:
            wrapped["masks"] = tv_tensors.Mask(wrapped["masks"])
        image, moved = self.transforms(tv_tensors.Image(image), wrapped)
        image = _plain(image)
        return image, _tidied(target, moved, image.shape[-2:], self.items[index][0])

    @property
    def num_classes(self) -> int:
        """K, without the background.

        Raises:
            InputError: the data set has no class names.
        """
        if self.classes is None:
            raise InputError(
                "classes", "must be known to count them", got="none", fix="DetectionDS(classes=...)"
            )
        return len(self.classes)

    def read(self, index: int) -> tuple[torch.Tensor, DetectionTarget]:
        """The picture as it is in its file, uint8 (3, H, W), and its target, checked, before any transform.

        Args:
            index: position of the sample.

        Raises:
            FileError: the picture is missing or damaged, or its target has a defect.
        """
        for trouble in self.troubles(index):
            raise trouble
        path, annotation = self.items[index]
        return read_image(path), _target(annotation, index)

    def troubles(self, index: int) -> Iterator[FileError]:
        """Everything wrong with one sample before any transform, one sentence each.

        Args:
            index: position of the sample.
        """
        path, annotation = self.items[index]
        try:
            image, target = read_image(path), _target(annotation, index)
        except FileError as trouble:
            yield trouble
            return
        except (TypeError, ValueError, KeyError) as trouble:
            yield FileError(
                path, f"has an annotation that can't be used ({type(trouble).__name__}: {trouble})"
            )
            return
        size_hw = (image.shape[1], image.shape[2])
        noted = annotation.get("size_hw", size_hw)
        if tuple(noted) != size_hw:
            yield FileError(
                path,
                f"is {size_hw[0]}×{size_hw[1]} pixels (height×width), but its annotation says "
                f"{noted[0]}×{noted[1]}",
                fix="Was the picture resized, or turned upright, without its boxes?",
            )
            return
        count = None if self.classes is None else len(self.classes)
        for defect in target_defects(target, size_hw, num_classes=count):
            yield _as_file_error(path, defect)


def detection_collate(
    batch: Sequence[tuple[torch.Tensor, DetectionTarget]],
) -> tuple[list[torch.Tensor], list[DetectionTarget]]:
    """A batch for a detector: a list of pictures and a list of targets, as ``collate_fn`` of a DataLoader.

    Pictures differ in size and targets in length, so nothing can be stacked. The source has two functions for
    this; one will do.

    Args:
        batch: samples.

    >>> detection_collate([(torch.zeros(3, 8, 8), {}), (torch.zeros(3, 4, 6), {})])[1]
    [{}, {}]
    """
    images, targets = zip(*batch, strict=True)
    return list(images), list(targets)


def check_detection(dataset: Dataset) -> list[Problem]:
    """Everything wrong with a data set for detection; ``[]`` means: train on it.

    Looks at every picture and every target, before and after the transforms. Besides each sample's defects:
    pictures that share an ``image_id``, classes without objects, no object at all.

    Args:
        dataset: a :class:`DetectionDS`, or any data set of ``(image, target)`` with tensors.
    """
    problems: list[Problem] = []
    owners: dict[int, list[Path]] = {}
    seen: Counter[int] = Counter()
    for index in range(len(dataset)):  # type: ignore[arg-type]  # Dataset declares no length; all have one
        path = dataset.items[index][0] if isinstance(dataset, DetectionDS) else Path(f"sample {index}")
        troubles, target = _look(dataset, index, path)
        problems += map(problem_of, troubles)
        if target is not None:
            seen.update(target["labels"].tolist())
            if "image_id" in target:
                owners.setdefault(int(target["image_id"]), []).append(path)
    return problems + _whole_set_problems(owners, seen, getattr(dataset, "classes", None), bool(problems))


def _look(dataset: Any, index: int, path: Path) -> tuple[list[FileError], DetectionTarget | None]:
    if isinstance(dataset, DetectionDS) and (troubles := list(dataset.troubles(index))):
        return troubles, None
    try:
        image, target = dataset[index]
    except FileError as trouble:
        return [trouble], None
    classes = getattr(dataset, "classes", None)
    if not isinstance(image, torch.Tensor):
        return [
            FileError(path, f"arrives as {type(image).__name__}, not as a tensor", fix="Add v2.ToImage().")
        ], None
    found = target_defects(
        target, (image.shape[-2], image.shape[-1]), num_classes=None if classes is None else len(classes)
    )
    troubles = [_as_file_error(path, defect) for defect in found]
    return troubles, None if troubles else target


def _whole_set_problems(
    owners: Mapping[int, list[Path]], seen: Counter[int], classes: Sequence[str] | None, others: bool
) -> list[Problem]:
    problems = [
        Problem(
            str(paths[1]),
            f"has image_id {image_id}, and so has {paths[0]}",
            "Give each picture a number of its own.",
        )
        for image_id, paths in owners.items()
        if len(paths) > 1
    ]
    if others:  # samples are left out of the count: what is missing may be in those
        return problems
    if not seen:
        return [
            *problems,
            Problem("The data set", "has no object at all", "Check where annotations are read."),
        ]
    missing = [name for label, name in enumerate(classes or (), start=1) if label not in seen]
    if missing:
        names = ", ".join(missing)
        problems.append(Problem("The data set", f"has no object of: {names}", "Nobody can learn these."))
    return problems


def _as_file_error(path: Path, defect: InputError) -> FileError:
    # A FileError, because loader workers can send it home as it is.
    return FileError(path, f"has a wrong target: {str(defect).rstrip('.')}", fix=_SEE_ALL)


def _target(annotation: Mapping[str, Any], index: int) -> DetectionTarget:
    """Tensors from whatever an annotation holds; ``[]`` becomes (0, 4)."""
    boxes = torch.as_tensor(annotation["boxes"], dtype=torch.float32)
    boxes = boxes.reshape(0, 4) if boxes.numel() == 0 else boxes
    labels = torch.as_tensor(annotation["labels"])
    if labels.is_floating_point() and labels.numel():
        raise TypeError(f"labels must be whole numbers, got {labels.tolist()}")
    target: DetectionTarget = {
        "boxes": boxes,
        "labels": labels.to(torch.int64),
        "image_id": torch.tensor(int(annotation.get("image_id", index + 1))),
        "area": torch.zeros(len(boxes)),
        "iscrowd": torch.as_tensor(annotation.get("iscrowd", [0] * len(boxes)), dtype=torch.int64),
    }
    if "masks" in annotation:
        masks = annotation["masks"]
        target["masks"] = torch.as_tensor(masks() if callable(masks) else masks)
    given = annotation.get("area")
    target["area"] = _area(target) if given is None else torch.as_tensor(given, dtype=torch.float32)
    return target


def _area(target: Mapping[str, Any]) -> torch.Tensor:
    """Pixels of each object (N,): of its mask where there is one, else of its box."""
    if "masks" in target:
        return _plain(target["masks"]).flatten(1).sum(1).to(torch.float32)
    boxes = _plain(target["boxes"])
    if boxes.ndim != 2 or boxes.shape[1] != 4:  # a defect that has its own sentence
        return torch.zeros(len(boxes))
    return (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(1)


def _tidied(
    before: DetectionTarget, moved: Mapping[str, Any], size_hw: tuple[int, int], path: Path
) -> DetectionTarget:
    """Plain tensors, clipped boxes, no slivers, and areas that fit the objects as they are now."""
    canvas = getattr(moved["boxes"], "canvas_size", size_hw)
    if tuple(canvas) != tuple(size_hw):
        raise FileError(
            path,
            f"became {size_hw[0]}×{size_hw[1]} pixels (height×width), but its boxes are still on "
            f"{canvas[0]}×{canvas[1]}",
            fix="Use a v2 transform, and give it image and target together.",
        )
    target: dict[str, Any] = {key: _plain(value) for key, value in moved.items()}
    target["boxes"] = clip_boxes_to_image(target["boxes"], size_hw)
    count = len(target["boxes"])
    if (
        len(target["iscrowd"]) != count
    ):  # SanitizeBoundingBoxes on its own takes out boxes, labels and masks only
        if before["iscrowd"].any():
            raise FileError(
                path,
                "has crowds, and a transform took out boxes without their iscrowd",
                fix="Leave SanitizeBoundingBoxes out: DetectionDS does its work.",
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


def _plain(value: Any) -> Any:
    return value.as_subclass(torch.Tensor) if isinstance(value, torch.Tensor) else value
