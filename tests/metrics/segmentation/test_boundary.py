import math

import numpy as np
import pytest
import torch
from scipy.ndimage import binary_erosion

from vislearn.errors import InputError
from vislearn.metrics.segmentation import boundary_counts, boundary_iou, class_iou, counts

CHANCE = np.random.default_rng(0)


def blobs(shape):
    """Label images of three classes in large pieces."""
    coarse = CHANCE.integers(0, 3, (shape[0], shape[1] // 5 + 1, shape[2] // 5 + 1))
    return coarse.repeat(5, 1).repeat(5, 2)[:, : shape[1], : shape[2]]


@pytest.mark.parametrize("shape", [(0, 8, 8), (2, 0, 8), (2, 8, 8)])
def test_nothing_known_has_no_rim(shape):
    table = boundary_counts(torch.zeros(shape).long(), torch.full(shape, 255), 3)
    assert table.tolist() == [[0, 0]] * 3
    assert boundary_iou(table).isnan().all()


@pytest.mark.parametrize("width", [0.001, 0.05, 0.2])
def test_rims_are_what_erosion_takes_away(width):
    answers, truths = blobs((3, 31, 40)), blobs((3, 31, 40))
    truths[:, :, 17:20] = 255
    table = boundary_counts(answers, truths, 3, width=width)
    reach = max(1, round(width * math.hypot(31, 40)))
    for label in range(3):
        both = either = 0
        for answer, truth in zip(answers, truths, strict=True):
            masks = ((answer == label) & (truth != 255), truth == label)
            rim, other = (m & ~binary_erosion(m, np.ones((3, 3)), iterations=reach) for m in masks)
            both, either = both + (rim & other).sum(), either + (rim | other).sum()
        assert table[label].tolist() == [both, either]
    parts = [boundary_counts(a, t, 3, width=width) for a, t in zip(answers, truths, strict=True)]
    assert torch.equal(sum(parts), table)


def test_a_rim_as_wide_as_the_picture_is_all_of_it():
    answers, truths = blobs((2, 20, 20)), blobs((2, 20, 20))
    wide = boundary_iou(boundary_counts(answers, truths, 3, width=1.0))
    torch.testing.assert_close(wide, class_iou(counts(answers, truths, 3)))


def test_an_edge_one_pixel_off_costs_a_large_object_more_than_its_iou_says():
    truth = torch.zeros(100, 100, dtype=torch.long)
    truth[20:80, 20:80] = 1
    moved = truth.roll(1, dims=1)
    assert class_iou(counts(moved, truth, 2))[1] > 0.96
    assert boundary_iou(boundary_counts(moved, truth, 2))[1] < 0.75
    assert boundary_iou(boundary_counts(truth, truth, 2)).tolist() == [1, 1]


@pytest.mark.parametrize("width", [0, -1, float("nan"), "wide"])
def test_a_width_that_is_none(width):
    with pytest.raises(InputError, match="width must be a share of the diagonal above 0"):
        boundary_counts(torch.zeros(4, 4).long(), torch.zeros(4, 4).long(), 2, width=width)


@pytest.mark.parametrize("row", [[3, 2], [-1, 2], [0, -1], [float("nan"), 1], [0, float("inf")]])
def test_more_shared_than_covered_are_no_counts(row):
    with pytest.raises(InputError, match=r"counts must have pixels of both rims, at most as many"):
        boundary_iou(torch.tensor([[1, 2], row]))


@pytest.mark.parametrize("table", [torch.eye(3).long(), None, torch.zeros(4)])
def test_what_are_no_counts(table):
    with pytest.raises(InputError, match=r"counts must be a tensor \(K, 2\).*boundary_counts makes them"):
        boundary_iou(table)
