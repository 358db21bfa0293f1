"""The words of the course: each term in English and Bengali, what it means, how not to render it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vislearn.language import language

__all__ = ["Spelling", "Term", "spellings", "terms"]

_FILE = Path(__file__).parent / "locale" / "glossary.toml"


@dataclass(frozen=True)
class Term:
    """One word of the field, with the one rendering that the course uses.

    Args:
        names: language → the term.
        means: language → a sentence that explains it.
        lesson: where it first occurs, such as ``"00_overview"``.
        also: other English forms, by which a message is known to speak of it.
        never: renderings that no translation may use.
        instead_of: renderings that a translation may not use where the English says this term.
        allowed: phrases in which those are another word.
    """

    names: Mapping[str, str]
    means: Mapping[str, str]
    lesson: str
    also: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in the learner's language."""
        return self.names[language()]

    @property
    def meaning(self) -> str:
        """What it means, in the learner's language."""
        return self.means[language()]


@dataclass(frozen=True)
class Spelling:
    """Words that the course does not write, and how it writes them."""

    never: tuple[str, ...]
    write: str


@cache
def terms() -> tuple[Term, ...]:
    """Every term of the glossary, by subject: pictures, transforms, models, training, detection.

    >>> next(term.names["bn"] for term in terms() if term.names["en"] == "learning rate")
    'লার্নিং রেট'
    """
    return tuple(_term(record) for record in _read()["term"])


@cache
def spellings() -> tuple[Spelling, ...]:
    """What is spelt in one way only.

    >>> next(word.write for word in spellings() if "কখনও" in word.never)
    'কখনো'
    """
    return tuple(Spelling(tuple(record["never"]), record["write"]) for record in _read()["spelling"])


def _read() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _term(record: Mapping[str, Any]) -> Term:
    lists = {key: tuple(record.get(key, ())) for key in ("also", "never", "instead_of", "allowed")}
    names = {code: record[code] for code in record["means"]}
    return Term(names, record["means"], record["lesson"], **lists)
