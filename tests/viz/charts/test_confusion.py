import numpy as np
import pytest
import torch

from vislearn.errors import InputError
from vislearn.metrics import ClassReport
from vislearn.viz import confusion
from vislearn.viz.charts.confusion import _Matrix

COUNTS = torch.tensor([[8, 2, 0], [1, 199, 0], [0, 0, 0]])
NAMES = ["cat", "dog", "fox"]


@pytest.mark.parametrize(
    ("show", "cells"),
    [
        ("counts", ["8", "2", "", "1", "199", "", "", "", ""]),
        ("percent", ["80", "20", "", "< 1", "> 99", ""]),
    ],
)
def test_every_cell_has_its_number(written, show, cells):
    confusion(COUNTS, NAMES, show=show)
    at = written.index(cells[0])
    assert written[at : at + len(cells)] == cells


def test_recall_and_precision_stand_at_the_ends(written):
    confusion(COUNTS, NAMES)
    at = written.index("precision") + 1
    assert written[at : at + 6] == ["0.80", "0.89", "0.99", "0.99", "–", "–"]


def test_right_is_blue_wrong_is_orange_and_nothing_is_pale():
    report = ClassReport(torch.tensor([[5, 0], [9, 1]]), ["a", "b"])
    pixels = _Matrix(report, "counts", 600)._pixels().astype(int)
    side = len(pixels) // 2
    cells = {(i, j): pixels[i * side + 3, j * side + 3] for i in range(2) for j in range(2)}
    assert cells[0, 0].tolist() == [0x00, 0x72, 0xB2]
    assert cells[0, 1].min() > 235
    assert cells[1, 0][0] > cells[1, 0][1] > cells[1, 0][2] + 60  # orange
    assert cells[1, 1][2] > cells[1, 1][0]  # a pale blue


def test_words_name_the_largest_mistakes():
    picture = confusion(COUNTS, NAMES)
    assert picture.alt == (
        "Confusion matrix of 3 classes; 0.99 of the answers are right. "
        "Most frequent mistakes: cat taken for dog (2×); dog taken for cat (1×)."
    )
    assert "mistakes" not in confusion(torch.eye(2).long(), ["a", "b"]).alt
    assert confusion(COUNTS, NAMES, alt="Cats.").alt == "Cats."


@pytest.mark.parametrize("name", ["a rather long name", ""])  # the word "precision" is longer than "1"
@pytest.mark.parametrize("count", [1, 2, 10, 16, 20])
def test_everything_stays_on_the_sheet(count, name):
    counts = np.random.default_rng(0).integers(0, 100_000, (count, count))
    names = [f"{name}{at}" for at in range(count)]
    picture = confusion(counts, names, title="Many " * 30)
    assert picture.width <= 1000
    pixels = np.asarray(picture.image())
    edges = [pixels[:4], pixels[-4:], pixels[:, :4], pixels[:, -4:]]
    assert min(edge.min() for edge in edges) > 240


def test_above_its_column_a_very_long_name_is_cut_and_says_so(written):
    picture = confusion(COUNTS, ["cat", "a name so long that it would leave the sheet", "fox"], width=500)
    assert "a name so long that it…" in written
    assert np.asarray(picture.image())[:4].min() > 240


def test_the_regression_check_sees_swapped_axes_but_not_a_picture_more():
    def look(counts):
        return confusion(counts, NAMES).digest

    (plot,) = look(COUNTS)["plots"]
    (turned,) = look(COUNTS.T)["plots"]
    assert plot["images"] != turned["images"]
    assert look(COUNTS)["words"] == look(COUNTS + 1)["words"]


@pytest.mark.parametrize(
    ("counts", "names", "options", "message"),
    [
        (torch.zeros(0, 0).long(), [], {}, "names must hold at least one class, got none"),
        (COUNTS, ["cat"], {}, r"names must be as many as classes \(3\), got 1"),
        (COUNTS / 2, NAMES, {}, "counts must be whole numbers"),
        (torch.zeros(60, 60).long(), [str(at) for at in range(60)], {}, "few enough for 1000 px, got 60"),
        (COUNTS, NAMES, {"show": "shares"}, "show must be one of 'counts', 'percent'"),
        (COUNTS, NAMES, {"alt": " "}, "alt must say"),
    ],
)
def test_what_is_no_matrix_is_refused(counts, names, options, message):
    with pytest.raises(InputError, match=message):
        confusion(counts, names, **options)


def test_its_cells_turn_dark_with_the_page():
    assert confusion(COUNTS, NAMES).photos == ()
