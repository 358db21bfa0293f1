"""How a lesson keeps to its form, in numbers: what is typed, read, asked and practised, and its length."""

import ast
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import nbformat
from nbformat import NotebookNode

from vislearn.course.answers import checked_exercise
from vislearn.course.budgets import budget_of
from vislearn.course.building.checker import MAX_BYTES
from vislearn.course.building.code_lines import CodeLines, count_lines
from vislearn.course.building.seconds import built_seconds, cell_seconds
from vislearn.course.building.source import FOLD, ParsedLesson, SourceCell, read_lesson
from vislearn.course.lessons import Lesson, pick

__all__ = ["Counts", "Task", "count_lesson", "count_table", "lesson_counts", "tasks_in"]

_TASK = re.compile(r"\((★{1,3}), ([\d০-৯]+) (?:minutes?|মিনিট)\)")
_SILENT_S = 5.0  # a cell that takes longer shows that it lives
_SIGNS_OF_LIFE = re.compile(r"live_curves|\bprogress\(|on_epoch|print\(f\"epoch")
# what may stand below the imports
_SETTING = re.compile(r"(_ = )?torch\.(manual_seed|set_num_threads)\(\d+\)$")
_HELP = re.compile(r"^\s*(?:check|hint|solution)\(", re.MULTILINE)
_NO_PROSE = re.compile(r"```.*?```|<[^>]+>|\]\([^)]*\)", re.DOTALL)
_HEIGHT = re.compile(r'<img[^>]* height="(\d+)"')
# a laptop's screen of 1366 × 768, of which JupyterLab's bars leave 647, and the lines in it
_SCREEN_PX, _VIEW_PX, _TEXT_PX, _CODE_PX, _COLUMNS = 768, 620, 24, 20, 95


@dataclass(frozen=True)
class Task:
    """What an exercise announces: its level, one to three stars, and minutes."""

    level: int
    minutes: int


@dataclass(frozen=True)
class Counts:
    """One lesson in numbers.

    Attributes:
        lesson: its name.
        announced: does its header say how many minutes it takes, and its level?
        lines: of the code that a learner reads: no exercises, no folded cells, no questions.
        words: before the first exercise, and before each further one since the one before.
        predictions: questions to be answered before a cell runs.
        recalls: questions about what was learned.
        exercises: by name; None where level and minutes are not announced.
        megabytes: of the stored notebook.
        seconds: when it was built last; None where that is not known.
        allowed_s: what its header grants.
        screens: of a laptop, about.
        tallest: figure, in pixels.
        silent: ids of cells that take long and show no progress; importing can't show any.
    """

    lesson: str
    announced: bool
    lines: CodeLines
    words: tuple[int, ...] = ()
    predictions: int = 0
    recalls: int = 0
    exercises: dict[str, Task | None] = field(default_factory=dict)
    megabytes: float = 0.0
    seconds: float | None = None
    allowed_s: float = 60
    screens: float = 0.0
    tallest: int = 0
    silent: tuple[str, ...] = ()

    @property
    def faults(self) -> list[str]:
        """What the form asks for and the lesson hasn't, each with the number that it has."""
        lines, share = self.lines, self.lines.bookkeeping / max(self.lines.all, 1)
        unannounced = [name for name, task in self.exercises.items() if task is None]
        found = {
            "no minutes or no level in its header": not self.announced,
            f"{lines.torch} lines name torch or torchvision, {lines.vl} vislearn; 2 : 1 at least": (
                lines.torch < 2 * lines.vl
            ),
            f"{share:.0%} of the lines show or measure; 15 % at most": share > 0.15,
            f"{max(self.words, default=0)} words before an exercise; 900 at most": max(self.words, default=0)
            > 900,
            f"{self.predictions} predictions; 3 to 5": not 3 <= self.predictions <= 5,
            f"{self.recalls} recall questions; 5": self.recalls != 5,
            f"{len(self.exercises)} exercises; 3 at least": len(self.exercises) < 3,
            f"no level and minutes, as (★★, 5 minutes), before {', '.join(unannounced)}": bool(unannounced),
            f"{self.screens:.1f} screens; 25 at most": self.screens > 25,
            f"a figure of {self.tallest} px; {_VIEW_PX} at most": self.tallest > _VIEW_PX,
            f"{self.megabytes:.2f} MB; {MAX_BYTES / 1e6:g} at most": self.megabytes > MAX_BYTES / 1e6,
            "no seconds; build it": self.seconds is None,
            f"{self.seconds or 0:.0f} s; {self.allowed_s:g} at most": (self.seconds or 0) > self.allowed_s,
            f"no sign of life in cells of more than {_SILENT_S:g} s: {', '.join(self.silent)}": bool(
                self.silent
            ),
        }
        return [what for what, is_so in found.items() if is_so]


def lesson_counts(lessons: Iterable[Lesson | str] | None = None) -> list[Counts]:
    """Lessons in numbers.

    Args:
        lessons: which lessons, as objects, names or numbers; default all.

    Raises:
        InputError: there is no such lesson.
        FileError: a source is damaged.
    """
    return [count_lesson(read_lesson(lesson)) for lesson in pick(lessons) if not lesson.is_home]


def count_lesson(parsed: ParsedLesson) -> Counts:
    """One lesson in numbers, from its source, its stored notebook and the seconds its last build took.

    Args:
        parsed: the lesson.
    """
    lesson, path = parsed.lesson, parsed.lesson.notebook()
    stored = nbformat.read(path, as_version=4) if path.exists() else nbformat.v4.new_notebook()
    kinds = [cell.question.kind for cell in parsed.cells if cell.question]
    words, tasks = _between_exercises(parsed.cells)
    slow = {cell for cell, seconds in cell_seconds(lesson).items() if seconds > _SILENT_S}
    return Counts(
        lesson.name,
        {"minutes", "level"} <= set(parsed.declared),
        count_lines(cell.source for cell in parsed.cells if _is_read(cell)),
        words,
        kinds.count("ask"),
        kinds.count("recall"),
        tasks,
        path.stat().st_size / 1e6 if path.exists() else 0.0,
        built_seconds(lesson.root).get(lesson.name),
        budget_of({"vislearn": parsed.declared}).seconds,
        sum(height for cell in stored.cells for height in _heights(cell)) / _SCREEN_PX,
        max((height for cell in stored.cells for height in _pictures(cell)), default=0),
        tuple(cell.id for cell in parsed.cells if cell.id in slow and _could_speak(cell.source)),
    )


def tasks_in(text: str) -> list[Task]:
    """Exercises as a text announces them, in English or Bengali.

    >>> tasks_in("**Exercise 1** (★★, 5 minutes). … **অনুশীলনী ২** (★, ১০ মিনিট)।")
    [Task(level=2, minutes=5), Task(level=1, minutes=10)]
    """
    return [Task(len(stars), int(minutes)) for stars, minutes in _TASK.findall(text)]


def count_table(counts: Iterable[Counts]) -> list[str]:
    """A line for each lesson, and below it what the form asks for and the lesson hasn't."""
    counts = list(counts)
    width = max((len(one.lesson) for one in counts), default=0)
    heads = ["torch", "vl", "book", "words", "ask", "recall", "exercises", "MB", "s", "screens"]
    lines = [" ".join([" " * width, *(f"{head:>9}" for head in heads)])]
    for one in counts:
        share = one.lines.bookkeeping / max(one.lines.all, 1)
        cells = [one.lines.torch, one.lines.vl, f"{share:.0%}", max(one.words, default=0), one.predictions]
        cells += [
            one.recalls,
            len(one.exercises),
            f"{one.megabytes:.2f}",
            one.seconds or "–",
            f"{one.screens:.0f}",
        ]
        lines.append(" ".join([f"{one.lesson:{width}}", *(f"{cell:>9}" for cell in cells)]))
        lines += [f"  {fault}" for fault in one.faults]
    return lines


def _could_speak(source: str) -> bool:
    """Is a cell silent that could show how far it is? While Python imports, nothing can be shown."""
    imports = (ast.Import, ast.ImportFrom)
    others = [ast.unparse(line) for line in ast.parse(source).body if not isinstance(line, imports)]
    return not all(map(_SETTING.match, others)) and not _SIGNS_OF_LIFE.search(source)


def _is_read(cell: SourceCell) -> bool:
    """Is it code that teaches, rather than an exercise's, a question's or a folded one's?"""
    practice = (
        cell.exercise or cell.question or checked_exercise(NotebookNode(cell_type="code", source=cell.source))
    )
    return cell.kind == "code" and not practice and FOLD not in cell.options and not _HELP.search(cell.source)


def _between_exercises(cells: Iterable[SourceCell]) -> tuple[tuple[int, ...], dict[str, Task | None]]:
    words, tasks, text = [], {}, ""
    for cell in cells:
        if cell.kind == "markdown":
            text += f"{cell.source}\n"
        elif cell.exercise:
            announced = tasks_in(text)
            words.append(_word_count(text))
            tasks[cell.exercise] = announced[-1] if announced else None
            text = ""
    return tuple(words), tasks


def _word_count(text: str) -> int:
    return sum(any(map(str.isalnum, word)) for word in _NO_PROSE.sub(" ", text).split())


def _heights(cell: NotebookNode) -> Iterator[int]:
    """Of a cell's parts: lines of text as they wrap, lines of code that are seen, pictures as stored."""
    if cell.cell_type == "markdown":
        yield _TEXT_PX * _wrapped(cell.source)
        return
    if not cell.metadata.get("jupyter", {}).get("source_hidden"):
        yield _CODE_PX * (cell.source.count("\n") + 1)
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        pictures = [int(height) for height in _HEIGHT.findall(data.get("text/html", ""))]
        plain = data.get("text/plain", output.get("text", ""))
        yield sum(pictures) if pictures else _CODE_PX * _wrapped(plain.rstrip("\n"))


def _pictures(cell: NotebookNode) -> Iterator[int]:
    """The heights of what a cell shows; of a stepper, whose stored sheet holds all stages, none."""
    if ".stepper(" in cell.source:
        return
    for output in cell.get("outputs", []):
        yield from map(int, _HEIGHT.findall(output.get("data", {}).get("text/html", "")))


def _wrapped(text: str) -> int:
    return sum(max(1, math.ceil(len(line) / _COLUMNS)) for line in text.split("\n"))
