from vislearn.viz.canvas import Canvas
from vislearn.viz.charts.plots import inner_legend, words_beside


def test_a_legend_names_what_is_drawn():
    canvas = Canvas(400, 300)
    axes = canvas.axes(60, 10, 300, 200)
    axes.plot([0, 1], [0, 1], label="up")
    inner_legend(axes)
    assert canvas.finish("A line.").digest["plots"][0]["legend"] == ["up"]


def test_words_stand_right_of_their_point_also_outside():
    canvas = Canvas(400, 300)
    axes = canvas.axes(60, 10, 200, 200)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    words_beside(axes, (1, 0.5), "costs $5 or $6", distance=8, color="#000000", va="center")
    canvas.figure.canvas.draw()
    [text] = axes.texts
    left = text.get_window_extent().x0 / 1.5  # CSS pixels
    assert 266 < left < 270
    assert canvas.finish("Words.").digest["words"] == ["costs $5 or $6"]
