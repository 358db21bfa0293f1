import pytest

from vislearn.course.building.source import read_lesson
from vislearn.course.lessons import digest
from vislearn.errors import FileError

TITLE = "# %% [markdown]\n# # Title\n\n"


def cells(make_lesson, text):
    return read_lesson(make_lesson(TITLE + text)).cells


def test_cells_with_their_kind_text_line_and_metadata(lesson):
    title, numbers, last = read_lesson(lesson).cells
    assert (title.kind, title.source) == (
        "markdown",
        "# Two numbers\n\nHere are `x` and **3** words.",
    )
    assert (numbers.kind, numbers.source, numbers.id) == ("code", "x = 1\nprint(x + 1)", "numbers")
    assert [cell.line for cell in (title, numbers, last)] == [1, 6, 10]
    assert numbers.metadata == {}


def test_tags_stay_and_what_is_only_layout_goes(make_lesson):
    *_, cell = cells(make_lesson, '# %% A heading tags=["exercise:a.b", "slow"]\n\nx = 1\n\n\n\n')
    assert cell.metadata == {"tags": ["exercise:a.b", "slow"]}
    assert cell.exercise == "a.b"


@pytest.mark.parametrize("header", ['id="resize"', 'name="resize"'])
def test_an_id_can_be_given(make_lesson, header):
    assert cells(make_lesson, f"# %% {header}\nx = 1")[1].id == "resize"


def test_an_exercise_names_its_cell_even_an_empty_one(make_lesson):
    *_, cell = cells(make_lesson, '# %% tags=["exercise:pipeline.to_unit_range"]\n')
    assert (cell.id, cell.source) == ("exercise-pipeline-to_unit_range", "")


def test_equal_cells_are_numbered(make_lesson):
    _, first, second, third = cells(make_lesson, "# %%\nx\n\n# %%\nx\n\n# %%\nx\n")
    assert [second.id, third.id] == [f"{first.id}-2", f"{first.id}-3"]


def test_a_made_id_gives_way_to_a_given_one(make_lesson):
    free = cells(make_lesson, "# %%\nx\n")[1].id
    _, given, made = cells(make_lesson, f'# %% id="{free}"\ny\n\n# %%\nx\n')
    assert [given.id, made.id] == [free, f"{free}-2"]


def test_ids_stay_where_text_stays(make_lesson):
    before = cells(make_lesson, "# %%\na = 1\n\n# %% [markdown]\n# Text.\n\n# %%\nb = 2\n")
    after = cells(make_lesson, "# %%\nnew = 0\n\n# %%\nb = 2\n\n# %%\na = 1\n\n# %% [markdown]\n# Text.\n")
    assert {cell.source: cell.id for cell in before}.items() <= {
        cell.source: cell.id for cell in after
    }.items()
    assert len({cell.id for cell in after}) == len(after)


def test_code_and_text_that_read_the_same_have_different_ids(make_lesson):
    _, code, text = cells(make_lesson, "# %%\nx\n\n# %% [markdown]\n# x\n")
    assert code.source == text.source
    assert not text.id.startswith(code.id)


def test_jupytext_s_own_header_is_no_cell(make_lesson):
    header = "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: P\n#     name: python3\n# ---\n\n"
    assert [cell.line for cell in read_lesson(make_lesson(header + TITLE + "# %%\nx\n")).cells] == [8, 11]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", "", "does not begin with its title"),
        ("# %% [markdown]\n# no heading\n", "", "does not begin with its title"),
        ("# %%\n# # Title\n", "", "does not begin with its title"),
        ("x = 1\n\n" + TITLE, "", "has text before its first cell"),
        (
            "# ---\n# jupyter:\n#   kernelspec:\n#     name: p\n# ---\n\n" + TITLE,
            "",
            "has text before its first",
        ),
        (TITLE + "# %%\n\n# %%\nx\n", ":4", "is an empty code cell"),
        (TITLE + "# %% [raw]\n# x\n", ":4", "is a raw cell"),
        (TITLE + '# %% id="not good"\nx\n', ":4", "has the id 'not good'"),
        (TITLE + '# %% id="a"\nx\n\n# %% id="a"\ny\n', ":7", "has the id 'a' of another cell"),
        (TITLE + "# %% [markdown]\n# -\tx\n", ":4", "has a tab in its text"),
        (
            TITLE + '# %% tags=["exact"]\nf = use("a.f", f)\nx\n',
            ":4",
            "is tagged exact and runs with an answer",
        ),
    ],
)
def test_a_source_that_breaks_the_form(make_lesson, text, line, message):
    lesson = make_lesson(text)
    with pytest.raises(FileError) as caught:
        read_lesson(lesson)
    assert str(caught.value).startswith(f"{lesson.source}{line} {message}")


def header(*lines):
    return "\n".join(["# ---", "# jupyter:", *lines, "# ---", "", "# %% [markdown]", "# # T", ""])


def test_a_header_may_declare_a_budget(make_lesson):
    assert read_lesson(make_lesson(header("#   jupytext: {}"))).declared == {}
    lines = ["#   vislearn:", "#     # Two trainings.", "#     budget:", "#       seconds: 90"]
    assert read_lesson(make_lesson(header(*lines))).declared == {"budget": {"seconds": 90}}


def test_more_seconds_than_usual_need_a_reason(make_lesson):
    lines = ["#   vislearn:", "#     budget: {seconds: 61}"]
    with pytest.raises(FileError, match="declares 61 seconds, more than 60, and no reason"):
        read_lesson(make_lesson(header(*lines) + "\n# %%\n#   # no header's comment\n"))
    assert read_lesson(make_lesson(header(lines[0], "#     budget: {seconds: 60}"))).cells


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("#     bugdet: 1", "declares 'bugdet' in its header"),
        ("#     budget: 1", "declares a budget that can't be kept"),
        ("#     budget: {hours: 1}", "declares a budget that can't be kept"),
        ("#     budget: {seconds: 0}", "declares a budget that can't be kept"),
    ],
)
def test_a_header_that_declares_something_else(make_lesson, line, says):
    with pytest.raises(FileError, match=says):
        read_lesson(make_lesson(header("#   vislearn:", line)))


def test_what_was_read_says_whose_it_is_and_what_its_prose_is(lesson):
    parsed = read_lesson(lesson)
    assert (parsed.lesson, parsed.sha256) == (lesson, digest(lesson.source))
    assert parsed.texts == ["# Two numbers\n\nHere are `x` and **3** words."]


QUESTION = """\
# %% [markdown] ask="rocket"
# What will it say?
#
# - [ ] Nothing.
#   It always says something.
# - [x] One of its words.
#   It knows no others.
"""


def test_options_are_no_code_and_move_no_id(make_lesson):
    plain = cells(make_lesson, "# %%\nvl.viz.bars(a)\n")[1]
    *_, cell = cells(make_lesson, "# %%\n#| fig-alt: Bars.\n#| within: 0.1\nvl.viz.bars(a)\n")
    assert (cell.source, cell.id, cell.metadata) == (plain.source, plain.id, {})
    assert (cell.options, cell.above) == ({"fig-alt": ["Bars."], "within": 0.1}, 2)


def test_options_without_code_are_an_empty_cell(make_lesson):
    with pytest.raises(FileError, match=":4 is an empty code cell"):
        cells(make_lesson, "# %%\n#| fig-alt: Bars.\n")


def test_an_option_that_is_none_is_named_by_its_line(make_lesson):
    with pytest.raises(FileError, match=":6 has the option 'fig'"):
        cells(make_lesson, "# %%\n#| fold: It trains.\n#| fig: Bars.\nx\n")


def test_a_folded_cell_has_a_line_above_it(make_lesson):
    _, above, cell = cells(make_lesson, "# %%\n#| fold: Trains five times.\nx = 1\n")
    assert (above.kind, above.source, above.role) == ("markdown", "Trains five times.", "fold")
    assert above.id == f"{cell.id}-fold"
    assert cell.metadata == {"jupyter": {"source_hidden": True}}


def test_a_question_is_a_cell_that_asks_it(make_lesson):
    _, cell = cells(make_lesson, QUESTION)
    assert (cell.kind, cell.source, cell.id) == ("code", 'vl.widgets.ask("01.rocket")', "ask-rocket")
    assert cell.metadata == {"jupyter": {"source_hidden": True}}
    assert cell.question.answers[1].right
    recalled = QUESTION.replace('ask="rocket"', 'recall="rocket" lesson="00_overview"')
    _, cell = cells(make_lesson, recalled)
    assert (cell.id, cell.question.kind, cell.question.lesson) == ("recall-rocket", "recall", "00_overview")


def test_a_question_is_no_prose(make_lesson):
    assert read_lesson(make_lesson(TITLE + QUESTION)).texts == ["# Title"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (QUESTION.replace("[x]", "[ ]"), "asks no question that can be shown. question 01.rocket must have"),
        (QUESTION.replace("rocket", "a b"), "has a question named 'a b'"),
        (QUESTION.replace("ask", "recall"), "recalls from the lesson ''"),
        (QUESTION + "\n" + QUESTION, "has the id 'ask-rocket' of another cell"),
        (
            QUESTION + "\n" + QUESTION.replace('ask="rocket"', 'recall="rocket" lesson="00_overview"'),
            "has the name of another question, 'rocket'",
        ),
    ],
)
def test_a_question_that_can_not_be_asked(make_lesson, text, says):
    with pytest.raises(FileError) as caught:
        cells(make_lesson, text)
    assert says in str(caught.value)


def test_the_same_code_means_the_same(make_lesson):
    text = "# %%\n#| within: 0.1\nx\n\n# %%\n#| within: 0.2\nx\n"
    with pytest.raises(FileError, match=":8 has the same code as the cell at line 4 and other options"):
        cells(make_lesson, text)
    assert len(cells(make_lesson, text.replace("0.2", "0.1"))) == 3


def test_what_a_header_declares_is_kept(make_lesson):
    lines = ["#   vislearn:", "#     minutes: 50", "#     after: [00_overview]"]
    lesson = read_lesson(make_lesson(header(*lines)))
    assert lesson.declared == {"minutes": 50, "after": ["00_overview"]}
