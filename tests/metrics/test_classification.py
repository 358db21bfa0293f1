import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as oracle

from vislearn.errors import InputError
from vislearn.metrics import (
    accuracy,
    averaged,
    class_scores,
    confusion_counts,
    confusion_matrix,
    f1,
    normalized,
    precision,
    recall,
    top_k_accuracy,
    top_k_hits,
)

OURS = [precision, recall, f1]
NO_CLASSES = torch.empty(0, dtype=torch.long)
KINDS = [torch.tensor, np.array, list]


@st.composite
def answers(draw):
    """K, predicted and true classes: few rows and up to eight classes, so that many are absent."""
    classes = draw(st.integers(2, 8))
    pair = st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1))
    rows = draw(st.lists(pair, min_size=1, max_size=20))
    return classes, [given for given, _truth in rows], [truth for _given, truth in rows]


def quiet(function, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **options)


def test_no_pictures_no_score():
    assert math.isnan(accuracy(torch.empty(0, 3), NO_CLASSES))
    assert math.isnan(accuracy([], []))
    assert math.isnan(top_k_accuracy(torch.empty(0, 3), NO_CLASSES, k=2))
    assert confusion_counts(torch.empty(0, 3), NO_CLASSES).tolist() == [[0] * 3] * 3
    assert confusion_counts([], []).shape == (0, 0)
    for metric in OURS:
        for average in ["macro", "micro", "weighted"]:
            assert math.isnan(metric(torch.empty(0, 3), NO_CLASSES, average=average))
        assert metric(torch.empty(0, 3), NO_CLASSES, average=None).isnan().tolist() == [True] * 3


@settings(max_examples=400, deadline=None)
@given(answers())
def test_equal_to_scikit_learn(case):
    classes, given, truth = case
    labels = range(classes)
    counts = confusion_counts(given, truth, classes)
    assert counts.tolist() == oracle.confusion_matrix(truth, given, labels=labels).tolist()
    assert accuracy(given, truth) == pytest.approx(oracle.accuracy_score(truth, given))
    per_class = quiet(
        oracle.precision_recall_fscore_support, truth, given, labels=labels, zero_division=np.nan
    )
    for own, other in zip(class_scores(counts), per_class, strict=True):
        assert own.numpy() == pytest.approx(other, nan_ok=True)
    for average in ["macro", "micro", "weighted"]:  # as scikit-learn does it where nothing is asked for
        expected = quiet(oracle.precision_recall_fscore_support, truth, given, average=average)[:3]
        assert averaged(counts, average) == pytest.approx(expected)


@settings(max_examples=100, deadline=None)
@given(answers(), st.sampled_from(KINDS))
def test_each_metric_is_its_part_of_the_counts(case, kind):
    classes, given, truth = case
    counts = confusion_counts(kind(given), kind(truth), classes)
    for at, metric in enumerate(OURS):
        own = metric(kind(given), kind(truth), average=None, num_classes=classes)
        assert own.tolist() == pytest.approx(class_scores(counts)[at].tolist(), nan_ok=True)
        assert metric(kind(given), kind(truth), num_classes=classes) == averaged(counts, "macro")[at]


def test_without_normalising_the_matrix_is_the_counts():
    given, truth = [0, 1, 1, 2], [0, 0, 1, 2]
    assert confusion_matrix(given, truth).tolist() == oracle.confusion_matrix(truth, given).tolist()
    assert confusion_matrix(given, truth, 4).shape == (4, 4)


@settings(max_examples=100, deadline=None)
@given(answers(), st.sampled_from(["truth", "prediction", "all"]))
def test_shares_are_scikit_learn_s_but_nan_where_nothing_was_counted(case, by):
    classes, given, truth = case
    own = confusion_matrix(given, truth, classes, normalize=by)
    named = {"truth": "true", "prediction": "pred", "all": "all"}[by]
    expected = quiet(oracle.confusion_matrix, truth, given, labels=range(classes), normalize=named)
    assert own.nan_to_num(0).numpy() == pytest.approx(expected, rel=1e-6)
    absent = {"truth": truth, "prediction": given, "all": range(classes)}[by]
    without = [at not in absent for at in range(classes)]
    nan = own.isnan()
    assert (nan.all(1) if by == "truth" else nan.all(0)).tolist() == without


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**31), st.integers(3, 7), st.integers(1, 20))
def test_top_k_is_scikit_learn_s(seed, classes, rows):
    chance = np.random.default_rng(seed)
    scores, truth = chance.random((rows, classes)), chance.integers(classes, size=rows)
    for k in range(1, classes):
        expected = oracle.top_k_accuracy_score(truth, scores, k=k, labels=range(classes))
        assert top_k_accuracy(scores, truth, k=k) == pytest.approx(expected)
    assert top_k_accuracy(scores, truth, k=classes) == 1


def test_five_answers_are_allowed_where_nothing_else_is_asked_for():
    scores, truth = torch.arange(7.0, 0, -1).repeat(7, 1), torch.arange(7)  # class 0 is the surest
    assert top_k_hits(scores, truth).tolist() == 5 * [True] + 2 * [False]
    assert top_k_accuracy(scores, truth) == 5 / 7


def test_among_equal_scores_the_lower_class_goes_first():
    scores = torch.tensor([[1.0, 1.0, 0.0, 1.0]]).repeat(4, 1)
    assert top_k_hits(scores, torch.arange(4), k=1).tolist() == [True, False, False, False]
    assert top_k_hits(scores, torch.arange(4), k=2).tolist() == [True, True, False, False]
    assert accuracy(scores, torch.arange(4)) == top_k_accuracy(scores, torch.arange(4), k=1)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_scores_of_any_float_type_count_by_their_largest(dtype):
    scores = torch.tensor([[0.0, 2.0], [3.0, -1.0], [-torch.inf, 0.0]], dtype=dtype, requires_grad=True)
    assert confusion_counts(scores, torch.tensor([1, 1, 0], dtype=torch.uint8)).tolist() == [[0, 1], [1, 1]]


def test_counts_of_batches_add_up_to_the_counts_of_all():
    chance = torch.Generator().manual_seed(0)
    scores, truth = torch.randn(50, 4, generator=chance), torch.randint(4, (50,), generator=chance)
    batches = zip(scores.split(7), truth.split(7), strict=True)
    assert torch.equal(sum(confusion_counts(*batch) for batch in batches), confusion_counts(scores, truth))


def test_a_class_never_answered_is_nan_alone_and_costs_the_mean():
    lazy = torch.tensor([[99, 0], [1, 0]])  # 99 healthy, 1 ill, everybody called healthy
    assert class_scores(lazy).precision.tolist() == pytest.approx([0.99, torch.nan], nan_ok=True)
    assert averaged(lazy, "macro")[:2] == pytest.approx((0.495, 0.5))
    assert averaged(lazy, "micro")[0] == pytest.approx(0.99)


def test_a_class_that_takes_no_part_changes_no_mean():
    table = torch.tensor([[3, 1, 0], [2, 4, 0], [0, 0, 0]])
    for average in ["macro", "micro", "weighted"]:
        assert averaged(table, average) == averaged(table[:2, :2], average)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: precision([0], [0], average="marco"), "average must be one of .* Did you mean 'macro'"),
        (lambda: averaged(torch.zeros(2, 2).long(), None), "average must be one of"),
        (lambda: normalized(torch.zeros(2, 2), "true"), "normalize must be one of 'truth'"),
        (lambda: class_scores(torch.rand(2, 2)), r"counts must be whole numbers \(K, K\).* got float32"),
        (lambda: class_scores(torch.zeros(2, 3).long()), r"got int64 of shape \(2, 3\)"),
        (lambda: class_scores(torch.full((2, 2), -1)), "0 or more"),
        (
            lambda: top_k_hits(torch.rand(2, 3), [0, 1], k=4),
            "k must lie in 1…3, the number of classes, got 4",
        ),
        (lambda: top_k_hits(torch.rand(2, 3), [0, 1], k=0), "k must lie in 1…3"),
        (lambda: top_k_hits([0, 1], [0, 1]), r"scores must have shape \(N, K\).* pass the scores"),
        (lambda: top_k_hits(torch.rand(2, 3), [0, 3]), "target must lie in 0…2, got 3"),
    ],
)
def test_what_cannot_be_counted_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
