import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from sklearn.metrics import confusion_matrix
from torchvision import tv_tensors

from vislearn.errors import InputError
from vislearn.metrics.segmentation import counts

K = 4
CHANCE = np.random.default_rng(0)
SIZES = st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(1, 4))
LABELS = st.sampled_from([*range(K)])
TRUTHS = st.sampled_from([*range(K), 255])
BATCHES = SIZES.flatmap(
    lambda shape: st.tuples(
        arrays(np.uint8, shape, elements=LABELS), arrays(np.uint8, shape, elements=TRUTHS)
    )
)


@pytest.mark.parametrize("shape", [(0, 4, 4), (4, 0)])
def test_no_pixels_no_counts(shape):
    table = counts(torch.zeros(shape, dtype=torch.uint8), torch.zeros(shape, dtype=torch.int64), 3)
    assert table.tolist() == [[0] * 3] * 3
    assert table.dtype == torch.int64


def test_all_void():
    assert not counts(torch.ones(2, 5, 5, dtype=torch.long), torch.full((2, 5, 5), 255), 3).any()


@pytest.mark.parametrize("shape", [(7, 9), (3, 7, 9)])
def test_the_counts_are_scikit_learn_s(shape):
    answers, truths = CHANCE.integers(0, K, (2, *shape))
    expected = confusion_matrix(truths.ravel(), answers.ravel(), labels=range(K))
    assert counts(answers, truths, K).tolist() == expected.tolist()
    truths[CHANCE.random(shape) < 0.3] = 255
    known = truths != 255
    expected = confusion_matrix(truths[known], answers[known], labels=range(K))
    assert counts(torch.from_numpy(answers), torch.from_numpy(truths), K).tolist() == expected.tolist()


def test_every_kind_of_label_image_counts_alike():
    answers, truths = CHANCE.integers(0, 2, (2, 5, 6)).astype(np.uint8)
    expected = counts(answers, truths, 2)
    kinds = [
        (torch.from_numpy(answers).bool(), torch.from_numpy(truths).bool()),
        (answers.astype(np.uint16), truths.astype(np.int16)),
        (tv_tensors.Mask(torch.from_numpy(answers)), tv_tensors.Mask(torch.from_numpy(truths))),
        (Image.fromarray(answers), Image.fromarray(truths)),
        (answers.tolist(), truths.tolist()),
    ]
    for pair in kinds:
        table = counts(*pair, np.int64(2))
        assert type(table) is torch.Tensor
        assert torch.equal(table, expected)


@settings(max_examples=60, deadline=None)
@given(BATCHES)
def test_batches_add_up_to_the_whole(pair):
    answers, truths = pair
    table = counts(answers, truths, K)
    parts = [counts(a, t, K) for a, t in zip(answers, truths, strict=True)]
    assert torch.equal(table, sum(parts, torch.zeros(K, K, dtype=torch.long)))
    assert table.sum() == (truths != 255).sum()


@settings(max_examples=60, deadline=None)
@given(BATCHES, st.randoms(use_true_random=False))
def test_where_a_pixel_lies_does_not_matter(pair, chance):
    answers, truths = (array.reshape(1, -1) for array in pair)
    order = list(range(answers.size))
    chance.shuffle(order)
    assert torch.equal(counts(answers[:, order], truths[:, order], K), counts(answers, truths, K))


@settings(max_examples=60, deadline=None)
@given(BATCHES)
def test_swapping_answers_and_truths_swaps_rows_and_columns(pair):
    answers, truths = pair[0], np.where(pair[1] == 255, 0, pair[1]).astype(np.uint8)
    assert torch.equal(counts(answers, truths, K), counts(truths, answers, K).T)


@settings(max_examples=60, deadline=None)
@given(BATCHES, st.integers(0, 255))
def test_void_pixels_may_be_answered_with_anything(pair, anything):
    answers, truths = pair
    other = np.where(truths == 255, anything, answers).astype(np.uint8)
    assert torch.equal(counts(other, truths, K), counts(answers, truths, K))


def test_another_number_may_be_void():
    answers, truths = torch.tensor([[0, 1, 1, 0]]), torch.tensor([[0, 1, -100, 0]])
    assert counts(answers, truths, 2, ignore_index=-100).tolist() == [[2, 0], [0, 1]]
    assert counts(answers, truths.clamp(min=0), 2, ignore_index=0).tolist() == [[0, 0], [0, 1]]
    assert counts(truths.clamp(min=0), answers, 300, ignore_index=None).sum() == 4


MAP = torch.zeros(2, 3, 3, dtype=torch.long)


@pytest.mark.parametrize(
    ("answers", "truths", "options", "message"),
    [
        (
            torch.rand(2, 4, 3, 3),
            MAP,
            {},
            r"answers must be label images, whole numbers, got float32 of shape",
        ),
        (torch.rand(2, 3, 3), MAP, {}, r"\(logits\[:, 0\] > 0\)"),
        (MAP, MAP.float(), {}, "truths must be label images, whole numbers, got float32"),
        ({"out": MAP}, MAP, {}, r"got a dictionary. For torchvision's: answers\['out'\].argmax\(1\)"),
        (["cat"], MAP, {}, "answers must be a tensor, an array or a list of numbers, got list"),
        (None, MAP, {}, "answers must be a tensor, an array or a list of numbers, got NoneType"),
        (MAP[:1], MAP, {}, r"answers must have the truths' shape \(2, 3, 3\), got \(1, 3, 3\). Bring the"),
        (MAP[..., :2, :2], MAP, {}, "F.interpolate"),
        (MAP[:, None], MAP, {}, r"must have shape \(H, W\) or \(N, H, W\), got \(2, 1, 3, 3\). Drop the"),
        (MAP, MAP[0, 0], {}, r"truths must have shape \(H, W\) or \(N, H, W\), got \(3,\)"),
        (MAP + 4, MAP, {}, r"answers must be classes 0…3, got 4 at 18 pixels. Is num_classes the number"),
        (MAP, MAP + 4, {}, "truths must be classes 0…3, or 255: ignored, got 4 at .* background counted"),
        (MAP, MAP - 1, {}, "got -1 at 18 pixels"),
        (MAP, MAP - 1, {"ignore_index": None}, "truths must be classes 0…3, got -1 at 18 pixels"),
        (MAP, MAP + 255, {"ignore_index": None}, "got 255 at 18 pixels. Pixels that nobody knows"),
        (
            MAP,
            torch.arange(18).reshape(2, 3, 3) * 10,
            {},
            "got 10, 20, 30, 40, 50 … at 17 .*Are they colours",
        ),
        (MAP, MAP, {"num_classes": 1}, "num_classes must be a whole number, 2 or more.*got 1"),
        (MAP, MAP, {"num_classes": "4"}, "num_classes must be a whole number"),
        (MAP, MAP, {"num_classes": 300}, "ignore_index must not be one of the classes 0…299"),
        (MAP, MAP, {"ignore_index": "void"}, "ignore_index must be a whole number, or None, got 'void'"),
    ],
)
def test_what_is_no_pair_of_label_images_is_refused(answers, truths, options, message):
    options = {"num_classes": K} | options
    with pytest.raises(InputError, match=message):
        counts(answers, truths, **options)
