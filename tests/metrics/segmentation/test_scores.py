import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import accuracy_score, f1_score, jaccard_score

from vislearn.errors import InputError
from vislearn.metrics import segmentation
from vislearn.metrics.segmentation import (
    class_iou,
    counts,
    dice,
    frequency_weighted_iou,
    mean_iou,
    pixel_accuracy,
)

TABLES = st.integers(2, 5).flatmap(
    lambda k: arrays(np.int64, (k, k), elements=st.integers(0, 2**20)).map(torch.from_numpy)
)


@pytest.mark.parametrize("table", [torch.zeros(3, 3, dtype=torch.long), torch.zeros(0, 0, dtype=torch.long)])
def test_without_pixels_no_score(table):
    assert all(math.isnan(score(table)) for score in (pixel_accuracy, mean_iou, frequency_weighted_iou))
    assert class_iou(table).isnan().all()
    assert dice(table).isnan().all()


@pytest.mark.parametrize("seed", range(8))
def test_every_score_is_scikit_learn_s(seed):
    rng, classes = np.random.default_rng(seed), 5
    present = rng.permutation(classes)[: rng.integers(1, classes + 1)]  # the rest is absent
    truths = rng.choice(present, (2, 12, 11))
    answers = np.where(rng.random(truths.shape) < 0.6, truths, rng.choice(present, truths.shape))
    table = counts(answers, truths, classes)
    flat, labels = (truths.ravel(), answers.ravel()), list(range(classes))
    iou = jaccard_score(*flat, labels=labels, average=None, zero_division=0)
    shown = np.isin(labels, present[np.isin(present, [truths, answers])])
    assert class_iou(table)[torch.from_numpy(shown)].tolist() == pytest.approx(iou[shown])
    assert class_iou(table)[torch.from_numpy(~shown)].isnan().all()
    assert mean_iou(table) == pytest.approx(iou[shown].mean())
    absent_is_zero = jaccard_score(*flat, labels=labels, average="macro", zero_division=0)
    assert class_iou(table).nan_to_num(0).mean().item() == pytest.approx(absent_is_zero)
    weighted = jaccard_score(*flat, labels=labels, average="weighted", zero_division=0)
    assert frequency_weighted_iou(table) == pytest.approx(weighted)
    assert pixel_accuracy(table) == pytest.approx(accuracy_score(*flat))
    f1 = f1_score(*flat, labels=labels, average=None, zero_division=0)
    assert dice(table).nan_to_num(0).tolist() == pytest.approx(f1.tolist())


def test_absent_never_answered_and_never_there_are_three_things():
    table = torch.tensor([[4, 0, 2, 0], [3, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    assert class_iou(table).tolist() == pytest.approx([4 / 9, 0, 0, math.nan], nan_ok=True)
    assert dice(table).tolist() == pytest.approx([8 / 13, 0, 0, math.nan], nan_ok=True)
    assert mean_iou(table) == pytest.approx(4 / 27)
    assert frequency_weighted_iou(table) == pytest.approx(6 / 9 * 4 / 9)


def test_one_small_object_missed_hardly_costs_accuracy():
    truth = torch.zeros(100, 100, dtype=torch.long)
    truth[:8, :8] = 1
    table = counts(torch.zeros_like(truth), truth, 2)
    assert pixel_accuracy(table) == pytest.approx(0.9936)
    assert class_iou(table).tolist() == pytest.approx([0.9936, 0])
    assert mean_iou(table) == pytest.approx(0.4968)


@settings(max_examples=80, deadline=None)
@given(TABLES)
def test_scores_keep_their_bounds_and_their_order(table):
    iou, shares = class_iou(table), dice(table)
    present = (table.sum(0) + table.sum(1)) > 0
    assert torch.equal(iou.isnan(), ~present)
    assert ((iou[present] >= 0) & (iou[present] <= shares[present]) & (shares[present] <= 1)).all()
    torch.testing.assert_close(shares[present], 2 * iou[present] / (1 + iou[present]))
    if present.any():
        assert 0 <= mean_iou(table) <= 1
        assert 0 <= frequency_weighted_iou(table) <= pixel_accuracy(table) <= 1


@settings(max_examples=80, deadline=None)
@given(TABLES)
def test_iou_and_dice_do_not_ask_which_of_two_is_the_truth(table):
    for score in (class_iou, dice):
        torch.testing.assert_close(score(table), score(table.T), equal_nan=True)


@settings(max_examples=80, deadline=None)
@given(TABLES, st.integers(2, 50), st.randoms(use_true_random=False))
def test_numbers_of_classes_and_of_copies_do_not_matter(table, copies, chance):
    order = list(range(len(table)))
    chance.shuffle(order)
    other = table[order][:, order] * copies
    torch.testing.assert_close(class_iou(other), class_iou(table)[order], equal_nan=True)
    assert mean_iou(other) == pytest.approx(mean_iou(table), nan_ok=True)


@pytest.mark.parametrize(
    "score", [pixel_accuracy, class_iou, mean_iou, frequency_weighted_iou, dice, segmentation.report]
)
@pytest.mark.parametrize(
    "table",
    [
        torch.zeros(2, 3, dtype=torch.long),
        torch.eye(2),
        -torch.eye(2).long(),
        torch.zeros(4).long(),
        "ab",
        None,
    ],
)
def test_what_is_no_table_of_counts_is_refused(score, table):
    with pytest.raises(InputError, match=r"counts must be "):
        score(table)


def test_the_refusal_says_what_makes_counts():
    with pytest.raises(InputError, match=r"counts\(answers, truths, num_classes\) makes them"):
        class_iou(torch.rand(1, 3, 8, 8))
