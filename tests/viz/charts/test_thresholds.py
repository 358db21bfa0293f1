import pytest
import torch

from vislearn.errors import InputError
from vislearn.viz import threshold

CHANCE = torch.Generator().manual_seed(0)
TRUTH = torch.arange(200) % 5 == 0
SCORES = torch.sigmoid(torch.randn(200, generator=CHANCE) + 2 * TRUTH - 1)


@pytest.mark.parametrize("at", [0, 0.5, 1])
def test_the_words_count_what_the_threshold_does(at):
    yes = at <= SCORES
    found, alarms = int((yes & TRUTH).sum()), int((yes & ~TRUTH).sum())
    told = f"{found} of 40 “ill” found, {40 - found} missed, {alarms} false alarms."
    assert threshold(SCORES, TRUTH, at, positive="ill").alt == f"Threshold {at:.2f}: {told}"


def test_the_marks_lie_at_the_threshold_on_precision_and_recall():
    lines = threshold(SCORES, TRUTH, 0.4).digest["plots"][-1]["lines"]
    marks = [line["points"][0] for line in lines if line["count"] == 1]
    yes = SCORES >= 0.4
    right = (yes & TRUTH).sum()
    assert marks == [
        [0.4, pytest.approx(float(right / yes.sum()), abs=1e-3)],
        [0.4, pytest.approx(float(right / 40))],
    ]
    assert [line["name"] for line in lines if "name" in line] == ["precision", "recall"]


def test_where_nothing_is_answered_yes_precision_has_no_mark():
    lines = threshold(SCORES * 0.5, TRUTH, 0.9).digest["plots"][-1]["lines"]
    assert [line["points"] for line in lines if line["count"] == 1] == [[[0.9, 0.0]]]


@pytest.mark.parametrize(
    ("scores", "target", "options", "message"),
    [
        (torch.empty(0), [], {}, "scores must be numbers, one at least, got none"),
        (SCORES * 4 - 2, TRUTH, {}, r"scores must be probabilities in 0…1, got -.*by .sigmoid"),
        (SCORES, TRUTH & False, {}, "target must hold both classes, got 0 only"),
        (SCORES, TRUTH, {"at": 2}, "at must lie in 0…1, got 2"),
        (SCORES, TRUTH, {"alt": " "}, "alt must say"),
    ],
)
def test_what_has_no_threshold_is_refused(scores, target, options, message):
    with pytest.raises(InputError, match=message):
        threshold(scores, target, **options)


def test_heaps_are_shares_of_their_class_between_nothing_and_one():
    [heaps, _curves] = threshold(SCORES, TRUTH, 0.4, positive="ill").digest["plots"][-2:]
    named = {line["name"]: line for line in heaps["lines"] if "name" in line}
    assert list(named) == ["others", "ill"]
    assert [line["count"] for line in named.values()] == [20, 20]
    for line, of_class in zip(named.values(), (~TRUTH, TRUTH), strict=True):
        heights = torch.histc(SCORES[of_class], 20, 0, 1) / of_class.sum()
        assert line["points"][0] == [0.025, pytest.approx(heights[0].item(), abs=1e-4)]
        assert line["points"][-1] == [0.975, pytest.approx(heights[-1].item(), abs=1e-4)]
    assert heaps["xlim"] == [0, 1]
    assert heaps["ylim"][0] == 0


def test_both_curves_run_from_all_to_the_end_and_recall_ends_at_nothing():
    lines = threshold(SCORES, TRUTH, 0.4).digest["plots"][-1]["lines"]
    precision, recall = (line for line in lines if "name" in line)
    assert precision["points"][0][1] == pytest.approx(0.2)  # everybody is called ill: 40 of 200 are
    assert recall["points"][0][1] == 1
    assert precision["points"][-1][0] == recall["points"][-1][0] == 1
    assert recall["points"][-1][1] == 0
