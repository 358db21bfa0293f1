"""The learner's language: one English sentence in the code, its translation in ``locale/``."""

import os
import re
import string
from functools import cache
from pathlib import Path
from typing import Any

from vislearn.errors import Words, require_one_of

__all__ = [
    "LANGUAGES",
    "N_",
    "kinds_of_digits",
    "language",
    "one_kind_of_digits",
    "translate",
    "translate_to",
]

LANGUAGES = {"en": "English", "bn": "বাংলা"}
_LOCALE = Path(__file__).parent / "locale"
_LATIN, _BENGALI = "0123456789", "০১২৩৪৫৬৭৮৯"
_CODE = re.compile(r"(`+[^`]*`+|\b[A-Za-z_]+=\{[^{}]*\})")  # also batch_size={size}
# digits that are part of a name: float32, v2.Resize, mAP@.5, /home/x1, 1.png, Python 3.11
_NAME = re.compile(r"[A-Za-z_/@][\w.@/:~\\-]*(?<=[\w/])|\b[\w-]+\.[A-Za-z]\w*", re.ASCII)
_VERSION = re.compile(r"\b(?:Python|VOC) \d[\d.]*")


def N_(message: str) -> str:
    """Mark a text for the translators where it is written down, to be translated when it is shown.

    What is made at import can't be translated there: the learner's language is known only when it speaks.

    >>> N_("{count} pictures")
    '{count} pictures'
    """
    return message


def language() -> str:
    """The code of the learner's language: ``"en"`` or ``"bn"``.

    ``VISLEARN_LANGUAGE`` decides; without it the folder does, because a notebook in ``notebooks/bn``
    holds the same code as the English one and must still speak Bengali.

    Raises:
        InputError: ``VISLEARN_LANGUAGE`` names a language that is not there.
    """
    if chosen := os.environ.get("VISLEARN_LANGUAGE"):
        require_one_of("VISLEARN_LANGUAGE", chosen, LANGUAGES)
        return chosen
    folder = Path.cwd().name
    return folder if folder in LANGUAGES else "en"


def translate(message: str, /, **values: object) -> str:
    """``message`` in the learner's language, its ``{names}`` filled in.

    Args:
        message: the English text, a literal, so that the extractor finds it; or words that were marked.
        **values: what stands for each ``{name}``; words are translated, too.

    >>> translate("{count} pictures", count=3)
    '3 pictures'
    """
    return translate_to(language(), message, **values)


def translate_to(code: str, message: str, /, **values: object) -> str:
    """``message`` in a language that need not be the learner's: for what is written for others to read.

    Args:
        code: of the language.
        message: the English text, a literal, so that the extractor finds it.
        **values: what stands for each ``{name}``.
    """
    if isinstance(message, Words):
        return translate_to(code, message.message, **message.values)
    values = {
        name: translate_to(code, value) if isinstance(value, Words) else value
        for name, value in values.items()
    }
    translation = _catalog(code).get(message)
    if not translation:
        return message.format(**values)
    return one_kind_of_digits(_filled(translation, values)) if code == "bn" else translation.format(**values)


def kinds_of_digits(text: str) -> set[str]:
    """Which of ``"Latin"`` and ``"Bengali"`` digits a text counts in; those of code and names count nothing.

    >>> sorted(kinds_of_digits("২৫টি 8")), sorted(kinds_of_digits("২টি float32, `x[0]`"))
    (['Bengali', 'Latin'], ['Bengali'])
    """
    plain = _NAME.sub(" ", _VERSION.sub(" ", _CODE.sub(" ", text)))
    return {name for name, digits in (("Latin", _LATIN), ("Bengali", _BENGALI)) if set(digits) & set(plain)}


def one_kind_of_digits(text: str) -> str:
    """A text that counts in both kinds of digits, in Latin ones alone, as plots and tensors have them.

    >>> one_kind_of_digits("১০১টি বিন্দু: 0.81")
    '101টি বিন্দু: 0.81'
    """
    if len(kinds_of_digits(text)) < 2:
        return text
    return text.translate(str.maketrans(_BENGALI, _LATIN))


class _Counting(string.Formatter):
    """Whole numbers are counts, written in Bengali; measured values and texts stay as they are."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        written = super().format_field(value, format_spec)
        if isinstance(value, int):
            return written.translate(str.maketrans(_LATIN, _BENGALI))
        return written


def _filled(translation: str, values: dict[str, object]) -> str:
    """A translation with its ``{names}`` filled in; every second part is code, where numbers stay Latin."""
    parts, count = _CODE.split(translation), _Counting()
    return "".join(
        part.format(**values) if at % 2 else count.vformat(part, (), values) for at, part in enumerate(parts)
    )


@cache
def _catalog(code: str) -> dict[str, str]:
    if code == "en":
        return {}
    from babel.messages.pofile import read_po  # half a second that English readers need not pay

    with (_LOCALE / f"{code}.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and not entry.fuzzy}
