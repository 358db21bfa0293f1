"""Lesson 06's RoIAlign: many ways to be right, and other ways to make each mistake."""

import math

import numpy as np
import pytest
import torch
from torchvision import ops

from vislearn.exercises import check
from vislearn.exercises.lessons.vision.pooling import _bilinear
from vislearn.exercises.registry import find

NAME = "vision.align"


def pooled(
    *,
    place=lambda edge, stride: edge / stride - 0.5,
    points=(0.25, 0.75),
    join=lambda values: sum(values) / len(values),
    ask=lambda look, y, x: look(y, x),
    turned=False,
):
    """RoIAlign over Python numbers, any part of which can be wrong."""

    def align(look, box, stride, bins):
        left, top, right, bottom = (place(edge, stride) for edge in box)
        table = np.zeros((bins, bins), dtype=np.float32)
        for row in range(bins):
            for column in range(bins):
                ys = [top + (bottom - top) * (row + part) / bins for part in points]
                xs = [left + (right - left) * (column + part) / bins for part in points]
                table[row, column] = join([float(ask(look, y, x)) for y in ys for x in xs])
        return table.T if turned else table

    return align


def all_at_once(look, box, stride, bins):
    left, top, right, bottom = torch.tensor(box) / stride - 0.5
    places = (torch.arange(2 * bins) + 0.5) / (2 * bins)
    values = look(top + (bottom - top) * places[:, None], left + (right - left) * places)
    return values.view(bins, 2, bins, 2).mean(dim=(1, 3))


def with_tensors(look, box, stride, bins):
    result = torch.empty(bins, bins)
    x0, y0, x1, y1 = (torch.tensor(edge) / stride - 0.5 for edge in box)
    step_y, step_x = (y1 - y0) / bins / 4, (x1 - x0) / bins / 4
    for i in range(bins):
        for j in range(bins):
            y, x = y0 + 4 * i * step_y, x0 + 4 * j * step_x
            four = [look(y + a * step_y, x + b * step_x) for a in (1, 3) for b in (1, 3)]
            result[i, j] = torch.stack(four).mean()
    return result


def point_by_point(look, box, stride, bins):
    """Each point's value is added to its cell's quarter by quarter."""
    left, top, right, bottom = (edge / stride - 0.5 for edge in box)
    table = torch.zeros(bins, bins, dtype=torch.float64)
    for at in range(4 * bins * bins):
        row, column = divmod(at, 2 * bins)
        y = top + (row + 0.5) / (2 * bins) * (bottom - top)
        x = left + (column + 0.5) / (2 * bins) * (right - left)
        table[row // 2, column // 2] += look(y, x) / 4
    return table


RIGHT = {
    NAME: [pooled(), all_at_once, with_tensors, point_by_point, lambda *given: pooled()(*given).tolist()]
}

UNLISTED = {
    NAME: [
        pooled(points=(1 / 6, 0.5, 5 / 6)),
        pooled(points=(0, 1)),
        pooled(join=min),
        pooled(join=lambda values: sum(values) / 2),
        pooled(turned=True, points=(0.5,)),
        lambda look, box, stride, bins: all_at_once(look, box, stride, bins).mean(),
        lambda look, box, stride, bins: all_at_once(look, box, stride, bins).flip(0),
    ]
}

WRONG = {
    NAME: {
        "_rounded": pooled(place=lambda edge, stride: np.round(edge / stride) - 0.5),
        "_cut_off": pooled(place=lambda edge, stride: edge // stride - 0.5),
        "_not_shifted": pooled(place=lambda edge, stride: edge / stride),
        "_shifted_the_wrong_way": pooled(place=lambda edge, stride: edge / stride + 0.5),
        "_half_a_pixel": pooled(place=lambda edge, stride: (edge - 0.5) / stride),
        "_in_pixels": pooled(place=lambda edge, stride: edge - 0.5),
        "_one_point": pooled(points=(0.5,)),
        "_sum_of_points": pooled(join=math.fsum),
        "_largest_point": pooled(join=max),
        "_points_at_the_edge": pooled(points=(0, 0.5)),
        "_looks_at_x_y": pooled(ask=lambda look, y, x: look(x, y)),
        "_transposed": pooled(turned=True),
    }
}


def test_the_solution_is_torchvision_s_answer():
    values = torch.rand(12, 14, generator=torch.Generator().manual_seed(0))
    box, stride, bins = (7.3, 9.1, 31.7, 38.2), 4, 3
    expected = ops.roi_align(values[None, None], [torch.tensor([box])], bins, 1 / stride, 2, aligned=True)
    got = find(NAME)(lambda y, x: _bilinear(values, y, x), box, stride, bins)
    torch.testing.assert_close(got, expected[0, 0])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda look, box, stride, bins: look(box), "TypeError"),
        (lambda look, box, stride, bins: torch.zeros(bins, bins, 1), "they differ in axes of length 1"),
        (pooled(points=(0.2, 0.8)), "values differ"),
    ],
)
def test_other_answers_get_a_plain_message(answer, words):
    verdict = check(NAME, answer)
    assert verdict.status in ("wrong", "error")
    assert words in f"{verdict.message} {verdict.evidence}"
