"""Lesson 01 as a student works through it: opened, run, its widgets moved, an exercise answered."""

import pytest

WIDGET = "application/vnd.jupyter.widget-view+json"
STEPPER = "stepper(transform_chain"
EXPLORER = "widgets.explorer("
EXERCISE = "exercise:pipeline.to_unit_range"
ANSWER = """def to_unit_range(image):
    return {}
"""


@pytest.fixture(scope="module")
def opened(lab, shared_page):
    """The lesson as it lies on disk; nothing has run."""
    return lab.open(shared_page, "01_pipeline.ipynb")


@pytest.fixture(scope="module")
def lesson(opened):
    """The same window after Run All."""
    assert opened.run_all() == []
    return opened


def picture_in(output):
    """What the first picture of an output shows: its words and its bytes."""
    image = output.locator("figure img").first
    return image.get_attribute("alt"), image.get_attribute("src")


def changed(page, output, before):
    """Wait for another picture than ``before``."""
    page.wait_for_function(
        "([output, before]) => output.querySelector('figure img')?.src != before",
        arg=[output.element_handle(), before[1]],
    )
    return picture_in(output)


def test_before_anything_runs_every_lab_shows_its_fallback(opened):
    for words in (STEPPER, EXPLORER):
        number = opened.showing(words)
        assert WIDGET not in opened.cells()[number]["outputs"]
        alt, _ = picture_in(opened.output(number))
        assert alt


def test_the_stepper_walks_by_keyboard_and_by_button(lesson, shared_page):
    output = lesson.output(lesson.showing(STEPPER))
    output.get_by_text("Stage 1 of 6").wait_for()
    before = picture_in(output)
    handle = output.locator("[role=slider], .noUi-handle").first
    handle.focus()
    shared_page.keyboard.press("ArrowRight")
    output.get_by_text("Stage 2 of 6").wait_for()
    after = changed(shared_page, output, before)
    assert after != before
    for stage in range(3, 7):
        output.get_by_role("button", name="Next").click()
        output.get_by_text(f"Stage {stage} of 6").wait_for()
    assert "Normalize" in output.inner_text()
    assert "3×224×224 · float32" in output.inner_text()
    assert output.get_by_role("button", name="Next").is_disabled()


def test_the_augmentation_explorer_answers_to_its_controls(lesson, shared_page):
    output = lesson.output(lesson.showing(EXPLORER))
    output.get_by_role("combobox").wait_for()
    before = picture_in(output)
    output.get_by_role("combobox").select_option("cat")
    cat = changed(shared_page, output, before)
    output.locator("[role=slider], .noUi-handle").last.focus()
    shared_page.keyboard.press("ArrowRight")  # the seed: other chance, other pictures
    assert changed(shared_page, output, cat) != cat
    assert output.locator("[role=alert]").count() == 0


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("image / 256", ["Not yet", "255"]),
        ("image // 255", ["Not yet"]),
        ("image.float() / 255", ["Right"]),
    ],
)
def test_an_exercise_answers_back(lesson, code, says):
    number = lesson.find(EXERCISE)
    lesson.write(number, ANSWER.format(code))
    assert lesson.run(number)["outputs"] == []
    assert "error" not in lesson.run(number + 1)["outputs"]
    verdict = lesson.output(number + 1).inner_text()
    assert [words for words in says if words not in verdict] == []


def test_the_bengali_lesson_runs_and_its_checks_speak_bengali(lab, page):
    notebook = lab.open(page, "bn/06_vision_ops.ipynb")  # the quickest of all
    assert notebook.run_all() == []
    verdict = notebook.output(notebook.find("exercise:vision.to_xyxy") + 1).inner_text()
    assert "এবার আপনি" in verdict
