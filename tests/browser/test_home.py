"""The home page as a learner finds it who has finished lesson 00."""

import pytest

from vislearn.checkout import ROOT

DONE = """
from vislearn import progress
from vislearn.course import home

first = home.lesson_map().lessons[0]
for name in first.exercises:
    progress.record("verdict", name, "right")
home.lesson_map()
"""

MAP, QUESTIONS = "home.lesson_map()", "home.todays_questions()"


@pytest.fixture
def home(start_lab, page):
    """The page in its window, as ``vislearn lab`` opens it for somebody who has done nothing yet."""
    with start_lab(ROOT / "notebooks") as running:
        yield running.open(page)


def test_the_map_shows_what_was_done_and_questions_about_it_can_be_answered(home, page):
    assert page.locator(".jp-Notebook h1").inner_text().startswith("Start here")
    number = home.showing(MAP)
    assert "✓" not in home.output(number).inner_text()
    home.write(number, DONE)
    home.run(number)
    output = home.output(number)
    output.get_by_text("exercises ✓").wait_for()
    assert "Go on with: 1." in output.inner_text()
    number = home.showing(QUESTIONS)
    home.run(number)
    output = home.output(number)
    output.get_by_text("From memory").first.wait_for()
    output.get_by_role("button").first.click()
    output.get_by_text("Right", exact=False).first.wait_for()
