"""Lesson 04 in Bengali as a student works through it: a question, an answer wrong, then right, and used."""

import pytest

QUESTION = 'ask("04.mirror")'
EXERCISE = "exercise:detection.collate"
USE = 'use("detection.collate"'
NEEDED = ("import torch", "class TutorialDS", QUESTION, "to_float = ")  # nothing is trained
ANSWER = """def collate(batch):
    return {}
"""


@pytest.fixture(scope="module")
def lesson(lab, shared_page):
    """The lesson in its window; what its question needs has run."""
    opened = lab.open(shared_page, "bn/04_detection.ipynb")
    for words in NEEDED[:3]:
        assert "error" not in opened.run(first_with(opened, words))["outputs"]
    return opened


def first_with(notebook, words):
    """The number of the first code cell that holds these words."""
    return next(
        number
        for number, cell in enumerate(notebook.cells())
        if cell["type"] == "code" and words in cell["source"]
    )


def answered(lesson, code):
    """The verdict on an answer to the exercise."""
    number = lesson.find(EXERCISE)
    lesson.write(number, ANSWER.format(code))
    assert lesson.run(number)["outputs"] == []
    assert "error" not in lesson.run(number + 1)["outputs"]
    return lesson.output(number + 1).inner_text()


def test_the_question_brings_its_reason_in_bengali(lesson):
    number = lesson.showing(QUESTION)
    output = lesson.output(number)
    output.get_by_role("button").nth(0).click()
    output.get_by_text("আপনার উত্তর রাখা হলো। এবার পরের সেলটি চালান।").wait_for()
    assert "error" not in lesson.run(number + 1)["outputs"]
    output = lesson.output(number)
    output.get_by_text("এটি নয়").wait_for()
    assert "self.transforms(image)" in output.inner_text()


def test_a_wrong_answer_is_told_and_the_right_one_makes_the_lesson_s_batches(lesson):
    assert "এখনো সঠিক হয়নি" in answered(lesson, "batch")
    assert "এখনো সঠিক হয়নি" not in answered(lesson, "tuple(map(list, zip(*batch)))")
    assert "error" not in lesson.run(first_with(lesson, NEEDED[3]))["outputs"]
    number = lesson.showing(USE)
    assert "error" not in lesson.run(number)["outputs"]
    said = lesson.output(number).inner_text()
    assert "collate: আপনারটি চলছে।" in said
    assert "[(3, 128, 128), (3, 128, 128), (3, 128, 128), (3, 128, 128)]" in said
