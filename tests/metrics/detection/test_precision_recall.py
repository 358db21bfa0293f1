import pytest
import torch
from sklearn.metrics import precision_recall_curve

from vislearn.metrics.detection.precision_recall import RECALLS, at_recalls, envelope, precision_recall

NONE = torch.empty(0, dtype=torch.bool)


def test_no_detections():
    precision, recall = precision_recall(NONE, NONE, 3)
    assert precision.shape == recall.shape == (0,)
    assert envelope(precision).shape == (0,)
    assert at_recalls(precision, recall).tolist() == [0.0] * 101


def test_what_is_neither_right_nor_wrong_leaves_both_as_they_were():
    precision, recall = precision_recall(
        torch.tensor([False, True, False, False]), torch.tensor([False, False, False, True]), 2
    )
    assert precision.tolist() == [0, 1, 1, 0.5]
    assert recall.tolist() == [0, 0.5, 0.5, 0.5]


def test_as_in_scikit_learn():
    generator = torch.Generator().manual_seed(0)
    right = torch.rand(60, generator=generator) < 0.5
    precision, recall = precision_recall(right, ~right, int(right.sum()))
    expected = precision_recall_curve(right, torch.linspace(1, 0.1, 60))
    assert precision.tolist() == pytest.approx(expected[0][:-1][::-1][: len(precision)].tolist())
    assert recall.tolist() == pytest.approx(expected[1][:-1][::-1][: len(recall)].tolist())


def test_the_envelope_looks_ahead():
    assert envelope(torch.tensor([[0.5, 1, 0.25], [0.0, 0, 0.75]])).tolist() == [[1, 1, 0.25], [0.75] * 3]


@pytest.mark.parametrize(("recall", "reached"), [(0.07, 8), (0.29, 30), (1.0, 101), (0.57, 57)])
def test_recalls_that_lie_on_a_point_reach_it_as_in_numpy(recall, reached):
    # 0.57 doesn't: NumPy's point lies one bit above it, and COCO's scores depend on that
    found = torch.ones(round(recall * 100), dtype=torch.bool)
    curve = at_recalls(*precision_recall(found, ~found, 100))
    assert int(curve.sum()) == reached


def test_many_curves_at_once_are_the_curves_one_by_one():
    generator = torch.Generator().manual_seed(1)
    right = torch.rand(2, 3, 40, generator=generator) < 0.4
    together = at_recalls(*precision_recall(right, ~right, 30))
    for one in range(2):
        for other in range(3):
            alone = at_recalls(*precision_recall(right[one, other], ~right[one, other], 30))
            assert torch.equal(together[one, other], alone)
    assert together.shape == (2, 3, len(RECALLS))
