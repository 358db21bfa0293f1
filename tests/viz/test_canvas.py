import numpy as np
import pytest

from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.letters import LEADING, TEXT, text_width
from vislearn.viz.picture import SCALE


def drawn(canvas):
    """Pixels, one per CSS pixel at its upper left corner."""
    image = canvas.finish("A test.").image()
    return np.asarray(image.resize((canvas.width, canvas.height), 0)).astype(int)


def near(pixel, color, tolerance=30):
    return np.abs(np.asarray(pixel) - [int(color[at : at + 2], 16) for at in (1, 3, 5)]).max() <= tolerance


def test_a_picture_lands_where_it_was_put_pixel_by_pixel():
    canvas = Canvas(40, 30)
    pixels = np.zeros((2, 2, 3), np.uint8)
    pixels[0, 0], pixels[1, 1] = (255, 0, 0), (0, 0, 255)
    canvas.picture(pixels, 10, 10, 20, 10)
    shown = drawn(canvas)
    assert near(shown[11, 12], "#ff0000")
    assert near(shown[18, 28], "#0000ff")
    assert near(shown[11, 28], "#000000")
    assert near(shown[11, 19], "#ff0000")  # pixels stay squares, with sharp edges
    assert near(shown[11, 20], "#000000")
    assert near(shown[11, 8], "#ffffff")
    assert near(shown[24, 12], "#ffffff")


def test_fitting_keeps_the_shape_and_centres():
    canvas = Canvas(100, 100)
    assert canvas.fitted(np.zeros((10, 20, 3), np.uint8), 0, 0, 100, 100) == (0, 25, 100, 50)
    assert canvas.fitted(np.zeros((20, 10, 3), np.uint8), 0, 0, 100, 100) == (25, 0, 50, 100)


def test_a_marked_part_is_outlined():
    canvas = Canvas(100, 100)
    canvas.marked((0, 0, 100, 100), (0.2, 0.4, 0.8, 0.9))
    shown = drawn(canvas)
    assert near(shown[60, 20], "#D55E00", 60)
    assert near(shown[40, 50], "#D55E00", 60)
    assert near(shown[65, 50], "#ffffff")


def test_text_is_never_read_as_mathematics():
    canvas = Canvas(200, 40)
    canvas.text(5, 25, "$\\nonsense$")  # as mathematics it could not be drawn
    assert drawn(canvas).min() < 100


def test_a_heading_takes_the_room_it_says():
    canvas = Canvas(300, 200)
    long = "A title that needs more than one line on so narrow a sheet"
    assert (
        canvas.heading(long)
        == heading_height(long, 300)
        > heading_height("short", 300)
        > heading_height("", 300)
    )
    assert heading_height("", 300) == MARGIN
    assert canvas.lines(0, 0, ["a", "b"]) == pytest.approx(2 * TEXT * LEADING)


def test_plots_have_names_on_their_axes_and_no_box():
    canvas = Canvas(300, 200)
    axes = canvas.axes(60, 20, 200, 120, xlabel="epoch", ylabel="loss in $")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss in $")
    assert [side for side, spine in axes.spines.items() if spine.get_visible()] == ["left", "bottom"]
    left, bottom, width, height = axes.get_position().bounds
    assert (left, width, height) == pytest.approx((60 / 300, 200 / 300, 120 / 200))
    assert bottom == pytest.approx(1 - 140 / 200)
    canvas.finish("A frame.")


@pytest.mark.parametrize("shape", ["card", "badge", "bar", "arrow", "curve"])
def test_every_mark_leaves_a_trace(shape):
    canvas = Canvas(60, 60)
    {
        "card": lambda: canvas.card(10, 10, 40, 40, fill="#000000"),
        "badge": lambda: canvas.badge(30, 30, "1", radius=12),
        "bar": lambda: canvas.bar(10, 10, 40, 40, color="#000000"),
        "arrow": lambda: canvas.arrow(10, 30, 50, 30),
        "curve": lambda: canvas.curve(np.array([5.0, 55.0]), np.array([5.0, 55.0]), color="#000000"),
    }[shape]()
    assert drawn(canvas)[20:40, 20:40].min() < 150


def test_the_sheet_is_sharp():
    assert np.asarray(Canvas(50, 20).finish("Blank.").image()).shape == (20 * SCALE, 50 * SCALE, 3)


def extent(canvas):
    """What is not white, as x0, y0, x1, y1 in CSS pixels."""
    inked = np.asarray(canvas.finish("A test.").image()).min(axis=2) < 200
    (rows,), (columns,) = np.nonzero(inked.any(1)), np.nonzero(inked.any(0))
    return tuple(np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]) / SCALE)


BLACK = "#000000"


@pytest.mark.parametrize(
    ("mark", "place"),
    [
        (lambda canvas: canvas.card(10, 12, 40, 30, fill=BLACK), (10, 12, 50, 42)),
        (lambda canvas: canvas.bar(10, 12, 40, 30, color=BLACK), (10, 12, 50, 42)),
        (lambda canvas: canvas.frame(10, 12, 40, 30, color=BLACK, line=4), (8, 10, 52, 44)),
        (lambda canvas: canvas.badge(30, 28, "1", radius=12), (18, 16, 42, 40)),
        (lambda canvas: canvas.dots([20, 40], [25, 35], color=BLACK, radius=6), (14, 19, 46, 41)),
        (lambda canvas: canvas.curve([10, 50], [30, 30], color=BLACK, line=6), (7, 27, 53, 33)),
        (lambda canvas: canvas.arrow(10, 30, 50, 30, color=BLACK), (10, 25, 50, 35)),
    ],
)
def test_a_mark_covers_its_place_and_no_more(mark, place):
    canvas = Canvas(60, 60)
    mark(canvas)
    assert extent(canvas) == pytest.approx(place, abs=1.5)


def test_a_card_s_corners_are_round_and_a_bar_s_are_not():
    corners = []
    for mark in (
        lambda canvas: canvas.card(10, 10, 40, 40, fill=BLACK, radius=12),
        lambda canvas: canvas.bar(10, 10, 40, 40, color=BLACK),
    ):
        canvas = Canvas(60, 60)
        mark(canvas)
        shown = drawn(canvas)
        corners.append([bool(shown[y, x].min() > 200) for y in (11, 48) for x in (11, 48)])
        assert shown[11, 30].max() < 60
    assert corners == [[True] * 4, [False] * 4]


def test_a_card_lies_under_pictures_unless_it_is_to_lie_over():
    for over, level in ((False, 0), (True, 255)):
        canvas = Canvas(60, 60)
        canvas.picture(np.zeros((4, 4, 3), np.uint8), 10, 10, 40, 40)
        canvas.card(10, 10, 40, 40, fill="#ff0000", over=over)
        assert drawn(canvas)[30, 30, 0] == level


@pytest.mark.parametrize("ha", ["left", "right", "center"])
def test_words_stand_on_their_anchor_and_are_as_wide_as_they_were_measured(ha):
    canvas, wide = Canvas(200, 60), text_width("HHHH", 20)
    canvas.text(100, 40, "HHHH", size=20, ha=ha)
    x0, y0, x1, y1 = extent(canvas)
    start = {"left": 100, "right": 100 - wide, "center": 100 - wide / 2}[ha]
    assert (x0, x1) == pytest.approx((start, start + wide), abs=2.5)
    assert y1 == pytest.approx(40, abs=0.6)
    assert y1 - y0 == pytest.approx(0.714 * 20, abs=1)  # the height of capitals in Noto Sans


def test_lines_stand_one_below_the_other_and_a_turned_word_upright():
    canvas = Canvas(200, 100)
    assert canvas.lines(10, 5, ["H", "H", "H"], size=20) == pytest.approx(5 + 3 * 20 * LEADING)
    _x0, y0, _x1, y1 = extent(canvas)
    assert (y0, y1) == pytest.approx((5 + 0.98 * 20 - 0.714 * 20, 5 + 0.98 * 20 + 2 * 20 * LEADING), abs=1)
    turned = Canvas(100, 100)
    turned.text(50, 90, "HHHH", size=20, angle=90)
    _x0, y0, x1, y1 = extent(turned)
    assert (x1, y1 - y0) == pytest.approx((50, text_width("HHHH", 20)), abs=4)


def test_dashes_leave_gaps():
    shares = []
    for dashed in (False, True, (1, 3)):
        canvas = Canvas(120, 60)
        canvas.frame(10, 10, 100, 40, color=BLACK, line=2, dashed=dashed)
        shares.append((drawn(canvas)[10, 12:108].min(axis=1) < 128).mean())
    solid, dashes, dots = shares
    assert solid == 1
    assert 0.5 < dashes < 0.85
    assert 0.1 < dots < 0.5
