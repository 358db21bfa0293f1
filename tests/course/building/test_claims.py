import pytest

from vislearn.course.building.claims import contradictions


def line(name, *values):
    return {"name": name, "points": [[x, y] for x, y in enumerate(values)]}


def bar(name, value):
    return {"name": name, "spans": [[0.0, value]]}


def figure(*plots):
    return {"plots": list(plots)}


LOSSES = figure(
    {"lines": [line("loss_box", 3, 2, 1), line("loss_class", 1, 2, 2.5), line("both parts", 4, 3, 2)]}
)
WOBBLING = figure({"lines": [line("training", 3, 2, 2.05, 1.9), line("validation", 3, 2, 2.09, 1.9)]})
FALLING = figure({"lines": [line("training", 3, 2, 1), line("validation", 3, 1, 2)]})
HILL = figure({"lines": [line("OneCycle", 0.1, 1, 0)]})
SPEEDS = {"bars": [bar("classic", 10), bar("v2.Resize", 30), bar("kept as tensors", 20)]}
RATES, TIMES = SPEEDS | {"xlabel": "pictures per second"}, SPEEDS | {"xlabel": "milliseconds"}
SCORES = figure({"lines": [line("mean", 1, 1, 2), line("mAP@.75", 2, 0.5, 3), line("mAP", 3, 4, 5)]})
PANELS = figure({"lines": [line("loss", 2, 1)]}, {"lines": [line("accuracy", 0, 1), line("recall", 1, 0.5)]})


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("", figure()),
        ("Four losses fall together.", figure({"images": [{}]})),
        ("The box loss falls, the class loss rises.", LOSSES),
        ("Loss box falls. Loss class rises from 1 to 2.5.", LOSSES),
        ("Both lines fall.", FALLING),
        ("Two falling lines over three epochs: one loss falls and falls, the other stays.", FALLING),
        ("The training loss falls all the way. The validation loss falls at first and then rises.", FALLING),
        ("The training loss falls all the way.", WOBBLING),
        ("OneCycle rises in the first third and falls to 0.", HILL),
        ("Three bars. Classic is the slowest.", figure(RATES)),
        ("v2.Resize is slowest, classic has the shortest bar", figure(TIMES)),
        (
            "Each at its highest rate, classic from lowest to highest; classic: longest 3 of all.",
            figure(RATES),
        ),
        ("Classic lies no longer than the longest.", figure(RATES)),
        ("The mean is lowest at the end; mAP stays highest.", SCORES),
        ("Two panels. Left: the loss falls. Right: accuracy rises, recall falls.", PANELS),
        ("On the left, the loss falls; on the right, two lines.", PANELS),
        ("Two panels, a picture and one line.", figure({"images": [{}]}, *FALLING["plots"])),
        ("The score rises all the way.", figure({"lines": [line("score", 0, 0.5, 0.46, 1)]})),
        ("Much of it is longest.", figure({"bars": [bar("of", 1), bar("cat", 2)]})),
        ("চারটি রেখা", LOSSES),
    ],
)
def test_what_is_true_or_not_understood_is_passed_over(text, drawn):
    assert contradictions(text, drawn) == []


@pytest.mark.parametrize(
    ("text", "drawn", "what"),
    [
        ("Three losses fall together.", LOSSES, "loss class goes from 1 to 2.5"),
        ("Loss class falls.", LOSSES, "loss class goes from 1 to 2.5"),
        ("Four losses over the steps.", LOSSES, "3 are drawn"),
        ("Two bars.", figure(RATES), "3 are drawn"),
        ("Three panels.", PANELS, "2 are drawn"),
        ("The validation loss falls all the way.", FALLING, "validation goes from 3 to 2"),
        ("The validation loss falls all the way.", WOBBLING, "validation goes from 3 to 1.9"),
        (
            "Both lines are rising.",
            figure({"lines": [line("a", 1, 1), line("b", 1, 2)]}),
            "a goes from 1 to 1",
        ),
        ("One loss rises, the other falls.", FALLING, "no line does"),
        ("OneCycle falls and rises again.", HILL, "onecycle goes from 0.1 to 0"),
        ("Classic is the slowest.", figure(TIMES), "classic has 10 and v2.resize 30"),
        ("Classic is the fastest.", figure(RATES), "classic has 10 and v2.resize 30"),
        (
            "Kept as tensors has by far the longest bar.",
            figure(RATES),
            "kept as tensors has 20 and v2.resize 30",
        ),
        ("The first is longest.", figure(RATES), "classic has 10 and v2.resize 30"),
        ("The mean stays lowest.", SCORES, "mean has 1 and map@.75 0.5"),
        ("mAP@.75 lies clearly above the others.", SCORES, "map@.75 has 3 and map 5"),
        ("Left: the loss rises.", PANELS, "loss goes from 2 to 1"),
        ("Right: all rise.", PANELS, "recall goes from 1 to 0.5"),
    ],
)
def test_a_claim_that_the_figure_does_not_keep(text, drawn, what):
    (found,) = contradictions(text, drawn)
    assert found.endswith(f", but {what}")


def test_a_line_of_a_sheet_and_a_gap_are_no_data():
    shown = figure({"lines": [line("loss", 2, None, 1), line("loss", 1, 2) | {"on": "card 1"}]})
    assert contradictions("The loss falls.", shown) == []
