"""Two texts of a figure compared: the same letters in the same order, and about the same numbers."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from vislearn.viz.meaning.tolerances import NUMBER, NUMBER_LEAST

__all__ = ["text_differences"]

_MEASURED = re.compile(r"[-−]?\d[\d,]*\.\d+|[-−]?\d[\d,]*(?=\s?%)")
_ANY = re.compile(r"[-−]?\d[\d,]*(\.\d+)?")


def text_differences(what: str, expected: str, got: str, exact: bool) -> Iterator[str]:
    """How two texts differ: letters and their order count, breaks of lines don't; numbers, about.

    Args:
        what: what to call the text.
        expected: the stored one.
        got: the one drawn again.
        exact: compare numbers by value. Where only the structure is compared, there may be more numbers in a
            row, or fewer, but not none.

    >>> list(text_differences("the title", "AP 0.81", "AP 0.79", True))
    []
    >>> list(text_differences("the title", "cat 0.81", "dog 0.81", True))
    ["the title lacks 'cat' and has gained 'dog'"]
    """
    patterns = [_letters(text, _MEASURED if exact else _ANY) for text in (expected, got)]
    if not exact:
        patterns = [re.sub("#+", "#", pattern) for pattern in patterns]
    if patterns[0] != patterns[1]:
        missing, added = _changes(expected, got)
        if missing == expected and added == got:
            yield f"{what}: expected {expected!r}, got {got!r}"
        elif sorted(missing.split()) == sorted(added.split()):
            yield f"{what} is in another order: expected {expected!r}, got {got!r}"
        else:
            told = [f"{word} {text!r}" for word, text in [("lacks", missing), ("has gained", added)] if text]
            yield f"{what} {' and '.join(told)}"
        return
    if not exact:
        return
    numbers = [[_value(number) for number in _MEASURED.findall(text)] for text in (expected, got)]
    for was, now in zip(*numbers, strict=True):
        least = NUMBER_LEAST * (100 if "%" in expected else 1)
        if abs(was - now) > max(least, NUMBER * max(abs(was), abs(now))):
            yield f"{what}: expected {was:g}, got {now:g}; tolerance {NUMBER:.0%} of it, at least {least:g}"


def _letters(text: str, numbers: re.Pattern[str]) -> str:
    return "".join(numbers.sub("#", text).replace("·", " ").split())


def _value(number: str) -> float:
    return float(number.replace(",", "").replace("−", "-"))


def _changes(expected: str, got: str) -> tuple[str, str]:
    was, now = expected.split(), got.split()
    found = SequenceMatcher(None, was, now, autojunk=False).get_opcodes()
    missing = [" ".join(was[a:b]) for tag, a, b, _c, _d in found if tag in ("delete", "replace") and a < b]
    added = [" ".join(now[c:d]) for tag, _a, _b, c, d in found if tag in ("insert", "replace") and c < d]
    return " … ".join(missing), " … ".join(added)
