import numpy as np
import pytest

from vislearn.viz.meaning.signature import Signature

NOISE = np.random.default_rng(0).integers(0, 255, (40, 60, 3), endpoint=True).astype(np.uint8)


@pytest.mark.parametrize("bins", [16, 32])
@pytest.mark.parametrize("pixels", [np.zeros((1, 1, 3), np.uint8), NOISE, np.full((9, 5, 3), 255, np.uint8)])
def test_what_is_encoded_comes_back(pixels, bins):
    signature = Signature.of(pixels, bins)
    text = signature.encode()
    again = Signature.decode(text)
    assert again.columns.tolist() == signature.columns.tolist()
    assert again.rows.tolist() == signature.rows.tolist()
    assert again.cells.tolist() == signature.cells.tolist()
    assert again.tones == pytest.approx(signature.tones, abs=0.5 / 255)
    assert len(text) == (5 + 16 + 2 * bins) * 4


def test_tones_are_shares_and_the_middle_counts_for_both_neighbours():
    half = np.array([[[0, 255, 96]]], np.uint8)
    tones = Signature.of(half).tones
    assert tones.sum(axis=0) == pytest.approx([1, 1, 1])
    assert tones[:, 0].tolist() == [1, 0, 0, 0, 0]
    assert tones[:, 1].tolist() == [0, 0, 0, 0, 1]
    assert tones[1:3, 2] == pytest.approx([0.5, 0.5], abs=0.01)


def test_strips_are_means_left_to_right_and_top_to_bottom():
    ramp = np.zeros((64, 96, 3), np.uint8)
    ramp[..., 0] = np.arange(96)
    ramp[..., 2] = 2 * np.arange(64)[:, None]
    signature = Signature.of(ramp)
    assert signature.columns[1:-1, 0].tolist() == pytest.approx(3 * np.arange(1, 31) + 1, abs=0.6)
    assert signature.rows[1:-1, 2].tolist() == pytest.approx(4 * np.arange(1, 31) + 1, abs=0.6)


def test_what_moves_within_a_strip_shows():
    one, other = np.zeros((2, 32, 320, 3), np.uint8)
    one[:, 101:103], other[:, 106:108] = 200, 200
    far = Signature.of(one).columns.astype(int) - Signature.of(other).columns
    assert np.abs(far).max() > 10


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("red and blue are swapped", lambda pixels: pixels[..., ::-1]),
        ("red and green are swapped", lambda pixels: pixels[..., [1, 0, 2]]),
        ("green and blue are swapped", lambda pixels: pixels[..., [0, 2, 1]]),
        ("it is mirrored left to right", lambda pixels: pixels[:, ::-1]),
        ("it stands on its head", lambda pixels: pixels[::-1]),
        ("it is turned by 180°", lambda pixels: pixels[::-1, ::-1]),
    ],
)
def test_a_variant_is_the_signature_of_the_changed_picture(name, change):
    variant, changed = Signature.of(NOISE).variants()[name], Signature.of(change(NOISE))
    for part in ("tones", "cells", "columns", "rows"):
        assert getattr(variant, part).astype(float) == pytest.approx(
            getattr(changed, part).astype(float), abs=1
        )


def test_contrast_is_none_in_one_colour():
    assert Signature.of(np.full((8, 8, 3), 77, np.uint8)).contrast == 0
    assert Signature.of(NOISE).contrast > 10
