import nbformat
import pytest

from vislearn.course.building.code_lines import CodeLines
from vislearn.course.building.counts import Counts, Task, count_lesson, count_table, tasks_in
from vislearn.course.building.seconds import note_seconds
from vislearn.course.building.source import read_lesson

SOURCE = """\
# ---
# jupyter:
#   vislearn:
#     minutes: 5
# ---

# %% [markdown]
# # One two
#
# Three `four`, and [five](six.ipynb) - six.

# %%
import torch
import vislearn as vl

# %% id="train"
#| fold: Seven.
vl.viz.bars(a)

# %% [markdown] ask="sum"
# 1 + 1?
#
# - [ ] 1
#   One of the two.
# - [x] 2
#   Right.

# %% [markdown]
# **Exercise 1** (★★, 5 minutes).

# %% tags=["exercise:pipeline.to_unit_range"]

# %%
check("pipeline.to_unit_range", to_unit_range)

# %% [markdown]
# More.

# %% tags=["exercise:pipeline.normalize"]
"""
GOOD = {
    "announced": True,
    "lines": CodeLines(100, 40, 20, 15),
    "words": (900, 3),
    "predictions": 3,
    "recalls": 5,
    "exercises": dict.fromkeys("abc", Task(1, 3)),
    "megabytes": 1.5,
    "seconds": 60,
    "screens": 25.0,
}


def test_what_is_counted(make_lesson, pretend_built):
    lesson = make_lesson(SOURCE)
    pretend_built(lesson)
    note_seconds(lesson, 12.0, 2, {"train": 7.0})
    counts = count_lesson(read_lesson(lesson))
    assert not counts.announced  # no level
    assert counts.lines == CodeLines(2, 1, 1, 0)  # no folded cell, no question, no exercise
    assert counts.words == (12, 1)
    assert (counts.predictions, counts.recalls) == (1, 0)
    assert counts.exercises == {"pipeline.to_unit_range": Task(2, 5), "pipeline.normalize": None}
    assert (counts.seconds, counts.silent) == (12, ("train",))
    assert counts.megabytes > 0


def test_a_lesson_that_was_never_built(make_lesson):
    counts = count_lesson(read_lesson(make_lesson(SOURCE)))
    assert (counts.megabytes, counts.seconds, counts.screens) == (0, None, 0)


@pytest.mark.parametrize(
    "code",
    [
        "live = vl.widgets.live_curves()",
        "for x in progress(loader, 'a'): ...",
        "fit(model, on_epoch=print)",
        'print(f"epoch {epoch}: {accuracy:.0%}")',
    ],
)
def test_a_long_cell_may_show_that_it_lives(make_lesson, code):
    lesson = make_lesson(SOURCE.replace("vl.viz.bars(a)", code))
    note_seconds(lesson, 12.0, 2, {"train": 7.0})
    assert count_lesson(read_lesson(lesson)).silent == ()


def test_a_cell_that_only_imports_is_not_called_silent(make_lesson):
    lesson = make_lesson(
        SOURCE.replace(
            "vl.viz.bars(a)", "import torch\nfrom torch import (\n    nn,\n)\n\ntorch.manual_seed(0)"
        )
    )
    note_seconds(lesson, 12.0, 2, {"train": 7.0})
    assert count_lesson(read_lesson(lesson)).silent == ()


def test_screens_are_lines_and_pictures_a_laptop_shows(make_lesson, pretend_built):
    lesson = make_lesson("# %% [markdown]\n# # T\n\n# %%\nx\ny\n")

    def show(notebook):
        html = {"text/html": '<img alt="a" height="600">', "text/plain": "a" * 500}
        notebook.cells[1].outputs = [nbformat.v4.new_output("display_data", html)]
        notebook.cells[0].source = "a" * 96

    pretend_built(lesson, change=show)
    counts = count_lesson(read_lesson(lesson))
    assert counts.screens * 768 == pytest.approx(2 * 24 + 2 * 20 + 600)
    assert counts.tallest == 600


def test_a_lesson_of_the_form_has_no_faults():
    assert Counts("01_tiny", **GOOD).faults == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (
            {"lines": CodeLines(100, 39, 20, 1)},
            "39 lines name torch or torchvision, 20 vislearn; 2 : 1 at least",
        ),
        ({"lines": CodeLines(100, 80, 20, 16)}, "16% of the lines show or measure; 15 % at most"),
        ({"words": (3, 901)}, "901 words before an exercise; 900 at most"),
        ({"predictions": 2}, "2 predictions; 3 to 5"),
        ({"recalls": 4}, "4 recall questions; 5"),
        ({"exercises": dict.fromkeys("ab", Task(1, 3))}, "2 exercises; 3 at least"),
        (
            {"exercises": dict.fromkeys("abc")},
            "no level and minutes, as (★★, 5 minutes), before a, b, c",
        ),
        ({"screens": 26.0}, "26.0 screens; 25 at most"),
        ({"tallest": 621}, "a figure of 621 px; 620 at most"),
        ({"megabytes": 1.6}, "1.60 MB; 1.5 at most"),
        ({"seconds": None}, "no seconds; build it"),
        ({"seconds": 61}, "61 s; 60 at most"),
        ({"announced": False}, "no minutes or no level in its header"),
        ({"silent": ("train",)}, "no sign of life in cells of more than 5 s: train"),
    ],
)
def test_each_fault_is_named_with_its_number(bad, fault):
    assert Counts("01_tiny", **GOOD | bad).faults == [fault]


def test_the_table_shows_each_lesson_with_its_faults_below_it():
    lessons = [Counts("01_tiny", **GOOD | {"recalls": 4}), Counts("02_good", **GOOD)]
    _head, *lines = count_table(lessons)
    assert [line.split()[0] for line in lines] == ["01_tiny", "4", "02_good"]
    assert count_table([])[0].split()[0] == "torch"


def test_announcements_in_both_languages():
    assert tasks_in("") == []
    assert tasks_in("(★, 1 minute) (★★★, ১৫ মিনিট) (★★★★, 3 minutes)") == [Task(1, 1), Task(3, 15)]
