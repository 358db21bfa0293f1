"""Text outputs of two runs, compared letter by letter after what differs from run to run is taken out."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any

from vislearn.course.regression.differences import Difference

__all__ = ["SANITISERS", "sanitised", "text_differences"]

# The order matters: a path may hold an address, a rate holds a number that looks like a time.
SANITISERS = {
    "addresses in memory": (re.compile(r"\b0x[0-9a-fA-F]{6,}\b"), "<address>"),
    "temporary files": (
        re.compile(
            r"""(?:/private)?(?:/tmp|/var/tmp|/var/folders)/[^\s"'<>:,)\]]+"""
            r"""|[A-Za-z]:\\[^\s"'<>:,)\]]*\\Temp\\[^\s"'<>:,)\]]+"""
        ),
        "<temporary file>",
    ),
    "rates": (
        re.compile(r"\b\d+(?:\.\d+)? ?(?:it|images|pictures|batches|samples|[kMG]?i?B)/s\b"),
        "<rate>",
    ),
    "times": (
        re.compile(r"\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s|min|seconds?|minutes?)\b|\b\d{1,2}:\d\d(?::\d\d)?\b"),
        "<time>",
    ),
}
_SHOWN_LINES = 20


def sanitised(text: str) -> str:
    """``text`` without what can't be the same twice: addresses, temporary files, rates, times.

    >>> sanitised("<Net at 0x7f12ab34cd56> took 1.25 s")
    '<Net at <address>> took <time>'
    """
    for pattern, stand_in in SANITISERS.values():
        text = pattern.sub(stand_in, text)
    return text


def text_differences(
    stored: Iterable[Mapping[str, Any]], fresh: Iterable[Mapping[str, Any]]
) -> list[Difference]:
    """The first differing line of what two runs of a cell wrote, and the differences around it."""
    expected, got = (sanitised("\n".join(_texts(outputs))).splitlines() for outputs in (stored, fresh))
    if expected == got:
        return []
    at = next((n for n, (a, b) in enumerate(zip(expected, got, strict=False)) if a != b), None)
    at = min(len(expected), len(got)) if at is None else at
    was, now = (repr(lines[at]) if at < len(lines) else "no such line" for lines in (expected, got))
    lines = list(difflib.unified_diff(expected, got, "stored", "now", lineterm="", n=1))
    if left_out := max(0, len(lines) - _SHOWN_LINES):
        lines = [*lines[:_SHOWN_LINES], f"… and {left_out} lines"]
    return [
        Difference(
            "the text is not the stored one", was, now, "none: the cell is tagged exact", "\n".join(lines)
        )
    ]


def _texts(outputs: Iterable[Mapping[str, Any]]) -> list[str]:
    """Streams, plain texts and HTML; a metric has a tolerance, and pictures' pixels are no text."""
    texts = []
    for output in outputs:
        data = output.get("data", {})
        if output.get("name") == "stdout":
            texts.append(output["text"])
        elif "metric" not in output.get("metadata", {}).get("vislearn", {}):
            texts += [
                data[kind] for kind in ("text/plain", "text/html") if "<img" not in data.get(kind, "<img")
            ]
    return texts
