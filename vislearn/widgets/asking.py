"""Predict, then run: a question whose answer comes back once the next cell has shown it."""

import re
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets
from IPython import get_ipython

from vislearn import progress, sidecar
from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.markup import inline
from vislearn.questions import Answer, Question
from vislearn.widgets.lab import Lab, framed

__all__ = ["Asking", "ask"]

_MARKS = {True: "✓", False: "✗"}
# White on these is at least 5:1; the word and the mark beside them tell the same without colour.
_COLOURS = {True: "#00735a", False: "#b34700"}
_GREY = "rgba(128,128,128,{})"

# The button lies over the whole answer, see-through, so that a click anywhere counts, and Tab and Enter too.
_STYLE = f"""<style>
.vislearn-answer {{position:relative; max-width:760px; margin:0 2px 8px; overflow:visible}}
.vislearn-answer > .widget-html {{margin:0; width:100%}}
.vislearn-answer > button.jupyter-button {{
  position:absolute; inset:0; width:100%; height:100%; margin:0; z-index:1; color:transparent; font-size:0;
  background:transparent; border:1px solid {_GREY.format(0.45)}; border-radius:8px;
  box-shadow:none; opacity:1}}
.vislearn-answer > button.jupyter-button:hover:enabled {{
  background:{_GREY.format(0.14)}; border-color:currentColor; box-shadow:none}}
.vislearn-answer > button.jupyter-button:focus-visible {{outline:3px solid #56b4e9; outline-offset:1px}}
.vislearn-answer > button.jupyter-button:disabled {{cursor:default}}
.vislearn-answer.vislearn-chosen > button.jupyter-button {{border:2px solid #1f83c4}}
.vislearn-answer code, .vislearn-question code {{
  background:{_GREY.format(0.2)}; color:inherit; border-radius:3px; padding:1px 4px; font-size:.95em}}
</style>"""
_ROW = "display:flex;gap:12px;align-items:flex-start;padding:10px 14px;line-height:1.5;font-size:16px"
_LETTER = (
    "flex:none;width:26px;height:26px;line-height:26px;border-radius:13px;text-align:center;font-weight:600;"
    "font-size:14px"
)
_LINK = "color:var(--jp-content-link-color,LinkText);text-decoration:underline"
_BADGE = (
    "color:#fff;border-radius:12px;padding:1px 10px 2px;font-weight:600;font-size:.9em;white-space:nowrap"
)


class Asking(Lab):
    """A question with answers to choose.

    Args:
        question: what is asked.

    Attributes:
        chosen: the place of the answer chosen so far, from 0, or None.
        solved: the right answer is shown, and nothing can be chosen any more.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.chosen: int | None = None
        self.solved = False
        self._later = False  # another cell has run, so the result is on the screen
        self._letters = _("ABCD")
        self._texts = [ipywidgets.HTML() for _answer in question.answers]
        self._buttons = [self._button(place) for place in range(len(question.answers))]
        self._rows = [
            ipywidgets.Box([text, button]) for text, button in zip(self._texts, self._buttons, strict=True)
        ]
        for row in self._rows:
            row.add_class("vislearn-answer")
        self._status = ipywidgets.HTML()
        head = ipywidgets.HTML(f"{_question_html(question)}{_STYLE}", layout={"max_width": "792px"})
        frame = framed([], ipywidgets.VBox([head, *self._rows, self._status], layout={"overflow": "visible"}))
        super().__init__(frame, _plain_list(question, self._letters), _words(question, self._letters))
        self._show()

    def choose(self, place: int) -> None:
        """What a click on an answer does.

        Args:
            place: of the answer, from 0.
        """
        if self.solved:
            return
        self.chosen = place
        if self.question.kind == "recall" or self._later:
            self.solve()
        else:
            self._show()

    def solve(self) -> None:
        """Show which answer is right and why, and keep it as progress; without a choice, nothing."""
        self._later = True
        if self.chosen is None or self.solved:
            return
        self.solved = True
        right = self.question.answers[self.chosen].right
        progress.record(self.question.kind, self.question.name, "right" if right else "wrong")
        self._show()

    def _button(self, place: int) -> ipywidgets.Button:
        button = ipywidgets.Button()
        button.on_click(lambda _button: self.choose(place))
        return button

    def _show(self) -> None:
        for place, answer in enumerate(self.question.answers):
            chosen = place == self.chosen
            told = self.solved and (chosen or answer.right)
            letter, button = self._letters[place], self._buttons[place]
            self._texts[place].value = _answer_html(letter, answer, chosen=chosen, told=told)
            # read aloud in place of the text that lies below it
            button.description = f"{letter}: {answer.text}"
            if chosen:
                button.description = _("{answer} (chosen)", answer=button.description)
            button.disabled = self.solved
            (self._rows[place].add_class if chosen else self._rows[place].remove_class)("vislearn-chosen")
        self._status.value = f'<div role="status" style="font-size:16px;line-height:1.5">{self._said()}</div>'

    def _said(self) -> str:
        if self.chosen is None:
            return ""
        if not self.solved:
            return escape(_("Noted. Now run the next cell."))
        if self.question.kind == "recall":
            return _lesson_html(self.question.lesson)
        return ""


def ask(question: Question | str) -> Asking:
    """Ask before a cell runs; once the next one has run, say which answer is right, and why.

    Click an answer, or move with Tab and press Enter. Until the next cell has run, the choice may change.
    Nobody has to choose: then nothing is said. A recall question answers at once.

    Args:
        question: a :class:`vislearn.questions.Question`, or the name of one of the lessons', such as
            ``"00.rocket"``.

    Raises:
        InputError: it is neither; or no lesson has a question of that name.

    >>> answers = Answer("1", "One of the two.", right=False), Answer("2", "One more than one.", right=True)
    >>> asking = ask(Question("00.sum", "What is 1 + 1?", answers))
    >>> asking.choose(1)
    >>> asking.solved
    False
    """
    if isinstance(question, str):
        question = sidecar.question(question)
    if not isinstance(question, Question):
        raise InputError("question", "must be a name or a Question", got=type(question).__name__)
    asking = Asking(question)
    if question.kind == "ask":
        _after_next_cell(question.name, asking.solve)
    return asking


_new: dict[str, Callable[[], None]] = {}  # question → what to do; the cell that asks it still runs
_waiting: dict[str, Callable[[], None]] = {}  # the same once that cell has ended


def _after_next_cell(name: str, solve: Callable[[], None]) -> None:
    """Call ``solve`` once another cell than the present one has run; without IPython, never."""
    shell = get_ipython()
    if shell is None:
        return
    _waiting.pop(name, None)  # asked again, the earlier one waits no longer
    _new[name] = solve
    if _cell_ended not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", _cell_ended)


def _cell_ended(result: Any) -> None:
    if not result.info.store_history:  # nobody's cell: a front end that looks something up
        return
    solved = list(_waiting.values())
    _waiting.clear()
    _waiting.update(_new)  # not by number: IPython 9.18 counts before a cell runs, earlier ones after it
    _new.clear()
    for solve in solved:
        solve()


# -- how it looks


def _question_html(question: Question) -> str:
    title = _("Your prediction") if question.kind == "ask" else _("From memory")
    paragraphs = "".join(f'<p style="margin:0 0 .5em">{inline(part)}</p>' for part in _paragraphs(question))
    return (
        '<div class="vislearn-question" style="font-size:16px;line-height:1.5;padding:2px">'
        f'<p style="margin:0 0 .3em;font-size:.9em;opacity:.8">{escape(title)}</p>{paragraphs}</div>'
    )


def _answer_html(letter: str, answer: Answer, *, chosen: bool, told: bool) -> str:
    ring = "background:#1f83c4;color:#fff" if chosen else f"background:{_GREY.format(0.22)}"
    reason = ""
    if told:
        word = _("Right") if answer.right else _("Not this one")
        badge = (
            f'<span style="{_BADGE};background:{_COLOURS[answer.right]}">{_MARKS[answer.right]} '
            f"{escape(word)}</span>"
        )
        reason = f'<div style="margin-top:6px">{badge} {inline(answer.reason)}</div>'
    return (
        f'<div style="{_ROW}"><span style="{_LETTER};{ring}">{letter}</span>'
        f'<div style="min-width:0">{inline(answer.text)}{reason}</div></div>'
    )


def _plain_list(question: Question, letters: str) -> str:
    """What stands there without a kernel: everything, the solution folded."""
    answers = "".join(
        f'<div style="margin:.2em 0">{letter}. {inline(answer.text)}</div>'
        for letter, answer in zip(letters, question.answers, strict=False)
    )
    reasons = "".join(
        f'<div style="margin:.3em 0">{_MARKS[answer.right]} {letter}. {inline(answer.reason)}</div>'
        for letter, answer in zip(letters, question.answers, strict=False)
    )
    fold, right = _("Answer"), _("The answer is {letter}.", letter=letters[question.right])
    run = _("Run this cell to answer by a click.")
    more = _lesson_html(question.lesson) if question.lesson else ""
    return (
        f"{_question_html(question)}{answers}"
        f'<details style="margin-top:.5em"><summary style="cursor:pointer">{escape(fold)}</summary>'
        f"<p>{escape(right)}</p>{reasons}{more}</details><p><em>{escape(run)}</em></p>"
    )


def _lesson_html(lesson: str) -> str:
    link = (
        f'<a href="{escape(lesson, quote=True)}.ipynb" target="_blank" style="{_LINK}">{escape(lesson)}</a>'
    )
    return escape(_("More about it in lesson {lesson}.", lesson=lesson)).replace(escape(lesson), link)


def _words(question: Question, letters: str) -> str:
    answers = " ".join(
        f"{letter}. {answer.text}" for letter, answer in zip(letters, question.answers, strict=False)
    )
    return f"{' '.join(question.text.split())} {answers}"


def _paragraphs(question: Question) -> list[str]:
    return re.split(r"\n\s*\n", question.text)
