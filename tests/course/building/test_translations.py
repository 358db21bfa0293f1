import pytest

from vislearn.course.building.assembly import assemble
from vislearn.course.building.source import read_lesson
from vislearn.course.building.translations import proof_translations, update_translations
from vislearn.course.problems import TranslationError
from vislearn.problems import Problem


def test_updating_makes_the_file_and_names_it_once(lesson):
    assert update_translations([lesson]) == [lesson.translation("bn")]
    assert update_translations(root=lesson.root) == []
    assert update_translations(["01"], "en", root=lesson.root) == []


def test_the_file_says_whose_text_it_is(lesson):
    update_translations([lesson])
    first = lesson.translation("bn").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# notebooks/source/01_tiny.py in bn. Text: CC BY 4.0, as the lesson's."


def test_all_at_once_takes_the_package_along(lesson, monkeypatch):
    monkeypatch.setattr("vislearn.course.lessons.notebooks_folder", lambda: lesson.root)
    monkeypatch.setattr(
        "vislearn.course.building.translations.update_messages", lambda prune: [f"package {prune}"]
    )
    assert update_translations(prune=True) == [lesson.translation("bn"), "package True"]
    assert update_translations(["01"]) == []


STIFF = {"Two numbers": "এখনও দুটি সংখ্যা", "Here are `x` and **3** words.": "এখানে `x` আর **৩**টি শব্দ।"}


def test_a_lesson_s_bengali_is_read(lesson, make_lesson, translate_lesson):
    translate_lesson(lesson)
    assert proof_translations([lesson]) == []
    translate_lesson(make_lesson(name="02_stiff"), STIFF)
    (problem,) = proof_translations(root=lesson.root)
    assert problem.where == "notebooks/source/bn/02_stiff.po"
    assert problem.fix == "Write 'এখনো'."


def test_the_build_refuses_a_bengali_that_is_not_the_course_s(lesson, translate_lesson):
    translate_lesson(lesson, STIFF)
    with pytest.raises(TranslationError, match=r"01_tiny\.po at 'Two numbers': the translation says 'এখনও'"):
        assemble(read_lesson(lesson), "bn")


def test_the_package_is_read_with_all_lessons(lesson, monkeypatch):
    monkeypatch.setattr("vislearn.course.lessons.notebooks_folder", lambda: lesson.root)
    found = Problem("bn.po", "says 'শিকল'", "Write 'চেইন'.")
    monkeypatch.setattr("vislearn.course.building.translations.check_messages", lambda: [found])
    assert proof_translations() == [found]
    assert proof_translations(["01"]) == []
