import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.errors import InputError
from vislearn.viz import probabilities

CAT = Image.new("RGB", (40, 30), (200, 120, 40))
NAMES = ["cat", "dog", "tree", "cup"]
PROBS = torch.tensor([0.2, 0.7, 0.0, 0.1])


@pytest.mark.parametrize("probs", [PROBS, PROBS[None], PROBS.tolist(), PROBS.clone().requires_grad_()])
def test_the_most_probable_come_first(written, probs):
    probabilities(CAT, NAMES, probs, "A guess.", top=3)
    assert written == ["dog", "70 %", "cat", "20 %", "cup", "10 %"]


def test_the_truth_is_marked_without_colour(written):
    probabilities(CAT, NAMES, PROBS, "A guess.", truth="cat")
    assert "✓ cat" in written
    assert "dog" in written


def test_a_bar_is_as_long_as_it_is_probable():
    def filled(share):
        picture = probabilities(CAT, ["a", "b"], [share, 1 - share], "A guess.", top=1)
        pixels = np.asarray(picture.image()).astype(int)
        return (np.abs(pixels - (0, 0x72, 0xB2)).max(axis=2) < 40).sum()

    assert filled(0.9) == pytest.approx(1.5 * filled(0.6), rel=0.02)


@pytest.mark.parametrize(
    "image", [Image.new("L", (10, 300)), torch.randn(3, 8, 8), Image.new("RGB", (300, 10))]
)
def test_pictures_of_any_shape_fit(image):
    assert probabilities(image, NAMES, PROBS, "A guess.", title="What is it?").height < 500


@pytest.mark.parametrize(
    ("names", "probs", "alt", "message"),
    [
        ([], [], "A guess.", "probs must be probabilities in 0…1, got none"),
        (NAMES, [0.5, 0.5], "A guess.", r"probs must be as many as names \(4\), got 2"),
        (NAMES, [3.0, -1.0, 0, 0], "A guess.", r"got −?-?1.00…3.00. Logits become probabilities by .softmax"),
        (NAMES, [float("nan")] * 4, "A guess.", "probs must be probabilities"),
        (NAMES, PROBS, "", "alt must say"),
    ],
)
def test_what_is_no_probability_is_refused(names, probs, alt, message):
    with pytest.raises(InputError, match=message):
        probabilities(CAT, names, probs, alt)


def test_what_is_missing_to_certainty_stays_pale():
    def pale(share):
        picture = probabilities(CAT, ["a", "b"], [share, 1 - share], "A guess.", top=1)
        return (np.asarray(picture.image()) == (0xF2, 0xF5, 0xF8)).all(axis=2).sum()

    assert pale(1.0) == 0
    assert pale(0.6) > 1000
    assert pale(0.6) == pytest.approx(4 * pale(0.9), rel=0.05)
