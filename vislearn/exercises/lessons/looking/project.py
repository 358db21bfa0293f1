"""Exercise of lesson 08, its project: find what a reader of pictures does wrong by looking, and mend it."""

from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor
from torchvision.ops import masks_to_boxes
from torchvision.transforms.v2.functional import pil_to_tensor

from vislearn.datasets import scenes
from vislearn.exercises.registry import N_, exercise

__all__ = ["Sample", "delivery", "mend"]

_SHOWN = (1, 25, 43, 67)  # scenes whose colours everybody knows: a cat, the sky, a table of wood
_JUDGED = (3, 16, 34, 48, 52, 70, 73, 87, 97)
_HEIGHT, _OTHER_HEIGHTS = 112, (112, 104, 96)  # a row that is written down as a number fits one of them


class Sample(NamedTuple):
    """One picture of a data set, with what is on it.

    Attributes:
        image: (3, H, W), uint8.
        boxes: (N, 4), float32.
        masks: (N, H, W), bool, one per object.
    """

    image: Tensor
    boxes: Tensor
    masks: Tensor


def delivery() -> list[Sample]:
    """Four samples as a colleague's reader delivers them: each has the same three things wrong.

    >>> [tuple(part.shape) for part in delivery()[0]]
    [(3, 112, 128), (3, 4), (3, 112, 128)]
    """
    return [_broken(_true_sample(number)) for number in _SHOWN]


def _true_sample(number: int, height: int = _HEIGHT) -> Sample:
    """A scene, a little lower than wide, so that height and width can't be taken for each other."""
    source = scenes("val")
    name = source.names[number]
    with Image.open(source.images / f"{name}.jpg") as file:
        image = pil_to_tensor(file.convert("RGB"))
    with Image.open(source.instances / f"{name}.png") as file:
        numbered = pil_to_tensor(file)[0]
    masks = numbered == torch.arange(1, int(numbered.max()) + 1)[:, None, None]
    image, masks = image[:, 8 : 8 + height], masks[:, 8 : 8 + height]
    masks = masks[masks.any(dim=2).any(dim=1)]
    boxes = masks_to_boxes(masks)
    boxes[:, 2:] += 1  # the last pixel inside becomes the edge
    return Sample(image, boxes, masks)


def _broken(sample: Sample) -> Sample:
    return Sample(sample.image.flip(0), sample.boxes[:, [1, 0, 3, 2]], sample.masks.flip(-2))


@exercise(
    "looking.mend",
    hints=[
        N_(
            "Draw all four: first the picture alone, then with its boxes, then with its masks. One thing at a"
            " time, and ask what is not as it should be."
        ),
        N_(
            "A cat and a table should not be blue: which channels have changed places? A box lies where the "
            "digit would be if x and y were swapped. And which way round do the masks stand?"
        ),
        N_(
            "The channels: `image.flip(0)`. The boxes are y, x, y, x: `boxes[:, [1, 0, 3, 2]]`. The masks "
            "stand on their heads: `masks.flip(-2)`."
        ),
    ],
)
def mend(image: Tensor, boxes: Tensor, masks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mend what your colleague's reader does wrong: one thing in each of the three.

    Args:
        image: (3, H, W), uint8.
        boxes: (N, 4), float32.
        masks: (N, H, W), bool, one per object.

    Returns:
        The picture in its true colours, the boxes as left, top, right, bottom around the digits, and the
        masks on the digits.
    """
    return image.flip(0), boxes[:, [1, 0, 3, 2]], masks.flip(-2)


@mend.inputs
def _another(generator: torch.Generator, trial: int) -> Sample:
    """Of other scenes than those that can be looked at."""
    height = _OTHER_HEIGHTS[trial % len(_OTHER_HEIGHTS)]
    return _broken(_true_sample(_JUDGED[trial % len(_JUDGED)], height))


def _turned(boxes: Tensor) -> Tensor:
    return boxes[:, [1, 0, 3, 2]]


Parts = tuple[Tensor, Tensor, Tensor]


@mend.mistake(N_("The picture is mended. Boxes and masks are not yet: draw them on your mended picture."))
def _only_the_picture(image: Tensor, boxes: Tensor, masks: Tensor) -> Parts:
    return image.flip(0), boxes, masks


@mend.mistake(N_("The boxes are mended. The picture's colours and the masks are not yet."))
def _only_the_boxes(image: Tensor, boxes: Tensor, masks: Tensor) -> Parts:
    return image, _turned(boxes), masks


@mend.mistake(N_("The masks are mended. The picture's colours and the boxes are not yet."))
def _only_the_masks(image: Tensor, boxes: Tensor, masks: Tensor) -> Parts:
    return image, boxes, masks.flip(-2)


@mend.mistake(
    N_("Two of three: picture and boxes are mended. Draw the masks: which way round do they stand?")
)
def _masks_left(image: Tensor, boxes: Tensor, masks: Tensor) -> Parts:
    return image.flip(0), _turned(boxes), masks


@mend.mistake(
    N_("Two of three: picture and masks are mended. Draw the boxes, and compare them with the masks.")
)
def _boxes_left(image: Tensor, boxes: Tensor, masks: Tensor) -> Parts:
    return image.flip(0), boxes, masks.flip(-2)


@mend.mistake(
    N_("Two of three: boxes and masks are mended. Look at the colours: is the cat as a cat should be?")
)
def _colours_left(image: Tensor, boxes: Tensor, masks: Tensor) -> Parts:
    return image, _turned(boxes), masks.flip(-2)


@mend.mistake(
    N_(
        "Picture and boxes are mended. The masks have been mirrored left to right, but they stood on their "
        "heads: rows are the second axis from the end, `.flip(-2)`."
    )
)
def _masks_left_to_right(image: Tensor, boxes: Tensor, masks: Tensor) -> Parts:
    return image.flip(0), _turned(boxes), masks.flip(-1)


@mend.mistake(
    N_(
        "Picture and boxes are mended. The masks have been turned by half a turn: up and down is right, left "
        "and right was right before. `.flip(-2)` alone."
    )
)
def _masks_turned(image: Tensor, boxes: Tensor, masks: Tensor) -> Parts:
    return image.flip(0), _turned(boxes), masks.flip(-2, -1)


@mend.mistake(
    N_(
        "Picture and masks are mended. The boxes have been mirrored like the masks, but their fault is "
        "another one: in each pair, which number comes first?"
    )
)
def _boxes_upside_down(image: Tensor, boxes: Tensor, masks: Tensor) -> Parts:
    left, top, right, bottom = boxes.unbind(1)
    height = image.shape[-2]
    return image.flip(0), torch.stack([left, height - bottom, right, height - top], 1), masks.flip(-2)


@mend.mistake(
    N_(
        "Boxes and masks are mended. The channels have been shifted round, but only two have changed places: "
        "`image.flip(0)`, or `image[[2, 1, 0]]`."
    )
)
def _channels_rolled(image: Tensor, boxes: Tensor, masks: Tensor) -> Parts:
    return image.roll(1, 0), _turned(boxes), masks.flip(-2)
