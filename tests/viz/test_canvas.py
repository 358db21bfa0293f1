import numpy as np
import pytest

from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.letters import LEADING, TEXT
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
