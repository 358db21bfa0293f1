"""Faults in what a figure shows are caught, each in the right words; changes that mean nothing are not."""

import json
from contextlib import contextmanager, nullcontext
from functools import cache
from unittest import mock

import numpy as np
import pytest
import torch
from IPython.core.formatters import DisplayFormatter
from matplotlib import font_manager
from matplotlib.figure import Figure
from nbformat import reads, writes
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from vislearn import datasets, viz
from vislearn.course.outputs import stored_outputs
from vislearn.io import read_image
from vislearn.steps import Step
from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD
from vislearn.viz import canvas as canvas_module
from vislearn.viz import letters
from vislearn.viz import picture as picture_module
from vislearn.viz.canvas import Canvas
from vislearn.viz.meaning.compare import compare
from vislearn.viz.meaning.tolerances import BOX, BOX_PX, VALUE
from vislearn.viz.stored import Substitute
from vislearn.widgets import explorer, stepper

FLOWER = read_image(datasets.photos()["flower"])[:, ::2, ::2]
HEIGHT, WIDTH = FLOWER.shape[1:]


def with_box(x=60, color=(255, 60, 0)):
    """A frame of 3 px burnt into the pixels, as detection results are often shown."""
    pixels = FLOWER.clone()
    for rows, columns in [
        (slice(40, 43), slice(x, x + 80)),
        (slice(97, 100), slice(x, x + 80)),
        (slice(40, 100), slice(x, x + 3)),
        (slice(40, 100), slice(x + 77, x + 80)),
    ]:
        for channel, level in enumerate(color):
            pixels[channel, rows, columns] = level
    return pixels


def grid(*images, titles=("left", "right"), title="Two flowers", **options):
    images = images or (FLOWER, FLOWER.flip(2))
    return viz.grid(images, titles, title=title, alt="Flowers.", **options)


def outlined(shift=0.0, color="#d55e00"):
    """A picture with a box laid over it, ``shift`` in px of the page."""
    sheet = Canvas(400, 300)
    x, y, width, height = sheet.fitted(FLOWER.permute(1, 2, 0).numpy(), 10, 10, 380, 280)
    sheet.frame(x + 0.2 * width + shift, y + 0.3 * height, 0.4 * width, 0.4 * height, color=color)
    return sheet.finish("A flower in a box.")


def detected(*found, words="", title="Digits", image=FLOWER, **options):
    """A picture on which a network has found boxes: (left edge, name, score) of each."""
    rows = torch.tensor([[left, 4, left + 9, 13] for left, _name, _score in found]).reshape(-1, 4)
    labels, scores = [name for _left, name, _score in found], [score for _left, _name, score in found]
    names = None if not words else dict(enumerate(words.split()))
    return viz.boxes(image, rows, labels, scores, names, title=title, alt="Boxes.", **options)


def curves(rise=0.0, *, title="Learning", names=("fast", "slow"), ylabel="accuracy", **options):
    runs = {"fast": np.array([[0.3, 0.7, 0.9], [0.4, 0.8, 0.9]]), "slow": np.array([[0.2, 0.4, 0.8]])}
    series = {name: runs[name] + rise for name in names}
    return viz.curves(series, xlabel="epoch", ylabel=ylabel, title=title, alt="Two lines.", **options)


def bars(values=(0.9, 0.5), names=("here", "there"), **options):
    return viz.bars(dict(zip(names, values, strict=True)), xlabel="pictures/s", alt="Two bars.", **options)


def guess(shares=(0.8, 0.11, 0.09), names=("cat", "dog", "fox"), title="It says cat, 80%"):
    return viz.probabilities(FLOWER, names, shares, "A guess.", truth="cat", title=title, top=2)


def normalized(image):
    return (image - image.new_tensor(IMAGENET_MEAN)[:, None, None]) / image.new_tensor(IMAGENET_STD)[
        :, None, None
    ]


def chain(prepare=normalized):
    unit = FLOWER.float() / 255
    return viz.filmstrip([Step("Scale", unit, "To 0 … 1."), Step("Normalise", prepare(unit), "Around 0.")])


def scores(values=(0.1, 2.5, -1.2)):
    return viz.filmstrip([Step("Logits", np.array(values), "Scores, one per class.")])


def legend(**options):
    figure = Figure()
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], label="loss", **options)
    return figure, axes


def rendered(change=lambda axes: axes.legend(), **options):
    figure, axes = legend(**options)
    change(axes)
    return viz.render(figure, "A line.")


def shown(change=lambda axes: None, cmap="gray", **options):
    figure = Figure()
    axes = figure.add_subplot()
    axes.imshow(FLOWER[0].numpy(), cmap=cmap, **options)
    change(axes)
    return viz.render(figure, "A flower.")


def noisy(amplitude, seed=0):
    noise = np.random.default_rng(seed).integers(-amplitude, amplitude, FLOWER.shape, endpoint=True)
    return FLOWER.new_tensor((FLOWER.numpy().astype(int) + noise).clip(0, 255), dtype=FLOWER.dtype)


@cache
def as_it_was(draw):
    """What stands in a notebook: the same drawing is the reference of many cases."""
    return draw()


def stored(picture):
    """A digest as it comes back from a notebook's file."""
    return json.loads(json.dumps(picture.digest))


def compared(expected, got):
    return compare(stored(expected), stored(got))


FAULTS = {
    "red and blue swapped": (
        grid,
        lambda: grid(FLOWER.flip(0), FLOWER.flip(2)),
        "picture 1 of the plot: red and blue",
    ),
    "mirrored": (grid, lambda: grid(FLOWER.flip(2), FLOWER.flip(2)), "picture 1 of the plot: it is mirrored"),
    "upside down": (
        grid,
        lambda: grid(FLOWER.flip(1), FLOWER.flip(2)),
        "picture 1 of the plot: it stands on",
    ),
    "black": (
        grid,
        lambda: grid(FLOWER, FLOWER * 0),
        "picture 2 of the plot: expected a picture, got the one colour 0 0 0",
    ),
    "darker": (
        grid,
        lambda: grid(FLOWER // 2, FLOWER.flip(2)),
        "picture 1 of the plot: expected the mean colour",
    ),
    "shifted by 5 px": (
        grid,
        lambda: grid(FLOWER.roll(5, 2), FLOWER.flip(2)),
        "picture 1 of the plot: upright strip",
    ),
    "lower contrast": (grid, lambda: grid(FLOWER // 2 + 60, FLOWER.flip(2)), "picture 1 of the plot"),
    "picture missing": (
        grid,
        lambda: grid(FLOWER, titles=["left"], columns=2),
        "pictures of the plot: expected 2, got 1",
    ),
    "heading changed": (
        grid,
        lambda: grid(title="Two cats"),
        "the title lacks 'flowers' and has gained 'cats'",
    ),
    "label missing": (grid, lambda: grid(titles=["left", ""]), "the text lacks 'right'"),
    "other shape": (
        grid,
        lambda: grid(FLOWER[:, : HEIGHT // 2], FLOWER.flip(2)),
        "the size of picture 1 of the plot",
    ),
    "burnt box shifted by 5 px": (
        lambda: grid(with_box(), FLOWER),
        lambda: grid(with_box(x=65), FLOWER),
        "picture 1 of the plot: upright strip",
    ),
    "burnt box recoloured": (
        lambda: grid(with_box(), FLOWER),
        lambda: grid(with_box(color=(0, 60, 255)), FLOWER),
        "picture 1 of the plot",
    ),
    "box shifted by 5 px": (
        outlined,
        lambda: outlined(5),
        "box 1 of the plot, left edge: expected 20.0% of picture 1",
    ),
    "box recoloured": (outlined, lambda: outlined(color="#0072b2"), "color: expected #d55e00/, got #0072b2/"),
    "curve missing": (curves, lambda: curves(names=["slow"]), "expected 2, got 1, without 'fast'"),
    "curve moved": (
        curves,
        lambda: curves(rise=0.4),
        "line 'fast' of the plot, y of sample 1 of 3: expected 0.35, got 0.75",
    ),
    "axis label missing": (
        curves,
        lambda: curves(ylabel=""),
        "the y label of the plot: expected 'accuracy', got ''",
    ),
    "log axis": (
        curves,
        lambda: curves(log=True),
        "the scales of the plot: expected 'linear', 'linear', got 'linear', 'log'",
    ),
    "legend missing": (
        rendered,
        lambda: rendered(lambda axes: None),
        "the legend of the plot: expected 'loss', got none",
    ),
    "line recoloured": (rendered, lambda: rendered(color="red"), "color: expected #1f77b4, got #ff0000"),
    "line hidden": (
        rendered,
        lambda: rendered(visible=False),
        "lines of the plot: expected 1, got 0, without 'loss'",
    ),
    "markers gone": (
        lambda: rendered(marker="o"),
        rendered,
        "line 'loss' of the plot, marker: expected True, got None",
    ),
    "bar shorter": (bars, lambda: bars([0.9, 0.2]), "bar 'there' of the plot: expected 0 … 0.5, got 0 … 0.2"),
    "bars in another order": (bars, lambda: bars(names=["there", "here"]), "the text is in another order"),
    "another winner": (
        guess,
        lambda: guess([0.2, 0.7, 0.1]),
        "bar 'dog' of the plot: expected 0.11, got 0.70",
    ),
    "another number in the title": (
        guess,
        lambda: guess(title="It says cat, 8%"),
        "the title: expected 80, got 8",
    ),
    "normalise skipped": (chain, lambda: chain(lambda image: image), "the text lacks"),
    "scores changed": (scores, lambda: scores([2.5, 0.1, -1.2]), "the text"),
    "axes turned": (
        shown,
        lambda: shown(lambda axes: axes.invert_xaxis()),
        "picture 1 of the plot: it is mirrored",
    ),
    "origin below": (shown, lambda: shown(origin="lower"), "it stands on its head"),
    "colour map": (shown, lambda: shown(cmap="viridis"), "expected the mean colour"),
    "zoomed away": (
        shown,
        lambda: shown(lambda axes: axes.set_xlim(0, 40)),
        "picture 1 of the plot, shown: expected None",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_in_the_right_words(fault):
    expected, got, words = FAULTS[fault]
    assert words in "\n".join(compared(as_it_was(expected), got()))


@pytest.mark.parametrize(("device", "moved"), [("cpu", True), ("cuda", False)])
def test_values_on_cpu_are_compared_there_alone(monkeypatch, device, moved):
    expected = curves(compared="values on cpu")  # references come from the CPU
    monkeypatch.setattr("vislearn.device.best_device", lambda: torch.device(device))
    findings = compared(expected, curves(rise=5.0, compared="values on cpu"))
    assert any("tolerance 12% of the axis" in finding for finding in findings) == moved
    assert bool(findings) == moved


@contextmanager
def other_font():
    """Wider letters: titles wrap elsewhere, and sheets get another height."""
    caches = [letters.font_families, letters.font, letters._width]
    wider = mock.Mock(return_value=["DejaVu Sans Mono"])
    with (
        mock.patch.object(letters, "font_families", wider),
        mock.patch.object(picture_module, "font_families", wider),
    ):
        for cached in caches[1:]:
            cached.cache_clear()
        yield
    for cached in caches:
        cached.cache_clear()


@contextmanager
def other_resolution():
    with mock.patch.object(canvas_module, "SCALE", 1.0), mock.patch.object(picture_module, "SCALE", 1.0):
        yield


@contextmanager
def no_antialiasing():
    import matplotlib

    with matplotlib.rc_context(
        {"lines.antialiased": False, "patch.antialiased": False, "text.antialiased": False}
    ):
        yield


LONG = "A rather long title over one small picture, that has to be broken into lines"
FIGURES = {
    "grid": grid,
    "long titles": lambda: grid(titles=[LONG, "short"], title=LONG * 2),
    "box": outlined,
    "curves": curves,
    "panels": lambda: viz.curves(
        {"a": {"x": [1, 2]}, "b": {"y": [3, 4]}}, xlabel="n", ylabel="m", alt="Panels."
    ),
    "bars": bars,
    "long bars": lambda: bars([[0.9, 0.8], [0.5, 0.4]], names=[LONG, "short"]),
    "histogram": lambda: viz.histogram({"red": FLOWER[0], "blue": FLOWER[2]}, xlabel="level", alt="Levels."),
    "probabilities": guess,
    "filmstrip": chain,
    "scores": scores,
    "many scores": lambda: scores(np.sin(np.arange(100))),
    "zooms": lambda: viz.zooms({LONG: FLOWER, "b": FLOWER}, alt="Details."),
    "mind map": lambda: viz.mind_map({"root": {"a\nits role": ["x", "y"], "b": ["z"]}}, alt="A map."),
    "axes": rendered,
}


@pytest.mark.parametrize("surroundings", [nullcontext, other_font, other_resolution, no_antialiasing])
@pytest.mark.parametrize("kind", FIGURES)
def test_a_figure_means_the_same_on_another_machine(kind, surroundings):
    expected = as_it_was(FIGURES[kind])
    with surroundings():
        got = FIGURES[kind]()
    if surroundings is not nullcontext and kind not in ("axes", "panels", "box"):
        assert got.data != expected.data  # the change changed something
    assert compared(expected, got) == []


HARMLESS = {
    "noise": (grid, lambda: grid(noisy(2), FLOWER.flip(2))),
    "a little darker": (grid, lambda: grid((FLOWER.int() - 2).clamp(0).to(FLOWER.dtype), FLOWER.flip(2))),
    "saved as JPEG": (grid, lambda: grid(viz.to_display(jpeg(FLOWER)), FLOWER.flip(2))),
    "a flat picture with noise": (lambda: grid(FLOWER * 0 + 128, FLOWER), lambda: grid(noisy_flat(), FLOWER)),
    "accuracies within tolerance": (curves, lambda: curves(rise=0.05)),
    "a bar within tolerance": (bars, lambda: bars([0.95, 0.46])),
    "equals that swap places": (guess, lambda: guess([0.8, 0.09, 0.11])),
    "a percentage in the title": (guess, lambda: guess(title="It says cat, 84%")),
    "scores within tolerance": (scores, lambda: scores([0.13, 2.6, -1.25])),
    "other boxes found where only the structure counts": (
        lambda: detected((2, 3, 0.9), (20, 4, 0.8), compared="structure"),
        lambda: detected((5, 7, 0.7), (21, 4, 0.6), (30, 1, 0.5), compared="structure"),
    ),
    "a box less than a pixel away": (outlined, lambda: outlined(0.5)),
    "timings of another machine": (
        lambda: bars([559.0, 87.0], compared="structure"),
        lambda: bars([5590.0, 1900.0], compared="structure"),
    ),
    "learning of another machine": (
        lambda: curves(compared="structure"),
        lambda: curves(rise=5.0, compared="structure"),
    ),
    "pictures of another machine": (
        lambda: grid(compared="structure"),
        lambda: grid(FLOWER.flip(1), FLOWER.flip(0), compared="structure"),
    ),
    "other boxes found where the picture counts": (
        lambda: detected((2, 3, 0.9), (20, 4, 0.8), compared="pictures"),
        lambda: detected((5, 7, 0.7), (21, 4, 0.6), (30, 1, 0.5), compared="pictures"),
    ),
}


def noisy_flat():
    return np.random.default_rng(1).integers(126, 130, (HEIGHT, WIDTH, 3), endpoint=True).astype(np.uint8)


def jpeg(image):
    import io

    stream = io.BytesIO()
    Image.fromarray(image.permute(1, 2, 0).numpy()).save(stream, "JPEG", quality=90)
    return Image.open(stream)


@pytest.mark.parametrize("change", HARMLESS)
def test_a_harmless_change_is_not_flagged(change):
    expected, got = HARMLESS[change]
    expected, got = as_it_was(expected), got()
    assert got.data != expected.data
    assert compared(expected, got) == []


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (lambda: bars([1, 2], names=["there", "here"], compared="structure"), "name"),
        (lambda: bars([1], names=["here"], compared="structure"), "without 'there'"),
        (lambda: bars([1, 2], title="Slow", compared="structure"), "the title"),
        (lambda: bars([1, 2], highlight="here", compared="structure"), "color"),
    ],
)
def test_the_structure_of_a_chart_of_timings_is_compared(got, words):
    assert words in "\n".join(compared(bars(compared="structure"), got()))


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (lambda: detected((2, 3, 0.9), title="Letters", compared="structure"), "the title"),
        (lambda: detected(compared="structure"), "the text"),
        (lambda: detected((2, 1, 0.9), words="cat dog", compared="structure"), "the text"),
        (lambda: grid(compared="structure"), "picture"),
    ],
    ids=["title", "nothing found", "other names", "another figure"],
)
def test_the_structure_of_a_picture_with_boxes_is_compared(got, words):
    assert words in "\n".join(compared(detected((2, 3, 0.9), compared="structure"), got()))


LOST = {
    "a picture": (grid, lambda **how: grid(FLOWER * 0, FLOWER, **how), "got the one colour 0 0 0"),
    "every curve": (curves, lambda **how: curves(np.nan, **how), "expected a curve, got no numbers"),
    "every box": (
        lambda **how: detected((2, 3, 0.9), **how),
        lambda **how: detected(words="cat", **how),
        "boxes on pictures of the plot: expected some, got none",
    ),
}


@pytest.mark.parametrize("mode", ["structure", "pictures"])
@pytest.mark.parametrize("thing", LOST)
def test_what_may_differ_may_not_be_lost(thing, mode):
    expected, got, words = LOST[thing]
    assert words in "\n".join(compared(expected(compared=mode), got(compared=mode)))


def test_pictures_are_compared_under_boxes_that_may_differ():
    expected = detected((2, 3, 0.9), compared="pictures")
    found = compared(expected, detected((9, 3, 0.9), image=FLOWER.flip(0), compared="pictures"))
    assert found == ["picture 1 of the plot: red and blue are swapped: otherwise it looks as expected"]


@pytest.mark.parametrize(
    ("was", "now"), [("values", "structure"), ("pictures", "structure"), ("structure", "values")]
)
def test_a_figure_can_not_ask_for_less_than_it_promised(was, now):
    told = f"what is compared: expected {was!r}, got {now!r}"
    assert compared(curves(compared=was), curves(compared=now)) == [told]


@pytest.mark.parametrize(
    ("share", "flagged"), [(VALUE - 0.01, False), (VALUE + 0.01, True)], ids=["within", "beyond"]
)
def test_values_have_the_declared_tolerance(share, flagged):
    assert bool(compared(bars([0.9, 0.5], xlim=(0, 1)), bars([0.9, 0.5 + share], xlim=(0, 1)))) is flagged


@pytest.mark.parametrize(("far", "flagged"), [(0.9, False), (1.1, True)])
def test_boxes_have_the_declared_tolerance(far, flagged):
    look = outlined().digest["plots"][0]["images"][0]["look"]

    def boxed(x):
        box = {"kind": "Rectangle", "on": "picture 1", "place": [x, 0, 1, 1]}
        return {"plots": [{"images": [{"size": [900, 900], "look": look}], "boxes": [box]}]}

    assert bool(compare(boxed(0), boxed(far * BOX))) is flagged


@pytest.mark.parametrize(
    ("expected", "got", "count"),
    [
        ({"substitute": True}, {}, 0),
        ({"substitute": True}, {"size": [4, 4], "title": "new"}, 0),
        ({"size": [4, 4], "title": "new"}, {"size": [4, 4], "title": "new", "substitute": True}, 0),
        ({"size": [4, 4], "title": "old"}, {"size": [4, 4], "title": "new", "substitute": True}, 1),
        ({"size": [4, 4], "title": "old"}, {"size": [4, 4]}, 1),
        ({}, {"size": [4, 4]}, 0),
    ],
)
def test_a_kept_picture_is_compared_if_it_has_a_digest(expected, got, count):
    assert len(compare(expected, got)) == count


def test_each_sentence_names_what_was_expected_what_came_and_the_tolerance():
    [sentence] = compared(bars(), bars([0.9, 0.2]))
    assert sentence == "bar 'there' of the plot: expected 0 … 0.5, got 0 … 0.2; tolerance 12% of the axis"


def test_the_other_font_is_there():
    assert "DejaVu Sans Mono" in {font.name for font in font_manager.fontManager.ttflist}


@pytest.mark.parametrize(
    "thing",
    [
        bars,
        lambda: stepper([Step("Logits", np.array([0.1, 2.5]), "Scores.")]),
        lambda: explorer(lambda a: bars([a, 1]), alt="A lab.", a=[1, 2]),
        lambda: Substitute(bars(), "No weights."),
    ],
    ids=["picture", "stepper", "explorer", "substitute"],
)
def test_a_digest_arrives_in_the_notebook(thing):
    shown = thing()
    data, metadata = DisplayFormatter().format(shown)
    [output] = stored_outputs([new_output("execute_result", data, metadata=metadata, execution_count=1)])
    [again] = reads(writes(new_notebook(cells=[new_code_cell(outputs=[output])])), 4).cells[0].outputs
    digest = again.metadata.vislearn.figure
    assert digest.size
    assert compare(digest, shown._repr_mimebundle_()[1]["vislearn"]["figure"]) == []


@pytest.mark.parametrize("compared", ["values", "structure", "pictures"])
def test_a_plot_that_nothing_is_drawn_in_must_not_get_lost_either(compared):
    plot, empty = {"title": "left"}, {"scales": ["linear", "linear"]}
    two, one = ({"compared": compared, "plots": plots} for plots in ([plot, empty], [plot]))
    assert compare(two, one) == ["plots: expected 2, got 1"]
    assert compare(one, two) == ["plots: expected 1, got 2"]


@pytest.mark.parametrize(
    ("on", "compared", "said"),
    [
        ("axes", "values", ["box 1 of the plot, right edge: expected 50.0% of the axes, got 70.0%"]),
        ("axes", "structure", []),
        ("axes", "pictures", []),
        ("page", "structure", ["box 1 of the plot, right edge: expected 50.0% of the page, got 70.0%"]),
        ("page", "values", ["box 1 of the plot, right edge: expected 50.0% of the page, got 70.0%"]),
    ],
)
def test_a_box_upon_axes_may_move_where_numbers_may(on, compared, said):
    was, now = (
        {"compared": compared, "plots": [{"boxes": [{"on": on, "place": [0.1, 0.1, right, 0.9]}]}]}
        for right in (0.5, 0.7)
    )
    assert [found.partition(";")[0] for found in compare(was, now)] == said


def test_tolerances_of_a_box_upon_a_picture_are_those_of_its_width_and_height():
    look = outlined().digest["plots"][0]["images"][0]["look"]

    def boxed(place):
        pictures = [{"size": size, "look": look} for size in ([10, 10], [1000, 20])]
        return {"plots": [{"images": pictures, "boxes": [{"on": "picture 2", "place": place}]}]}

    far = 0.9 * BOX_PX / 20  # of the height, that is under BOX_PX pixels; of the width, far more
    assert compare(boxed([0.2, 0.2, 0.6, 0.6]), boxed([0.2, 0.2 + far, 0.6, 0.6])) == []
    (found,) = compare(boxed([0.2, 0.2, 0.6, 0.6]), boxed([0.2 + far, 0.2, 0.6, 0.6]))
    assert found.startswith("box 1 of the plot, left edge: expected 20.0% of picture 2")


def test_each_of_several_plots_is_named_by_its_number():
    was, now = ({"plots": [{"title": "same"}, {"title": title}]} for title in ("left", "right"))
    assert compare(was, now) == ["the title of plot 2: expected 'left', got 'right'"]
