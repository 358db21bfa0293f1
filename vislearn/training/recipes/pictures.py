"""Pictures that fit into memory, cropped, mirrored and normalised a batch at a time.

Where pictures have 32 pixels, one call per picture costs more than the network: a batch is prepared in a few
tensor operations instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from vislearn.datasets import image_folder
from vislearn.errors import FileError
from vislearn.seeding import generator
from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["Batches", "Pictures", "Variation", "read_tree", "shifted", "with_hidden_squares"]


@dataclass(frozen=True)
class Pictures:
    """uint8 (N, 3, H, W), labels int64 (N,), and the classes' names."""

    pixels: torch.Tensor
    labels: torch.Tensor
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    @classmethod
    def of(cls, pixels: np.ndarray, labels: np.ndarray, classes: list[str]) -> "Pictures":
        """From NumPy's arrays of the same shapes, without a copy."""
        return cls(torch.from_numpy(pixels), torch.from_numpy(labels), tuple(classes))


@dataclass(frozen=True)
class Variation:
    """How pictures differ from one pass to the next.

    Attributes:
        shift: at most this many pixels, either way in both directions; the border is mirrored.
        mirror: half of the pictures are turned left to right, the other half in the next pass: every
            picture is seen as often one way as the other, which pure chance takes many passes to reach.
        small_side: pictures are reduced to this side, in pixels ...
        small_passes: ... in so many passes at the start, where coarse features form and time is saved.
        hidden_side: side, in pixels, of a square painted over with the mean colour somewhere on each picture,
            so that no single part of a thing may decide; 0: none.

    Source: the shifts are He et al. 2016 (with a mirrored border in place of zeros); the taking of turns is
    Jordan 2024, 94 % on CIFAR-10 in 3.29 seconds; growing pictures are Howard's, in DAWNBench 2018; the
    squares are DeVries and Taylor 2017, Cutout.
    """

    shift: int = 4
    mirror: bool = False
    small_side: int = 0
    small_passes: int = 0
    hidden_side: int = 0


class Batches:
    """A loader over :class:`Pictures`: float (B, 3, H, W), normalised, and labels (B,).

    Args:
        pictures: what to load.
        batch_size: B. What doesn't fill a batch is left out while learning, kept while measuring.
        variation: draw order and appearance anew in every pass, to learn from; None: in order, as they are.
        seed: of all that is drawn.
    """

    def __init__(
        self, pictures: Pictures, batch_size: int, variation: Variation | None = None, *, seed: int = 0
    ) -> None:
        self.dataset, self.batch_size, self._variation = pictures, batch_size, variation
        self.generator = generator(seed)  # under this name fit finds it, and keeps where it stands
        self.sampler = self  # whose set_epoch fit calls
        self._turned = torch.rand(len(pictures), generator=self.generator) < 0.5
        self._pass = 0
        self._mean = 255 * torch.tensor(IMAGENET_MEAN)[:, None, None]
        self._std = 255 * torch.tensor(IMAGENET_STD)[:, None, None]

    def set_epoch(self, epoch: int) -> None:
        """Say which pass comes next, from 0.

        Args:
            epoch: its number.
        """
        self._pass = epoch

    def __len__(self) -> int:
        count = len(self.dataset)
        return count // self.batch_size if self._variation else -(-count // self.batch_size)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        count = len(self.dataset)
        order = torch.randperm(count, generator=self.generator) if self._variation else torch.arange(count)
        for chosen in order.split(self.batch_size)[: len(self)]:
            images = (self.dataset.pixels[chosen].float() - self._mean) / self._std
            if self._variation:
                images = self._varied(images, self._turned[chosen], self._variation)
            yield images, self.dataset.labels[chosen]

    def _varied(self, images: torch.Tensor, turned: torch.Tensor, variation: Variation) -> torch.Tensor:
        mirrored = turned ^ bool(self._pass % 2) if variation.mirror else torch.zeros_like(turned)
        images = shifted(images, mirrored, variation.shift, self.generator)
        if variation.hidden_side:
            images = with_hidden_squares(images, variation.hidden_side, self.generator)
        if self._pass >= variation.small_passes:
            return images
        size = (variation.small_side, variation.small_side)
        return nn.functional.interpolate(images, size, mode="bilinear", antialias=True)


def shifted(images: torch.Tensor, mirrored: torch.Tensor, most: int, chance: torch.Generator) -> torch.Tensor:
    """Each picture of (B, C, H, W) moved by a random step of its own, and mirrored if ``mirrored`` (B,).

    Args:
        images: of any type.
        mirrored: bool (B,).
        most: pixels, either way.
        chance: draws the steps.

    Returns:
        The same shape; what was pushed out is gone, the border is mirrored into the gap.
    """
    count, _channels, height, width = images.shape
    framed = nn.functional.pad(images, (most,) * 4, mode="reflect")
    top, left = torch.randint(0, 2 * most + 1, (2, count, 1), generator=chance)
    rows, columns = torch.arange(height).expand(count, -1), torch.arange(width)
    columns = torch.where(mirrored[:, None], columns.flip(0), columns)  # (B, W)
    picture = torch.arange(count)[:, None, None]
    moved = framed[picture, :, (top + rows)[:, :, None], (left + columns)[:, None, :]]  # (B, H, W, C)
    return moved.permute(0, 3, 1, 2)


def with_hidden_squares(images: torch.Tensor, side: int, chance: torch.Generator) -> torch.Tensor:
    """Normalised pictures (B, C, H, W), each with a square of zeros, the mean colour, somewhere inside.

    Args:
        images: float.
        side: of the squares, in pixels; at most H and W.
        chance: draws where.

    Returns:
        The same shape; other pixels are as they were.
    """
    count, _channels, height, width = images.shape
    top = torch.randint(0, height - side + 1, (count, 1), generator=chance)
    left = torch.randint(0, width - side + 1, (count, 1), generator=chance)
    rows, columns = torch.arange(height) - top, torch.arange(width) - left  # (B, H), (B, W): from the corner
    inside = ((rows >= 0) & (rows < side))[:, :, None] & ((columns >= 0) & (columns < side))[:, None, :]
    return images.masked_fill(inside[:, None], 0.0)


def read_tree(root: Path, side: int) -> Pictures:
    """An ImageFolder tree as :class:`Pictures`.

    Args:
        root: holds one folder per class.
        side: pictures of another size than side × side pixels are resized (and squeezed).

    Raises:
        FileError: no such folder, something in it that is no picture, or a single class.
    """
    folder = image_folder(root)
    if len(folder.classes) < 2:
        raise FileError(root, "holds a single class", fix="There must be something to tell apart.")
    pixels = np.empty((len(folder), 3, side, side), dtype=np.uint8)
    labels = np.empty(len(folder), dtype=np.int64)
    for index, (image, label) in enumerate(folder):
        fitting = image if image.size == (side, side) else image.resize((side, side))
        pixels[index], labels[index] = np.asarray(fitting).transpose(2, 0, 1), label
    return Pictures.of(pixels, labels, folder.classes)
