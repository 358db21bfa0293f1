"""The learner's language: one English sentence in the code, its translation in ``locale/``."""

import os
from functools import cache
from pathlib import Path

from vislearn.errors import require_one_of

__all__ = ["LANGUAGES", "language", "translate", "translate_to"]

LANGUAGES = {"en": "English", "bn": "বাংলা"}
_LOCALE = Path(__file__).parent / "locale"


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


def translate(message: str, **values: object) -> str:
    """``message`` in the learner's language, its ``{names}`` filled in.

    Args:
        message: the English text, a literal, so that the extractor finds it.
        **values: what stands for each ``{name}``.

    >>> translate("{count} pictures", count=3)
    '3 pictures'
    """
    return translate_to(language(), message, **values)


def translate_to(code: str, message: str, **values: object) -> str:
    """``message`` in a language that need not be the learner's: for what is written for others to read.

    Args:
        code: of the language.
        message: the English text, a literal, so that the extractor finds it.
        **values: what stands for each ``{name}``.
    """
    return (_catalog(code).get(message) or message).format(**values)


@cache
def _catalog(code: str) -> dict[str, str]:
    if code == "en":
        return {}
    from babel.messages.pofile import read_po  # half a second that English readers need not pay

    with (_LOCALE / f"{code}.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id and not entry.fuzzy}
