import pytest
from nbformat.v4 import new_output

from vislearn.course.regress import metrics_of, regressions
from vislearn.report import Metric


def measured(name, value, **promise):
    record = {"name": name, "value": value, **promise}
    return new_output("display_data", {"text/plain": name}, metadata={"vislearn": {"metric": record}})


PLAIN = new_output("stream", name="stdout", text="no number\n")


def test_metrics_are_found_among_other_outputs():
    assert metrics_of([]) == {}
    assert metrics_of([PLAIN, measured("acc", 0.9, within=0.03)]) == {"acc": Metric("acc", 0.9, within=0.03)}


@pytest.mark.parametrize(
    ("stored", "fresh", "problems"),
    [
        ([], [], []),
        ([PLAIN], [PLAIN], []),
        ([measured("acc", 0.9, within=0.03)], [measured("acc", 0.92, within=0.03)], []),
        ([], [measured("acc", 0.9, within=0.03)], []),
        (
            [measured("acc", 0.9, within=0.03)],
            [measured("acc", 0.8, within=0.03)],
            ["acc is 0.8 now, and the notebook promises acc = 0.90 ± 0.03."],
        ),
        (
            [measured("speed", 4, at_least=2)],
            [measured("speed", 1.5, at_least=1)],  # a promise made weaker in the code is still the stored one
            ["speed is 1.5 now, and the notebook promises speed = 4 (≥ 2)."],
        ),
        ([measured("acc", 0.9, within=0.03)], [PLAIN], ["acc is no longer measured; it was 0.9."]),
    ],
)
def test_a_number_is_compared_with_what_the_notebook_promised(stored, fresh, problems):
    assert regressions(stored, fresh) == problems
