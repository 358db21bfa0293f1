"""What a lesson's source says beside its code, found again by the kernel that runs it.

Alt texts, captions, tolerances, words of figures and questions stand in a lesson's source, but not in the
code that learners read. The build keeps them in ``vislearn/lessons/NN_name/en.json`` and ``bn.json``; here
the running cell is recognised by a digest of its code, else, where a learner changed it, by its id. So a copy
of a notebook finds its words anywhere, without network. Nothing here is ever an error for a learner.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from vislearn.checkout import PACKAGE
from vislearn.errors import require_one_of
from vislearn.language import language, one_kind_of_digits
from vislearn.questions import Question, from_json

__all__ = [
    "FOLDER_VARIABLE",
    "STRICT_VARIABLE",
    "Description",
    "cell_options",
    "code_digest",
    "in_kernel",
    "is_strict",
    "next_figure",
    "question",
    "questions",
    "read_sidecar",
    "sidecars_of",
    "watch",
    "words",
]

FOLDER_VARIABLE = "VISLEARN_SIDECARS"  # where the build keeps those of the lesson that it tries out
STRICT_VARIABLE = "VISLEARN_STRICT"  # "1": a figure without words is an error, as in the build
_HOLE = re.compile(r"\{(\d*)\}")


@dataclass(frozen=True)
class Description:
    """What goes with one picture: its words, how it is compared, the line below it; each may be empty."""

    alt: str = ""
    compared: str = ""
    caption: str = ""


@dataclass
class _Run:
    """One run of one cell, and how many pictures have taken their words so far."""

    digest: str
    cell_id: str
    pictures: int = 0


@dataclass(frozen=True)
class _Sidecar:
    """One lesson in one language."""

    lesson: str
    cells: Mapping[str, str] = field(default_factory=dict)  # id → digest of the code
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # digest → options
    words: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def digests(self) -> frozenset[str]:
        return frozenset(self.cells.values())

    @cached_property
    def templates(self) -> list[tuple[re.Pattern[str], str]]:
        """Words with holes, those with the most letters of their own first."""
        with_holes = [message for message in self.words if _HOLE.search(message)]
        with_holes.sort(key=lambda message: -len(_HOLE.sub("", message)))
        return [(_pattern(message), self.words[message]) for message in with_holes]

    def digest_of(self, run: _Run) -> str:
        """Which cell of this lesson is run; empty if it is none of them."""
        return run.digest if run.digest in self.digests else self.cells.get(run.cell_id, "")

    def translated(self, text: str) -> str:
        if text in self.words:
            return self.words[text]
        for pattern, translation in self.templates:
            if found := pattern.fullmatch(text):
                parts = [self.words.get(part, part) for part in found.groups()]
                return _filled(translation, parts)
        return text


_run: _Run | None = None  # the cell that runs now
_ran: list[_Run] = []  # every cell this kernel has run: they tell which lesson it is
_shell: Any = None


def code_digest(code: str) -> str:
    r"""What a cell is recognised by: spaces at the ends of its lines don't count.

    >>> code_digest("x = 1  \n") == code_digest("x = 1")
    True
    """
    lines = [line.rstrip() for line in code.strip().splitlines()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def watch(shell: Any) -> None:
    """Notice from now on which cell IPython runs; the one that runs at the moment is noticed too.

    Args:
        shell: ``get_ipython()``.
    """
    global _shell
    if shell is _shell:
        return
    _shell = shell
    shell.events.register("pre_run_cell", _begins)
    shell.events.register("post_run_cell", _ends)
    for code in filter(None, shell.history_manager.input_hist_raw):  # it begins with an empty one
        _note(code)


def in_kernel() -> bool:
    """Does somebody work with IPython here, rather than a test or a script?"""
    return _shell is not None


def is_strict() -> bool:
    """Must every picture have words? So it is where lessons are built and tested, never for a learner."""
    return os.environ.get(STRICT_VARIABLE) == "1"


def cell_options() -> Mapping[str, Any]:
    """The options of the cell that runs now; empty where none runs, or one of a learner's own."""
    if _run is None or (lesson := _lesson()) is None:
        return {}
    return lesson.options.get(lesson.digest_of(_run), {})


def next_figure() -> Description:
    """What the running cell says of its next picture, counted anew in each run; empty if it says nothing."""
    options = cell_options()
    if not options or _run is None:
        return Description()
    at, _run.pictures = _run.pictures, _run.pictures + 1
    return Description(*(_entry(options.get(key, ""), at) for key in ("fig-alt", "compared", "caption")))


def words(text: str) -> str:
    """A text of a figure in the learner's language, as the lesson's translation has it; else as it is.

    >>> words("learning rate")
    'learning rate'
    """
    if not text or (lesson := _lesson()) is None or not lesson.words:
        return text
    return lesson.translated(text)


def question(name: str) -> Question:
    """A lesson's question in the learner's language.

    Args:
        name: the lesson's number, a dot, and the question's own name, such as ``"00.rocket"``.

    Raises:
        InputError: no lesson has a question of that name; guesses what was meant.
    """
    there = {question.name: question for question in questions()}
    require_one_of("question", name, there)
    return there[name]


def questions() -> list[Question]:
    """All questions of all lessons, in their order, in the learner's language."""
    records = [record for lesson in _sidecars(_folder(), language()) for record in lesson.questions.values()]
    return [from_json(json.dumps(record)) for record in records]


def sidecars_of(lesson: str) -> list[Path]:
    """The files that are kept of a lesson, a language each.

    Args:
        lesson: its name, such as ``"00_overview"``.
    """
    return sorted((_folder() / lesson).glob("*.json"))


def read_sidecar(path: Path) -> dict[str, Any]:
    """What is kept in a sidecar; nothing where it is missing or damaged."""
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(path.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def _begins(info: Any) -> None:
    _note(info.raw_cell, getattr(info, "cell_id", None))


def _ends(_result: Any) -> None:
    global _run
    _run = None


def _note(code: str, cell_id: str | None = None) -> None:
    global _run
    _run = _Run(code_digest(code), cell_id or "")
    _ran.append(_run)


def _entry(value: Any, at: int) -> str:
    """A list's entry for the picture at that place; a text alone is every picture's."""
    if isinstance(value, str):
        return value
    return value[at] if at < len(value) else ""


def _folder() -> Path:
    return Path(os.environ.get(FOLDER_VARIABLE) or PACKAGE / "lessons")


@cache
def _sidecars(folder: Path, code: str) -> tuple[_Sidecar, ...]:
    """Every lesson's, in the language, or in English where there is none."""
    found = []
    for lesson in sorted(folder.glob("[0-9][0-9]_*")):
        record = read_sidecar(lesson / f"{code}.json") or read_sidecar(lesson / "en.json")
        parts = {key: value for key, value in record.items() if key in _Sidecar.__annotations__}
        found.append(_Sidecar(**parts | {"lesson": lesson.name}))
    return tuple(found)


def _lesson() -> _Sidecar | None:
    """The lesson that most cells of this kernel belong to: a single one, such as ``strip``, may be in two."""
    return _likeliest(_folder(), language(), len(_ran)) if _ran else None


@cache
def _likeliest(folder: Path, code: str, _count: int) -> _Sidecar | None:
    there = _sidecars(folder, code)
    best = max(there, key=lambda lesson: _shared(lesson, _ran), default=None)
    return best if best and _shared(best, _ran) else None


def _shared(lesson: _Sidecar, runs: Iterable[_Run]) -> int:
    return len({digest for run in runs if (digest := lesson.digest_of(run))})


def _pattern(message: str) -> re.Pattern[str]:
    fixed = [re.escape(part) for part in re.split(r"\{\d*\}", message)]
    return re.compile("(.+?)".join(fixed), re.DOTALL)


def _filled(translation: str, parts: list[str]) -> str:
    """A template with its holes filled, in their order or by their numbers."""
    in_order = iter(parts)
    filled = _HOLE.sub(lambda hole: parts[int(hole[1])] if hole[1] else next(in_order), translation)
    return one_kind_of_digits(filled)
