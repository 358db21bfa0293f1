"""Questions as a learner answers them: by mouse, by keyboard, before the next cell has run and after it."""

import pytest

ASK = '''import vislearn as vl
from vislearn.questions import parse_question
MARKDOWN = """What will it say, `softmax` or *nothing*?
- [ ] Nothing.
  They can't: they add up to 1.
- [x] One of its ten words, {because}.
  It prefers one of its own.
""".format(because="and it may be rather sure of it, because it knows no others " * 2)
vl.widgets.ask(parse_question("00.rocket", MARKDOWN))'''
RECALL = 'vl.widgets.ask(parse_question("01.softmax", MARKDOWN, "recall", "00_overview"))'
KEPT = "[(one.kind, one.name, one.status) for one in vl.progress.read()]"


@pytest.fixture(scope="module")
def notebook(notebook_of, shared_page):
    shared_page.set_viewport_size({"width": 1366, "height": 768})
    with notebook_of(shared_page, ASK, "1 + 1", RECALL, KEPT) as opened:
        yield opened


@pytest.fixture
def asked(notebook):
    """The question, just asked."""
    notebook.run(0)
    output = notebook.output(0)
    output.get_by_role("button").nth(1).wait_for()
    assert "Noted." not in output.inner_text()
    return output


def test_a_click_is_noted_and_the_next_cell_brings_the_reasons(notebook, asked):
    asked.locator("div", has_text="Nothing.").last.click(force=True)  # the button lies over the words
    asked.get_by_text("Noted. Now run the next cell.").wait_for()
    assert "add up to 1" not in asked.inner_text()
    notebook.run(1)
    output = notebook.output(0)
    output.get_by_text("✗ Not this one").wait_for()
    output.get_by_text("✓ Right").wait_for()
    assert "They can't: they add up to 1." in output.inner_text()
    assert "It prefers one of its own." in output.inner_text()
    assert output.get_by_role("button").first.is_disabled()


def test_the_keyboard_answers_too_and_changes_its_mind(notebook, asked, shared_page):
    asked.get_by_role("button", name="A: Nothing.").focus()
    shared_page.keyboard.press("Enter")
    asked.get_by_role("button", name="A: Nothing. (chosen)").wait_for()
    shared_page.keyboard.press("Tab")
    shared_page.keyboard.press("Space")
    asked.get_by_role("button", name="(chosen)").filter(has_text="B:").wait_for()
    notebook.run(1)
    output = notebook.output(0)
    output.get_by_text("✓ Right").wait_for()
    assert "Not this one" not in output.inner_text()


def test_who_chooses_after_the_result_hears_at_once(notebook, asked):
    notebook.run(1)
    output = notebook.output(0)
    assert "Right" not in output.inner_text()
    output.get_by_role("button", name="A: Nothing.").click()
    output.get_by_text("✗ Not this one").wait_for()


def test_long_answers_wrap_within_their_button(asked):
    long = asked.get_by_role("button").nth(1).bounding_box()
    words = asked.locator("div", has_text="One of its ten words").last.bounding_box()
    assert words["height"] > 40  # two lines
    assert long["y"] <= words["y"]
    assert long["y"] + long["height"] >= words["y"] + words["height"]
    assert long["x"] + long["width"] <= 1366


def test_recall_answers_at_once_and_leads_back_to_its_lesson(notebook):
    notebook.run(0)
    notebook.run(2)
    output = notebook.output(2)
    output.get_by_role("button").nth(1).click()
    output.get_by_text("✓ Right").wait_for()
    link = output.get_by_role("link", name="00_overview")
    assert link.evaluate("link => link.href").endswith("/lab/tree/notebooks/00_overview.ipynb")


def test_what_was_answered_is_kept(notebook):
    for number in (0, 2, 3):
        notebook.run(number)
    notebook.output(2).get_by_role("button").first.click()
    notebook.output(2).get_by_text("✗ Not this one").wait_for()
    notebook.run(3)
    assert "('recall', '01.softmax', 'wrong')" in notebook.output(3).inner_text()
