"""Exercise of lesson 15: one draw of chance for a picture and all that is marked on it."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.lessons.transforms.windows import all_inside, called, chance, fit_upright, how_wrong
from vislearn.exercises.registry import N_, exercise

__all__ = ["random_window"]

F = v2.functional
Four = tuple[Any, Any, Any, Any]
_DRAWS = 96


@exercise(
    "transforms.random_window",
    trials=2,
    hints=[
        N_(
            "Draw first, and only once: `top` and `left` by `torch.randint`, and whether to mirror. Then do "
            "the same to all four, with these numbers."
        ),
        N_(
            "`top = int(torch.randint(image.shape[-2] - size + 1, ()))`, `left` likewise from the width, and "
            "`mirror = bool(torch.rand(()) < 0.5)`."
        ),
        N_(
            "`v2.functional.crop(one, top, left, size, size)` and `v2.functional.horizontal_flip(one)` know "
            "all four kinds. A loop over `(image, boxes, mask, points)` will do."
        ),
    ],
)
def random_window(
    image: tv_tensors.Image,
    boxes: tv_tensors.BoundingBoxes,
    mask: tv_tensors.Mask,
    points: tv_tensors.KeyPoints,
    size: int,
) -> tuple[tv_tensors.Image, tv_tensors.BoundingBoxes, tv_tensors.Mask, tv_tensors.KeyPoints]:
    """Cut a square out at a random place, mirror it in half of the calls, and take all marks along.

    Args:
        image: (3, H, W), uint8.
        boxes: (N, 4), left, top, right, bottom.
        mask: (H, W), uint8.
        points: (N, K, 2), x and y.
        size: side of the square, in pixels, less than H and W.

    Returns:
        Image (3, size, size), boxes (N, 4), mask (size, size) and points (N, K, 2) of the same square, each
        still the tv_tensor that it was. Every place may come, and each call draws a new one. All N boxes and
        all points stay, also those outside the square: `SanitizeBoundingBoxes`, with which a chain for
        training ends, has no place here, for it would part the boxes from their points.
    """
    top = int(torch.randint(image.shape[-2] - size + 1, ()))
    left = int(torch.randint(image.shape[-1] - size + 1, ()))
    mirror = bool(torch.rand(()) < 0.5)
    moved = []
    for one in (image, boxes, mask, points):
        one = v2.functional.crop(one, top, left, size, size)
        moved.append(v2.functional.horizontal_flip(one) if mirror else one)
    return moved[0], moved[1], moved[2], moved[3]


@random_window.inputs
def _picture_with_marks(generator: torch.Generator, trial: int) -> tuple[Any, ...]:
    """Each pixel says where it is: the first channel its row, the second its column.

    In the second trial the shorter side has two places for the square, so that the last can't stay away.
    """
    height, width = unequal_sides(34, 16, generator)
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    image = torch.stack([rows, columns, (rows * 5 + columns * 3) % 256]).to(torch.uint8)
    corner = torch.randint(4, 20, (2, 2), generator=generator).float()
    boxes = torch.cat([corner, corner + torch.randint(5, 14, (2, 2), generator=generator)], dim=1)
    points = corner[:, None] + torch.tensor([[0.0, 0.0], [4.0, 2.0]])
    canvas = (height, width)
    return (
        tv_tensors.Image(image),
        tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=canvas),
        tv_tensors.Mask(((rows * 7 + columns * 3) % 11).to(torch.uint8)),
        tv_tensors.KeyPoints(points, canvas_size=canvas),
        min(canvas) - 1 if trial else 20 + draw(8, generator),
    )


@random_window.observe
def _facts(
    function: Callable[..., Any], image: Tensor, boxes: Tensor, mask: Tensor, points: Tensor, size: int
) -> dict[str, Any]:
    calls = [called(function, image, (boxes, mask, points), size) for _draw in range(_DRAWS)]
    windows = [call.window for call in calls if call.window]
    return {
        N_("The image is a square of the asked size, out of the picture"): all_inside(calls),
        N_("The mask is a square of that size, too"): all(call.mask_is_square for call in calls),
        N_("Where nothing is mirrored, all marks fit"): fit_upright(calls),
        N_("The boxes belong to the same square"): how_wrong(calls, 0),
        N_("The mask shows the same square"): how_wrong(calls, 1),
        N_("The points lie in the same square"): how_wrong(calls, 2),
        **chance(windows),
        N_("Each is still the tv_tensor that it was"): all(call.keeps_types for call in calls),
    }


def _built(
    arguments: tuple[Any, ...], *, each_its_own: bool = False, mirror: float = 0.5, centre: bool = False
) -> Four:
    *marked, size = arguments

    def chain() -> Callable[..., Any]:
        cut = v2.CenterCrop(size) if centre else v2.RandomCrop(size)
        return v2.Compose([cut, v2.RandomHorizontalFlip(mirror)])

    if not each_its_own:
        return chain()(*marked)
    return tuple(chain()(one) for one in marked)


@random_window.mistake(
    N_(
        "Each of the four was cut at a place of its own: chance was asked again for each. Draw once, then "
        "use the same numbers four times; or give all four to *one* call of a transform."
    )
)
def _each_its_own(*arguments: Any) -> Four:
    return _built(arguments, each_its_own=True)


@random_window.mistake(
    N_(
        "Cut and moved well, but never mirrored: in half of the calls `horizontal_flip` must come, for all "
        "four."
    )
)
def _never_mirrored(*arguments: Any) -> Four:
    return _built(arguments, mirror=0.0)


@random_window.mistake(
    N_(
        "Mirrored in every call: only half of them should be. Let chance decide, `if torch.rand(()) < 0.5:`, "
        "for all four at once."
    )
)
def _always_mirrored(*arguments: Any) -> Four:
    return _built(arguments, mirror=1.0)


@random_window.mistake(
    N_(
        "Top and left come from one draw, so the square lies on one diagonal, and most places never come. "
        "Draw twice: `top` from the height, `left` from the width."
    )
)
def _one_draw_for_both(*arguments: Any) -> Four:
    *marked, size = arguments
    at = int(torch.randint(min(marked[0].shape[-2:]) - size + 1, ()))
    cut = [F.crop(one, at, at, size, size) for one in marked]
    return v2.RandomHorizontalFlip()(*cut)


@random_window.mistake(
    N_(
        "Mirrored, but far from half of the calls: chance must say yes as often as no, "
        "`torch.rand(()) < 0.5`."
    )
)
def _seldom_mirrored(*arguments: Any) -> Four:
    return _built(arguments, mirror=0.1)


@random_window.mistake(
    N_(
        "The last place never comes: `torch.randint(n, ())` stays below n. There are `side - size + 1` "
        "places."
    )
)
def _last_place_missing(*arguments: Any) -> Four:
    *marked, size = arguments
    height, width = marked[0].shape[-2:]
    return _built((*(F.crop(one, 0, 0, height - 1, width - 1) for one in marked), size))


@random_window.mistake(
    N_("The square always comes from the same place. Draw `top` and `left` anew in each call.")
)
def _same_place(*arguments: Any) -> Four:
    return _built(arguments, centre=True)


@random_window.mistake(
    N_(
        "The marks were cut, but not mirrored with the picture: `horizontal_flip` must reach boxes, mask and "
        "points in the same calls."
    )
)
def _only_the_picture_mirrored(*arguments: Any) -> Four:
    image, boxes, mask, points = _built(arguments, mirror=0.0)
    return v2.RandomHorizontalFlip()(image), boxes, mask, points


@random_window.mistake(
    N_("Only the picture was cut. Boxes, mask and points still belong to the whole of it.")
)
def _only_the_picture(
    image: tv_tensors.Image,
    boxes: tv_tensors.BoundingBoxes,
    mask: tv_tensors.Mask,
    points: tv_tensors.KeyPoints,
    size: int,
) -> Four:
    return _built((image, size), each_its_own=True)[0], boxes, mask, points


@random_window.mistake(
    N_(
        "Everything fits but the points, which are one pixel off where the square is mirrored. A point "
        "names a pixel: x becomes size − 1 − x. `v2.functional.horizontal_flip` does so."
    )
)
def _points_as_edges(*arguments: Any) -> Four:
    size = arguments[-1]
    image, boxes, mask, points = _built(arguments, mirror=0.0)
    if torch.rand(()) < 0.5:
        image, boxes, mask = (F.horizontal_flip(one) for one in (image, boxes, mask))
        there = torch.stack([size - points[..., 0], points[..., 1]], dim=-1)
        points = tv_tensors.KeyPoints(there, canvas_size=(size, size))
    return image, boxes, mask, points


@random_window.mistake(
    N_(
        "Some squares reach over the edge, where there is nothing but black. `top` lies between 0 and "
        "height − size, `left` between 0 and width − size: is one drawn from the other's side, or from the "
        "whole side?"
    )
)
def _over_the_edge(*arguments: Any) -> Four:
    *marked, size = arguments
    height, width = marked[0].shape[-2:]
    top, left = (int(torch.randint(side - size + 1, ())) for side in (width, height))
    cut = [F.crop(one, top, left, size, size) for one in marked]
    return v2.RandomHorizontalFlip()(*cut)


@random_window.mistake(
    N_(
        "The picture was resized, as `RandomResizedCrop` and `Resize` do. A square of its own pixels is "
        "asked for: `v2.RandomCrop(size)` cuts and changes no pixel, and so does `v2.functional.crop`."
    )
)
def _resized(*arguments: Any) -> Four:
    *marked, size = arguments
    return v2.Compose([v2.RandomResizedCrop(size, scale=(0.1, 0.2)), v2.RandomHorizontalFlip()])(*marked)


@random_window.mistake(
    N_(
        "Mirrored upside down. Left and right are to change sides: `RandomHorizontalFlip`, or "
        "`v2.functional.horizontal_flip`."
    )
)
def _upside_down(*arguments: Any) -> Four:
    return v2.RandomVerticalFlip()(*_built(arguments, mirror=0.0))


# Nothing mirrored, or everything, told the same.
_WITHOUT_CHANCE = N_(
    "Every call does the same: the same place, mirrored always or never. Place and mirroring must be drawn "
    "in each call. If you do draw: `torch.manual_seed` inside of the function begins chance anew each time."
)


@random_window.mistake(_WITHOUT_CHANCE)
def _no_chance(*arguments: Any) -> Four:
    return _built(arguments, centre=True, mirror=0.0)


@random_window.mistake(_WITHOUT_CHANCE)
def _no_chance_and_mirrored(*arguments: Any) -> Four:
    return _built(arguments, centre=True, mirror=1.0)


@random_window.mistake(
    N_(
        "Points outside of the square were moved to its edge, where they name pixels that show something "
        "else. Leave them where they are, below 0 or beyond the size."
    )
)
def _points_held(*arguments: Any) -> Four:
    image, boxes, mask, points = _built(arguments)
    size = arguments[-1]
    return image, boxes, mask, tv_tensors.KeyPoints(points.clamp(0, size - 1), canvas_size=(size, size))


@random_window.mistake(
    N_(
        "Boxes outside of the square were left out, as `SanitizeBoundingBoxes` does. Here all N stay, in "
        "their order, so that the first box still belongs to the first points."
    )
)
def _boxes_left_out(*arguments: Any) -> Four:
    return v2.SanitizeBoundingBoxes(labels_getter=None)(*_built(arguments))


@random_window.mistake(
    N_(
        "Picture and mask were cut and mirrored; boxes and points still belong to the whole picture. Do the "
        "same to all four."
    )
)
def _boxes_and_points_left(*arguments: Any) -> Four:
    image, boxes, mask, points, size = arguments
    image, mask = v2.Compose([v2.RandomCrop(size), v2.RandomHorizontalFlip()])(image, mask)
    return image, boxes, mask, points


# Mirrored or not, told the same.
_SLICED = N_(
    "Picture and mask were sliced; boxes and points still belong to the whole picture, and slices are no "
    "tv_tensors any more. `v2.functional.crop(one, top, left, size, size)` cuts all four and keeps their "
    "types; `horizontal_flip` then mirrors all four in half of the calls."
)


@random_window.mistake(_SLICED)
def _sliced(*arguments: Any) -> Four:
    image, boxes, mask, points = _boxes_and_points_left(*arguments)
    return image.as_subclass(Tensor), boxes, mask.as_subclass(Tensor), points


@random_window.mistake(_SLICED)
def _sliced_and_never_mirrored(*arguments: Any) -> Four:
    image, boxes, mask, points, size = arguments
    image, mask = v2.RandomCrop(size)(image, mask)
    return image.as_subclass(Tensor), boxes, mask.as_subclass(Tensor), points
