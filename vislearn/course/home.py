"""What the home page shows: the lessons beside it, what was done in them, questions, and every term.

Everything is read when a cell runs: the notebooks in the folder, and the learner's own verdicts, which are
kept on this computer alone.
"""

import json
import random
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from IPython.display import display

from vislearn import checkout, progress, sidecar
from vislearn.course.lessons import SOURCE_LANGUAGE, is_lesson_name
from vislearn.course.tags import exercise_of
from vislearn.glossary import Term, terms
from vislearn.language import language
from vislearn.language import translate as _
from vislearn.questions import Question

__all__ = [
    "Card",
    "Glossary",
    "LessonMap",
    "Questions",
    "cards",
    "chosen",
    "glossary",
    "lesson_map",
    "todays_questions",
]

_A_DAY = 5
_UNKNOWN = "–"
_BAR = (
    "display:inline-block;width:84px;height:8px;border-radius:4px;margin-right:10px;"
    "background:linear-gradient(to right,#1f83c4 {share}%,rgba(128,128,128,0.3) {share}%)"
)


@dataclass(frozen=True)
class Card:
    """What a notebook says of its lesson.

    Attributes:
        name: such as ``"01_pipeline"``.
        title: its heading, in the notebook's language.
        minutes: that it takes, 0 where the lesson says nothing.
        level: 1 to 3, 0 where it says nothing.
        after: names of the lessons that come before it.
        exercises: their names.
    """

    name: str
    title: str
    minutes: int = 0
    level: int = 0
    after: tuple[str, ...] = ()
    exercises: tuple[str, ...] = ()

    def count_right(self, done: Mapping[str, str]) -> int:
        """How many of its exercises are right.

        Args:
            done: as :func:`vislearn.progress.done` returns it.
        """
        return sum(done.get(name) == "right" for name in self.exercises)

    def is_finished(self, done: Mapping[str, str]) -> bool:
        """Are all its exercises right?

        Args:
            done: as :func:`vislearn.progress.done` returns it.
        """
        return bool(self.exercises) and self.count_right(done) == len(self.exercises)


def cards(folder: Path) -> list[Card]:
    """The lessons of a folder, in their order; a notebook that can't be read is left out.

    Args:
        folder: of notebooks in one language.
    """
    paths = [path for path in sorted(folder.glob("*.ipynb")) if is_lesson_name(path.stem)]
    return [card for path in paths if (card := _card(path)) is not None]


def _card(path: Path) -> Card | None:
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells, said = notebook["cells"], notebook["metadata"].get("vislearn", {})
        prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        exercises = [name for cell in cells if (name := exercise_of(cell))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # a learner may have damaged one; the others are there
    heading = re.search(r"^# (.+)$", prose, re.MULTILINE)
    return Card(
        path.stem,
        heading[1] if heading else path.stem,
        said.get("minutes", 0),
        said.get("level", 0),
        tuple(said.get("after", ())),
        tuple(exercises),
    )


@dataclass(frozen=True)
class LessonMap:
    """The lessons in their order, with what was done in each.

    Attributes:
        lessons: what to show.
        done: exercise → status of the latest answer.
    """

    lessons: Sequence[Card]
    done: Mapping[str, str]

    @property
    def next(self) -> Card | None:
        """The first lesson that isn't finished and whose earlier lessons are; None after the last one."""
        finished = {card.name for card in self.lessons if card.is_finished(self.done)}
        there = {card.name for card in self.lessons}
        left = [card for card in self.lessons if card.name not in finished]
        return next((card for card in left if set(card.after) & there <= finished), None)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self._html(), "text/plain": str(self)}

    def __str__(self) -> str:
        lines = [" | ".join(self._cells(card)) for card in self.lessons]
        return "\n".join([self._advice(), *lines])

    def _advice(self) -> str:
        if self.next is None:
            return _("You have finished every lesson that is here.")
        return _("Go on with: {lesson}", lesson=self.next.title)

    def _cells(self, card: Card) -> tuple[str, ...]:
        count = len(card.exercises)
        return (
            card.title,
            _("{count} min", count=card.minutes) if card.minutes else _UNKNOWN,
            "★" * card.level or _UNKNOWN,
            ", ".join(_number(name) for name in card.after) or _UNKNOWN,
            _("{right} of {count} exercises", right=card.count_right(self.done), count=count),
        )

    def _html(self) -> str:
        names = (_("Lesson"), _("Time"), _("Level"), _("After lesson"), _("Done by you"))
        head = "".join(f'<th scope="col" style="text-align:left">{escape(name)}</th>' for name in names)
        rows = "".join(f"<tr>{self._row(card)}</tr>" for card in self.lessons)
        advice = escape(self._advice())
        if self.next is not None:
            title = escape(self.next.title)
            advice = advice.replace(title, _link(self.next.name, self.next.title))
        return (
            f'<div style="font-size:16px;line-height:1.5"><p><strong>{advice}</strong></p>'
            f'<table style="font-size:inherit"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>'
            "</table></div>"
        )

    def _row(self, card: Card) -> str:
        title, *facts, done = self._cells(card)
        share = 100 * card.count_right(self.done) // max(1, len(card.exercises))
        mark = " ✓" if card.is_finished(self.done) else ""
        bar = f'<span aria-hidden="true" style="{_BAR.format(share=share)}"></span>'
        short = [*map(escape, facts), f"{bar}{escape(done)}{mark}"]
        return f'<td style="text-align:left">{_link(card.name, title)}</td>' + "".join(
            f'<td style="text-align:left;white-space:nowrap">{cell}</td>' for cell in short
        )


def lesson_map() -> LessonMap:
    """The lessons beside this notebook, with the learner's own progress."""
    return LessonMap(cards(_folder()), progress.done())


@dataclass(frozen=True)
class Glossary:
    """Terms in the order of the learner's alphabet, a line each; no term twice.

    Attributes:
        terms: what to show.
        lessons: names of those that are here: only to these a number leads.
    """

    terms: Sequence[Term]
    lessons: Container[str]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        ordered = sorted(self.terms, key=lambda term: term.name.casefold())
        return {
            "text/markdown": "\n".join(f"- {self._line(term)}" for term in ordered),
            "text/plain": "\n".join(f"{term.name}: {term.meaning}" for term in ordered),
        }

    def _line(self, term: Term) -> str:
        others = dict.fromkeys(name for name in term.names.values() if name != term.name)
        called = f"**{term.name}**" + (f" ({', '.join(others)})" if others else "")
        where = f" [{_number(term.lesson)}]({term.lesson}.ipynb)" if term.lesson in self.lessons else ""
        return f"{called}: {term.meaning}{where}"


def glossary() -> Glossary:
    """Every term of the course, with the lesson beside this notebook where it first matters."""
    return Glossary(terms(), {card.name for card in cards(_folder())})


@dataclass(frozen=True)
class Questions:
    """Questions to answer by a click, one below the other; a sentence where there are none yet."""

    questions: Sequence[Question]

    def _ipython_display_(self) -> None:
        if not self.questions:
            none = _(
                "Questions come here once all exercises of a lesson are right: five a day, about the lessons "
                "that you have finished."
            )
            display({"text/plain": none, "text/html": f"<p>{escape(none)}</p>"}, raw=True)
        for question in self.questions:
            from vislearn.widgets import ask  # here, because ipywidgets takes half a second

            display(ask(question))


def todays_questions() -> Questions:
    """Five questions about lessons that the learner has finished, others every day."""
    done = progress.done()
    finished = {card.name for card in cards(_folder()) if card.is_finished(done)}
    return Questions(chosen(sidecar.questions(), finished, progress.read(), date.today()))


def chosen(
    questions: Iterable[Question], finished: set[str], entries: Iterable[progress.Entry], day: date
) -> list[Question]:
    """At most five: first those whose latest answer was wrong, then others, the same all day long.

    Args:
        questions: all there are.
        finished: names of lessons; what was explained in no other one is not asked.
        entries: what the learner has done.
        day: whose questions these are.
    """
    latest = {entry.name: entry.status for entry in entries if entry.kind == "recall"}
    about = [one for one in questions if one.kind == "recall" and one.lesson in finished]
    mixed = random.Random(day.toordinal()).sample(about, len(about))
    return sorted(mixed, key=lambda one: latest.get(one.name) != "wrong")[:_A_DAY]


def _folder() -> Path:
    """Where the learner works; of a copy that lies alone, the checkout's notebooks in its language."""
    if any(is_lesson_name(path.stem) for path in Path.cwd().glob("*.ipynb")):
        return Path.cwd()
    notebooks = checkout.ROOT / "notebooks"
    return notebooks if language() == SOURCE_LANGUAGE else notebooks / language()


def _number(name: str) -> str:
    return str(int(name[:2]))


def _link(name: str, words: str) -> str:
    style = "color:var(--jp-content-link-color,LinkText)"
    return f'<a href="{escape(name, quote=True)}.ipynb" style="{style}">{escape(words)}</a>'
