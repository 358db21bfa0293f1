"""Is a translation written with the words of the glossary, and in the course's spelling?"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from vislearn.course.translating.markup import without_code
from vislearn.glossary import Term, spellings, terms

__all__ = ["word_faults"]

_LETTER = r"[\u0980-\u09e5\u09f0-\u09fe\u200c\u200d]"  # and signs of vowels, and joiners; no digits
_ENDINGS = "(?:টি|টা|টুকু|গুলো|গুলি|রা|দের)?(?:কে|র|ের|য়ের|তে|ে|য়)?(?:ই|ও)?"
_UNTRANSLATED = {"Args:": "আর্গুমেন্ট:", "Returns:": "ফেরত:", "Raises:": "ত্রুটি:"}


def word_faults(message: str, translation: str) -> Iterator[tuple[str, str]]:
    """What is wrong in words that follow "the translation", and what to do.

    A word is found with its endings, never inside another word; code is left out.

    Args:
        message: the English text.
        translation: the same in Bengali.

    >>> list(word_faults("a chain of layers", "লেয়ারের শিকলটি"))
    [("says 'শিকলটি' for 'chain'", "Write 'চেইন'")]
    >>> list(word_faults("a chain of layers", "লেয়ারের চেইন"))
    []
    """
    english, text = without_code(message), unicodedata.normalize("NFC", without_code(translation))
    for term in terms():
        wrong = term.never + (term.instead_of if _speaks_of(term, english) else ())
        if found := _found(wrong, _without(term.allowed, text)):
            yield f"says {found} for '{term.names['en']}'", f"Write '{term.names['bn']}'"
    for spelling in spellings():
        if found := _found(spelling.never, text):
            yield f"says {found}", f"Write '{spelling.write}'"
    for line in text.split("\n"):
        if (word := line.strip()) in _UNTRANSLATED:
            yield f"leaves '{word}' in English", f"Write '{_UNTRANSLATED[word]}'"


def _speaks_of(term: Term, english: str) -> bool:
    names = "|".join(re.escape(name) for name in (term.names["en"], *term.also))
    return bool(re.search(rf"\b(?:{names})s?\b", english, re.IGNORECASE))


def _found(wrong: tuple[str, ...], text: str) -> str:
    """The words of the text, each as it stands there, once; none that is part of another."""
    found = dict.fromkeys(match[0] for word in wrong for match in _pattern(word).finditer(text))
    return ", ".join(f"'{one}'" for one in found if not any(one != other and one in other for other in found))


def _without(allowed: tuple[str, ...], text: str) -> str:
    for phrase in allowed:
        text = _pattern(phrase).sub(" ", text)
    return text


@cache
def _pattern(word: str) -> re.Pattern[str]:
    """A word or phrase with the last word's endings; a star stands for any letters, "!" for no ending."""
    parts = re.escape(unicodedata.normalize("NFC", word).removesuffix("!")).split(r"\ ")
    phrase = r"\s+".join(parts).replace(r"\*", f"{_LETTER}*")
    endings = "" if word.endswith(("*", "!")) else unicodedata.normalize("NFC", _ENDINGS)
    return re.compile(rf"(?<!{_LETTER}){phrase}{endings}(?!{_LETTER})")
