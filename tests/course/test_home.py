import json
from datetime import date

import pytest

from vislearn import progress, sidecar
from vislearn.course import home
from vislearn.course.home import Card, Glossary, LessonMap, Questions, cards, chosen
from vislearn.glossary import Term
from vislearn.progress import Entry
from vislearn.questions import Answer, Question

TODAY, TOMORROW = date(2026, 5, 4), date(2026, 5, 5)
FIRST = Card("00_first", "0. First", 70, 1, (), ("a.one", "a.two"))
SECOND = Card("01_second", "1. <Second>", 0, 0, ("00_first",), ("b.one",))
DONE = {"a.one": "right", "a.two": "right"}


def notebook(path, title="0. First", said=None, exercises=()):
    cells = [{"cell_type": "markdown", "metadata": {}, "source": [f"# {title}\n", "\n", "Words."]}]
    cells += [
        {"cell_type": "code", "metadata": {"tags": [f"exercise:{name}"]}, "source": ""} for name in exercises
    ]
    metadata = {"vislearn": {"lesson": path.stem} | (said or {})}
    path.write_text(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4}), encoding="utf-8")


def question(number, lesson="00_first", kind="recall"):
    answers = Answer("Yes.", "So it is.", right=True), Answer("No.", "It is.")
    return Question(f"01.q{number}", f"Question {number}?", answers, lesson, kind)


def entry(name, status):
    return Entry("2026-05-03T09:00:00+00:00", "recall", name, status)


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Two lessons, in the folder where the kernel runs."""
    notebook(tmp_path / "00_first.ipynb", said={"minutes": 70, "level": 1, "after": []}, exercises=["a.one"])
    notebook(tmp_path / "01_second.ipynb", "1. Second")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_empty_folder_has_no_lessons_and_an_empty_map(tmp_path):
    assert cards(tmp_path) == []
    assert str(LessonMap([], {})) == "You have finished every lesson that is here."


def test_a_card_holds_what_the_notebook_says(course):
    assert cards(course) == [
        Card("00_first", "0. First", 70, 1, (), ("a.one",)),
        Card("01_second", "1. Second"),  # of the old form: no minutes, no level
    ]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": [1], "metadata": {}}', '{"cells": 1}'])
def test_a_damaged_notebook_and_other_files_are_passed_over(course, text):
    (course / "02_damaged.ipynb").write_text(text)
    (course / "mine.ipynb").write_text("{}")
    assert [card.name for card in cards(course)] == ["00_first", "01_second"]


def test_a_notebook_without_heading_is_called_by_its_name(tmp_path):
    (tmp_path / "00_bare.ipynb").write_text('{"cells": [], "metadata": {}}')
    assert cards(tmp_path) == [Card("00_bare", "00_bare")]


def test_a_lesson_is_finished_when_all_its_exercises_are_right():
    assert [FIRST.is_finished(done) for done in ({}, {"a.one": "right"}, DONE)] == [False, False, True]
    assert not FIRST.is_finished(DONE | {"a.two": "wrong"})
    assert not Card("02_read", "Nothing to do.").is_finished({})


@pytest.mark.parametrize(
    ("done", "following"),
    [({}, FIRST), (DONE, SECOND), (DONE | {"b.one": "right"}, None), ({"b.one": "right"}, FIRST)],
)
def test_what_comes_next(done, following):
    assert LessonMap([FIRST, SECOND], done).next == following


def test_a_lesson_comes_after_those_that_it_needs_whatever_their_numbers():
    needy, other = Card("04_a", "4", after=("06_b",), exercises=("a",)), Card("06_b", "6", exercises=("b",))
    assert LessonMap([needy, other], {}).next == other
    assert LessonMap([needy], {}).next == needy  # what isn't there can't be asked for


def test_the_map_says_what_is_known_and_no_more():
    assert str(LessonMap([FIRST, SECOND], {"a.one": "right"})).splitlines() == [
        "Go on with: 0. First",
        "0. First | 70 min | ★ | – | 1 of 2 exercises",
        "1. <Second> | – | – | 0 | 0 of 1 exercises",
    ]


def test_the_map_leads_to_the_notebooks_and_is_escaped():
    html = LessonMap([FIRST, SECOND], DONE)._repr_mimebundle_()["text/html"]
    assert html.count('href="00_first.ipynb"') == 1
    assert html.count('href="01_second.ipynb"') == 2  # and once in what comes next
    assert "1. &lt;Second&gt;" in html
    assert "<Second>" not in html
    assert "2 of 2 exercises ✓" in html


def test_without_a_finished_lesson_nothing_is_asked():
    assert chosen([question(1)], set(), [], TODAY) == []


def test_only_recall_about_finished_lessons_is_asked():
    there = [question(1), question(2, "01_second"), question(3, kind="ask")]
    assert chosen(there, {"00_first"}, [], TODAY) == [there[0]]


def test_five_a_day_the_same_all_day_and_others_tomorrow():
    there = [question(number) for number in range(20)]
    today = chosen(there, {"00_first"}, [], TODAY)
    assert len(set(today)) == 5
    assert chosen(there, {"00_first"}, [], TODAY) == today
    assert chosen(there, {"00_first"}, [], TOMORROW) != today


def test_what_was_wrong_last_time_comes_first():
    there = [question(number) for number in range(20)]
    entries = [
        entry("01.q7", "right"),
        entry("01.q7", "wrong"),
        entry("01.q8", "wrong"),
        entry("01.q8", "right"),
    ]
    assert chosen(there, {"00_first"}, entries, TODAY)[0].name == "01.q7"


@pytest.fixture
def shown(monkeypatch):
    """What ``display`` is given."""
    found = []
    monkeypatch.setattr(home, "display", lambda thing, raw=False: found.append(thing))
    return found


def test_a_sentence_stands_where_no_question_is(shown):
    Questions([])._ipython_display_()
    assert shown[0]["text/plain"].startswith("Questions come here once")


def test_questions_are_shown_to_be_answered(shown):
    Questions([question(1), question(2)])._ipython_display_()
    assert [asking.question.name for asking in shown] == ["01.q1", "01.q2"]


def test_the_learner_s_own_verdicts_decide(course, monkeypatch, tmp_path):
    monkeypatch.setenv("VISLEARN_PROGRESS", str(tmp_path / "mine.jsonl"))
    monkeypatch.setattr(sidecar, "questions", lambda: [question(1)])
    assert home.todays_questions().questions == []
    assert "0 of 1" in str(home.lesson_map())
    progress.record("verdict", "a.one", "right")
    assert home.todays_questions().questions == [question(1)]
    assert "1 of 1" in str(home.lesson_map())


def test_a_copy_that_lies_alone_finds_the_lessons_of_the_checkout(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert home.lesson_map().lessons[0].title.startswith("০.")


def test_terms_stand_in_order_and_lead_to_the_lessons_that_are_here(course, monkeypatch):
    first = Term({"en": "zebra", "bn": "জেব্রা"}, {"en": "Has stripes.", "bn": "ডোরাকাটা।"}, "00_first")
    second = Term({"en": "Anchor", "bn": "Anchor"}, {"en": "Holds a ship.", "bn": "জাহাজ ধরে রাখে।"}, "07_away")
    shown = Glossary([first, second], {"00_first"})._repr_mimebundle_()
    assert shown["text/markdown"].split("\n") == [
        "- **Anchor**: Holds a ship.",
        "- **zebra** (জেব্রা): Has stripes. [0](00_first.ipynb)",
    ]
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    assert "**জেব্রা** (zebra): ডোরাকাটা।" in Glossary([first], set())._repr_mimebundle_()["text/markdown"]


def test_no_term_of_the_course_stands_twice(course):
    lines = home.glossary()._repr_mimebundle_()["text/plain"].split("\n")
    names = [line.partition(":")[0].casefold() for line in lines]
    assert len(names) == len(set(names)) > 60
