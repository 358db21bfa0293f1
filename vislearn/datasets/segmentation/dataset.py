"""Pictures with a class for each pixel: the data set."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset
from torchvision import tv_tensors

from vislearn.datasets.segmentation.class_list import IGNORE, Color
from vislearn.errors import FileError, Words
from vislearn.io import read_image
from vislearn.language import N_

__all__ = ["SegmentationDS"]

_MIXED = N_(
    "Transforms mixed its numbers: resize by NEAREST_EXACT. transforms(image, mask) must move both: v2 "
    "transforms do, where both are tv_tensors."
)
_TOGETHER = N_("transforms(image, mask) must move both: v2 transforms do, where both are tv_tensors.")


class SegmentationDS(Dataset):
    """Pictures and the class of each of their pixels: transforms move both together.

    A sample is ``(tv_tensors.Image, tv_tensors.Mask)``: uint8 (3, H, W) and int64 (H, W) with 0 ... K-1, and
    255 where nothing is to be learned. As a plain tensor the mask would pass through v2's transforms
    unchanged and nobody would be told; so it never is one here, and what transforms return is looked at.

    Args:
        items: ``(picture, labels)`` of each sample, two paths.
        read_labels: from the second path to classes, uint8 or int64 (H, W).
        transforms: a v2 transform, called as ``transforms(image, mask)``, both uint8; None changes nothing.
        classes: names of the classes 0 ... K-1, the background included where there is one.
        colors: of the classes, (red, green, blue) in 0..255; None: the data set has none.
        reader: from a path to a picture, uint8 (3, H, W), such as ``partial(read_image, scale=4095)``.

    Raises:
        FileError: a sample, when it is read: a missing or damaged file, sizes that differ, a number without a
            class, or transforms that move the picture alone. In loader workers too.

    Source: section 5 of the course's text.
    """

    ignore_index = IGNORE

    def __init__(
        self,
        items: Sequence[tuple[str | Path, str | Path]],
        read_labels: Callable[[Path], Any],
        transforms: Callable[..., Any] | None = None,
        *,
        classes: Sequence[str],
        colors: Sequence[Color] | None = None,
        reader: Callable[[Path], torch.Tensor] = read_image,
    ) -> None:
        self.items = [(Path(picture), Path(labels)) for picture, labels in items]
        self.read_labels = read_labels
        self.transforms = transforms
        self.classes = list(classes)
        self.colors = None if colors is None else list(colors)
        self.reader = reader

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> tuple[tv_tensors.Image, tv_tensors.Mask]:
        return self.transformed(index, *self.read(index))

    @property
    def num_classes(self) -> int:
        """K, the background included, as many as a segmenter has channels."""
        return len(self.classes)

    def read(self, index: int) -> tuple[tv_tensors.Image, tv_tensors.Mask]:
        """Picture and mask as they are in their files, checked: uint8 (3, H, W) and uint8 (H, W).

        Args:
            index: position of the sample.

        Raises:
            FileError: a file is missing or damaged, sizes differ, or a number has no class.
        """
        picture, labels = self.items[index]
        image = self.reader(picture)
        mask = torch.from_numpy(np.ascontiguousarray(self.read_labels(labels)))
        if mask.shape != image.shape[1:]:
            raise FileError(
                labels,
                N_("is {size} pixels (height×width), but its picture {picture} is {other}"),
                fix=N_("Was one of them resized, or turned upright, without the other?"),
                size=_size(mask),
                picture=picture.name,
                other=_size(image),
            )
        self._require_classes(mask, labels, N_("Correct it where labels are read."))
        return tv_tensors.Image(image), tv_tensors.Mask(mask.to(torch.uint8))

    def transformed(
        self, index: int, image: tv_tensors.Image, mask: tv_tensors.Mask
    ) -> tuple[tv_tensors.Image, tv_tensors.Mask]:
        """What the transforms make of a sample; the mask becomes int64, as losses want it.

        Args:
            index: position of the sample.
            image: as :meth:`read` gives it, uint8 (3, H, W).
            mask: likewise, uint8 (H, W).

        Raises:
            FileError: the transforms left the mask as large as it was, or mixed its numbers.
        """
        path = self.items[index][1]
        moved, labels = (image, mask) if self.transforms is None else self.transforms(image, mask)
        if not isinstance(labels, torch.Tensor) or labels.shape[-2:] != moved.shape[-2:]:
            came = _size(labels) if isinstance(labels, torch.Tensor) else type(labels).__name__
            raise FileError(
                path,
                N_("comes out of the transforms as {came}, its picture as {size}"),
                fix=_TOGETHER,
                came=came,
                size=_size(moved),
            )
        labels = labels.as_subclass(torch.Tensor)
        self._require_classes(labels, path, _MIXED)
        return tv_tensors.Image(moved), tv_tensors.Mask(labels.to(torch.int64))

    def _require_classes(self, mask: torch.Tensor, path: Path, fix: str) -> None:
        """0 ... K-1 or 255, and whole numbers."""
        bad = (mask < 0) | ((mask >= len(self.classes)) & (mask != IGNORE))
        if mask.is_floating_point():
            bad |= mask != mask.floor()
        if bad.any():
            raise FileError(
                path,
                Words(
                    N_("arrives with the number {number:g}, and classes are 0 ... {last}, void is {void}"),
                    number=mask[bad][0].item(),
                    last=len(self.classes) - 1,
                    void=IGNORE,
                ),
                fix=fix,
            )


def _size(pixels: torch.Tensor) -> str:
    return f"{pixels.shape[-2]}×{pixels.shape[-1]}"
