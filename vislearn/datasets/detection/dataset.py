"""Pictures with boxes: the data set, and its batches."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Dataset
from torchvision import tv_tensors

from vislearn.datasets.detection.origin import Origin
from vislearn.datasets.detection.repair import repaired
from vislearn.datasets.detection.targets import plain, target_of, tidied
from vislearn.errors import FileError, InputError, Words
from vislearn.io import read_image
from vislearn.language import N_
from vislearn.problems import Problem, words_of
from vislearn.sample import BoxDefect, DetectionTarget, target_defects
from vislearn.transforms import detection_transform

__all__ = ["DetectionDS", "as_file_error", "detection_collate"]

_MEND = N_("Mend the annotation.")
_SEE_ALL = N_("`vislearn check` lists every problem; in Python, vislearn.datasets.check_detection(dataset).")


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
            says about the picture's height and width), ``"origin"`` (an :class:`Origin`: where the objects
            stand in a file); for whoever writes the set anew ``"ids"`` (of the objects, whole numbers) and
            ``"drawn"`` (``"box"``, ``"corners"`` or ``"pixels"`` for each object: how its file draws it).
        transforms: a v2 transform, called as ``transforms(image, target)`` with a uint8 ``tv_tensors.Image``;
            None: :func:`vislearn.transforms.detection_transform` as for validation.
        classes: names of the labels 1 ... K; None leaves labels unchecked from above.
        reader: from a path to a picture, uint8 (3, H, W): ``partial(read_image, scale=4095)`` for 12 bits in
            files of 16, ``partial(read_image, max_megapixels=500)`` for pictures beyond the usual limit.
        repair: mend small slips instead of refusing them: boxes that stick out by at most 2 pixels are
            clipped, objects without an area left out. ``dataset.repairs`` lists what was done.

    Attributes:
        categories: ``id``, ``name`` and ``supercategory`` of each class, where a file in COCO's form says
            them; else None.
        left: what the set's file holds beside, and nobody here reads.

    Raises:
        FileError: an item, when it is read: a missing or damaged picture, or a target with a defect; the
            sentence names the picture, and the object in its file where that is known. In loader workers too.

    Source: section 4 of the course's text, corrected.
    """

    def __init__(
        self,
        items: Sequence[tuple[str | Path, Mapping[str, Any]]],
        transforms: Callable[..., Any] | None = None,
        *,
        classes: Sequence[str] | None = None,
        reader: Callable[[Path], torch.Tensor] = read_image,
        repair: bool = False,
    ) -> None:
        self.items: list[tuple[Path, Mapping[str, Any]]] = [(Path(path), noted) for path, noted in items]
        self.repairs: list[Problem] = []
        self.categories: list[dict[str, Any]] | None = None
        self.left: list[Problem] = []
        if repair:
            self.items, self.repairs = repaired(self.items)
        self.transforms = detection_transform(train=False) if transforms is None else transforms
        self.classes = None if classes is None else list(classes)
        self.reader = reader

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, DetectionTarget]:
        return self.transformed(index, *self.read(index))

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
        image, target = self._taken(index)
        for trouble in self._defects(index, image, target, _SEE_ALL):
            raise trouble
        return image, target

    def transformed(
        self, index: int, image: torch.Tensor, target: DetectionTarget
    ) -> tuple[torch.Tensor, DetectionTarget]:
        """What the transforms make of a sample.

        Args:
            index: position of the sample.
            image: as :meth:`read` gives it, uint8 (3, H, W).
            target: likewise.

        Raises:
            FileError: the transforms left boxes or crowds behind.
        """
        wrapped: dict[str, Any] = dict(target)
        wrapped["boxes"] = tv_tensors.BoundingBoxes(
            target["boxes"], format="XYXY", canvas_size=(image.shape[-2], image.shape[-1])
        )
        if "masks" in wrapped:
            wrapped["masks"] = tv_tensors.Mask(wrapped["masks"])
        image, moved = self.transforms(tv_tensors.Image(image), wrapped)
        image = plain(image)
        return image, tidied(target, moved, (image.shape[-2], image.shape[-1]), self.items[index][0])

    def examined(self, index: int) -> tuple[torch.Tensor, DetectionTarget, list[FileError]]:
        """The same as :meth:`read`, with all its defects instead of an error at the first.

        Args:
            index: position of the sample.

        Raises:
            FileError: the picture can't be read, or its annotation can't be made a target at all.
        """
        image, target = self._taken(index)
        return image, target, list(self._defects(index, image, target))

    def _taken(self, index: int) -> tuple[torch.Tensor, DetectionTarget]:
        """Picture and target as they are, right or wrong."""
        path, annotation = self.items[index]
        image = self.reader(path)
        size_hw = (image.shape[1], image.shape[2])
        noted = annotation.get("size_hw", size_hw)
        if tuple(noted) != size_hw:  # said before masks take memory: they come in the size that is noted
            raise FileError(
                path,
                N_(
                    "is {height}×{width} pixels (height×width), but its annotation says "
                    "{noted_height}×{noted_width}"
                ),
                fix=N_("Was the picture resized, or turned upright, without its boxes?"),
                height=size_hw[0],
                width=size_hw[1],
                noted_height=noted[0],
                noted_width=noted[1],
            )
        try:
            return image, target_of(annotation, index)
        except ValueError as trouble:
            raise FileError(
                path, N_("has an annotation that can't be used: {trouble}"), trouble=trouble.args[0]
            ) from None

    def _defects(
        self, index: int, image: torch.Tensor, target: DetectionTarget, then: str = _MEND
    ) -> Iterator[FileError]:
        count = None if self.classes is None else len(self.classes)
        for defect in target_defects(target, (image.shape[1], image.shape[2]), num_classes=count):
            path, annotation = self.items[index]
            if isinstance(defect, BoxDefect) and "origin" in annotation:
                name = self._class_name(int(target["labels"][defect.index]))
                yield _in_its_file(annotation["origin"], path, defect, name, then)
            else:
                yield as_file_error(path, defect, then)

    def _class_name(self, label: int) -> str:
        return (
            self.classes[label - 1]
            if self.classes and 1 <= label <= len(self.classes)
            else Words(N_("class {label}"), label=label)
        )


def _in_its_file(origin: Origin, path: Path, defect: BoxDefect, name: str, then: str) -> FileError:
    """A wrong box by its place in the file that somebody must mend."""
    return FileError(
        origin.file,
        N_(
            "has a wrong box for {picture}: {place} {rule}; its left, top, right and bottom, in pixels from "
            "0, are {edges}"
        ),
        fix=then,
        picture=path.name,
        place=origin.named(defect.index, name),
        rule=defect.rule,
        edges=defect.edges,
    )


def as_file_error(path: Path, defect: InputError, then: str = _MEND) -> FileError:
    """A defect of a picture's target, named by its picture; loader workers can send it home as it is.

    Args:
        path: of the picture.
        defect: from :func:`vislearn.sample.target_defects`.
        then: what to do besides what the defect itself advises.
    """
    what = Words(N_("has a wrong target: {defect}"), defect=words_of(defect))
    advice = Words("{remedy} {then}", remedy=Words(defect.fix), then=Words(then)) if defect.fix else then
    return FileError(path, what, fix=advice)


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
