import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.errors import InputError
from vislearn.viz import mistakes, worst

NAMES = ["cat", "dog", "fox"]
TRUTH = torch.tensor([0, 1, 2, 0])
SHARES = torch.tensor([[0.9, 0.1, 0.0], [0.6, 0.3, 0.1], [0.999, 0.0, 0.001], [0.2, 0.1, 0.7]])
IMAGES = torch.rand(4, 3, 8, 8)


def test_no_pictures_no_mistakes():
    assert worst([], np.zeros((0, 3))) == []
    assert mistakes([], [], np.zeros((0, 3)), NAMES).alt == "No picture was answered wrong."


def test_all_right_is_said():
    assert mistakes(IMAGES[:1], TRUTH[:1], SHARES[:1], NAMES).alt == "No picture was answered wrong."


@pytest.mark.parametrize(
    ("losses", "count", "order"),
    [(None, None, [2, 3, 1]), (None, 1, [2]), ([9.0, 3.0, 1.0, 2.0], None, [1, 3, 2])],
)
def test_the_worst_come_first_and_right_answers_never(losses, count, order):
    assert worst(TRUTH, SHARES, losses, count=count) == order


def test_a_tile_says_what_was_said_what_is_so_and_the_loss(written):
    mistakes(IMAGES, TRUTH, SHARES, NAMES, count=2)
    assert written == ["✗ cat > 99 %", "✓ fox < 1 %", "loss 6.91", "✗ fox 70 %", "✓ cat 20 %", "loss 1.61"]


def test_words_tell_the_worst_three():
    assert mistakes(IMAGES, TRUTH, SHARES, NAMES).alt == (
        "3 wrong answers, the worst first: fox taken for cat with > 99 %; cat taken for fox with 70 %; "
        "dog taken for cat with 60 %."
    )


def test_pictures_of_any_kind_and_names_of_any_length():
    images = [
        Image.new("RGB", (30, 90)),
        Image.new("L", (200, 10)),
        torch.randn(3, 8, 8),
        torch.rand(1, 9, 9),
    ]
    picture = mistakes(images, TRUTH, SHARES, ["an unusually long-winded name"] * 3, title="Mistakes")
    assert picture.width <= 1000
    assert len(picture.digest["plots"][0]["images"]) == 3


def test_only_what_is_shown_is_looked_at():
    class Lazy:
        def __len__(self):
            return 4

        def __getitem__(self, at):
            assert at == 2
            return IMAGES[at]

    mistakes(Lazy(), TRUTH, SHARES, NAMES, count=1)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((IMAGES[:3], TRUTH, SHARES, NAMES), {}, r"images must be as many as truth \(4\), got 3"),
        ((IMAGES, TRUTH[:3], SHARES, NAMES), {}, r"truth must be as many as probabilities \(4\), got 3"),
        ((IMAGES, TRUTH, SHARES, NAMES[:2]), {}, r"shape \(N, 2\), a column per name, got \(4, 3\)"),
        ((IMAGES, TRUTH, SHARES * 9, NAMES), {}, "must lie in 0…1, got 0.00…8.99. Logits become"),
        ((IMAGES, TRUTH, SHARES, NAMES, [1.0]), {}, r"losses must be one per picture \(4\)"),
        ((IMAGES, TRUTH + 1, SHARES, NAMES), {}, "target must lie in 0…2, got 3"),
        ((IMAGES, TRUTH, SHARES, NAMES), {"count": 0}, "count and columns must be at least 1, got 0 and 6"),
        ((IMAGES, TRUTH, SHARES, NAMES), {"alt": " "}, "alt must say"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, options, message):
    with pytest.raises(InputError, match=message):
        mistakes(*arguments, **options)
