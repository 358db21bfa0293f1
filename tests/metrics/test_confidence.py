import math

import numpy as np
import pytest
import torch
from sklearn.calibration import calibration_curve

from vislearn.errors import InputError
from vislearn.metrics import calibration


def by_hand(shares, truth, bins):
    """Expected calibration error, one answer after the other."""
    sums = {}
    for row, right in zip(shares.tolist(), truth.tolist(), strict=True):
        sure = max(row)
        place = min(max(math.ceil(sure * bins - 1e-6), 1), bins)
        sums.setdefault(place, []).append((sure, row.index(sure) == right))
    total = 0.0
    for answers in sums.values():
        total += abs(sum(sure for sure, _hit in answers) - sum(hit for _sure, hit in answers))
    return total / len(truth)


@pytest.mark.parametrize(("classes", "bins"), [(2, 10), (5, 10), (3, 7), (4, 1)])
def test_the_error_is_that_of_the_formula(classes, bins):
    chance = torch.Generator().manual_seed(classes)
    shares = (3 * torch.randn(300, classes, generator=chance)).softmax(1)
    truth = torch.randint(classes, (300,), generator=chance)
    found = calibration(shares, truth, bins=bins)
    assert found.error == pytest.approx(by_hand(shares, truth, bins))
    assert found.counts.sum() == 300


def test_the_bins_are_scikit_learns():
    chance = torch.Generator().manual_seed(0)
    shares = torch.rand(500, 2, generator=chance)
    shares = shares / shares.sum(1, keepdim=True)
    truth = torch.randint(2, (500,), generator=chance)
    found, filled = calibration(shares, truth), calibration(shares, truth).counts > 0
    sure, answer = shares.max(1)
    right, confidence = calibration_curve(answer == truth, sure.double().numpy(), n_bins=10)
    np.testing.assert_allclose(found.accuracy[filled], right)
    np.testing.assert_allclose(found.confidence[filled], confidence)


def test_an_edge_belongs_to_the_bin_below_in_any_precision():
    for kind in (torch.float32, torch.float64):
        shares = torch.tensor([[0.6, 0.4], [1.0, 0.0]], dtype=kind)
        assert calibration(shares, torch.tensor([0, 0])).counts.tolist() == [0] * 5 + [1, 0, 0, 0, 1]


def test_of_nothing_nothing_can_be_said():
    found = calibration(torch.empty(0, 3), torch.empty(0, dtype=torch.int64))
    assert math.isnan(found.error)
    assert found.accuracy.isnan().all()


@pytest.mark.parametrize(
    ("shares", "bins", "sentence"),
    [([[2.0, -1.0]], 10, r"must lie in 0…1.*softmax"), ([[0.5, 0.5]], 0, "bins must be at least 1")],
)
def test_what_is_no_probability_is_refused(shares, bins, sentence):
    with pytest.raises(InputError, match=sentence):
        calibration(torch.tensor(shares), torch.tensor([0]), bins=bins)
