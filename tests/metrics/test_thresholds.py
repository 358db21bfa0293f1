import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from vislearn.errors import InputError
from vislearn.metrics import precision, precision_recall_curve, recall

ROWS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.integers(0, 1)), min_size=1)


@settings(max_examples=400, deadline=None)
@given(ROWS)
def test_equal_to_scikit_learn_with_many_equal_scores(rows):
    scores, truth = (np.array(column) for column in zip(*rows, strict=True))
    assume(truth.any())
    expected = oracle.precision_recall_curve(truth, scores)
    own = precision_recall_curve(scores, truth)
    for ours, theirs in zip(own, expected, strict=True):
        assert ours.numpy() == pytest.approx(theirs)
    assert own.average_precision == pytest.approx(oracle.average_precision_score(truth, scores))


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_each_point_is_the_score_of_its_threshold(rows):
    scores, truth = (torch.tensor(column) for column in zip(*rows, strict=True))
    assume(truth.any())
    curve = precision_recall_curve(scores, truth)
    for at, threshold in enumerate(curve.thresholds):
        given = scores >= threshold
        assert precision(given, truth, average=None, num_classes=2)[1] == curve.precision[at]
        assert recall(given, truth, average=None, num_classes=2)[1] == curve.recall[at]


def test_f1_of_each_point():
    curve = precision_recall_curve(torch.tensor([0.2, 0.8, 0.9]), torch.tensor([1, 1, 0]))
    assert curve.f1.tolist() == pytest.approx([0.8, 0.5, 0.0, 0.0])


def test_without_a_positive_recall_has_no_meaning():
    curve = precision_recall_curve(torch.tensor([0.2, 0.8]), [False, False])
    assert curve.precision.tolist() == [0, 0, 1]
    assert curve.recall.isnan().all()


@pytest.mark.parametrize(
    ("scores", "target", "message"),
    [
        (torch.empty(0), [], "scores must be numbers, one at least, got none"),
        (torch.tensor([torch.nan]), [1], "scores must be numbers, one at least, got nan"),
        (torch.rand(2, 3), [0, 1], r"one float per row.* got float32 of shape \(2, 3\). Of several classes"),
        ([0, 1], [0, 1], "one float per row.* got int64"),
        (torch.rand(2), [0, 2], "target must lie in 0…1, got 2"),
        (torch.rand(2), [0, 1, 1], "must have the same length, got 2 and 3"),
    ],
)
def test_what_makes_no_curve_is_refused(scores, target, message):
    with pytest.raises(InputError, match=message):
        precision_recall_curve(scores, target)
