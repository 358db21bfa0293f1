"""Is a translation's punctuation as the course writes it: digits, quotes, দাঁড়ি, endings, headings?"""

import re
from collections.abc import Iterator

from vislearn.course.translating.markup import without_code
from vislearn.language import kinds_of_digits

__all__ = ["mark_faults"]

_SENTENCE = re.compile(r"[।?!|\n]")
_QUOTED = re.compile(r"\"([^\"\n]*)\"|(?<!\w)'([^'\n]*)'(?!\w)|‘([^’\n]*)’")
# what an English word or a class's name may bring along: (wrong 1), (N, 4), ৮ (8)
_GLOSS = re.compile(r"\([^()\u0980-\u09ff]*[A-Za-z][^()\u0980-\u09ff]*\)|(?<=[০-৯]) \([0-9]+\)")
_BENGALI = re.compile(r"[\u0980-\u09ff]")
# what a দাঁড়ি must not touch: (3, 1, 1), x + 1, [0, 1], 0.5, left < right
_FORMULA = re.compile(
    r"(\([^()\u0980-\u09ff]*[\d,=+*/<>−·-][^()\u0980-\u09ff]*\)"
    r"|\[[^\[\]\u0980-\u09ff]*\]"
    r"|[\w)\]]+ *(?: [-−<>+]|[=*/·×]) ?[A-Za-z0-9_.(\[][\w.()\[\]]*"
    r"|(?<![\w.])[-−]?[0-9][0-9.,]*)।",
    re.ASCII,
)

_GROUPED = re.compile(r"(?<![০-৯])[০-৯]{1,3}(?:[ \u00a0\u202f][০-৯]{3})+(?![০-৯])")
_LOOSE = re.compile(r"(?<=[\w`)}’”] )(?:টি|টির|টিকে|টিতে|গুলো|গুলোর|গুলোকে|গুলোতে)(?![\u0980-\u09ff])")
_EXERCISE, _IN_BENGALI = re.compile(r"\*\*Exercise \d+ — "), re.compile(r"\*\*অনুশীলনী [০-৯]+ — ")


def mark_faults(message: str, translation: str) -> Iterator[tuple[str, str]]:
    """What is wrong in words that follow "the translation", and what to do.

    Args:
        message: the English text.
        translation: the same in Bengali.

    >>> list(mark_faults("25 eights", "২৫টি 8"))
    [("mixes digits in '২৫টি 8'", 'Write one kind, or put what meets code into backticks')]
    >>> list(mark_faults("25 of 100", "১০০টির মধ্যে ২৫টি।"))
    []
    """
    text = without_code(translation)
    for sentence in _SENTENCE.split(_GLOSS.sub(" ", text)):
        if len(kinds_of_digits(sentence)) > 1:
            yield (
                f"mixes digits in '{_short(sentence)}'",
                "Write one kind, or put what meets code into backticks",
            )
    for match in _GROUPED.finditer(text):
        yield f"groups the digits of '{match[0]}' with a space", "Write ৫০ হাজার, ১ লাখ ১৮ হাজার"
    for match in _QUOTED.finditer(text):
        words = next(group for group in match.groups() if group is not None)
        if _BENGALI.search(words):
            yield f"quotes with {match[0][0]} in '{_short(match[0])}'", "Write “ ”"
    for match in _LOOSE.finditer(without_code(translation, keep="`")):
        yield f"lets the ending '{match[0]}' stand alone", "Join it to its word"
    if _EXERCISE.match(message) and not _IN_BENGALI.match(translation):
        yield "begins otherwise than the other exercises", "Begin with '**অনুশীলনী ১ — …'"
    for match in _FORMULA.finditer(without_code(translation, keep="`")):
        yield (
            f"has a দাঁড়ি at the code '{match[1]}'",
            "Put the code into backticks, or end the sentence with a word",
        )


def _short(text: str, limit: int = 50) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 2].rstrip() + " …"
