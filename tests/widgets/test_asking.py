import pytest
from IPython.core.interactiveshell import InteractiveShell

from vislearn import progress, sidecar
from vislearn.errors import InputError
from vislearn.questions import parse_question
from vislearn.widgets import ask, asking
from vislearn.widgets.rendering import view_problems

MARKDOWN = """What does `softmax` *do*?

- [ ] It finds the **largest**.
  That is `argmax`.
- [x] It makes <all> add up to 1.
  So they can be read as shares.
"""
QUESTION = parse_question("00.softmax", MARKDOWN)
RECALL = parse_question("01.softmax", MARKDOWN, "recall", "00_overview")


@pytest.fixture
def shell(monkeypatch):
    """An IPython whose cells ask; ``run(code)`` runs one."""
    running = InteractiveShell()
    monkeypatch.setattr(asking, "get_ipython", lambda: running)
    monkeypatch.setattr(asking, "_new", {})
    monkeypatch.setattr(asking, "_waiting", {})
    running.user_ns["ask"] = lambda: running.user_ns.update(asked=ask(QUESTION))
    return running


def run(shell, code="1 + 1"):
    shell.run_cell(code, store_history=True).raise_error()
    return shell.user_ns.get("asked")


def seen(asked):
    """All that stands in the widget."""
    return "\n".join(text.value for text in asked._texts) + asked._status.value


def test_an_answer_is_noted_and_may_change_until_the_next_cell_has_run(shell):
    asked = run(shell, "ask()")
    asked._buttons[0].click()
    assert "Noted. Now run the next cell." in seen(asked)
    assert "argmax" not in seen(asked)
    asked._buttons[1].click()
    assert asked.chosen == 1
    assert [button.description for button in asked._buttons] == [
        "A: It finds the **largest**.",
        "B: It makes <all> add up to 1. (chosen)",
    ]
    run(shell)
    assert asked.solved
    asked._buttons[0].click()
    assert asked.chosen == 1


def test_the_reasons_of_the_chosen_and_of_the_right_answer_come_back_in_words(shell):
    asked = run(shell, "ask()")
    asked.choose(0)
    run(shell)
    wrong, right = (text.value for text in asked._texts)
    assert "✗ Not this one" in wrong
    assert "That is <code>argmax</code>." in wrong
    assert "✓ Right" in right
    assert "read as shares" in right
    assert all(button.disabled for button in asked._buttons)


def test_a_right_answer_says_nothing_about_the_others(shell):
    asked = run(shell, "ask()")
    asked.choose(1)
    run(shell)
    assert "✓ Right" in seen(asked)
    assert "argmax" not in seen(asked)


def test_what_was_asked_once_is_solved_once(shell, monkeypatch):
    asked, solved = run(shell, "ask()"), []
    monkeypatch.setattr(asking, "_new", {"it": lambda: solved.append(asked)})
    for _cell in range(3):
        run(shell)
    assert solved == [asked]


def test_who_did_not_choose_is_told_nothing(shell):
    asked = run(shell, "ask()")
    before = seen(asked)
    run(shell)
    assert seen(asked) == before


def test_a_choice_after_the_result_is_answered_at_once(shell):
    asked = run(shell, "ask()")
    run(shell)
    asked.choose(0)
    assert asked.solved


def test_a_cell_that_fails_is_a_next_cell_and_a_front_ends_own_is_none(shell, capsys):
    asked = run(shell, "ask()")
    asked.choose(0)
    shell.run_cell("1 + 1", store_history=False)
    assert not asked.solved
    shell.run_cell("1 / 0", store_history=True)
    capsys.readouterr()
    assert asked.solved


def test_asked_again_only_the_newer_one_waits(shell):
    first = run(shell, "ask()")
    first.choose(0)
    second = run(shell, "ask()")
    second.choose(1)
    run(shell)
    assert (first.solved, second.solved) == (False, True)
    assert len(shell.events.callbacks["post_run_cell"]) == 1


def test_recall_answers_at_once_and_names_the_lesson():
    asked = ask(RECALL)
    asked.choose(0)
    assert asked.solved
    assert 'href="00_overview.ipynb"' in seen(asked)
    assert "More about it in lesson" in seen(asked)


def test_without_ipython_it_works_still():
    asked = ask(QUESTION)
    asked.choose(0)
    assert not asked.solved
    asked.solve()
    assert "argmax" in seen(asked)


@pytest.mark.parametrize(("place", "status"), [(0, "wrong"), (1, "right")])
def test_what_was_answered_is_kept_once(tmp_path, monkeypatch, place, status):
    monkeypatch.setenv("VISLEARN_PROGRESS", str(tmp_path / "progress.jsonl"))
    asked = ask(QUESTION)
    asked.choose(place)
    assert progress.read() == []
    asked.solve()
    asked.solve()
    assert [(one.kind, one.name, one.status) for one in progress.read()] == [("ask", "00.softmax", status)]


def test_without_a_kernel_stands_a_list_with_the_solution_folded():
    html = ask(RECALL)._repr_mimebundle_()[0]["text/html"]
    open_part, folded = html.split("<details")
    assert "A. It finds the <strong>largest</strong>." in open_part
    assert "B. It makes &lt;all&gt; add up to 1." in open_part
    assert "argmax" not in open_part
    assert "The answer is B." in folded
    assert "That is <code>argmax</code>." in folded
    assert "read as shares" in folded
    assert "00_overview.ipynb" in folded


def test_words_stand_in_where_nothing_else_can():
    text = ask(QUESTION)._repr_mimebundle_()[0]["text/plain"]
    assert text.startswith("What does `softmax` *do*? A. It finds the **largest**. B. It makes")


def test_the_widget_shows_something_and_is_no_figure():
    asked = ask(QUESTION)
    assert view_problems([asked.view.model_id]) == []
    assert asked._repr_mimebundle_()[1] == {}


def test_paragraphs_of_a_question_stay_apart():
    question = parse_question("q", "One.\n\nTwo?\n- [x] a\n  b\n- [ ] c\n  d")
    assert asking._question_html(question).count("<p ") == 3  # with the title


def test_questions_speak_bengali(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "bn")
    asked = ask(QUESTION)
    asked.choose(1)
    assert "এবার পরের সেলটি চালান" in seen(asked)
    assert "ক" in asked._texts[0].value


def test_something_else_is_refused():
    with pytest.raises(InputError, match="question must be a name or a Question, got int"):
        ask(3)


def test_a_lesson_asks_by_the_question_s_name(monkeypatch):
    monkeypatch.setattr(sidecar, "question", {"00.softmax": QUESTION}.__getitem__)
    assert "argmax" in ask("00.softmax").fallback
