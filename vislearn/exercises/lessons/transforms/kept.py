"""Exercise of lesson 15: a reader whose lines drop the types that transforms go by."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["without_border"]

F = v2.functional
Three = tuple[Any, Any, Any]


@exercise(
    "transforms.without_border",
    trials=3,
    hints=[
        N_(
            "Indexing (`image[:, 8:-8]`) and arithmetic (`boxes - 8`) return plain tensors, and so does a "
            "comparison. Transforms no longer know what these are."
        ),
        N_(
            "One function of v2 does it to all three, and knows the types: `v2.functional.crop(something, "
            "top, left, height, width)`."
        ),
        N_(
            "`height, width = image.shape[-2] - 2 * border, image.shape[-1] - 2 * border`, and then three "
            "times `v2.functional.crop(…, border, border, height, width)`."
        ),
    ],
)
def without_border(
    image: tv_tensors.Image, boxes: tv_tensors.BoundingBoxes, mask: tv_tensors.Mask, border: int
) -> tuple[tv_tensors.Image, tv_tensors.BoundingBoxes, tv_tensors.Mask]:
    """Cut a border off on all four sides, so that a transform can still go on with what is left.

    Args:
        image: (3, H, W), uint8.
        boxes: (N, 4), left, top, right, bottom, all inside what is left.
        mask: (H, W), uint8.
        border: how many pixels to cut off on each side.

    Returns:
        Image, boxes and mask, each still the tv_tensor that it was; the boxes in pixels of the smaller
        picture, whose size they know.
    """
    height, width = image.shape[-2] - 2 * border, image.shape[-1] - 2 * border
    image = v2.functional.crop(image, border, border, height, width)
    boxes = v2.functional.crop(boxes, border, border, height, width)
    mask = v2.functional.crop(mask, border, border, height, width)
    return image, boxes, mask


@without_border.inputs
def _framed(
    generator: torch.Generator,
) -> tuple[tv_tensors.Image, tv_tensors.BoundingBoxes, tv_tensors.Mask, int]:
    border, (height, width) = 2 + draw(4, generator), unequal_sides(30, 12, generator)
    left, top = border + 1 + draw(4, generator), border + 1 + draw(4, generator)
    box = torch.tensor([[left, top, left + 7, top + 9]], dtype=torch.float32)
    mask = torch.zeros(height, width, dtype=torch.uint8)
    mask[top : top + 9, left : left + 7] = 1
    image = torch.randint(256, (3, height, width), generator=generator).to(torch.uint8)
    boxes = tv_tensors.BoundingBoxes(box, format="XYXY", canvas_size=(height, width))
    return tv_tensors.Image(image), boxes, tv_tensors.Mask(mask), border


@without_border.observe
def _facts(
    function: Callable[..., Any],
    image: tv_tensors.Image,
    boxes: tv_tensors.BoundingBoxes,
    mask: tv_tensors.Mask,
    border: int,
) -> dict[str, Any]:
    got = function(image, boxes, mask, border)
    if not (isinstance(got, tuple | list) and len(got) == 3 and all(isinstance(one, Tensor) for one in got)):
        raise Unusable(_("image, boxes and mask expected, {got} returned.", got=describe(got)))
    canvas = getattr(got[1], "canvas_size", None)
    return {
        N_("The border is gone from the image"): _numbers(got[0]),
        N_("The boxes count from the new corner"): _numbers(got[1]),
        N_("The border is gone from the mask"): _numbers(got[2]),
        N_("The image is still a tv_tensors.Image"): isinstance(got[0], tv_tensors.Image),
        N_("The boxes are still tv_tensors.BoundingBoxes"): isinstance(got[1], tv_tensors.BoundingBoxes),
        N_("The mask is still a tv_tensors.Mask"): isinstance(got[2], tv_tensors.Mask),
        N_("The mask still holds numbers of classes"): got[2].dtype != torch.bool,
        N_("The boxes know the smaller picture's size"): str(None if canvas is None else tuple(canvas)),
    }


def _numbers(one: Tensor) -> Tensor:
    """As plain floats; boxes by their corners, whatever format their type says."""
    if isinstance(one, tv_tensors.BoundingBoxes):
        one = v2.functional.convert_bounding_box_format(one, new_format="XYXY")
    return one.as_subclass(Tensor).float()


def _plainly(image: Tensor, boxes: Tensor, mask: Tensor, border: int) -> Three:
    inner = slice(border, -border)
    return image[:, inner, inner], boxes - border, mask[inner, inner]


@without_border.mistake(
    N_(
        "All numbers are right, and all three are plain tensors: indexing and arithmetic drop the type. A "
        "flip would move the first and leave the others. `v2.functional.crop` keeps it."
    )
)
def _all_plain(image: Tensor, boxes: Tensor, mask: Tensor, border: int) -> Three:
    return _plainly(image, boxes, mask, border)


@without_border.mistake(
    N_(
        "The boxes are typed again, but `wrap` copies everything from the old ones, the picture's size too. "
        "It is smaller now, so a flip would put them beside their objects. Crop them, or make them anew with "
        "the new `canvas_size`."
    )
)
def _old_canvas(
    image: tv_tensors.Image, boxes: tv_tensors.BoundingBoxes, mask: tv_tensors.Mask, border: int
) -> Three:
    plain = _plainly(image, boxes, mask, border)
    return tuple(
        tv_tensors.wrap(one, like=like) for one, like in zip(plain, (image, boxes, mask), strict=True)
    )


@without_border.mistake(
    N_("Image and mask are typed, the boxes are a plain tensor: `boxes - border` has dropped the type.")
)
def _plain_boxes(image: Tensor, boxes: Tensor, mask: Tensor, border: int) -> Three:
    image, _boxes, mask = without_border(image, boxes, mask, border)
    return image, boxes - border, mask


@without_border.mistake(
    N_(
        "Image and boxes are typed, the mask is a plain tensor. Beside an Image it would pass every "
        "transform unchanged, without a word."
    )
)
def _plain_mask(image: Tensor, boxes: Tensor, mask: Tensor, border: int) -> Three:
    image, boxes, _mask = without_border(image, boxes, mask, border)
    return image, boxes, mask[border:-border, border:-border]


@without_border.mistake(
    N_("Image and mask are smaller, the boxes still count from the old corner: they must move by `border`.")
)
def _boxes_left(image: Tensor, boxes: Any, mask: Tensor, border: int) -> Three:
    image, moved, mask = without_border(image, boxes, mask, border)
    return image, tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=moved.canvas_size), mask


@without_border.mistake(
    N_(
        "The border is cut off at the top and on the left only: it lies on all four sides, so height and "
        "width shrink by twice the border."
    )
)
def _two_sides(image: Tensor, boxes: Any, mask: Tensor, border: int) -> Three:
    height, width = image.shape[-2] - border, image.shape[-1] - border
    return tuple(F.crop(one, border, border, height, width) for one in (image, boxes, mask))
