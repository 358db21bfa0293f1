import pytest
import torch

from vislearn.errors import InputError
from vislearn.metrics.segmentation import PixelReport, class_iou, dice, report

TABLE = torch.tensor([[90, 2, 0], [3, 5, 0], [0, 0, 0]])
NAMES = ["background", "cat", "dog"]


def test_no_pixels():
    rows = report(torch.zeros(2, 2, dtype=torch.long)).rows()
    assert [row[""] for row in rows] == ["0", "1", "mean", "by frequency", "pixel accuracy"]
    assert {value for row in rows for key, value in row.items() if key} == {"–", ""}


def test_a_row_per_class_and_the_means():
    rows = {row.pop(""): list(row.values()) for row in report(TABLE, NAMES).rows()}
    assert list(rows) == [*NAMES, "mean", "by frequency", "pixel accuracy"]
    assert rows["cat"] == ["0.50", "0.67", "0.71", "0.62", "0.08"]
    assert rows["dog"] == ["–"] * 4 + ["0.00"]
    assert rows["mean"][:2] == [
        f"{class_iou(TABLE).nanmean():.2f}",
        f"{dice(TABLE).nanmean():.2f}",
    ]
    assert rows["by frequency"] == ["0.91", "", "", "", "1.00"]
    assert rows["pixel accuracy"] == ["", "", "", "0.95", "1.00"]


def test_a_class_that_is_never_answered_lowers_the_mean_precision():
    rows = report(torch.tensor([[8, 0], [2, 0]])).rows()
    assert (rows[1]["precision"], rows[2]["precision"]) == ("–", "0.40")


def test_the_text_is_a_table_with_its_columns_in_line():
    lines = str(report(TABLE, NAMES)).splitlines()[:-1]  # the last one explains the dashes
    assert len(lines) == 7
    assert len({len(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("classes", "got"),
    [(["a", "b"], r"\['a', 'b'\]"), ("abc", "'abc'"), ([], r"\[\]"), (3, "3"), ([0, 1, 2], r"\[0, 1, 2\]")],
)
def test_as_many_names_as_classes(classes, got):
    message = rf"classes must be as many names as classes \(3\), got {got}. The background has a name"
    with pytest.raises(InputError, match=message):
        PixelReport(TABLE, classes)
