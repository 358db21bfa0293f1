import numpy as np

from vislearn.viz.pictures.mask_pixels import enlarged, striped, tinted

GRAY = np.full((60, 80, 3), 100, np.uint8)
LABELS = np.zeros((60, 80), int)
LABELS[20:40, 20:40], LABELS[20:40, 40:60] = 1, 2
RED, BLUE = "#ff0000", "#0000ff"


def test_a_tint_is_as_strong_as_asked():
    shown = tinted(GRAY, LABELS, {1: RED, 2: BLUE}, alpha=0.25, outlined=False)
    assert shown[30, 30].tolist() == [138, 75, 75]
    assert shown[30, 50].tolist() == [75, 75, 138]
    assert (shown[LABELS == 0] == 100).all()


def test_edges_are_in_full_colour_with_white_around():
    shown = tinted(GRAY, LABELS, {1: RED, 2: BLUE}, alpha=0.25)
    assert shown[30, 21].tolist() == [255, 0, 0]
    assert shown[30, 58].tolist() == [0, 0, 255]
    assert shown[30, 19].tolist() == [255, 255, 255]
    assert shown[30, 39].tolist() == [255, 255, 255]  # between two regions too
    assert shown[30, 30].tolist() == [138, 75, 75]
    assert shown[30, 10].tolist() == [100, 100, 100]


def test_what_has_no_colour_stays():
    assert (tinted(GRAY, LABELS, {}, alpha=1) == GRAY).all()
    assert (tinted(GRAY, LABELS, {7: RED}, alpha=1) == GRAY).all()
    assert (tinted(GRAY, LABELS, {1: RED}, alpha=1)[30, 50] == 100).all()


def test_pixels_and_labels_grow_alike():
    for size in ((6, 8), (240, 320)):
        labels = np.arange(size[0] * size[1]).reshape(size) % 251
        pixels, grown = enlarged(np.repeat(labels[..., None], 3, 2).astype(np.uint8), labels, 64)
        assert pixels.shape == (72, 96, 3)
        assert grown.shape == (72, 96)
        assert set(np.unique(grown)) <= set(range(251))
        if size == (6, 8):
            assert (pixels[..., 0] == grown).all()


def test_stripes_are_of_one_width_wherever_they_lie():
    where = LABELS > 0
    shown = striped(GRAY, where)
    assert (shown[~where] == 100).all()
    levels = np.unique(shown[where].reshape(-1, 3), axis=0)
    assert len(levels) == 2
    assert np.ptp(levels[:, 0]) > 100
