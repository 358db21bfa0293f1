import numpy as np
import pytest

from vislearn.errors import InputError
from vislearn.viz import overlay_pair, palette
from vislearn.viz.pictures.mask_errors import _error_legend, _errors, _shares

GRAY = np.full((20, 30, 3), 128, np.uint8)
TRUTH = np.array([[0, 0, 1, 1, 2, 255]])
SAID = np.array([[0, 1, 0, 2, 2, 1]])


def test_errors_are_of_three_kinds_and_void_is_none():
    assert _errors(TRUTH, SAID, True, 255).tolist() == [[0, 2, 1, 3, 0, 0]]
    assert _shares(_errors(TRUTH, SAID, True, 255), TRUTH != 255) == {1: 0.2, 2: 0.2, 3: 0.2}


def test_without_a_background_every_error_is_another_class():
    errors = _errors(TRUTH, SAID, False, 255)
    assert errors.tolist() == [[0, 3, 3, 3, 0, 0]]
    assert [entry.words for entry in _error_legend(_shares(errors, TRUTH != 255), False)] == ["another class"]


def test_all_void_is_nothing_wrong():
    void = np.full((2, 2), 255)
    assert _shares(_errors(void, np.zeros((2, 2), int), True, 255), void != 255) == {1: 0, 2: 0, 3: 0}


def test_three_pictures_two_legends_and_words():
    truth, answer = np.zeros((20, 30), int), np.zeros((20, 30), int)
    truth[5:10, 5:15], answer[5:10, 10:20] = 1, 1
    picture = overlay_pair(GRAY, truth, answer, classes=["background", "road"])
    assert {"Truth", "Answer", "Errors", "road", "missed", "invented", "another class"} <= set(
        picture.digest["words"]
    )
    assert "4 %" not in picture.digest["words"]  # numbers may differ from machine to machine
    assert (
        picture.alt == "Truth, answer and errors of a segmentation: 8 % of the pixels that count are wrong."
    )
    pixels = np.asarray(picture.image().resize((picture.width, picture.height))).astype(int)
    third = pixels[:, 2 * picture.width // 3 :]
    missed = (np.abs(third - [0x2D, 0, 0xFF]).max(axis=2) < 40).nonzero()[1]
    invented = (np.abs(third - [0xFF, 0xFF, 0]).max(axis=2) < 40).nonzero()[1]
    assert len(missed) > 500
    assert len(invented) > 500
    assert missed.mean() < invented.mean()  # the answer lies right of the truth


def test_no_class_has_the_colour_of_an_error():
    colors = {palette.class_color(label).lower() for label in range(12)}
    assert not colors & {entry.color.lower() for entry in _error_legend({1: 0, 2: 0, 3: 0}, True)}


@pytest.mark.parametrize("shape", [(64, 64), (200, 40), (40, 200)])
def test_any_shape_fits_on_a_laptop(shape):
    picture = overlay_pair(
        np.zeros((*shape, 3), np.uint8), np.ones(shape, int), np.zeros(shape, int), title="A title"
    )
    assert picture.width <= 1000
    assert picture.height <= 620


def test_refused_by_name():
    with pytest.raises(InputError, match="answer must be as large as the picture"):
        overlay_pair(GRAY, np.zeros((20, 30)), np.zeros((10, 15)))
    with pytest.raises(InputError, match="truth must hold numbers of the 1 classes"):
        overlay_pair(GRAY, np.ones((20, 30)), np.zeros((20, 30)), classes=["background"])
    with pytest.raises(InputError, match="answer must hold whole numbers"):
        overlay_pair(GRAY, np.ones((20, 30)), np.full((20, 30), 0.5))


def test_wide_pictures_take_the_sheet_s_whole_width():
    none = np.zeros((40, 200), int)
    assert overlay_pair(np.zeros((40, 200, 3), np.uint8), none, none).width == 1000
