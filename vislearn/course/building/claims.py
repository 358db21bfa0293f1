"""Do a figure's title and alt text say what is drawn? Simple English claims are held against its digest."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

__all__ = ["contradictions"]

_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_COUNTED = re.compile(rf"({'|'.join(_COUNTS)}) (?:falling |rising )?(bars|lines|curves|losses|panels)\b")
_TREND = re.compile(r"\b(fall|ris)(?:s|es|e|ing)?\b")
_MOST = re.compile(
    r"(?<!\bto )\b(?:(highest|longest|above the others)|(lowest|shortest|below the others)"
    r"|(fastest)|(slowest))"
    r"(?= (?:bar|line|curve|one|of all|in|with|at the)\b| \W|\W*$)"
)
_MARK = re.compile(r"<(\d+)>")  # what stands in a text for the name of something drawn
_CLAUSE = re.compile(r"[,;:]\s+|\.\s+|\.$|\n")
_VAGUE = re.compile(r"\b(?:or|at first|between|difference|gap|than|not|never|nearly|almost all)\b")
_STEP_BACK = 0.05  # of what is drawn: less of it is still "all the way"


@dataclass(frozen=True)
class _Series:
    """A line, or a bar: that is one value."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class _Panel:
    """What is drawn between one pair of axes."""

    lines: tuple[_Series, ...]
    bars: tuple[_Series, ...]
    axis: str

    @property
    def series(self) -> tuple[_Series, ...]:
        return self.bars or self.lines


def contradictions(text: str, figure: Mapping[str, Any]) -> list[str]:
    """Claims that a figure doesn't keep, in a few words each; ``[]`` where nothing is known to be wrong.

    Understood are how many bars, lines and panels there are, what falls or rises from its first to its last
    point, and which is the highest or lowest (of lines: in the end, or all the time where it "stays" so).
    A sentence that could mean something else is passed over.

    Args:
        text: the figure's title or alt text.
        figure: its digest, as it is stored in a notebook.

    >>> line = {"name": "loss", "points": [[1, 2.0], [2, 3.0]]}
    >>> contradictions("The loss falls.", {"plots": [{"scales": ["linear", "linear"], "lines": [line]}]})
    ['"the loss falls", but loss goes from 2 to 3']
    """
    drawn = [_panel(plot) for plot in figure.get("plots", [])]
    panels = [panel for panel in drawn if panel.series]
    names = sorted({one.name for panel in panels for one in panel.series if _is_telling(one.name)})
    here, found = panels, list[str]()
    plots_only = len(panels) == len(drawn)
    for clause in _clauses(text, names):
        if side := re.match(r"(?:on the )?(left|right)\b", clause):
            here = [panels[0 if side[1] == "left" else -1]] if len(panels) == 2 else []
        marked = [names[int(number)] for number in _MARK.findall(clause)]
        said = _MARK.sub(lambda mark: names[int(mark[1])], clause)
        wrong = [*_trends(clause, marked, here), *_most(clause, marked, here)]
        if plots_only:  # else a picture may be one of the panels
            wrong += _miscounted(clause, here)
        found += [f'"{said}", but {what}' for what in wrong]
    return found


def _panel(plot: Mapping[str, Any]) -> _Panel:
    lines = tuple(
        _Series(_plain(line.get("name", "")), values)
        for line in plot.get("lines", [])
        if "on" not in line and (values := tuple(y for _x, y in line.get("points", []) if y is not None))
    )
    bars = tuple(
        _Series(_plain(bar.get("name", "")), (end - start,))
        for bar in plot.get("bars", [])
        if "on" not in bar
        for start, end in bar["spans"]
    )
    return _Panel(lines, bars, f"{plot.get('xlabel', '')} {plot.get('ylabel', '')}")


def _plain(name: str) -> str:
    """As it would be written in a sentence."""
    return " ".join(re.sub(r"[^\w@.%−+-]+|_", " ", name.casefold()).split())


def _is_telling(name: str) -> bool:
    """A name that a sentence hardly holds by chance."""
    return len(name) > 2 and name not in (*_COUNTS, "one", "none", "all", "both")


def _clauses(text: str, names: list[str]) -> Iterator[str]:
    """Parts of sentences, with a mark for each name of something drawn."""
    text = text.casefold()
    for name in sorted(names, key=len, reverse=True):
        spelled = r"[\W_]+".join(map(re.escape, name.split()))
        text = re.sub(rf"(?<![\w<@]){spelled}(?![\w>@])", f"<{names.index(name)}>", text)
    return filter(None, (clause.strip() for clause in _CLAUSE.split(text)))


def _miscounted(clause: str, panels: list[_Panel]) -> Iterator[str]:
    if not (said := _COUNTED.match(clause)):
        return
    lines = [line for panel in panels for line in panel.lines]
    numbers = {"bars": sum(len(panel.bars) for panel in panels), "panels": len(panels)}
    drawn = numbers.get(said[2], len([line for line in lines if line.name] or lines))
    if drawn and drawn != _COUNTS[said[1]]:
        yield f"{drawn} are drawn"


def _trends(clause: str, marked: list[str], panels: list[_Panel]) -> Iterator[str]:
    """What falls or rises: the lines named before, else "all", "both", "four"; "one loss falls" is any."""
    trends = list(dict.fromkeys(_TREND.findall(clause)))
    if not trends or _VAGUE.search(clause):
        return
    lines = [line for panel in panels for line in panel.lines if len(line.values) > 1]
    against = [line for line in lines if _goes_otherwise(line.values, trends, clause)]
    if marked and re.search(r"<\d+>.*" + _TREND.pattern, clause):
        yield from (_course(line) for line in against if line.name in marked)
    elif re.match(r"one \w+ (?:falls|rises)", clause):
        if len(against) == len(lines) > 0:
            yield "no line does"
    elif re.match(rf"(?:all|both|{'|'.join(_COUNTS)})\b", clause):
        yield from map(_course, against)


def _goes_otherwise(values: tuple[float, ...], trends: list[str], clause: str) -> bool:
    first, last = values[0], values[-1]
    if len(trends) > 1:  # up and down, or down and up: the turn lies inside
        return (max if trends[0] == "ris" else min)(values) in (first, last)
    sign = 1 if trends == ["ris"] else -1
    if "all the way" in clause:
        allowed = _STEP_BACK * (max(values) - min(values))
        return any(sign * (after - before) < -allowed for before, after in pairwise(values))
    return sign * (last - first) <= 0


def _course(line: _Series) -> str:
    return f"{line.name} goes from {line.values[0]:g} to {line.values[-1]:g}"


def _most(clause: str, marked: list[str], panels: list[_Panel]) -> Iterator[str]:
    """The highest or lowest: those named before, or the first, or the last; against all others of a panel."""
    said, ordinal = _MOST.search(clause), re.match(r"(?:the )?(first|last)\b", clause)
    if not said or _VAGUE.search(clause) or not (ordinal or _MARK.search(clause[: said.start()])):
        return
    for panel in panels:
        subjects = [one for one in panel.series if one.name in marked]
        if ordinal and not marked:
            subjects = [panel.series[0 if ordinal[1] == "first" else -1]]
        rest = [one for one in panel.series if one not in subjects]
        if subjects and rest:
            faster = "per second" in panel.axis
            sign = 1 if said[1] or (said[3] and faster) or (said[4] and not faster) else -1
            yield from _surpassed(subjects, rest, sign, throughout=bool(re.search(r"\bstays?\b", clause)))


def _surpassed(subjects: list[_Series], rest: list[_Series], sign: int, *, throughout: bool) -> Iterator[str]:
    lengths = {len(one.values) for one in (*subjects, *rest)}
    for at in range(*lengths) if throughout and len(lengths) == 1 else [-1]:
        worst = min(subjects, key=lambda one: sign * one.values[at])
        best = max(rest, key=lambda one: sign * one.values[at])
        if sign * best.values[at] > sign * worst.values[at]:
            yield f"{worst.name} has {worst.values[at]:g} and {best.name} {best.values[at]:g}"
            return
