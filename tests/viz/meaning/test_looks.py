import numpy as np
import pytest

from vislearn.viz.meaning.looks import emptied, look_difference
from vislearn.viz.meaning.signature import Signature
from vislearn.viz.meaning.tolerances import LEVELS

_ACROSS, _DOWN = np.meshgrid(np.arange(64) * 3, np.arange(48) * 2)
RAMP = np.stack([_DOWN, _ACROSS, np.full((48, 64), 90)], -1)


def difference(change):
    changed = np.clip(change(RAMP.copy()), 0, 255).astype(np.uint8)
    return look_difference(Signature.of(RAMP.astype(np.uint8)).encode(), Signature.of(changed).encode())


def one_spot(pixels):
    pixels[20:32, 30:32] += 90
    return pixels


def shuffled(pixels):
    """Quarters change places: no mean of a row or column changes, only where they meet."""
    pixels[:24, :32], pixels[:24, 32:] = pixels[:24, :32] + 30, pixels[:24, 32:] - 30
    pixels[24:, :32], pixels[24:, 32:] = pixels[24:, :32] - 30, pixels[24:, 32:] + 30
    return pixels


@pytest.mark.parametrize(
    "change",
    [lambda pixels: pixels, lambda pixels: pixels + 2, lambda pixels: pixels - 2],
)
def test_no_difference_is_no_words(change):
    assert difference(change) == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda pixels: pixels * 0, "expected a picture, got the one colour 0 0 0"),
        (lambda pixels: pixels[..., ::-1], "red and blue are swapped: otherwise"),
        (lambda pixels: pixels[:, ::-1], "it is mirrored left to right"),
        (lambda pixels: pixels[::-1], "it stands on its head"),
        (lambda pixels: pixels + LEVELS + 2, "expected the mean colour"),
        (lambda pixels: 90 + (pixels - 90) * 1.5, "mean colour"),
        (lambda pixels: np.roll(pixels, 5, 1), "upright strip 1 of 32"),
        (lambda pixels: np.roll(pixels, 5, 0), "level strip"),
        (one_spot, "upright strip 16 of 32 differs by"),
        (shuffled, "%"),
    ],
)
def test_a_difference_is_put_in_words(change, words):
    assert words in difference(change)


def test_parts_are_compared_where_strips_and_tones_agree():
    base = np.full((64, 64, 3), 120, np.uint8)
    base[:16, :16], base[48:, 48:] = 150, 150
    other = np.full((64, 64, 3), 120, np.uint8)
    other[:16, 48:], other[48:, :16] = 150, 150
    other[:, :, 0] = base[:, :, 0]  # green and blue only: otherwise it is but mirrored
    words = look_difference(Signature.of(base).encode(), Signature.of(other).encode())
    assert words.startswith("part 1 of 16 differs by 30")


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        (RAMP, RAMP[::-1] // 2, ""),
        (RAMP, RAMP * 0 + 7, "expected a picture, got the one colour 7 7 7"),
        (RAMP * 0, RAMP * 0 + 7, ""),
        (RAMP * 0, RAMP, ""),
    ],
    ids=["another picture", "empty", "was empty", "no longer empty"],
)
def test_a_picture_that_became_one_colour_is_told(was, now, words):
    assert emptied(*(Signature.of(pixels.astype(np.uint8)).encode() for pixels in (was, now))) == words
