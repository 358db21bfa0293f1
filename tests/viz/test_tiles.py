import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.viz import palette
from vislearn.viz.canvas import Canvas
from vislearn.viz.letters import LEADING, text_width
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


class Recorder:
    """In a canvas's place: what was asked for, by kind, each with its place and style."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, kind):
        return lambda *place, **style: self.calls.append((kind, place, style)) or place[1:]

    def of(self, kind):
        return [(place, style) for name, place, style in self.calls if name == kind]


def recorded(look, *box):
    canvas = Recorder()
    draw(canvas, look, *box)
    return canvas


BOX = (10, 20, 200, 160)


@pytest.mark.parametrize("count", [2, 3, 4, 5, 9])
@pytest.mark.parametrize("shape", [(10, 10), (10, 30), (30, 10)])
def test_pictures_of_a_mosaic_are_as_large_as_fits_in_the_middle_4_px_apart(count, shape):
    pictures = [np.zeros((*shape, 3), np.uint8)] * count
    places = np.array(
        [place[1:] for place, _ in recorded(Look(pictures=pictures, total=count), *BOX).of("fitted")]
    )
    columns = 2 if count <= 4 else 3
    rows = -(-count // columns)
    (x, y), (wide, tall) = places[:, :2].T, places[0, 2:]
    assert len(places) == count
    assert tall / wide == pytest.approx(shape[0] / shape[1])
    assert sorted(set(x.round(6))) == pytest.approx(
        [x[0] + (wide + 4) * at for at in range(columns)], abs=1e-5
    )
    assert sorted(set(y.round(6))) == pytest.approx([y[0] + (tall + 4) * at for at in range(rows)], abs=1e-5)
    around = [x[0] - 10, y[0] - 20, 210 - x.max() - wide, 180 - (y[0] + rows * (tall + 4) - 4)]
    assert around[0] == pytest.approx(around[2], abs=1e-6)
    assert around[1] == pytest.approx(around[3], abs=1e-6)
    assert min(around) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("numbers", [[3.0, 0.0, -6.0], [0.5, 0.25, 1.0], [2.0] * 9])
def test_bars_with_names_are_as_long_as_their_numbers_and_stand_in_rows(numbers):
    canvas = recorded(look_at({f"layer {at}": number for at, number in enumerate(numbers)}), *BOX)
    bars, words = canvas.of("bar"), canvas.of("text")
    assert [style["name"] for _place, style in bars] == [f"layer {at}" for at in range(len(numbers))]
    starts, tops, lengths, heights = np.array([place for place, _style in bars]).T
    longest = lengths.max()
    assert lengths == pytest.approx(np.abs(numbers) / np.abs(numbers).max() * longest)
    assert set(starts) == {starts[0]}
    row = min(34, 160 / len(numbers))
    assert np.diff(tops) == pytest.approx(row)
    assert set(heights.round(6)) == {round(0.64 * row, 6)}
    assert (tops[0] + tops[-1] + heights[-1]) / 2 == pytest.approx(100)  # in the middle
    for (x, _y, text), style in words:
        wide = text_width(text, 15, style.get("weight", "normal"))
        left = x - wide if style.get("ha") == "right" else x
        assert 10 - 1 <= left <= left + wide <= 210 + 1


@pytest.mark.parametrize(("numbers", "texts"), [([3.0, -2.0], ["3", "−2"]), ([0.0, 1.0], ["0", "1"])])
def test_counts_are_written_as_whole_numbers(numbers, texts):
    canvas = recorded(look_at({str(at): number for at, number in enumerate(numbers)}), *BOX)
    written = [place[2] for place, style in canvas.of("text") if style.get("weight") == "bold"]
    assert [float(text.replace("−", "-")) for text in written] == numbers
    assert written == texts or max(numbers) <= 1  # shares keep their digits


@pytest.mark.parametrize("numbers", [[1.0, -2.0, 3.0], [0.5, 0.25, 0.0, 1.0], [-1.0, -4.0]])
def test_columns_stand_on_their_zero_line_and_the_highest_is_named(numbers):
    canvas = recorded(Look(vector=np.array(numbers)), *BOX)
    bars = canvas.of("bar")
    [((_xs, (zero, _same)), _style)] = canvas.of("curve")
    lefts, tops, wides, talls = np.array([place for place, _style in bars]).T
    unit = talls.max() / np.abs(numbers).max()
    assert talls == pytest.approx(np.abs(numbers) * unit)
    for number, top, tall in zip(numbers, tops, talls, strict=True):
        assert (top + tall if number >= 0 else top) == pytest.approx(zero)
    assert tops.min() == pytest.approx(
        20 + 2 * 15 * LEADING + 10, abs=abs(min(max(numbers), 0)) * unit + 1e-6
    )
    assert max(tops + talls) <= 180 - 8 + 1e-6
    assert np.diff(lefts) == pytest.approx((200 - 24) / len(numbers))
    assert set(wides.round(6)) == {round(0.8 * (200 - 24) / len(numbers), 6)}
    best = int(np.argmax(numbers))
    assert [style["color"] == palette.ACCENT for _place, style in bars] == [
        at == best for at in range(len(numbers))
    ]
    assert [place[2] for place, _style in canvas.of("text")] == [
        f"highest: {numbers[best]:.2f}",
        f"at index {best}",
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_of_a_batch_of_feature_maps_the_first_ones_channels_are_shown(count):
    maps = torch.arange(count * 16 * 8 * 8.0).reshape(count, 16, 8, 8)
    look = look_at(maps)
    assert torch.equal(torch.as_tensor(look.pictures[1]), maps[0, 1])
    assert (look.total, len(look.pictures)) == (16, 9)
