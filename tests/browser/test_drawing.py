"""A learner's own picture: drawn by mouse or by keyboard, or uploaded from a file."""

import numpy as np
import pytest
from PIL import Image

DRAW = "import vislearn as vl\npad = vl.widgets.draw()\npad"
FOLLOW = "pad.on_change(lambda picture: f'<b>{len(pad.strokes)} strokes, {picture.size}</b>')"
PIXELS = "p = pad.picture(as_drawn=True); [p.getpixel(at)[0] for at in ((16, 16), (16, 8), (4, 28))]"
UPLOAD = "mine = vl.widgets.upload('cat')\nmine"
SIZE = "mine.picture().size, mine.picture().getpixel((0, 0))"


@pytest.fixture(scope="module")
def notebook(notebook_of, shared_page):
    shared_page.set_viewport_size({"width": 1366, "height": 768})
    with notebook_of(shared_page, DRAW, FOLLOW, PIXELS, UPLOAD, SIZE) as opened:
        yield opened


@pytest.fixture
def pad(notebook):
    """A fresh pad that is followed."""
    notebook.run(0)
    notebook.run(1)
    output = notebook.output(0)
    output.locator("canvas").wait_for()
    output.get_by_text("0 strokes").wait_for()
    return output


def value(notebook, number):
    """What a cell gives when it is run."""
    notebook.run(number)
    return notebook.output(number).locator(".jp-OutputArea-output").inner_text().strip()


def stroke(page, canvas, *points):
    box = canvas.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def test_a_stroke_of_the_mouse_reaches_the_picture(notebook, pad, shared_page):
    stroke(shared_page, pad.locator("canvas"), (0.5, 0.1), (0.5, 0.9))
    pad.get_by_text("1 strokes, (32, 32)").wait_for()
    assert value(notebook, 2) == "[255, 255, 0]"


def test_the_keyboard_draws_undoes_and_clears_and_jupyterlab_keeps_out(notebook, pad, shared_page):
    before = [cell["id"] for cell in notebook.cells()]
    keys = shared_page.keyboard
    pad.locator("canvas").focus()
    keys.press("ArrowUp")
    keys.press("Space")
    pad.get_by_text("The pen is down").wait_for()
    for _ in range(4):
        keys.press("Shift+ArrowUp")
    keys.press("Space")
    pad.get_by_text("1 strokes").wait_for()
    keys.press("Shift+ArrowLeft")
    keys.press("Space")
    keys.press("Shift+ArrowDown")
    keys.press("Space")
    pad.get_by_text("2 strokes").wait_for()
    keys.press("z")
    pad.get_by_text("1 strokes").wait_for()
    assert [cell["id"] for cell in notebook.cells()] == before
    assert value(notebook, 2).split(",")[1].strip() == "255"
    notebook.output(0).locator("canvas").focus()
    keys.press("c")
    pad = notebook.output(0)
    pad.get_by_text("0 strokes").wait_for()
    assert [cell["id"] for cell in notebook.cells()] == before


def test_buttons_undo_and_clear(notebook, pad, shared_page):
    undo, clear = (pad.get_by_role("button", name=name, exact=True) for name in ("Undo", "Clear"))
    assert undo.is_disabled()
    for x in (0.2, 0.5, 0.8):
        stroke(shared_page, pad.locator("canvas"), (x, 0.2), (x, 0.8))
    pad.get_by_text("3 strokes").wait_for()
    undo.click()
    pad.get_by_text("2 strokes").wait_for()
    clear.click()
    pad.get_by_text("0 strokes").wait_for()
    pad.get_by_text("Draw with mouse").wait_for()


def test_a_finger_draws_and_does_not_scroll(pad):
    canvas = pad.locator("canvas")
    assert canvas.evaluate("canvas => getComputedStyle(canvas).touchAction") == "none"
    canvas.evaluate(
        """canvas => {
            const box = canvas.getBoundingClientRect()
            canvas.setPointerCapture = () => {}
            for (const [kind, part] of [["pointerdown", 0.2], ["pointermove", 0.8], ["pointerup", 0.8]])
                canvas.dispatchEvent(new PointerEvent(kind, {
                    pointerType: "touch", isPrimary: true, button: 0, bubbles: true,
                    clientX: box.left + part * box.width, clientY: box.top + part * box.height,
                }))
        }"""
    )
    pad.get_by_text("1 strokes").wait_for()


@pytest.fixture
def chooser(notebook):
    """The button that takes a file."""
    notebook.run(0)
    notebook.run(3)
    output = notebook.output(3)
    output.get_by_title("Choose a picture of yours").wait_for()
    return output


def choose(page, output, file):
    with page.expect_file_chooser() as opened:
        output.get_by_title("Choose a picture of yours").click()
    opened.value.set_files(file)


def test_a_picture_is_uploaded_and_a_text_refused(notebook, chooser, shared_page, tmp_path):
    Image.new("RGB", (40, 30), "red").save(tmp_path / "mine.png")
    choose(shared_page, chooser, tmp_path / "mine.png")
    chooser.locator("img[alt='Your picture, mine.png.']").wait_for()
    (tmp_path / "letter.jpg").write_text("Dear all")
    choose(shared_page, chooser, tmp_path / "letter.jpg")
    chooser.get_by_text("letter.jpg can't be used; the picture below stays.").wait_for()
    assert value(notebook, 4) == "((40, 30), (255, 0, 0))"


def test_a_photograph_of_twelve_megabytes_arrives(notebook, chooser, shared_page, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (2000, 2000, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    assert (tmp_path / "large.png").stat().st_size > 12e6 - 1e5
    choose(shared_page, chooser, tmp_path / "large.png")
    chooser.locator("img[alt='Your picture, large.png.']").wait_for()
