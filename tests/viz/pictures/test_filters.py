from itertools import pairwise

import numpy as np
import pytest
import torch
from torchvision.models import resnet18

from vislearn.errors import InputError
from vislearn.viz import filters
from vislearn.viz.canvas import Canvas
from vislearn.viz.picture import SCALE
from vislearn.viz.pictures.filters import _colors, _columns

WEIGHTS = torch.randn(12, 3, 3, 3, generator=torch.Generator().manual_seed(0), requires_grad=True)


def test_zero_is_gray_and_the_largest_decides():
    weights = np.zeros((2, 1, 1, 2))
    weights[0, 0, 0], weights[1, 0, 0] = [1.0, -0.5], [0.1, 0.0]
    assert _colors(weights, "each")[:, 0, :, 0].tolist() == [[255, 64], [255, 128]]
    assert _colors(weights, "all")[:, 0, :, 0].tolist() == [[255, 64], [140, 128]]


def test_three_channels_are_colours():
    weights = np.zeros((1, 3, 1, 1))
    weights[0, :, 0, 0] = [1, 0, -1]
    assert _colors(weights, "each")[0, 0, 0].tolist() == [255, 128, 0]


@pytest.mark.parametrize("scale", ["each", "all"])
def test_the_picture_says_which_scale_was_taken(scale):
    words = " ".join(filters(WEIGHTS, scale=scale, alt="Filters.").digest["words"])
    told = {"each": "Gray is 0; each filter on its own scale.", "all": "Gray is 0; one scale for all, ±"}[
        scale
    ]
    assert words.startswith(told)


@pytest.mark.parametrize(
    "weights",
    [WEIGHTS[:1], WEIGHTS, resnet18().conv1.weight, torch.zeros(5, 1, 7, 3), torch.randn(256, 1, 2, 2)],
)
def test_any_number_of_filters_fits(weights):
    picture = filters(weights, title="Filters", alt="Filters.")
    assert picture.width <= 760
    assert picture.digest["plots"][0]["images"]


@pytest.mark.parametrize(
    ("count", "columns"),
    [
        (1, 1),
        (12, 12),
        (16, 16),
        (32, 16),
        (64, 16),
        (24, 12),
        (37, 12),
        (34, 12),
        (152, 8),
        (13, 13),
        (14, 14),
    ],
)
def test_rows_are_of_equal_length_where_they_can_be(count, columns):
    assert _columns(count) == columns


@pytest.mark.parametrize(
    ("weights", "options", "message"),
    [
        (torch.zeros(0, 3, 3, 3), {}, r"weights must have shape .*, got \(0, 3, 3, 3\)"),
        (torch.zeros(8, 16, 3, 3), {}, r"got \(8, 16, 3, 3\). Of a deeper layer.* weights\[:, :1\]"),
        (torch.zeros(8, 3), {}, r"got \(8, 3\)"),
        (torch.zeros(300, 3, 1, 1), {}, "weights must be 256 filters at most, got 300"),
        (WEIGHTS * torch.inf, {}, "weights must be finite numbers"),
        (WEIGHTS, {"scale": "every"}, "scale must be one of 'each', 'all'"),
        (WEIGHTS, {"columns": 0}, "columns must be at least 1, got 0"),
        (WEIGHTS, {"alt": " "}, "alt must say"),
    ],
)
def test_what_is_no_filter_is_refused(weights, options, message):
    with pytest.raises(InputError, match=message):
        filters(weights, **{"alt": "Filters.", **options})


def test_each_filter_keeps_its_colours_on_a_dark_page_and_the_gaps_turn():
    photos = filters(WEIGHTS, alt="Filters.").photos
    assert len(photos) == len(WEIGHTS)
    assert all(one[2] < other[0] for one, other in pairwise(photos))  # in one row


@pytest.mark.parametrize("columns", [1, 2, 5])
def test_each_filter_lies_in_its_place_a_rectangle_for_each_weight_and_white_between(columns, monkeypatch):
    papers, places = [], []
    monkeypatch.setattr(Canvas, "picture", lambda _canvas, *given, **style: papers.append(given))
    monkeypatch.setattr(Canvas, "protect", lambda _canvas, *place: places.append(place))
    weights = torch.randn(5, 3, 2, 4, generator=torch.Generator().manual_seed(1))
    filters(weights, columns=columns, alt="Filters.")
    [(paper, left, top, wide, tall)] = papers
    assert paper.shape[:2] == (round(tall * SCALE), round(wide * SCALE))
    white = np.ones(paper.shape[:2], bool)
    for at, (one, (x, y, w, h)) in enumerate(zip(_colors(weights.numpy(), "each"), places, strict=True)):
        x0, y0, w, h = (round(length * SCALE) for length in (x - left, y - top, w, h))
        assert (w / h, at % columns == 0, at < columns) == (pytest.approx(2, abs=0.02), x0 == 0, y0 == 0)
        middles = np.ix_(y0 + np.array([1, 3]) * h // 4, x0 + np.array([1, 3, 5, 7]) * w // 8)
        assert np.array_equal(paper[middles], one)
        white[y0 : y0 + h, x0 : x0 + w] = False
    assert (paper[white] == 255).all()
