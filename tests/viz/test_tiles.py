import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.viz.canvas import Canvas
from vislearn.viz.letters import LEADING
from vislearn.viz.tiles import Look, _mosaic_pixels, draw, look_at

PIL = Image.new("RGB", (10, 8), (200, 30, 30))
UNIT = torch.rand(3, 8, 8)


@pytest.mark.parametrize(
    ("value", "pictures", "left_out"),
    [
        (PIL, 1, ""),
        (UNIT, 1, ""),
        ((PIL, 3), 1, ""),
        ((UNIT, UNIT[:1]), 1, ""),  # a picture and its mask are one thing
        ({"image": UNIT, "label": 3}, 1, ""),
        (torch.rand(2, 3, 8, 8), 2, ""),
        (torch.rand(32, 3, 8, 8), 4, "4 of 32 pictures shown"),
        ([torch.rand(32, 3, 8, 8), torch.arange(32)], 4, "4 of 32 pictures shown"),
        ([(PIL, 1)] * 6, 4, "4 of 6 pictures shown"),
        ([PIL] * 2, 2, ""),
        (torch.rand(64, 8, 8), 9, "9 of 64 channels shown"),
        (torch.rand(64, 4, 4), 9, "9 of 64 channels shown"),  # not 64 pixels high with 4 colours
        (torch.rand(64, 2, 2), 9, "9 of 64 channels shown"),
        (torch.rand(2, 64, 8, 8), 9, "9 of 64 channels shown"),
        (torch.rand(2, 64, 4, 4), 9, "9 of 64 channels shown"),
        (torch.rand(4, 4, 4), 1, ""),
        (np.zeros((64, 8, 4), np.uint8), 1, ""),  # 8 pixels wide, with alpha
        (torch.rand(0, 3, 8, 8), 0, ""),
        ([], 0, ""),
        ("cat", 0, ""),
    ],
)
def test_pictures_are_found_in_values(value, pictures, left_out):
    look = look_at(value)
    assert (len(look.pictures), look.left_out) == (pictures, left_out)


@pytest.mark.parametrize(("value", "stretched"), [(UNIT, False), (UNIT * 4 - 2, True), ("cat", False)])
def test_a_stretched_picture_says_so(value, stretched):
    assert look_at(value).stretched is stretched


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("tabby cat", "tabby cat"),
        (7, "7"),
        (0.5, "0.5"),
        (torch.tensor(0.12345), "0.1235"),
        (torch.tensor([5]), "5"),
        (torch.tensor([3, 1, 4]), "3, 1, 4"),
        (torch.arange(20), ", ".join(map(str, range(16))) + ", …"),
        (None, "None"),
        (object, "<class 'object'>"),
    ],
)
def test_the_rest_is_words(value, words):
    assert look_at(value).words == words


def test_what_is_too_long_to_write_is_summarised():
    assert look_at([1, 2], "two numbers").words == "two numbers"


@pytest.mark.parametrize("shape", [(10,), (1, 10), (10, 1)])
def test_measurements_in_a_row_become_bars(shape):
    vector = torch.rand(shape)
    assert look_at(vector).vector.tolist() == pytest.approx(vector.reshape(-1).tolist())


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"conv1": 0.5, "fc": 2.0}, ("conv1", "fc")),
        ({"labels": torch.tensor([1]), "score": 0.5}, ()),
        ({}, ()),
    ],
)
def test_numbers_by_name_become_bars_with_names(value, names):
    look = look_at(value)
    assert look.names == names
    assert (look.vector is None) == (not names)


def test_channels_share_one_scale():
    channels = torch.stack([torch.full((8, 8), -1.0), torch.full((8, 8), 1.0), *[torch.zeros(8, 8)] * 3])
    look = look_at(channels)
    assert look.stretched
    assert [int(one[0, 0, 0]) for one in _mosaic_pixels(look)] == [0, 255, 128, 128, 128]


def test_a_few_extremes_do_not_decide_about_a_scale():
    channels = torch.rand(9, 32, 32) * 2
    channels[0, 0, 0] = 1e6
    assert look_at(channels).span == pytest.approx((0, 2), abs=0.1)


def shown(look, width=200, height=200):
    canvas = Canvas(width, height)
    place = draw(canvas, look, 10, 10, width - 20, height - 20)
    return np.asarray(canvas.finish("A test.").image().resize((width, height), 0)).astype(int), place


def test_a_picture_keeps_its_shape():
    pixels, place = shown(Look(pictures=[PIL], total=1))
    assert place == (10, 28, 180, 144)
    assert np.abs(pixels[100, 100] - [200, 30, 30]).max() < 10
    assert pixels[15, 100].tolist() == [255, 255, 255]


def test_a_mosaic_shows_every_picture():
    colors = [(250, 0, 0), (0, 250, 0), (0, 0, 250), (0, 0, 0)]
    pixels, _place = shown(Look(pictures=[Image.new("RGB", (8, 8), color) for color in colors], total=4))
    corners = [pixels[50, 50], pixels[50, 150], pixels[150, 50], pixels[150, 150]]
    assert all(np.abs(corner - color).max() < 25 for corner, color in zip(corners, colors, strict=True))


@pytest.mark.parametrize(
    "vector", [[1.0, -2.0, 3.0], [0.0, 0.0], [float("nan"), 1.0], list(range(100)), [-1.0, -2.0]]
)
def test_any_numbers_can_be_drawn_as_bars(vector):
    pixels, _place = shown(Look(vector=np.array(vector, dtype=float)))
    assert pixels.min() < 120


@pytest.mark.parametrize("count", [1, 2, 9, 10, 30, 60])
def test_bars_with_names_stay_inside_their_tile(count):
    values = {f"features.{at}.conv.{at}": float(at) * 1e-5 for at in range(count)}
    pixels, _place = shown(look_at(values))
    frame = [pixels[:8], pixels[-8:], pixels[:, :8].swapaxes(0, 1), pixels[:, -8:].swapaxes(0, 1)]
    assert min(edge.min() for edge in frame) > 240
    assert pixels.min() < 120


def test_a_bar_with_a_name_is_as_long_as_its_number():
    def blue(value):
        pixels, _place = shown(look_at({"a": 4.0, "b": value}))
        return (np.abs(pixels - (0, 0x72, 0xB2)).max(axis=2) < 40).sum()

    assert blue(4.0) == pytest.approx(blue(2.0) * 8 / 6, rel=0.05)


@pytest.mark.parametrize("count", range(1, 60, 2))
def test_words_are_as_large_as_fits_with_room_above_and_below(count, monkeypatch):
    lines = []
    monkeypatch.setattr(
        Canvas, "lines", lambda _canvas, _x, y, words, **style: lines.append((y, words, style))
    )
    draw(Canvas(200, 200), Look(words="word " * count), 10, 10, 180, 180)
    ((y, words, style),) = lines
    tall = len(words) * style["size"] * LEADING
    least = 4 if words[-1] == "…" else 8
    assert least <= y - 10 == pytest.approx(190 - (y + tall))
    assert style["size"] == 26 or tall > 0.5 * 180


@pytest.mark.parametrize("words", ["", "a", "a few words", "Incomprehensibilities", "word " * 200])
def test_any_words_stay_inside_their_tile(words):
    pixels, _place = shown(Look(words=words))
    frame = np.concatenate(
        [pixels[:8].ravel(), pixels[-8:].ravel(), pixels[:, :8].ravel(), pixels[:, -8:].ravel()]
    )
    assert frame.min() > 240
