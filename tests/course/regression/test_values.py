import math

import pytest
from nbformat.v4 import new_output

from vislearn.course.regression.differences import Difference
from vislearn.course.regression.values import metrics_of, value_differences
from vislearn.report import Metric


def measured(name, value, **promise):
    record = {"name": name, "value": value, **promise}
    return new_output("display_data", {"text/plain": name}, metadata={"vislearn": {"metric": record}})


PLAIN = new_output("stream", name="stdout", text="no number\n")
ACC = measured("acc", 0.9, within=0.03)


def test_metrics_are_found_among_other_outputs():
    assert metrics_of([]) == ({}, [])
    assert metrics_of([PLAIN, ACC]) == ({"acc": Metric("acc", 0.9, within=0.03)}, [])


@pytest.mark.parametrize("value", [math.nan, math.inf, "nan", None])
def test_a_record_that_is_no_number(value):
    (difference,) = value_differences([ACC], [measured("acc", value, within=0.03)])
    assert difference.what == "metric 'acc' is no number that can be compared"


@pytest.mark.parametrize(
    ("stored", "fresh", "differences"),
    [
        ([], [], []),
        ([PLAIN], [PLAIN], []),
        ([ACC], [measured("acc", 0.92, within=0.03)], []),
        (
            [ACC],
            [measured("acc", 0.8, within=0.03)],
            [Difference("metric 'acc' left its tolerance", "0.9", "0.8", "± 0.03")],
        ),
        (
            [],
            [ACC],
            [Difference("metric 'acc' is not in the notebook", got="acc = 0.90 (accepted: 0.87 … 0.93)")],
        ),
        ([ACC], [PLAIN], [Difference("metric 'acc' is missing", "acc = 0.90 (accepted: 0.87 … 0.93)")]),
        ([ACC], [measured("a", 0.9, within=0.03)], [Difference("a metric has another name", "acc", "a")]),
        ([ACC], [ACC, ACC], [Difference("metric 'acc' is measured twice in this cell")]),
        (
            [measured("n", 4, at_least=2)],
            [measured("n", 1.5, at_least=1)],
            [Difference("metric 'n' left its tolerance", "4", "1.5", "≥ 2")],
        ),
        (
            [measured("n", 4, at_least=2)],
            [measured("n", 3, at_least=1)],
            [Difference("metric 'n' promises something else", "≥ 2", "≥ 1")],
        ),
        (
            [measured("n", 4, at_least=2, unit="s")],
            [measured("n", 4, at_least=2, unit="ms")],
            [Difference("metric 'n' has another unit", "s", "ms")],
        ),
    ],
)
def test_a_number_is_compared_with_what_the_notebook_promised(stored, fresh, differences):
    assert value_differences(stored, fresh) == differences


@pytest.mark.parametrize(
    ("value", "device", "holds"),
    [(0.8, "cuda", True), (0.8, "cpu", False), (0.8, "mps", False), (0.6, "cuda", False)],
)
def test_a_run_on_a_gpu_has_the_tolerance_declared_for_it(value, device, holds):
    promise = {"within": 0.03, "on": {"cuda": 0.2}}
    where = {"device": device} if device != "cpu" else {}
    differences = value_differences(
        [measured("acc", 0.9, **promise)], [measured("acc", value, **promise, **where)]
    )
    assert (differences == []) is holds
    if not holds and device == "cuda":
        assert differences[0].tolerance == "± 0.2 (on cuda)"
