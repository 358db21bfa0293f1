import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from torch.nn import functional as F

from vislearn import imbalance
from vislearn.errors import InputError

LABELS = st.lists(st.integers(0, 4), max_size=40).map(lambda more: [0, 1, 2, 3, 4, *more])


@settings(deadline=None)
@given(LABELS)
def test_balanced_weights_are_scikit_learn_s(labels):
    counts = imbalance.class_counts(labels)
    expected = compute_class_weight("balanced", classes=np.arange(5), y=np.array(labels))
    torch.testing.assert_close(imbalance.class_weights(counts), torch.tensor(expected, dtype=torch.float32))
    of_samples = torch.tensor(compute_sample_weight("balanced", labels), dtype=torch.float32)
    torch.testing.assert_close(imbalance.sample_weights(labels), of_samples)


@settings(deadline=None)
@given(LABELS, st.sampled_from(["balanced", "sqrt", "effective"]))
def test_the_mean_over_the_pictures_is_one_and_rarer_counts_more(labels, how):
    counts = imbalance.class_counts(labels)
    weights = imbalance.class_weights(counts, how)
    assert imbalance.sample_weights(labels, how).mean() == pytest.approx(1, abs=1e-5)
    for rare in range(5):
        assert all(weights[rare] > weights[common] for common in range(5) if counts[rare] < counts[common])


def test_weights_by_the_papers_formulas():
    counts = torch.tensor([400.0, 25.0])
    roots = imbalance.class_weights(counts, "sqrt")
    assert roots[1] / roots[0] == pytest.approx(4)
    effective = imbalance.class_weights(counts, "effective", beta=0.99)
    expected = (1 - 0.99**400) / (1 - 0.99**25)  # the numbers of pictures that are really different
    assert effective[1] / effective[0] == pytest.approx(expected, rel=1e-5)


def test_beta_reaches_from_alike_to_balanced():
    counts = [90, 10]
    torch.testing.assert_close(imbalance.class_weights(counts, "effective", beta=0.0), torch.ones(2))
    near_one = imbalance.class_weights(counts, "effective", beta=1 - 1e-9)
    torch.testing.assert_close(near_one, imbalance.class_weights(counts), rtol=1e-4, atol=0)


def test_a_class_without_a_picture_among_the_last_is_counted_where_the_number_is_given():
    assert imbalance.class_counts(torch.tensor([0, 1, 1]), 4).tolist() == [1, 2, 0, 0]


def test_the_sampler_draws_every_class_as_often_and_again_the_same():
    labels = [0] * 900 + [1] * 90 + [2] * 10
    drawn = list(imbalance.balanced_sampler(labels, num_samples=6000, seed=3))
    shares = imbalance.class_counts([labels[index] for index in drawn]) / 6000
    torch.testing.assert_close(shares, torch.full((3,), 1 / 3), atol=0.03, rtol=0)
    assert drawn == list(imbalance.balanced_sampler(labels, num_samples=6000, seed=3))
    assert drawn != list(imbalance.balanced_sampler(labels, num_samples=6000, seed=4))
    assert len(imbalance.balanced_sampler(labels)) == 1000


def test_square_roots_draw_in_between():
    labels = [0] * 900 + [1] * 100
    drawn = imbalance.balanced_sampler(labels, "sqrt", num_samples=8000)
    share = sum(labels[index] for index in drawn) / 8000
    assert share == pytest.approx(0.25, abs=0.03)  # √100 / (√900 + √100)


def test_adjusted_answers_are_bayes_answers_for_equal_classes():
    counts, likelihood = [90, 9, 1], torch.tensor([[0.2, 0.3, 0.5]])
    logits = likelihood.log() + imbalance.log_prior(counts)
    assert logits.argmax() == 0
    torch.testing.assert_close(imbalance.adjusted(logits, counts).softmax(1), likelihood)
    torch.testing.assert_close(imbalance.adjusted(logits, counts, tau=0.0), logits)


def test_the_balanced_loss_is_cross_entropy_of_logits_with_the_prior():
    generator = torch.Generator().manual_seed(0)
    logits, target = torch.randn(8, 3, generator=generator), torch.arange(8) % 3
    expected = F.cross_entropy(logits + 0.5 * torch.tensor([0.7, 0.2, 0.1]).log(), target, reduction="none")
    losses = imbalance.balanced_softmax_loss(logits, target, [70, 20, 10], tau=0.5, reduction="none")
    torch.testing.assert_close(losses, expected)
    mean = imbalance.balanced_softmax_loss(logits, target, [70, 20, 10], tau=0.5)
    torch.testing.assert_close(mean, expected.mean())


def test_half_precision_stays():
    logits = torch.zeros(2, 2, dtype=torch.bfloat16)
    assert imbalance.adjusted(logits, [3, 1]).dtype == torch.bfloat16


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: imbalance.class_counts([]), "labels must be class numbers, one per picture"),
        (lambda: imbalance.class_counts([0.5]), "labels must be class numbers"),
        (lambda: imbalance.class_counts([True]), "labels must be class numbers"),
        (lambda: imbalance.class_counts([-1, 2]), "labels must lie in 0, got -1…2"),
        (lambda: imbalance.class_counts([0, 3], 3), "labels must lie in 0…2, got 0…3"),
        (lambda: imbalance.class_weights([5, 0, 2]), "got 0 for class 1. Leave the class out"),
        (lambda: imbalance.class_weights([float("nan"), 1]), "got nan for class 0"),
        (lambda: imbalance.class_weights([[1, 2]]), "counts must be one number per class"),
        (lambda: imbalance.class_weights([1, 2], "balance"), "Did you mean 'balanced'"),
        (lambda: imbalance.class_weights([1, 2], "effective", beta=1.0), "beta must lie in 0…1, below 1"),
        (lambda: imbalance.sample_weights([0, 2]), "got 0 for class 1"),
        (lambda: imbalance.balanced_sampler([0, 1], num_samples=0), "num_samples must be at least 1"),
        (lambda: imbalance.adjusted(torch.zeros(2, 3), [1, 2]), r"logits must be \(N, 2\)"),
        (lambda: imbalance.log_prior([]), "counts must be one number per class"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(call, sentence):
    with pytest.raises(InputError, match=sentence):
        call()
