import re

import pytest

from vislearn.course.building.source import read_lesson
from vislearn.course.problems import TranslationError
from vislearn.course.translating.translation import prose_messages, translate_cell, translated


def in_bengali(lesson):
    return translated(lesson, "bn", prose_messages(read_lesson(lesson).texts))


def problems(lesson):
    with pytest.raises(TranslationError) as caught:
        in_bengali(lesson)
    return caught.value.problems


def test_a_lesson_s_messages_in_order_with_their_kind(lesson):
    assert [(entry.message, *entry.notes) for entry in prose_messages(read_lesson(lesson).texts)] == [
        ("Two numbers", "heading"),
        ("Here are `x` and **3** words.",),
    ]


def test_a_whole_translation(lesson, translate_lesson):
    translate_lesson(lesson)
    assert in_bengali(lesson)["Two numbers"] == "দুটি সংখ্যা"


def test_moving_text_around_needs_no_translator(lesson, make_lesson, translate_lesson):
    translate_lesson(lesson)
    text = lesson.source.read_text(encoding="utf-8")
    make_lesson(text.replace("Here are `x` and **3** words.", "Here are\n# `x` and\n# **3** words."))
    assert len(in_bengali(lesson)) == 2


def test_without_a_translation(lesson):
    with pytest.raises(TranslationError, match=re.escape("notebooks/source/bn/01_tiny.po is missing. Run: ")):
        in_bengali(lesson)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("words.\n", "words.\n#\n# More.\n", "lacks the source's message 'More.'"),
        ("#\n# Here are `x` and **3** words.\n", "", "has a message that is no longer in the source"),
        ("Two numbers", "Three numbers", "lacks the source's message 'Three numbers'"),
    ],
)
def test_a_translation_that_is_older_than_its_source(
    lesson, make_lesson, translate_lesson, old, new, problem
):
    translate_lesson(lesson)
    text = lesson.source.read_text(encoding="utf-8")
    assert old in text
    make_lesson(text.replace(old, new))
    found = [str(problem) for problem in problems(lesson)]
    assert any(problem in line for line in found)
    assert all(line.endswith("Run: vislearn lessons translate 01_tiny") for line in found)


def test_a_translation_that_lost_its_code(lesson, translate_lesson):
    translate_lesson(lesson, {"Two numbers": "দুটি", "Here are `x` and **3** words.": "এখানে **৩**টি শব্দ।"})
    (problem,) = problems(lesson)
    assert problem.what == "at 'Here are `x` and **3** words.': the translation lost the code 'x'"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("01_pipeline.ipynb", "01_pipeline.ipynb"),
        ("01_pipeline.ipynb#order", "01_pipeline.ipynb#order"),
        ("../data/README.md", "../../data/README.md"),
        ("cat.png", "../cat.png"),
        ("https://example.org/a", "https://example.org/a"),
        ("#order", "#order"),
    ],
)
def test_links_from_one_folder_deeper(link, expected):
    assert translate_cell(f"- [a]({link})", {f"[a]({link})": f"[ক]({link})"}) == f"- [ক]({expected})"
