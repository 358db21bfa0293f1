"""Pictures from computers that had more at hand: kept with the package, shown where it is missing."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from vislearn.errors import MissingError
from vislearn.files import replaced_whole
from vislearn.language import language
from vislearn.language import translate as _
from vislearn.viz.picture import Picture, describe

__all__ = ["Missing", "Substitute", "full_size", "keep"]

_FOLDER = Path(__file__).parent / "kept"
_FACTS = ["alt", "width", "height", "caption", "digest", "photos"]


@dataclass(frozen=True)
class Substitute:
    """A stored picture, and one line that says why it stands here."""

    picture: Picture
    reason: str

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        text = _("Not run here. {reason} Below: the result from a computer that had it.", reason=self.reason)
        data = {
            "text/html": f"<p>{escape(text)}</p>{self.picture.html()}",
            "text/plain": f"{text}\n{self.picture.alt}",
        }
        return data, {"vislearn": {"figure": self.picture.digest | {"substitute": True}}}


@dataclass(frozen=True)
class Missing:
    """One line where nobody had the means to make a picture yet; the lesson says what to expect."""

    reason: str

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        text = _("Not run here. {reason}", reason=self.reason)
        data = {"text/html": f"<p>{escape(text)}</p>", "text/plain": text}
        return data, {"vislearn": {"figure": {"substitute": True}}}


def full_size(
    draw: Callable[[], Picture], *, stored: str, optional: bool = False
) -> Picture | Substitute | Missing:
    """Draw with real weights or data where they are at hand; elsewhere show the stored picture.

    Args:
        draw: the full-size experiment; it raises ``MissingError`` when something isn't there.
        stored: the name under which the result is kept. With ``VISLEARN_KEEP=1`` a result that could be
            made replaces the kept one.
        optional: with nothing kept under that name, the reason alone stands in for the picture: for weights
            that were at hand nowhere the lesson was written.

    Returns:
        The new picture, or the kept one with the reason.

    Raises:
        MissingError: neither the means nor a kept picture are there, and it isn't ``optional``.
    """
    try:
        picture = draw()
    except MissingError as missing:
        if not (_FOLDER / f"{stored}.json").exists():
            if optional:
                return Missing(str(missing))
            raise
        return Substitute(_described(_kept(stored)), str(missing))
    if os.environ.get("VISLEARN_KEEP") == "1":
        keep(picture, stored)
    return picture


def keep(picture: Picture, name: str) -> None:
    """Store a picture and its words under ``name``, replacing what was there in the learner's language.

    Args:
        picture: the result to keep.
        name: a file name without ending.
    """
    facts = {name: getattr(picture, name) for name in _FACTS}
    own = _in_language(name)
    for file, data in [(f"{own}.webp", picture.data), (f"{own}.json", json.dumps(facts).encode())]:
        with replaced_whole(_FOLDER / file) as draft:
            draft.write_bytes(data)


def _described(picture: Picture) -> Picture:
    """In the words of the cell that shows it, which are in the learner's language, where it has some."""
    said = describe(told=picture.alt)
    return replace(picture, alt=said.alt, caption=said.caption or picture.caption)


def _in_language(name: str) -> str:
    return name if language() == "en" else f"{name}.{language()}"


def _kept(name: str) -> Picture:
    """The picture whose words are in the learner's language; the English one where there is no such."""
    if (_FOLDER / f"{_in_language(name)}.json").exists():
        name = _in_language(name)
    facts = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    facts["photos"] = tuple(map(tuple, facts["photos"]))  # JSON has lists alone
    return Picture((_FOLDER / f"{name}.webp").read_bytes(), **facts)
