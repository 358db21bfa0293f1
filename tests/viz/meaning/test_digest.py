import json

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from vislearn import viz
from vislearn.errors import InputError
from vislearn.viz.canvas import Canvas
from vislearn.viz.meaning.digest import digest
from vislearn.viz.meaning.signature import Signature
from vislearn.viz.meaning.terms import RANKED_BAR

STRIPES = np.zeros((60, 90, 3), np.uint8)
STRIPES[:, :30] = [250, 0, 0]


def plot(fill, **options):
    """The digest of one plot."""
    figure = Figure(figsize=(4, 3))
    fill(figure.add_subplot(**options))
    FigureCanvasAgg(figure).draw()
    return digest(figure, (384, 288))["plots"][0]


def sheet(fill):
    canvas = Canvas(400, 300)
    fill(canvas)
    return canvas.finish("A sheet.").digest


def test_an_empty_figure_has_a_size_and_nothing_else():
    assert digest(Figure(figsize=(4, 3)), (384, 288)) == {"compared": "values", "size": [384, 288]}


def test_axes_are_described_by_their_words_limits_and_scales():
    def fill(axes):
        axes.set(title="Loss", xlabel="epoch", ylabel="nats", xlim=(1, 5), ylim=(0.1, 10), yscale="log")

    expected = {
        "title": "Loss",
        "xlabel": "epoch",
        "ylabel": "nats",
        "xlim": [1, 5],
        "ylim": [0.1, 10],
        "scales": ["linear", "log"],
    }
    assert plot(fill) == expected


def test_tick_labels_count_when_they_are_words():
    found = plot(lambda axes: axes.bar(["cat", "dog"], [3, 4]))
    assert found["ticks"] == ["cat", "dog"]
    assert found["bars"] == [{"along": "y", "color": "/#1f77b4", "spans": [[0, 3], [0, 4]]}]


def test_a_line_is_its_name_its_style_and_a_few_points():
    def fill(axes):
        axes.plot(range(101), np.arange(101) ** 2, "o--", color="red", label="square")
        axes.plot([0, 1], [np.nan, 2])
        axes.plot([0, 1], [0, 1], linestyle="none")
        axes.plot([0, 1], [0, 1], visible=False)
        axes.plot([0, 1], [0, 1], alpha=0)

    square, gap = plot(fill)["lines"]
    assert square.pop("points") == [[x, x**2] for x in (0, 12, 25, 38, 50, 62, 75, 88, 100)]
    assert square == {"name": "square", "count": 101, "color": "#ff0000", "marker": True, "dashed": True}
    assert gap["points"] == [[0, None], [1, 2]]


def test_bands_whiskers_and_clouds_are_the_range_they_take():
    def fill(axes):
        axes.fill_between([0, 1], [0, 1], [2, 3], color="red", label="spread")
        axes.scatter([4, 5, 6], [1, 1, 7], color="blue")
        axes.errorbar([2], [3], yerr=[[1], [2]])

    band, cloud, whisker = plot(fill)["areas"]
    assert (band["name"], band["color"], band["range"]) == ("spread", "#ff0000", [[0, 0], [1, 3]])
    assert (cloud["count"], cloud["range"]) == (3, [[4, 1], [6, 7]])
    assert whisker["range"] == [[2, 2], [2, 5]]
    assert "lines" not in plot(lambda axes: axes.errorbar([2], [3], yerr=1, capsize=4))


def test_a_legend_is_its_words():
    def fill(axes):
        axes.plot([0, 1], label="one")
        axes.legend()

    assert plot(fill)["legend"] == ["one"]


@pytest.mark.parametrize(
    ("options", "change", "column"),
    [
        ({}, lambda axes: None, 0),
        ({}, lambda axes: axes.invert_xaxis(), -1),
        ({"origin": "lower"}, lambda axes: None, 0),
        ({"extent": (9, 0, 0, 6)}, lambda axes: axes.set_xlim(0, 9), -1),
    ],
)
def test_a_picture_is_what_is_seen_of_it(options, change, column):
    def fill(axes):
        axes.imshow(STRIPES, **options)
        change(axes)

    [picture] = plot(fill)["images"]
    look = Signature.decode(picture["look"])
    assert np.abs(look.columns[column].astype(int) - [250, 0, 0]).max() <= 1
    assert look.columns[-1 - column].max() <= 1
    width, height = picture["size"]
    assert width / height == pytest.approx(1.5, abs=0.02)


def test_numbers_shown_as_colours_are_those_colours_and_veils_let_white_through():
    half = np.array([[0.0, 1.0]] * 2)
    [picture] = plot(lambda axes: axes.imshow(half, cmap="gray"))["images"]
    assert Signature.decode(picture["look"]).mean == pytest.approx([127.5] * 3, abs=1)
    [veiled] = plot(lambda axes: axes.imshow(half, cmap="gray", alpha=0.5))["images"]
    assert Signature.decode(veiled["look"]).mean == pytest.approx([191.5] * 3, abs=1)


def test_a_picture_mostly_out_of_sight_says_so():
    def fill(axes):
        axes.imshow(STRIPES, aspect="auto")
        axes.set_xlim(-0.5, 44.5)

    assert plot(fill)["images"][0]["shown"] == 0.5


def test_a_box_is_placed_on_the_picture_below_it():
    def fill(axes):
        axes.imshow(STRIPES, extent=(0, 90, 60, 0))
        axes.add_patch(Rectangle((9, 15), 45, 30, fill=False, edgecolor="red", linestyle="--"))
        axes.add_patch(Circle((45, 30), 3, color="blue"))
        axes.add_patch(FancyArrowPatch((0, 0), (90, 60)))

    box, circle, arrow = plot(fill)["boxes"]
    assert box.pop("place") == pytest.approx([0.1, 0.25, 0.6, 0.75], abs=1e-3)
    assert box == {"kind": "Rectangle", "color": "#ff0000/", "dashed": True, "on": "picture 1"}
    assert circle["place"] == pytest.approx([42 / 90, 27 / 60, 48 / 90, 33 / 60], abs=1e-3)
    assert arrow["kind"] == "FancyArrowPatch"


def test_a_box_without_a_picture_is_placed_in_its_axes():
    def fill(axes):
        axes.set(xlim=(0, 10), ylim=(0, 10))
        axes.add_patch(Rectangle((1, 2), 3, 4))

    [box] = plot(fill)["boxes"]
    assert (box["on"], box["place"]) == ("axes", pytest.approx([0.1, 0.4, 0.4, 0.8], abs=1e-3))


def test_on_a_sheet_only_relations_count():
    def fill(canvas):
        canvas.heading("A heading")
        canvas.card(10, 100, 200, 100, fill="#eeeeee")
        canvas.bar(20, 150, 10, 25, color="#ff0000")
        canvas.bar(40, 125, 10, 50, color="#00ff00")
        canvas.curve(np.array([10, 210]), np.array([150, 100]), color="#0000ff")
        canvas.curve(np.array([300, 390]), np.array([10, 20]), color="#0000ff")
        canvas.curve(np.array([300, 390]), np.array([40, 90]), color="#0000ff")
        canvas.text(300, 250, "words")

    found = sheet(fill)
    assert (found["title"], found["words"]) == ("A heading", ["words"])
    [shown] = found["plots"]
    assert shown["boxes"] == [{"kind": "FancyBboxPatch", "color": "/#eeeeee"}]
    [bars] = shown["bars"]
    assert bars["spans"] == [pytest.approx([0.25, 0.5]), pytest.approx([0.25, 0.75])]
    assert (bars["on"], bars["color"]) == ("card 1", "/#ff0000 /#00ff00")
    on_card, loose = shown["lines"]
    assert on_card["points"] == [[0, 0.5], [1, 1]]
    assert loose == {"count": 2, "color": "#0000ff", "times": 2}


def test_a_ranked_bar_has_a_name_only_where_it_is_written():
    def fill(canvas, words):
        canvas.bar(10, 10, 200, 20, color="#eeeeee", role=None)
        canvas.bar(10, 10, 50, 20, color="#ff0000", role=RANKED_BAR, name="tabby cat")
        canvas.lines(250, 10, words, role="ranked")

    [named] = sheet(lambda canvas: fill(canvas, ["tabby", "cat"]))["plots"][0]["bars"]
    assert named == {"name": "tabby cat", "ranked": True, "color": "/#ff0000", "spans": [[0, 0.25]]}
    [nameless] = sheet(lambda canvas: fill(canvas, ["tabby"]))["plots"][0]["bars"]
    assert "name" not in nameless


def test_measured_numbers_are_counted_not_quoted():
    found = viz.bars({"a": 0.5, "b": 0.25}, xlabel="share", alt="Bars.").digest
    assert (found["numbers"], found["words"]) == (2, ["a", "b"])
    assert [bar["name"] for bar in found["plots"][0]["bars"]] == ["a", "b"]


def test_a_histogram_is_its_outline():
    found = viz.histogram({"a": [0, 0, 1, 1], "b": [0, 1, 1, 1]}, bins=2, xlabel="n", alt="Two.").digest
    lines = [line for line in found["plots"][0]["lines"] if "name" in line]
    assert [(line["name"], line["points"]) for line in lines] == [
        ("a", [[0.25, 50], [0.75, 50]]),
        ("b", [[0.25, 25], [0.75, 75]]),
    ]


@pytest.mark.parametrize(
    "draw",
    [
        lambda **options: viz.bars({"a": 1}, xlabel="x", alt="a", **options),
        lambda **options: viz.curves({"a": [1, 2]}, xlabel="x", ylabel="y", alt="a", **options),
        lambda **options: viz.histogram({"a": [1, 2]}, xlabel="x", alt="a", **options),
        lambda **options: viz.grid([STRIPES], alt="a", **options),
        lambda **options: viz.probabilities(STRIPES, ["a"], [1.0], "a", **options),
        lambda **options: viz.render(Figure(), "a", **options),
    ],
)
def test_a_lesson_says_what_is_compared(draw):
    assert draw().digest["compared"] == "values"
    for mode in ("structure", "pictures"):
        assert draw(compared=mode).digest["compared"] == mode
    with pytest.raises(InputError, match="compared must be one of"):
        draw(compared="all")


def test_a_digest_is_small_and_plain_json():
    pictures = [np.roll(STRIPES, shift, 1) for shift in range(16)]
    found = viz.grid(pictures, list("abcdefghijklmnop"), columns=8, alt="Sixteen.").digest
    text = json.dumps(found, allow_nan=False)
    assert json.loads(text) == found
    assert len(text) < 6000
    assert len(json.dumps(viz.bars({"a": 1}, xlabel="x", alt="a").digest)) < 500


def test_the_digest_is_no_part_of_what_makes_pictures_equal():
    one, other = viz.Picture(b"", "a", 1, 1, digest={"x": 1}), viz.Picture(b"", "a", 1, 1)
    assert one == other
    assert hash(one) == hash(other)
