"""Exercises of lesson 08: make a normalised batch visible, and lay many pictures out on one sheet."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torchvision.utils import make_grid

from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _
from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD

__all__ = ["grid", "viewable"]

Batch = tuple[Tensor, Tensor, Tensor]


@exercise(
    "looking.viewable",
    atol=1.001,  # a level more or less nobody sees: torchvision's own to_dtype doesn't round either
    hints=[
        N_("`Normalize` subtracted the mean, then divided by std. Undo the last step first."),
        N_(
            "Then the numbers are about 0 to 1. What lies outside must be clamped *before* it becomes a byte:"
            " a byte can't hold −3 or 260."
        ),
        N_(
            "`unit = batch * std.reshape(3, 1, 1) + mean.reshape(3, 1, 1)`. Then `.clamp(0, 1)`, times 255, "
            "`.round()`, `.to(torch.uint8)`."
        ),
    ],
)
def viewable(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Turn a normalised batch into pictures that can be drawn on and saved.

    Args:
        batch: (N, 3, H, W), float32, normalised with these mean and std. Before that a resize has pushed
            some values a little below 0 and above 1.
        mean: (3,), one mean per channel.
        std: (3,), one standard deviation per channel.

    Returns:
        (N, 3, H, W), uint8, 0 to 255; what lay outside is 0 or 255. One level more or less doesn't matter.
    """
    unit = batch * std.reshape(3, 1, 1) + mean.reshape(3, 1, 1)
    return (unit.clamp(0, 1) * 255).round().to(torch.uint8)


@viewable.inputs
def _normalised_batch(generator: torch.Generator) -> Batch:
    shape = (2 + draw(2, generator), 3, *unequal_sides(5, 6, generator))
    unit = torch.randint(9, 247, shape, generator=generator) / 255
    chance = torch.rand(shape, generator=generator)
    unit = torch.where(chance < 0.08, torch.tensor(-0.06), unit)  # as bicubic resizing leaves them
    unit = torch.where(chance > 0.92, torch.tensor(1.07), unit)
    mean = torch.rand(3, generator=generator) * 0.2 + 0.35
    std = torch.rand(3, generator=generator) * 0.1 + 0.2
    return (unit - _upright(mean)) / _upright(std), mean, std


@viewable.read
def _read_bytes(answer: Any) -> Any:
    """Whole numbers of another type hold the same values, but can be neither drawn on nor saved."""
    if isinstance(answer, Tensor | np.ndarray):
        dtype = torch.as_tensor(answer).dtype
        if dtype != torch.uint8 and not dtype.is_floating_point:
            raise Unusable(
                _(
                    "uint8 expected, {got} returned: drawing and saving want bytes, `.to(torch.uint8)`.",
                    got=str(dtype).removeprefix("torch."),
                )
            )
    return answer


def _upright(values: Tensor) -> Tensor:
    return values.reshape(3, 1, 1)


def _bytes(unit: Tensor) -> Tensor:
    return (unit.clamp(0, 1) * 255).round().to(torch.uint8)


@viewable.mistake(
    N_(
        "This is the line of the course's text: the batch is still normalised, and a byte can't hold what "
        "lies outside 0 to 255. Undo `Normalize` first: times std, plus mean."
    )
)
def _as_in_the_text(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (batch * 255).to(torch.uint8)


@viewable.mistake(
    N_(
        "Clamping hides the noise, not the mistake: everything below the mean is black now. Undo `Normalize` "
        "first: times std, plus mean."
    )
)
def _only_clamped(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _bytes(batch)


@viewable.mistake(
    N_(
        "`Normalize` is undone, but some values lie below 0 or above 1, and as bytes they start again at the "
        "other end: white dots in the black, black ones in the white. `.clamp(0, 1)` first."
    )
)
def _not_clamped(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return ((batch * _upright(std) + _upright(mean)) * 255).round().to(torch.uint8)


@viewable.mistake(N_("The order is swapped. Undo the last step first: times std, and then plus mean."))
def _mean_first(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _bytes((batch + _upright(mean)) * _upright(std))


@viewable.mistake(
    N_("`mean` and `std` have changed places: multiply by the standard deviation, then add the mean.")
)
def _exchanged(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _bytes(batch * _upright(mean) + _upright(std))


@viewable.mistake(N_("The spread is back, but the mean is not: add it. Now the picture is far too dark."))
def _mean_forgotten(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _bytes(batch * _upright(std))


@viewable.mistake(
    N_(
        "You stretch the values, from the darkest to the brightest that there is, as "
        "`make_grid(normalize=True)` does. It looks plausible, but its colours are not those of the picture; "
        "use `mean` and `std`."
    )
)
def _stretched(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _bytes((batch - batch.min()) / (batch.max() - batch.min()))


@viewable.mistake(
    N_("The numbers are right, from 0 to 1. Asked for are bytes: times 255, then `.to(torch.uint8)`.")
)
def _left_in_floats(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (batch * _upright(std) + _upright(mean)).clamp(0, 1)


@viewable.mistake(
    N_(
        "Every byte is 0 or 1. Either the values were still in 0 to 1 when they became bytes (of 0.87 that "
        "leaves 0), or they were clamped to 0 to 1 after they were multiplied. In this order: "
        "`.clamp(0, 1)`, times 255, `.to(torch.uint8)`."
    )
)
def _cast_too_early(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (batch * _upright(std) + _upright(mean)).clamp(0, 1).to(torch.uint8)


@viewable.mistake(
    N_("The values are right, and still float32. Drawing functions want bytes: `.to(torch.uint8)`.")
)
def _levels_in_floats(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return ((batch * _upright(std) + _upright(mean)).clamp(0, 1) * 255).round()


@viewable.mistake(
    N_(
        "Undone with the numbers of ImageNet. They are right only for who normalised with them: use the "
        "`mean` and `std` that you are given."
    )
)
def _of_imagenet(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _bytes(batch * _upright(torch.tensor(IMAGENET_STD)) + _upright(torch.tensor(IMAGENET_MEAN)))


@viewable.mistake(
    N_(
        "Divided by std once more. `Normalize` has divided already; to undo it, multiply: times std, plus "
        "mean."
    )
)
def _divided_again(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _bytes(batch / _upright(std) + _upright(mean))


@viewable.mistake(
    N_(
        "Clamped too early: a normalised batch has values far below 0 and above 1 that belong to the "
        "picture. Undo `Normalize` first, then `.clamp(0, 1)`."
    )
)
def _clamped_too_early(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _bytes(batch.clamp(0, 1) * _upright(std) + _upright(mean))


@viewable.mistake(
    N_(
        "`mean` and `std` have the shape (3,), and broadcasting lays them along the last axis, the width. "
        "Along the channels they lie after `.reshape(3, 1, 1)`, or `[:, None, None]`."
    )
)
def _along_the_width(batch: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return _bytes(batch * std + mean)


@exercise(
    "looking.grid",
    forbids=[make_grid],
    hints=[
        N_(
            "How many rows do you need? For 7 pictures in 3 columns it is 3: divide, and round up "
            "(`math.ceil`)."
        ),
        N_(
            "Make an empty sheet with `pictures.new_zeros(...)`, which keeps the dtype. Picture `number` goes"
            " into row `number // columns` and column `number % columns`."
        ),
        N_(
            "Its upper edge is `gap + row * (height + gap)`, its left edge `gap + column * (width + gap)`. "
            "Then `sheet[:, top : top + height, left : left + width] = picture`."
        ),
    ],
)
def grid(pictures: Tensor, columns: int, gap: int) -> Tensor:
    """Lay pictures out on one sheet, row by row, without `make_grid`.

    Args:
        pictures: (N, C, H, W), of any dtype.
        columns: how many stand in a row; never more than there are pictures.
        gap: black pixels between the pictures, and around all of them.

    Returns:
        (C, rows * (H + gap) + gap, columns * (W + gap) + gap), of the same dtype; places that are left over
        are 0.
    """
    count, channels, height, width = pictures.shape
    rows = math.ceil(count / columns)
    sheet = pictures.new_zeros(channels, rows * (height + gap) + gap, columns * (width + gap) + gap)
    for number, picture in enumerate(pictures):
        top = gap + number // columns * (height + gap)
        left = gap + number % columns * (width + gap)
        sheet[:, top : top + height, left : left + width] = picture
    return sheet


@grid.inputs
def _pictures(generator: torch.Generator, trial: int) -> tuple[Tensor, int, int]:
    """Full rows and begun ones, bytes and floats, one row and one column among them."""
    count, columns = [(7, 3), (6, 3), (5, 2), (4, 4), (3, 1), (8, 5)][trial % 6]
    shape = (count, 3 - 2 * (trial % 2), *unequal_sides(3, 5, generator))
    pictures = torch.randint(1, 256, shape, generator=generator, dtype=torch.uint8)
    return (pictures if trial % 3 else pictures / 255), columns, 1 + draw(3, generator)


def _laid_out(
    pictures: Tensor,
    columns: int,
    gap: int,
    *,
    rows: int | None = None,
    around: int | None = None,
    ground: float = 0,
) -> Tensor:
    """A sheet as the exercise has it, or with other rows, or another margin around all."""
    count, channels, height, width = pictures.shape
    rows = rows or math.ceil(count / columns)
    margin = gap if around is None else around
    size = (
        channels,
        *(many * (side + gap) - gap + 2 * margin for many, side in ((rows, height), (columns, width))),
    )
    sheet = pictures.new_full(size, ground)
    for number, picture in enumerate(pictures[: rows * columns]):
        top = margin + number // columns * (height + gap)
        left = margin + number % columns * (width + gap)
        sheet[:, top : top + height, left : left + width] = picture
    return sheet


def _by_columns(pictures: Tensor, columns: int) -> Tensor:
    """The pictures in another order: down the first column, then down the second."""
    rows = math.ceil(len(pictures) / columns)
    places = torch.zeros(rows * columns, *pictures.shape[1:], dtype=pictures.dtype)
    for number, picture in enumerate(pictures):
        places[number % rows * columns + number // rows] = picture
    return places


@grid.mistake(
    N_("Your pictures run down the columns. Reading goes along the rows: `number // columns` is the row.")
)
def _down_the_columns(pictures: Tensor, columns: int, gap: int) -> Tensor:
    return _laid_out(_by_columns(pictures, columns), columns, gap)


@grid.mistake(
    N_(
        "You took `columns` for the number of rows. (So do many who meet `make_grid`: its `nrow` is how many "
        "pictures stand *in* a row.)"
    )
)
def _rows_for_columns(pictures: Tensor, columns: int, gap: int) -> Tensor:
    return _laid_out(pictures, math.ceil(len(pictures) / columns), gap, rows=columns)


@grid.mistake(N_("The last, begun row is missing: `//` rounds down. Round up, with `math.ceil`."))
def _last_row_lost(pictures: Tensor, columns: int, gap: int) -> Tensor:
    return _laid_out(pictures, columns, gap, rows=len(pictures) // columns)


@grid.mistake(
    N_("There is a gap between the pictures, but none around them: everything starts one gap later.")
)
def _no_frame(pictures: Tensor, columns: int, gap: int) -> Tensor:
    return _laid_out(pictures, columns, gap, around=0)


@grid.mistake(
    N_("`torch.zeros` makes float32, whatever the pictures are. `pictures.new_zeros(...)` keeps their dtype.")
)
def _always_floats(pictures: Tensor, columns: int, gap: int) -> Tensor:
    return _laid_out(pictures, columns, gap).float()


@grid.mistake(N_("The gaps are there, but they are white. Asked for are black ones: 0."))
def _white_gaps(pictures: Tensor, columns: int, gap: int) -> Tensor:
    white = 1.0 if pictures.is_floating_point() else 255
    return _laid_out(pictures, columns, gap, ground=white)


@grid.mistake(N_("The pictures stand edge to edge: the gap between them, and around them, is missing."))
def _no_gaps(pictures: Tensor, columns: int, gap: int) -> Tensor:
    return _laid_out(pictures, columns, 0)


@grid.mistake(N_("A row too many: with full rows nothing is left over. Round up, instead of adding 1."))
def _a_row_too_many(pictures: Tensor, columns: int, gap: int) -> Tensor:
    return _laid_out(pictures, columns, gap, rows=len(pictures) // columns + 1)
