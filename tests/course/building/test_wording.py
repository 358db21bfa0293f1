from vislearn.course.building.source import read_lesson
from vislearn.course.building.wording import lesson_messages, words_of_figures

HEADER = "# ---\n# jupyter:\n#   vislearn:\n#     minutes: 5\n# ---\n\n"
TEXT = """\
# %% [markdown]
# # Bars
#
# Two of them.

# %%
#| fold: It draws.
#| fig-alt: Two bars.
#| caption: Longer is better.
#| words: [by hand]
vl.viz.bars({"one": 1}, xlabel="loss")

# %% [markdown] recall="sum" lesson="00_overview"
# 1 + 1?
#
# - [ ] 1
#   One of the two.
# - [x] 2
#   Right.

# %% tags=["exercise:pipeline.to_unit_range"]
"""


def test_everything_there_is_to_translate_in_its_order_with_its_kind(make_lesson):
    entries = lesson_messages(read_lesson(make_lesson(HEADER + TEXT)))
    assert [(entry.message, *entry.notes) for entry in entries] == [
        ("Bars", "heading"),
        ("Two of them.",),
        ("It draws.", "fold"),
        ("Two bars.", "alt text"),
        ("Longer is better.", "caption"),
        ("one", "figure"),
        ("loss", "figure"),
        ("by hand", "figure"),
        ("1 + 1?", "recall"),
        ("1", "recall"),
        ("One of the two.", "recall"),
        ("2", "recall"),
        ("Right.", "recall"),
    ]


def test_words_of_figures_are_literals_and_what_the_option_adds(make_lesson):
    assert words_of_figures(read_lesson(make_lesson(HEADER + TEXT))) == ["one", "loss", "by hand"]
