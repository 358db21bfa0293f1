"""Exercise of lesson 06: RoIAlign for one box."""

import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise

__all__ = ["align"]

Look = Callable[[float, float], Tensor]
Box = tuple[float, float, float, float]


@exercise(
    "vision.align",
    hints=[
        N_(
            "Three steps: bring the box from pixels to the map's own positions, cut it into bins, look at "
            "four points in each bin. Which step rounds? None."
        ),
        N_(
            "`edge / stride` counts in cells from the map's edge; `look` counts from the middle of the first "
            "cell, half a cell further in. So each edge becomes `edge / stride - 0.5`."
        ),
        N_(
            "Bin (row, column) is `height = (bottom - top) / bins` high. Its points lie at `top + (row + "
            "0.25) * height` and `top + (row + 0.75) * height`, and in the same way along x. Return the mean "
            "of the four `look(y, x)`."
        ),
    ],
)
def align(
    look: "Callable[[float, float], Tensor]", box: tuple[float, float, float, float], stride: int, bins: int
) -> Tensor:
    """Pool one box by RoIAlign: bins × bins numbers, each the mean of 2 × 2 points.

    The points of a bin lie a quarter and three quarters along each of its sides.

    Args:
        look: look(y, x) gives the feature map's value at row y, column x, between the cells too; (0, 0) is
            the middle of the first cell.
        box: left, top, right, bottom in pixels of the picture.
        stride: pixels per cell of the feature map.
        bins: how many bins along each side.

    Returns:
        (bins, bins), float32.
    """
    left, top, right, bottom = [edge / stride - 0.5 for edge in box]
    height, width = (bottom - top) / bins, (right - left) / bins
    pooled = torch.zeros(bins, bins)
    for row in range(bins):
        for column in range(bins):
            for y in (0.25, 0.75):
                for x in (0.25, 0.75):
                    pooled[row, column] += look(top + (row + y) * height, left + (column + x) * width) / 4
    return pooled


@align.inputs
def _box_on_a_map(generator: torch.Generator) -> tuple[Look, Box, int, int]:
    values = torch.rand(12, 14, generator=generator) * 10
    stride, bins = (4, 8)[draw(2, generator)], 2 + draw(2, generator)
    left, top = (torch.rand(2, generator=generator) * 3 + 1.2).tolist()
    width, height = (torch.rand(2, generator=generator) * 2 + 4.3).tolist()
    edges = (left, top, left + width + 1, top + height)  # in cells; never square
    box = tuple(round(edge * stride, 1) for edge in edges)
    return lambda y, x: _bilinear(values, y, x), box, stride, bins


def _bilinear(values: Tensor, y: float | Tensor, x: float | Tensor) -> Tensor:
    """The map (H, W) at positions of any shape; beyond the outermost middles it goes on as it is."""
    rows, columns = torch.broadcast_tensors(torch.as_tensor(y).float(), torch.as_tensor(x).float())
    last_row, last_column = values.shape[0] - 1, values.shape[1] - 1
    rows, columns = rows.clamp(0, last_row), columns.clamp(0, last_column)
    top, left = rows.long().clamp(max=last_row - 1), columns.long().clamp(max=last_column - 1)
    down, across = rows - top, columns - left
    upper = (1 - across) * values[top, left] + across * values[top, left + 1]
    lower = (1 - across) * values[top + 1, left] + across * values[top + 1, left + 1]
    return (1 - down) * upper + down * lower


def _pooled(
    look: Look,
    edges: Iterable[float],
    bins: int,
    inside: tuple[float, ...] = (0.25, 0.75),
    join: Callable[[Tensor], Tensor] = torch.mean,
) -> Tensor:
    """RoIAlign of edges that are positions on the map already."""
    left, top, right, bottom = edges
    height, width = (bottom - top) / bins, (right - left) / bins
    cells = [
        join(
            torch.stack(
                [look(top + (row + y) * height, left + (column + x) * width) for y in inside for x in inside]
            )
        )
        for row in range(bins)
        for column in range(bins)
    ]
    return torch.stack(cells).view(bins, bins)


def _placed(box: Box, stride: float, shift: float = 0.5) -> list[float]:
    return [edge / stride - shift for edge in box]


@align.mistake(
    N_(
        "The box is rounded to whole cells. That is what RoIPool does, and what RoIAlign was invented "
        "against: keep the decimals."
    )
)
def _rounded(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, [round(edge / stride) - 0.5 for edge in box], bins)


@align.mistake(
    N_("The box is cut to whole cells with `//` or `int`. RoIAlign keeps the decimals: `edge / stride`.")
)
def _cut_off(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, [math.floor(edge / stride) - 0.5 for edge in box], bins)


@align.mistake(
    N_(
        "Half a cell is missing: position 0 is the *middle* of the first cell, the map's edge lies at −0.5. "
        "Without it everything is seen half a cell too far right and down."
    )
)
def _not_shifted(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, _placed(box, stride, shift=0), bins)


@align.mistake(
    N_(
        "Half a cell is added, but it must be taken away: the middle of the first cell is position 0, and "
        "the map's edge lies before it."
    )
)
def _shifted_the_wrong_way(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, _placed(box, stride, shift=-0.5), bins)


@align.mistake(
    N_(
        "The half is taken from the pixels, before dividing. It is half a *cell*: divide by `stride` first, "
        "then subtract 0.5."
    )
)
def _half_a_pixel(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, [(edge - 0.5) / stride for edge in box], bins)


@align.mistake(
    N_(
        "The box is still in pixels of the picture. One cell of the map covers `stride` pixels: divide the "
        "edges by it (torchvision calls that `spatial_scale`)."
    )
)
def _in_pixels(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, _placed(box, 1), bins)


@align.mistake(
    N_(
        "This looks at one point per bin, its middle. Much of the bin is never seen: take the mean of four "
        "points."
    )
)
def _one_point(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, _placed(box, stride), bins, inside=(0.5,))


@align.mistake(N_("This is the sum of the four points. Divide by 4: RoIAlign takes their mean."))
def _sum_of_points(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, _placed(box, stride), bins, join=torch.sum)


@align.mistake(N_("This is the largest of the four points, as in RoIPool. RoIAlign takes their mean."))
def _largest_point(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, _placed(box, stride), bins, join=torch.max)


@align.mistake(
    N_(
        "The points sit at the bin's edge and its middle (0 and 0.5). They belong at 0.25 and 0.75, so that "
        "they are spread evenly over the bin."
    )
)
def _points_at_the_edge(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, _placed(box, stride), bins, inside=(0.0, 0.5))


@align.mistake(N_("x and y are swapped in `look(y, x)`: the row comes first, as everywhere in torch."))
def _looks_at_x_y(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(lambda y, x: look(x, y), _placed(box, stride), bins)


@align.mistake(
    N_("The bins are transposed: row 0 of the result is the top of the box, column 0 its left side.")
)
def _transposed(look: Look, box: Box, stride: int, bins: int) -> Tensor:
    return _pooled(look, _placed(box, stride), bins).T
