import numpy as np
import pytest

from vislearn.datasets import scene_crops
from vislearn.datasets.bundled import crops
from vislearn.datasets.bundled.digits import load_split
from vislearn.errors import InputError


def test_no_windows():
    pixels, labels = scene_crops("val", 0)
    assert (pixels.shape, labels.shape) == ((0, 3, 48, 48), (0,))


@pytest.mark.parametrize(("split", "side"), [("train", 32), ("val", 48), ("val", 128), ("val", 1)])
def test_windows_are_whole_and_repeatable(split, side):
    pixels, labels = scene_crops(split, 6, side=side, digits=range(5))
    again, same = scene_crops(split, 6, side=side, digits=range(5))
    assert pixels.shape == (6, 3, side, side)
    assert np.array_equal(pixels, again)
    assert np.array_equal(labels, same)
    assert set(labels.tolist()) <= set(range(5))
    assert not np.array_equal(pixels, scene_crops(split, 6, side=side, digits=range(5), seed=1)[0])


@pytest.mark.parametrize(
    ("split", "digits", "brightness"),
    [
        ("train", [4, 1, 2, 6, 2, 7, 1, 8, 1, 1, 9, 5], 97.5745),
        ("val", [3, 7, 6, 3, 1, 9, 5, 5, 4, 4, 1, 7], 101.6836),
    ],
)
def test_the_windows_that_weights_were_trained_and_judged_on_stay_the_same(split, digits, brightness):
    pixels, labels = scene_crops(split, 12)
    assert labels.tolist() == digits
    assert pixels.mean() == pytest.approx(brightness, abs=0.01)


def test_each_split_and_seed_has_a_chance_of_its_own(monkeypatch):
    drawn = []
    monkeypatch.setattr(crops, "_windows", lambda rng, *_rest: drawn.append(rng.random()) or iter(()))
    for split, seed in (("train", 0), ("val", 0), ("train", 1)):
        scene_crops(split, 0, seed=seed)
    assert len(set(drawn)) == 3


def test_what_is_drawn_comes_from_the_split_and_the_digits_asked_for(monkeypatch):
    seen = []
    paste = crops._paste_digits
    monkeypatch.setattr(
        crops,
        "_paste_digits",
        lambda rng, canvas, ink, labels: seen.append((ink, labels)) or paste(rng, canvas, ink, labels),
    )
    scene_crops("val", 5, digits=[2, 4])
    ink, labels = load_split("val")
    for drawn, digits in seen:
        assert set(digits.tolist()) == {2, 4}
        assert np.array_equal(drawn, ink[np.isin(labels, [2, 4])])


def test_the_digit_is_in_the_middle(monkeypatch):
    """On black, what isn't black is the digit; its middle lies near the window's."""
    monkeypatch.setattr(crops, "_background", lambda *_: np.zeros((128, 128, 3), dtype=np.float32))
    monkeypatch.setattr("vislearn.datasets.bundled.scenes._OBJECTS", (0.0, 1.0, 0.0, 0.0, 0.0))
    pixels, _ = scene_crops("val", 20, side=64)
    offsets = []
    for picture in pixels:
        rows, columns = np.nonzero(picture.max(axis=0) > 60)
        offsets.append((rows.min() + rows.max() - 63) / 2)
        offsets.append((columns.min() + columns.max() - 63) / 2)
    assert np.median(np.abs(offsets)) <= 4  # those by the edge of the scene stand further off


@pytest.mark.parametrize(
    ("split", "side", "said"),
    [
        ("test", 48, "split must be one of"),
        ("val", 129, "side must be 1 to 128 pixels, got 129"),
        ("val", 0, "side must be 1 to 128 pixels, got 0"),
    ],
)
def test_what_cannot_be_is_refused(split, side, said):
    with pytest.raises(InputError, match=said):
        scene_crops(split, 1, side=side)
