"""What a message and its translation must share: code, formulas, links, tags, numbers, names to fill in."""

import re
import string
from collections import Counter
from collections.abc import Callable

from markdown_it import MarkdownIt

__all__ = ["disagreements", "has_words", "placeholders", "without_code"]

_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_MATH = re.compile(r"\$\$.+?\$\$|\$(?!\s)[^$\n]+?(?<!\s)\$(?!\d)", re.DOTALL)
_TARGET = re.compile(r"(?<=\]\()\s*<?([^)\s>]+)[^)]*(?=\))")
_URL = re.compile(r"<?\bhttps?://[^\s)>\]]+>?")
_TAG = re.compile(r"<!--.*?-->|</?([a-zA-Z][\w-]*)([^>]*)>", re.DOTALL)
_ADDRESS = re.compile(r"\b(?:src|href)\s*=\s*(\"[^\"]*\"|'[^']*')")
_HOLE = re.compile(r"\{(\d*)\}")
_FIELD = re.compile(r"\{[^{}]*\}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SPOKEN = re.compile(r"(?=\d+ (?:কোটি|লাখ|হাজার))(?:(\d+) কোটি ?)?(?:(\d+) লাখ ?)?(?:(\d+) হাজার)?")
_UNITS = (10_000_000, 100_000, 1_000)
_LITERAL_MARK = re.compile(r"\*\*|\]\(|\*(?=\S)|(?<=\S)\*")
_INLINE = MarkdownIt("commonmark")


def has_words(text: str) -> bool:
    """Is there anything in it to translate?

    >>> has_words("| `a` | $b$ | 3 |"), has_words("| `a` | and |")
    (False, True)
    """
    return any(letter.isalpha() for letter in _dismantled(text)[1])


def without_code(text: str, keep: str = " ") -> str:
    """What a reader reads as language: no code, formulas, addresses, tags, nor names to fill in.

    Args:
        text: a message, in Markdown.
        keep: what stands in their place.

    >>> without_code("Call `fit` {count} times.", keep="#")
    'Call # # times.'
    """
    for pattern in (_CODE, _MATH, _TARGET, _URL, _TAG, _FIELD):
        text = pattern.sub(keep, text)
    return text


def placeholders(message: str) -> Counter[str]:
    """The names in braces that a message has filled in.

    >>> sorted(placeholders("{got} of {wanted:.2f}, {{not}} this"))
    ['got', 'wanted']
    """
    return Counter(name for _, name, _, _ in string.Formatter().parse(message) if name is not None)


def disagreements(message: str, translation: str, *, formatted: bool = False) -> list[str]:
    """What the translation lost, added or broke, each in a few words; an empty list is a good sign.

    Args:
        message: the text of the source, in Markdown.
        translation: the same in another language.
        formatted: the text is a template for ``str.format``.

    >>> disagreements("Call `read_image` 3 times.", "`read_picture` ৩ বার ডাকো।")
    ["lost the code 'read_image'", "added the code 'read_picture'"]
    """
    if formatted:
        try:
            found, meant = placeholders(translation), placeholders(message)
        except ValueError as error:
            return [f"can't be filled in ({error})"]
        if found != meant:
            return _differences("placeholder", meant, found)
    wanted, rest_wanted = _dismantled(message)
    got, rest_got = _dismantled(translation)
    marked = [code for code in got["code"] - wanted["code"] if code in " ".join(rest_wanted.split())]
    for code in marked:  # English that stands bare may get backticks: (3, 1, 1) or 0 before a full stop
        del got["code"][code]
        rest_got += f" {code}"
    problems = [problem for kind in wanted for problem in _differences(kind, wanted[kind], got[kind])]
    if wrong := _hole_problem(rest_wanted, rest_got):
        problems.append(wrong)
    if missing := _numbers(rest_wanted) - _numbers(rest_got):  # "a picture" may well become "1 picture"
        problems.append(f"lost the number {next(iter(missing))}")
    if message.startswith("| ") and _columns(message) != _columns(translation):
        problems.append(f"has {_columns(translation)} columns instead of {_columns(message)}")
    if _literal_marks(translation) > _literal_marks(message):
        problems.append("has a * or ]( that Markdown shows as it stands; a space beside it may help")
    return problems


def _dismantled(text: str) -> tuple[dict[str, Counter[str]], str]:
    """The parts of a text that are the same in any language, by kind; and what is left without them."""
    found: dict[str, Counter[str]] = {}

    def take_out(kind: str, pattern: re.Pattern, value: Callable[[re.Match], str]) -> None:
        nonlocal text
        found[kind] = Counter(value(match) for match in pattern.finditer(text))
        text = pattern.sub(" ", text)

    take_out("code", _CODE, lambda match: " ".join(match[2].split()))
    take_out("formula", _MATH, lambda match: " ".join(match[0].split()))
    take_out("link", _TARGET, lambda match: match[1])
    take_out("address", _URL, lambda match: match[0].strip("<>.,"))
    take_out("tag", _TAG, _tag)
    return found, text


def _tag(match: re.Match) -> str:
    """A tag without what may be translated: its title, its alt text."""
    address = _ADDRESS.search(match[2] or "")
    return f"{match[1] or 'comment'} {address[0] if address else ''}".rstrip()


def _differences(kind: str, wanted: Counter[str], got: Counter[str]) -> list[str]:
    return [f"lost the {kind} {value!r}" for value in wanted - got] + [
        f"added the {kind} {value!r}" for value in got - wanted
    ]


def _hole_problem(message: str, translation: str) -> str:
    """A figure's words have holes for numbers and names: ``{}`` in order, or ``{1}`` where it is another."""
    count, got = len(_HOLE.findall(message)), _HOLE.findall(translation)
    if got == [""] * count or sorted(got) == [str(number) for number in range(count)]:
        return ""
    return f"has {len(got)} holes {{}} instead of {count}, or numbers them otherwise than from {{0}} on"


def _numbers(text: str) -> Counter[str]:
    """Numbers by value: ``১,০০,০০০`` is ``100,000``, and so is ``১ লাখ``; ``১২`` is ``12``."""
    plain = (number.replace(",", "") for number in _NUMBER.findall(text))
    found = Counter("".join(c if c == "." else str(int(c)) for c in number) for number in plain)
    for spoken in _SPOKEN.findall(text):
        total = sum(int(count or 0) * unit for count, unit in zip(spoken, _UNITS, strict=True))
        found[str(total)] += 1
    return found


def _columns(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row)) - 1


def _literal_marks(text: str) -> int:
    """How many marks of emphasis or links come out as plain characters when Markdown is rendered."""
    (inline,) = _INLINE.parseInline(_MATH.sub("@@", text))  # JupyterLab too takes formulas out first
    words = (token.content for token in inline.children or () if token.type == "text")
    return sum(len(_LITERAL_MARK.findall(word)) for word in words)
