"""Stored figures in JupyterLab's dark theme, before anything has run: paper dark, photographs untouched."""

import io

import nbformat
import numpy as np
import pytest
from PIL import Image

from vislearn.viz.canvas import Canvas
from vislearn.viz.night import sheet

SKY = (135, 206, 235)
PAPER, NIGHT = (255, 255, 255), (17, 17, 17)
_SVG = "<svg xmlns='http://www.w3.org/2000/svg'><rect width='100%' height='100%' fill='white'/></svg>"


def figure():
    """A photograph, all of one colour, on paper."""
    canvas = Canvas(300, 200)
    canvas.picture(np.full((50, 50, 3), SKY, np.uint8), 100, 50, 100, 100)
    return canvas.finish("A piece of sky.")


@pytest.fixture(scope="module")
def stored(start_lab, tmp_path_factory):
    """A JupyterLab on one lesson that was run elsewhere."""
    data, metadata = figure()._repr_mimebundle_()
    output = nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)
    cell = nbformat.v4.new_code_cell("sky", outputs=[output], execution_count=1)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    folder = tmp_path_factory.mktemp("stored") / "notebooks"
    folder.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), folder / "00_small.ipynb")
    with start_lab(folder) as running:
        yield running


@pytest.fixture
def shown(stored, page):
    """What the figure looks like in a theme: pixels as they are on the screen."""
    notebook = stored.open(page, "00_small.ipynb")

    def in_theme(theme):
        notebook.command("apputils:change-theme", theme=theme)
        dark = "false" if "Dark" in theme else "true"
        page.locator(f"body[data-jp-theme-light={dark}]").wait_for(state="attached")
        image = notebook.output(0).locator("figure .vislearn-sheet").screenshot(animations="disabled")
        return np.asarray(Image.open(io.BytesIO(image)).convert("RGB"))

    return in_theme


def test_a_stored_figure_follows_the_theme_and_its_photograph_stays(shown):
    for theme, ground in [
        ("JupyterLab Light", PAPER),
        ("JupyterLab Dark", NIGHT),
        ("JupyterLab Light", PAPER),
    ]:
        pixels = shown(theme).astype(int)
        assert np.abs(pixels[10, 10] - ground).max() <= 2
        assert np.abs(pixels[100, 150] - SKY).max() <= 2


def test_no_light_line_lies_beside_a_figure_that_begins_within_a_pixel(page):
    html = figure()._repr_mimebundle_()[0]["text/html"]
    place = f'<div style="position:absolute;left:20px;top:20.5px">{html}</div>'
    page.set_content(f'<body data-jp-theme-light="false" style="background:#111">{place}</body>')
    left, top = (round(page.locator(".vislearn-sheet").bounding_box()[side]) for side in "xy")
    pixels = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    around = pixels[top - 5 : top + 206, left - 5 : left + 306]
    around[50:160, 100:210] = NIGHT  # the photograph
    assert np.abs(around - NIGHT).max() <= 8


@pytest.mark.parametrize("fraction", range(8))
def test_no_line_of_white_paper_stays_at_the_edge(page, fraction):
    """As between cells whose heights are no whole numbers."""
    place = f"margin:40.{fraction}px;width:500.{fraction}px;height:90.{fraction}px"
    paper = sheet(f'<img alt="" style="{place.split(";", 1)[1]}" src="data:image/svg+xml,{_SVG}">', [])
    page.set_content(
        f'<body data-jp-theme-light="false" style="background:#111"><div style="{place}">{paper}'
    )
    page.wait_for_function("document.images[0].complete")
    shown = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB")).astype(int)
    assert np.abs(shown - NIGHT).max() <= 2
