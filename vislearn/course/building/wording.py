"""All that there is to translate in a lesson, in the order of its text."""

from collections.abc import Iterator

from vislearn import questions
from vislearn.course.building.figure_words import figure_words
from vislearn.course.building.source import FOLD, ParsedLesson, SourceCell
from vislearn.course.translating.catalogs import Entry
from vislearn.course.translating.translation import prose_messages

__all__ = ["lesson_messages", "words_of_figures"]


def lesson_messages(parsed: ParsedLesson) -> list[Entry]:
    """Prose, questions, sentences about folded cells, words of figures, alt texts and captions.

    Args:
        parsed: the lesson.
    """
    return [entry for cell in parsed.cells for entry in _entries(cell)]


def words_of_figures(parsed: ParsedLesson) -> list[str]:
    """What its code brings into figures, each once: literals, and the option ``words``.

    Args:
        parsed: the lesson.
    """
    cells = [cell for cell in parsed.cells if cell.kind == "code" and not cell.exercise]
    return list(dict.fromkeys(text for cell in cells for text in _words(cell)))


def _words(cell: SourceCell) -> list[str]:
    return [*figure_words(cell.source), *cell.options.get("words", [])]


def _entries(cell: SourceCell) -> Iterator[Entry]:
    if cell.question:
        yield from (Entry(message, [cell.question.kind]) for message in questions.messages(cell.question))
    elif cell.role == FOLD:
        yield Entry(cell.source, [FOLD])
    elif cell.kind == "markdown":
        yield from prose_messages([cell.source])
    elif not cell.exercise:
        yield from (Entry(text, ["alt text"]) for text in cell.options.get("fig-alt", []))
        yield from (Entry(text, ["caption"]) for text in cell.options.get("caption", []))
        yield from (Entry(text, ["figure"]) for text in _words(cell))
