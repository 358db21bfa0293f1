"""Lesson 00 as a student works through it: a question, an own picture, a digit drawn with the mouse."""

import pytest
from PIL import Image

QUESTION = 'ask("00.retina")'
UPLOAD = 'widgets.upload("cat")'
MODEL = "def network("
NAMES = "names = ["
EXERCISE = "exercise:overview.class_name"
ANSWER_IMAGE = "figure img[width='900']"
PAD = "pad = vl.widgets.draw()"
ANSWER = """def class_name(logits, names):
    return names[int(logits.argmax())]
"""


@pytest.fixture(scope="module")
def lesson(lab, shared_page):
    """The lesson in its window; its first cells have run, nothing is trained."""
    opened = lab.open(shared_page, "00_overview.ipynb")
    run(opened, 0, opened.showing(QUESTION))
    return opened


def run(lesson, first, last):
    """Run the code cells from one number to another, both included."""
    for number, cell in enumerate(lesson.cells()):
        if first <= number <= last and cell["type"] == "code":
            assert "error" not in lesson.run(number)["outputs"]


def answer_in(output):
    """The words and the bytes of what the model says, once it says it."""
    image = output.locator(ANSWER_IMAGE)
    return image.get_attribute("alt"), image.get_attribute("src")


def another_answer(page, output, before):
    """Wait until the model says something else; it is drawn anew, so the old picture is gone by then."""
    page.wait_for_function(
        "([output, image, before]) => ![undefined, before].includes(output.querySelector(image)?.src)",
        arg=[output.element_handle(), ANSWER_IMAGE, before[1]],
    )
    return answer_in(output)


def test_a_question_is_answered_once_the_next_cell_has_shown_it(lesson):
    number = lesson.showing(QUESTION)
    output = lesson.output(number)
    output.get_by_role("button").nth(0).click()
    output.get_by_text("Noted. Now run the next cell.").wait_for()
    assert output.get_by_text("Not this one").count() == 0
    lesson.run(number + 1)
    output = lesson.output(number)
    output.get_by_text("Not this one").wait_for()
    assert "It must choose among its own words" in output.inner_text()


def test_the_model_answers_to_an_uploaded_picture(lesson, shared_page, tmp_path):
    number = lesson.showing(UPLOAD)
    lesson.run(number)
    output = lesson.output(number)
    output.get_by_title("Choose a picture of yours").wait_for()
    before = answer_in(output)
    Image.new("RGB", (90, 60), "skyblue").save(tmp_path / "sky.png")
    with shared_page.expect_file_chooser() as opened:
        output.get_by_title("Choose a picture of yours").click()
    opened.value.set_files(tmp_path / "sky.png")
    another_answer(shared_page, output, before)
    assert output.locator("[role=alert]").count() == 0


def test_a_drawn_digit_goes_to_the_model_and_through_the_learner_s_own_function(lesson, shared_page):
    run(lesson, lesson.showing(UPLOAD) + 1, lesson.showing(MODEL))
    lesson.run(lesson.showing(NAMES))
    lesson.write(lesson.find(EXERCISE), ANSWER)
    lesson.run(lesson.find(EXERCISE))
    number = lesson.showing(PAD)
    assert "error" not in lesson.run(number)["outputs"]
    output = lesson.output(number)
    output.get_by_text("class_name: yours.").wait_for()
    canvas = output.locator("canvas")
    canvas.scroll_into_view_if_needed()
    before = answer_in(output)
    box = canvas.bounding_box()
    for at, (x, y) in enumerate([(0.3, 0.25), (0.6, 0.25), (0.45, 0.7)]):
        shared_page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=5)
        if at == 0:
            shared_page.mouse.down()
    shared_page.mouse.up()
    words, _bytes = another_answer(shared_page, output, before)
    assert words.startswith("The model reads: ")
