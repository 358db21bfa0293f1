"""Lesson 12 on a laptop's screen as a student works through it: a question, an answer wrong, then right, and
used, and a picture of theirs before a detector in another process. Nothing is trained.
"""

import pytest
from PIL import Image

QUESTION = 'ask("12.resized")'
EXERCISE = "detector.crop"
USE = 'use("detector.crop"'
UPLOAD = 'widgets.upload("clock")'
NEEDED = ("import torch", "def drawn", "def digit_backbone")
PROGRAM = ("def build_detector", "def predict", '"detect.py"')
ANSWER = """def crop(image, boxes, labels, window, least):
    left, top, right, bottom = window
    size = torch.tensor([right - left, bottom - top, right - left, bottom - top])
    cut = torch.minimum((boxes - torch.tensor([left, top, left, top])).clamp(min=0), size)
    area = (cut[:, 2:] - cut[:, :2]).prod(dim=1)
    keep = {}
    return image[:, top:bottom, left:right], cut[keep], labels[keep]
"""
STRIPS_TOO = "area > 0"
ENOUGH_TO_SEE = "area / (boxes[:, 2:] - boxes[:, :2]).prod(dim=1) >= least"


@pytest.fixture(scope="module")
def lesson(lab, shared_page):
    """The lesson in its window; what the first question needs has run."""
    shared_page.set_viewport_size({"width": 1366, "height": 768})
    opened = lab.open(shared_page, "12_detection_training.ipynb")
    run(opened, *NEEDED)
    return opened


def run(lesson, *words):
    """Run the first code cell that holds each of these words."""
    for text in words:
        lesson.succeeds(lesson.first_with(text))


def used(lesson):
    """What the cell that runs with the learner's function prints, and the words of its picture."""
    number = lesson.showing(USE)
    lesson.succeeds(number)
    output = lesson.output(number)
    output.locator("img").first.wait_for()
    return output.inner_text()


def test_the_question_keeps_the_answer_and_brings_its_reason_after_the_next_cell(lesson):
    number = lesson.showing(QUESTION)
    lesson.succeeds(number)
    output = lesson.output(number)
    output.get_by_role("button").nth(0).click()
    output.get_by_text("Noted. Now run the next cell.").wait_for()
    assert "sizes  [17, 24, 31]" in lesson.said(number + 2)  # a text lies between
    output = lesson.output(number)
    output.get_by_text("a digit of 32 pixels comes in at 24").wait_for()


def test_a_wrong_answer_is_told_why_and_the_course_s_own_steps_in(lesson):
    said = lesson.answered(EXERCISE, ANSWER.format(STRIPS_TOO))
    assert "Not yet" in said
    assert "A strip is no digit that one can know" in said
    assert "crop: the course's own, as yours isn't right yet." in used(lesson)


def test_the_right_answer_is_what_the_next_cell_cuts_with(lesson):
    assert "Right" in lesson.answered(EXERCISE, ANSWER.format(ENOUGH_TO_SEE))
    said = used(lesson)
    assert "crop: yours." in said
    assert "v2: ['3', '9', '6', '0'] | yours: ['3', '9', '0']" in said


def test_a_picture_of_the_learner_s_goes_to_the_program_in_another_process(lesson, shared_page, tmp_path):
    run(lesson, *PROGRAM)
    number = lesson.showing(UPLOAD)
    lesson.succeeds(number)
    output = lesson.output(number)
    output.get_by_title("Choose a picture of yours").wait_for()
    answer = output.locator("figure img").last
    before = answer.get_attribute("src")
    Image.new("RGB", (90, 60), "skyblue").save(tmp_path / "sky.png")
    with shared_page.expect_file_chooser() as opened:
        output.get_by_title("Choose a picture of yours").click()
    opened.value.set_files(tmp_path / "sky.png")
    shared_page.wait_for_function(
        "([output, before]) => [...output.querySelectorAll('figure img')].at(-1)?.src != before",
        arg=[output.element_handle(), before],
    )
    assert output.locator("[role=alert]").count() == 0
