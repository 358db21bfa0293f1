"""What a trap is, and what one that was found says."""

import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from vislearn.language import translate as _
from vislearn.problems import Problem

__all__ = ["CERTAINTIES", "Certainty", "Found", "Trap", "found_in", "wrapped"]

Certainty = Literal["certain", "likely", "perhaps"]
_COLUMNS = 84  # JupyterLab breaks longer lines, in the middle of a word
CERTAINTIES: tuple[Certainty, ...] = ("certain", "likely", "perhaps")  # the surest first


@dataclass(frozen=True)
class Trap:
    """One mistake that crashes nothing and makes a model worse.

    Args:
        name: how it is called in tests, tables and lessons.
        certainty: ``"certain"``: what was seen can't be meant; ``"likely"``: hardly; ``"perhaps"``: look.
        section: of lesson 13, where its kind is met: ``"13.4"``.
        broken: code that falls into it, and runs.
        symptom: what its victim notices; English, marked for the translators.
        fixed: the same code as it should be.
        find: facts -> what is wrong, or None. Which facts, says the module that the trap lives in.
    """

    name: str
    certainty: Certainty
    section: str
    broken: str
    symptom: str
    fixed: str
    find: Callable[[Any], Problem | None]


@dataclass(frozen=True)
class Found:
    """A trap somebody is in.

    Attributes:
        trap: which one.
        problem: where, what and how to get out.
    """

    trap: Trap
    problem: Problem

    def __str__(self) -> str:
        return f"{_words()[self.trap.certainty]}: {self.problem}"


def wrapped(found: Iterable[Found]) -> str:
    """What was found, each in lines that end between words.

    Args:
        found: to be told.
    """
    lines = textwrap.TextWrapper(
        _COLUMNS, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(lines.fill(str(one)) for one in found)


def _words() -> dict[Certainty, str]:
    return {"certain": _("certain"), "likely": _("likely"), "perhaps": _("perhaps")}


def found_in(facts: Any, traps: Iterable[Trap]) -> list[Found]:
    """Which of these traps the facts show, the surest first, each once.

    Args:
        facts: what their ``find`` looks at.
        traps: to be asked.
    """
    found = [Found(trap, problem) for trap in traps if (problem := trap.find(facts)) is not None]
    return sorted(found, key=lambda one: CERTAINTIES.index(one.trap.certainty))
