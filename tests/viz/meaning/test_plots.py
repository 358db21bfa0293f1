import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from vislearn.viz.meaning.plots import Plot, seen, without_empty


def plot(fill):
    figure = Figure(figsize=(4, 3), dpi=96)
    axes = figure.add_subplot()
    fill(axes)
    FigureCanvasAgg(figure).draw()
    return Plot(axes, 1.0).digest()


def test_an_empty_plot_is_its_axes():
    assert plot(lambda axes: None) == {"xlim": [0, 1], "ylim": [0, 1], "scales": ["linear", "linear"]}


def test_a_sheet_without_axes_says_nothing_of_its_units():
    assert plot(lambda axes: axes.set_axis_off()) == {}


def test_what_nobody_sees_is_not_there():
    def fill(axes):
        axes.plot([1, 2], [3, 4], alpha=0)
        axes.plot([1, 2], [3, 4], visible=False)
        axes.plot([1, 2], [3, 4], linestyle="none")

    assert "lines" not in plot(fill)


def test_a_picture_is_its_size_and_its_look():
    [picture] = plot(lambda axes: axes.imshow(np.zeros((4, 4, 3), np.uint8)))["images"]
    assert picture["size"][0] == picture["size"][1]
    assert picture["look"]


def test_an_artist_without_alpha_is_seen():
    [line] = Figure().add_subplot().plot([1, 2])
    assert seen(line)
    line.set_alpha(0)
    assert not seen(line)


def test_parts_that_say_nothing_are_left_out():
    assert without_empty({"a": [], "b": 0, "c": None, "d": [0]}) == {"c": None, "d": [0]}


def test_an_arrow_lies_where_it_is_drawn():
    def fill(axes):
        axes.add_patch(FancyArrowPatch((0.25, 0.5), (0.75, 0.5), shrinkA=0, shrinkB=0, mutation_scale=1))

    [arrow] = plot(fill)["boxes"]
    left, top, right, bottom = arrow["place"]
    assert arrow["on"] == "axes"
    assert (left, right) == pytest.approx((0.25, 0.75), abs=0.02)
    assert top < 0.5 < bottom


def test_a_line_is_its_points_and_how_it_is_drawn():
    def fill(axes):
        axes.plot([0, 1, 2], [3, np.nan, 5], "o--", color="#ff0000", label="a")
        axes.plot(np.arange(101), np.arange(101) * 2.0, color="#0000ff")

    dashed, long = plot(fill)["lines"]
    assert dashed == {
        "name": "a",
        "count": 3,
        "color": "#ff0000",
        "marker": True,
        "dashed": True,
        "points": [[0, 3], [1, None], [2, 5]],
    }
    assert (long["count"], set(long)) == (101, {"count", "color", "points"})
    assert long["points"] == [[at, 2 * at] for at in (0, 12, 25, 38, 50, 62, 75, 88, 100)]


def test_steps_lie_in_the_middle_of_what_they_span():
    [stairs] = plot(lambda axes: axes.stairs([1, 2], [0, 1, 3], color="#ff0000", label="a"))["lines"]
    assert stairs["points"] == [[0.5, 1], [2, 2]]
    assert (stairs["name"], stairs["count"]) == ("a", 2)


@pytest.mark.parametrize(("method", "along"), [("bar", "y"), ("barh", "x")])
def test_bars_are_where_they_begin_and_end_and_in_one_colour_or_many(method, along):
    def fill(axes):
        start = {"bottom" if method == "bar" else "left": 1}
        getattr(axes, method)([0, 1], [2, 3], color="#00ff00", label="one", **start)
        getattr(axes, method)([3, 4], [2, -3], color=["#00ff00", "#ff0000"])

    one, other = plot(fill)["bars"]
    assert one == {"name": "one", "along": along, "spans": [[1, 3], [1, 4]], "color": "/#00ff00"}
    assert (other["spans"], other["color"]) == ([[0, 2], [0, -3]], "/#00ff00 /#ff0000")


def test_dots_and_bands_are_how_many_and_how_far_they_reach():
    def fill(axes):
        axes.scatter([1, 2, np.nan, 4], [5, 6, 7, 8], color="#ff0000", label="dots")
        axes.fill_between([0, 1], [2, 3], [4, 7], color="#0000ff")

    dots, band = plot(fill)["areas"]
    assert dots == {
        "kind": "PathCollection",
        "name": "dots",
        "count": 4,
        "color": "#ff0000",
        "range": [[1, 5], [4, 8]],
    }
    assert (band["count"], band["color"], band["range"]) == (1, "#0000ff", [[0, 2], [1, 7]])


def test_words_of_axes_titles_and_legends_are_read_and_plain_numbers_are_not():
    def fill(axes):
        axes.plot([0, 1], [0, 1], label="a")
        axes.set(xlabel="x", ylabel="y", xticks=[0, 1], xticklabels=["cat", "a dog"], yscale="log")
        axes.set_title("left", loc="left")
        axes.legend()

    found = plot(fill)
    words = [found[name] for name in ("xlabel", "ylabel", "ticks", "title", "legend", "scales")]
    assert words == ["x", "y", ["cat", "a dog"], "left", ["a"], ["linear", "log"]]


def test_an_axis_without_numbers_has_no_limits():
    def fill(axes):
        axes.set_xticks([])
        axes.set_ylim(-2, 3)

    found = plot(fill)
    assert "xlim" not in found
    assert found["ylim"] == [-2, 3]


def test_equal_neighbours_are_written_once_with_their_number():
    def fill(axes):
        for _time in range(3):
            axes.plot([0, 1], [0, 1], color="#ff0000")
        axes.plot([0, 2], [0, 1], color="#ff0000")

    assert [line.get("times") for line in plot(fill)["lines"]] == [3, None]


HALVES = np.zeros((8, 8, 3), np.uint8)
HALVES[:4] = 200


def looks(*pictures, **shown):
    """Of pictures shown alone, in the same place."""
    return [plot(lambda axes, one=one: axes.imshow(one, **shown))["images"][0]["look"] for one in pictures]


def test_a_picture_is_seen_as_the_axes_turn_it():
    upright, upside_down = looks(HALVES, HALVES[::-1])
    assert upright != upside_down
    assert looks(HALVES[::-1], origin="lower") == [upright]
    left, right = looks(HALVES.swapaxes(0, 1), HALVES.swapaxes(0, 1)[:, ::-1])
    mirrored = plot(lambda axes: (axes.imshow(HALVES.swapaxes(0, 1)), axes.invert_xaxis()))
    assert left != right == mirrored["images"][0]["look"]


def test_what_is_half_transparent_is_laid_on_white():
    black, gray = np.zeros((8, 8, 3), np.uint8), np.full((8, 8, 3), 127, np.uint8)
    assert looks(black, alpha=0.502) == looks(gray)


def test_how_much_of_a_picture_is_on_the_axes_is_said_where_it_is_not_all():
    def fill(axes):
        axes.imshow(HALVES, aspect="auto")
        axes.set_xlim(-0.5, 3.5)

    [half] = plot(fill)["images"]
    assert half["shown"] == pytest.approx(0.5, abs=0.01)
    assert "shown" not in plot(lambda axes: axes.imshow(HALVES))["images"][0]


def test_a_box_s_place_is_its_share_of_the_picture_it_lies_on():
    def fill(axes):
        axes.imshow(HALVES, extent=(0, 8, 8, 0))
        axes.add_patch(Rectangle((2, 1), 4, 3, fill=False, edgecolor="#ff0000", linestyle="dashed"))

    [box] = plot(fill)["boxes"]
    assert box == {
        "kind": "Rectangle",
        "color": "#ff0000/",
        "dashed": True,
        "on": "picture 1",
        "place": pytest.approx([0.25, 0.125, 0.75, 0.5], abs=0.002),
    }
