import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.errors import InputError
from vislearn.viz import Boxed, BoxStyle, boxed, boxes, panels
from vislearn.viz.canvas import Canvas
from vislearn.viz.pictures.boxes import _inside, _plate, _shared

GRAY = Image.new("RGB", (100, 50), (128, 128, 128))
ROWS = torch.tensor([[10.0, 10, 40, 40], [50, 5, 90, 45]])


def shown(drawing, width=200, height=100):
    """The drawing's pixels, one per CSS pixel, alone on a sheet."""
    canvas = Canvas(width, height)
    drawing.draw_on(canvas, 0, 0, width, height)
    return np.asarray(canvas.finish("A test.").image().resize((width, height))).astype(int)


def digest_words(picture):
    return picture.digest.get("words", [])


def places(picture):
    """xyxy in fractions of the picture, of the coloured frames (each also has a white edge below)."""
    return [
        one["place"] for one in picture.digest["plots"][0]["boxes"] if not one["color"].startswith("#ffffff")
    ]


def test_a_picture_without_boxes_is_just_the_picture():
    assert abs(shown(boxed(GRAY, torch.zeros(0, 4)))[20:80, 20:180] - 128).max() < 4
    assert boxes(GRAY, torch.zeros(0, 4), [], [], alt="None.").alt == "None."


def test_boxes_lie_where_they_are():
    picture = boxes(GRAY, ROWS, alt="Two.")
    found = places(picture)
    for row in ROWS / torch.tensor([100, 50, 100, 50]):
        assert any(np.allclose(place, row, atol=0.01) for place in found)
    pixels = shown(boxed(GRAY, ROWS))
    assert abs(pixels[50, 20] - (0, 0x72, 0xB2)).max() < 40  # the left edge of the first
    assert abs(pixels[50, 50] - 128).max() < 6  # nothing inside


@pytest.mark.parametrize("rows", [ROWS.tolist(), ROWS.numpy(), ROWS.long(), ROWS.clone().requires_grad_()])
def test_boxes_of_any_kind_are_drawn(rows):
    assert len(boxed(GRAY, rows).boxes) == 2


@pytest.mark.parametrize("names", [["cat", "dog"], {1: "cat", 2: "dog"}])
def test_tags_say_what_and_how_sure(names):
    picture = boxes(GRAY, ROWS, torch.tensor([2, 1]), torch.tensor([0.934, 0.5]), names, alt="Two.")
    assert digest_words(picture) == ["dog", "cat"]
    assert picture.digest["numbers"] == 2  # the scores, compared as numbers
    drawing = boxed(GRAY, ROWS, torch.tensor([2, 1]), torch.tensor([0.934, 0.5]), names)
    assert (drawing.words, drawing.numbers) == (["dog", "cat"], ["0.93", "0.50"])


def test_without_names_numbers_are_written_and_unknown_ones_too():
    assert boxed(GRAY, ROWS, [3, 4]).words == ["3", "4"]
    assert boxed(GRAY, ROWS, [1, 4], names={1: "cat"}).words == ["cat", "4"]
    assert boxed(GRAY, ROWS, scores=[0.1, 0.2]).numbers == ["0.10", "0.20"]


def test_the_truth_is_dashed_below_and_explained():
    target = {"boxes": ROWS[:1] + 3, "labels": torch.tensor([2])}
    picture = boxes(GRAY, ROWS, [1, 1], truth=target, names=["cat", "dog"], alt="Both.")
    assert [word for word in digest_words(picture) if len(word) > 3] == ["predicted", "truth"]
    drawing = boxed(GRAY, ROWS, [1, 1], truth=target, names=["cat", "dog"])
    assert drawing.words == ["dog", "cat", "cat"]
    assert [bool(style.dash) for style in drawing.styles] == [True, False, False]
    assert boxed(GRAY, ROWS, truth=ROWS).words == [""] * 4
    assert boxed(GRAY, torch.zeros(0, 4), truth=ROWS).boxes.shape == (2, 4)


def test_classes_have_colours_of_their_own():
    first, second, again = (style.color for style in boxed(GRAY, ROWS[[0, 0, 0]], [1, 2, 1]).styles)
    assert first == again != second


@pytest.mark.parametrize(
    ("rows", "seen"),
    [
        ([[-50.0, -50, 150, 150]], 1),
        ([[120.0, 5, 150, 20]], 0),
        ([[5.0, -30, 20, -10]], 0),
        ([[90.0, 40, 130, 80]], 1),
        ([[5.0, 5, 5, 5]], 1),
    ],
)
def test_what_lies_outside_is_cut_off(rows, seen):
    canvas = Canvas(200, 100)
    frames = []
    canvas.frame = lambda *spot, **style: frames.append(spot)
    boxed(GRAY, rows).draw_on(canvas, 0, 0, 200, 100)
    drawn = frames[1:]  # the first is the picture's own
    assert len(drawn) == 2 * seen
    for x, y, width, height in drawn:
        assert 0 <= x <= x + width <= 200
        assert 0 <= y <= y + height <= 100


def test_tags_avoid_each_other_and_stay_on_the_picture():
    place = (0.0, 0.0, 400.0, 200.0)
    taken = []
    for left in (100.0, 104.0, 108.0, 112.0):
        taken.append(_plate(["dog", "0.93"], (left, 60.0, 90.0, 80.0), place, taken))
    assert all(_shared(one, other) == 0 for at, one in enumerate(taken) for other in taken[:at])
    for spot in ((-5.0, -5.0, 20.0, 20.0), (390.0, 190.0, 10.0, 10.0)):
        x, y, width, height = _plate(["a long name", ""], spot, place, [])
        assert x >= 0
        assert y >= 0
        assert x + width <= 400
        assert y + height <= 200


@pytest.mark.parametrize("x", [-5.0, 0.0, 60.0, 300.0, 390.0])
@pytest.mark.parametrize("y", [-5.0, 0.0, 60.0, 185.0, 195.0, 300.0])
def test_a_plate_is_moved_onto_the_picture_and_no_further(x, y):
    left, top, *size = _inside((x, y, 50.0, 20.0), (10.0, 20.0, 400.0, 200.0))
    assert size == [50, 20]
    assert left == np.clip(x, 10, 360)
    assert top == np.clip(y, 20, 200)


def test_a_plate_wider_than_the_picture_begins_at_its_edge():
    assert _inside((70.0, 5.0, 500.0, 300.0), (10.0, 20.0, 400.0, 200.0)) == (10, 20, 500, 300)


def test_small_pictures_are_enlarged_and_large_ones_shrunk():
    tiny = boxes(Image.new("RGB", (32, 32)), torch.zeros(0, 4), alt="Tiny.")
    huge = boxes(Image.new("RGB", (4000, 1000)), torch.zeros(0, 4), alt="Huge.", title="A title")
    assert tiny.width > 400
    assert huge.width < 800
    assert boxes(GRAY, ROWS, width=600, alt="Wide.").width == 616


def test_a_boxed_picture_keeps_its_shape():
    assert boxed(GRAY, ROWS).aspect == 0.5
    canvas = Canvas(300, 300)
    assert boxed(GRAY, ROWS).draw_on(canvas, 0, 0, 300, 300) == (0, 75, 300, 150)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"boxes_xyxy": [[50.0, 50, 10, 10]]}, "They may be xywh"),
        ({"boxes_xyxy": torch.zeros(4)}, r"got \(4,\)"),
        ({"labels": [1]}, r"labels must be one per box \(2\), got 1"),
        ({"scores": [1, 2, 3]}, r"scores must be one per box \(2\), got 3"),
        ({"truth": {"boxes": ROWS, "labels": [1]}}, r"truth\['labels'\] must be one per box \(2\)"),
        (
            {"labels": [0, 1], "names": ["cat"]},
            r"labels must lie in 1 \.\.\. 1, one for each.*got 0",
        ),
        ({"truth": {"boxes": ROWS, "labels": [1, 2]}, "names": ["cat"]}, r"truth\['labels'\] must lie in"),
        ({"alt": ""}, "alt must say"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        boxes(**{"image": GRAY, "boxes_xyxy": ROWS, "alt": "A test."} | arguments)


@pytest.mark.parametrize("field", ["words", "numbers", "styles"])
def test_there_is_one_of_everything_per_box(field):
    with pytest.raises(InputError, match=rf"{field} must be one per box \(2\), got 1"):
        Boxed(GRAY, ROWS, **{field: [BoxStyle()] if field == "styles" else ["a"]})


def test_paper_turns_dark_with_the_page_and_a_picture_does_not():
    white, none = np.full((20, 30, 3), 255, np.uint8), torch.zeros(0, 4)
    assert [
        len(panels({"": Boxed(white, none, on_paper=paper)}, alt="White.").photos) for paper in (True, False)
    ] == [0, 1]
