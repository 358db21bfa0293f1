"""A code cell's options in Quarto's form, ``#| key: value``: what its source says beside the code."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import yaml

from vislearn.errors import FileError
from vislearn.viz.meaning.terms import COMPARED

__all__ = ["OPTIONS", "split_options"]

_MARK = "#|"
_DEVICES = ("cuda", "mps")


def split_options(source: str, path: Path, line: int) -> tuple[dict[str, Any], str, int]:
    r"""A cell's options, the code that learners see, and how many lines of the source the options took.

    Args:
        source: the cell as it is written.
        path: of the lesson's source.
        line: where the cell's text begins in it.

    Raises:
        FileError: an option isn't YAML, isn't known, or has a value of another kind; names file and line.

    >>> split_options("#| fold: Trains five times.\nx = 1", Path("01_tiny.py"), 7)
    ({'fold': 'Trains five times.'}, 'x = 1', 1)
    """
    lines = source.split("\n")
    count = next((at for at, text in enumerate(lines) if not text.startswith(_MARK)), len(lines))
    if not count:
        return {}, source, 0
    texts = [text.removeprefix(_MARK).removeprefix(" ") for text in lines[:count]]
    options = _read(texts, path, line)
    for key, value in options.items():
        at = line + next((at for at, text in enumerate(texts) if text.startswith(key)), 0)
        _require(key, value, f"{path}:{at}")
    lists = {key: [options[key]] for key in ("fig-alt", "caption") if isinstance(options.get(key), str)}
    return options | lists, "\n".join(lines[count:]).lstrip("\n"), count


class _Loader(yaml.SafeLoader):
    """YAML in which ``on`` is a word; elsewhere it is a way to write true."""

    yaml_implicit_resolvers: ClassVar = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _read(texts: list[str], path: Path, line: int) -> dict[str, Any]:
    try:
        options = yaml.load("\n".join(texts), _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = line + min(mark.line if mark else 0, len(texts) - 1)
        raise FileError(
            f"{path}:{at}",
            f"has options that are no YAML ({getattr(error, 'problem', None) or 'unreadable'})",
            fix="Put a text that holds a colon or begins with a sign into quotes.",
        ) from None
    if not isinstance(options, dict):
        raise FileError(f"{path}:{line}", "has options without a key", fix="Write #| key: value.")
    if sum(text.count("#") for text in texts) != sum(text.count("#") for text in _texts(options)):
        raise FileError(
            f"{path}:{line}",
            "has an option with a #, which YAML takes for a comment",
            fix="Put it in quotes.",
        )
    return options


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, keys included."""
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _texts(key)
            yield from _texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)
    else:
        yield str(value)


def _require(key: str, value: Any, where: str) -> None:
    if key not in OPTIONS:
        raise FileError(where, f"has the option {key!r}", fix=f"Known are {', '.join(OPTIONS)}.")
    holds, rule = OPTIONS[key]
    if not holds(value):
        raise FileError(where, f"has the option {key} with {value!r}", fix=f"It must be {rule}.")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_one_or_more_texts(value: Any) -> bool:
    return _is_text(value) or _is_texts(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_bound(value: Any) -> bool:
    return _is_number(value) or _maps(value, _is_text, _is_number)


def _is_on(value: Any) -> bool:
    return _by_device(value) or _maps(value, _is_text, _by_device)


def _by_device(value: Any) -> bool:
    return _maps(value, _DEVICES.__contains__, _is_number)


def _maps(value: Any, key: Callable[[Any], bool], entry: Callable[[Any], bool]) -> bool:
    return (
        isinstance(value, dict) and bool(value) and all(map(key, value)) and all(map(entry, value.values()))
    )


def _is_compared(value: Any) -> bool:
    return value in COMPARED or (
        isinstance(value, list) and bool(value) and all(one in COMPARED for one in value)
    )


_PER_PICTURE = "a text, or a list of texts: one per picture"
_A_BOUND = "a number, or a mapping from a metric's name to a number"

# what a cell may say: key → whether a value is one, and the rule in words
OPTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "fig-alt": (_is_one_or_more_texts, _PER_PICTURE),
    "caption": (_is_one_or_more_texts, _PER_PICTURE),
    "compared": (_is_compared, f"one of {', '.join(COMPARED)}, or a list of them: one per picture"),
    "within": (_is_bound, _A_BOUND),
    "at-least": (_is_bound, _A_BOUND),
    "at-most": (_is_bound, _A_BOUND),
    "on": (_is_on, f"a mapping from {' or '.join(_DEVICES)} to a number, or one for each metric's name"),
    "fold": (_is_text, "a sentence: what the folded cell does"),
    "words": (_is_texts, "a list of texts that reach a figure by another way than a literal"),
}
