"""Two figures compared by what they show: their digests, as :mod:`vislearn.viz.meaning.digest` makes them.

Another font, another resolution, noise that nobody sees and a result that varies a little from machine to
machine mean the same. A missing curve, a shifted box or swapped channels do not.

A figure that another machine need not repeat in full says so in its digest. Of one that is compared by
``"structure"``, numbers, places and colours may differ; by ``"pictures"``, numbers and what is drawn upon the
pictures. Nothing may be lost in either: a picture that became one colour, a curve without numbers, all boxes
that lay on pictures. ``"values on cpu"`` stands in the digest of a figure that a GPU drew, in place of
``"values"``: it is compared by structure.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from vislearn.viz.meaning.looks import emptied, look_difference

__all__ = [
    "BOX",
    "BOX_PX",
    "FRAME",
    "LIMITS",
    "NUMBER",
    "NUMBER_LEAST",
    "SIZE",
    "SPREAD",
    "TALLER",
    "VALUE",
    "compare",
]

VALUE = 0.12  # of the axis: an accuracy on a few hundred pictures moves this much with another rounding
SPREAD = 0.25  # of the axis: the lowest and highest of a few runs vary more than their mean
LIMITS = 0.25  # of the axis: its ends follow the lowest and highest number
NUMBER = 0.12  # of a number with decimals or % in a text: as for values
NUMBER_LEAST = 0.06  # but as much as is lost by rounding to one decimal; in percent, 6 points
BOX = 0.005  # of the picture's side: 5 px of 1000
BOX_PX = 1.5  # px on the page: pictures lie on whole pixels of the drawing, boxes need not
FRAME = 0.02  # of the picture's side: a box that is as large as its picture is the picture's frame
SIZE = 0.02  # of the width of a figure or picture; another font only makes a sheet taller
TALLER = 0.35  # of the height of a sheet: titles wrap into more or fewer lines

_Entry = Mapping[str, Any]
_MEASURED = re.compile(r"[-−]?\d[\d,]*\.\d+|[-−]?\d[\d,]*(?=\s?%)")
_ANY = re.compile(r"[-−]?\d[\d,]*(\.\d+)?")


def compare(expected: _Entry, got: _Entry) -> list[str]:
    """How a figure differs in meaning from the one that is stored, a sentence each; empty if it doesn't.

    Args:
        expected: the digest in the notebook.
        got: the digest of the same figure, drawn again.

    >>> compare({"size": [9, 9], "title": "Loss"}, {"size": [9, 9], "title": "Accuracy"})
    ["the title: expected 'Loss', got 'Accuracy'"]
    """
    kept = expected.get("substitute"), got.get("substitute")
    if any(kept) and not ("size" in expected and "size" in got):
        return []  # one is the kept picture of another machine, from before digests were kept
    return list(_figure(expected, got))


def _figure(expected: _Entry, got: _Entry) -> Iterator[str]:
    modes = [side.get("compared", "values") for side in (expected, got)]
    if modes[0] != modes[1] and set(modes) != {"values", "values on cpu"}:
        yield f"what is compared: expected {modes[0]!r}, got {modes[1]!r}"
    looks = not {"structure", "values on cpu"} & set(modes)
    exact = looks and "pictures" not in modes
    yield from _size("the figure", expected.get("size"), got.get("size"), TALLER)
    yield from _words("the title", expected.get("title", ""), got.get("title", ""), exact)
    yield from _words("the text", _joined(expected, "words"), _joined(got, "words"), exact)
    yield from _same("the legend", expected.get("legend", []), got.get("legend", []))
    if exact:
        yield from _count("numbers beside bars", expected.get("numbers", 0), got.get("numbers", 0))
    plots = expected.get("plots", []), got.get("plots", [])
    yield from _count("plots", len(plots[0]), len(plots[1]))
    if len(plots[0]) == len(plots[1]):
        for number, (was, now) in enumerate(zip(*plots, strict=True), 1):
            place = f"of plot {number}" if len(plots[0]) > 1 else "of the plot"
            yield from _plot(place, was, now, exact, looks)


def _plot(place: str, expected: _Entry, got: _Entry, exact: bool, looks: bool) -> Iterator[str]:
    for part, words in [("title", "title"), ("xlabel", "x label"), ("ylabel", "y label")]:
        yield from _words(f"the {words} {place}", expected.get(part, ""), got.get(part, ""), exact)
    yield from _same(f"the legend {place}", expected.get("legend", []), got.get("legend", []))
    yield from _same(f"the tick labels {place}", expected.get("ticks", []), got.get("ticks", []))
    yield from _same(f"the scales {place}", expected.get("scales", []), got.get("scales", []))
    yield from _same(f"other things {place}", expected.get("others", []), got.get("others", []))
    axes = _Axes(expected, exact)
    if exact:
        yield from axes.limits(place, got)
    for kind, entry in [("line", axes.line), ("bar", axes.bars), ("area", axes.area)]:
        was, now = (_unfolded(side.get(f"{kind}s", [])) for side in (expected, got))
        if kind == "bar" and any("ranked" in one for one in (*was, *now)):
            yield from _ranking(place, was, now, exact)
            continue
        yield from _pairs(kind, place, was, now, entry)
    pictures = expected.get("images", []), got.get("images", [])
    yield from _pairs("picture", place, *pictures, lambda what, was, now: _picture(what, was, now, looks))
    before, after = (_unfolded(side.get("boxes", [])) for side in (expected, got))
    if not exact:
        if any(map(_is_found, before)) and not any(map(_is_found, after)):
            yield f"boxes on pictures {place}: expected some, got none"
        before, after = ([box for box in boxes if _stays(box)] for boxes in (before, after))
    yield from _pairs(
        "box", place, before, after, lambda what, was, now: _box(what, was, now, pictures[0], exact)
    )


def _stays(box: _Entry) -> bool:
    """Is a box part of the figure's build? Those on a picture are found there, by a network trained anew."""
    return _host(box) not in ("picture", "card")


def _is_found(box: _Entry) -> bool:
    """Does a box lie on a picture, and is more than its frame?"""
    edges = zip(box.get("place", ()), (0, 0, 1, 1), strict=False)
    return _host(box) == "picture" and any(abs(edge - end) > FRAME for edge, end in edges)


def _host(box: _Entry) -> str:
    """What it lies on: "picture", "card", "axes"; "" for nothing."""
    return str(box.get("on", "")).partition(" ")[0]


def _pairs(kind: str, place: str, expected: Sequence[_Entry], got: Sequence[_Entry], entry: Any) -> Any:
    """What is missing, else what differs: of each pair in drawing order."""
    if len(expected) != len(got):
        names = [one["name"] for one in expected if one.get("name") not in [None, *_names(got)]]
        added = [one["name"] for one in got if one.get("name") not in [None, *_names(expected)]]
        told = [
            f"{word} {', '.join(map(repr, of))}" for word, of in [("without", names), ("with", added)] if of
        ]
        plural = "boxes" if kind == "box" else f"{kind}s"
        listed = f", {' and '.join(told)}" if told else ""
        yield f"{plural} {place}: expected {len(expected)}, got {len(got)}{listed}"
        return
    for number, (was, now) in enumerate(zip(expected, got, strict=True), 1):
        what = f"{kind} {was['name']!r} {place}" if "name" in was else f"{kind} {number} {place}"
        for part in ("name", "kind", "count", "marker", "dashed", "filled", "on", "along", "shown"):
            if was.get(part) != now.get(part):
                yield f"{what}, {part}: expected {was.get(part)!r}, got {now.get(part)!r}"
        if was.get("color") != now.get("color"):
            yield f"{what}, color: expected {was.get('color')}, got {now.get('color')}"
        yield from entry(what, was, now)


class _Axes:
    """The units in which numbers of a plot are compared: shares of its stored axes."""

    def __init__(self, plot: _Entry, exact: bool) -> None:
        self.exact = exact
        self.ends = [plot.get("xlim"), plot.get("ylim")]
        self.scales = plot.get("scales", ["linear", "linear"])

    def limits(self, place: str, got: _Entry) -> Iterator[str]:
        for axis, name in enumerate(["xlim", "ylim"]):
            was, now = self.ends[axis] or [], got.get(name, [])
            if bool(was) != bool(now):
                yield f"{name} {place}: expected {was or 'no numbers'}, got {now or 'no numbers'}"
            elif any(self.share(axis, *pair) > LIMITS for pair in zip(was, now, strict=True)):
                tolerance = f"tolerance {LIMITS:.0%} of the axis"
                yield f"{name} {place}: expected {_range(was)}, got {_range(now)}; {tolerance}"

    def share(self, axis: int, was: float | None, now: float | None, whole: bool = False) -> float:
        """How far apart two numbers are, as a share of the axis; of 1 on a sheet."""
        if was is None or now is None:
            return 0.0 if was is now else math.inf
        ends = self.ends[axis]
        if not ends or whole:
            return abs(was - now) if whole else 0.0
        if self.scales[axis] == "log" and min(was, now, *ends) > 0:
            was, now, *ends = (math.log(number) for number in (was, now, *ends))
        return abs(was - now) / (abs(ends[1] - ends[0]) or 1.0)

    def line(self, what: str, expected: _Entry, got: _Entry) -> Iterator[str]:
        points = expected.get("points", []), got.get("points", [])
        if _numberless(points[1]) and not _numberless(points[0]):
            yield f"{what}: expected a curve, got no numbers"
            return
        if len(points[0]) != len(points[1]):
            return  # its count differs, and that has been said
        for number, (was, now) in enumerate(zip(*points, strict=True), 1):
            for axis in range(2):
                if not self.exact and axis == 1:
                    continue
                far = self.share(axis, was[axis], now[axis], whole="on" in expected)
                if far > VALUE:
                    yield (
                        f"{what}, {'xy'[axis]} of sample {number} of {len(points[0])}: expected "
                        f"{_number(was[axis])}, got {_number(now[axis])}; tolerance {VALUE:.0%} of the axis"
                    )
                    return  # one sentence a line is enough

    def bars(self, what: str, expected: _Entry, got: _Entry) -> Iterator[str]:
        spans = expected["spans"], got["spans"]
        if len(spans[0]) != len(spans[1]):
            yield f"{what}: expected {len(spans[0])} bars, got {len(spans[1])}"
        elif self.exact:
            axis = 0 if expected.get("along") == "x" else 1
            for number, (was, now) in enumerate(zip(*spans, strict=True), 1):
                if any(
                    self.share(axis, *pair, whole="along" not in expected) > VALUE
                    for pair in zip(was, now, strict=True)
                ):
                    which = f", bar {number} of {len(spans[0])}" if len(spans[0]) > 1 else ""
                    yield (
                        f"{what}{which}: expected {_range(was)}, got {_range(now)}; "
                        f"tolerance {VALUE:.0%} of the axis"
                    )

    def area(self, what: str, expected: _Entry, got: _Entry) -> Iterator[str]:
        ranges = expected.get("range", []), got.get("range", [])
        if not self.exact or not all(ranges):
            return
        for axis in range(2):
            was, now = ([corner[axis] for corner in corners] for corners in ranges)
            if any(self.share(axis, *pair) > SPREAD for pair in zip(was, now, strict=True)):
                yield (
                    f"{what}, range of {'xy'[axis]}: expected {_range(was)}, got {_range(now)}; "
                    f"tolerance {SPREAD:.0%} of the axis"
                )


def _numberless(points: Sequence[Sequence[float | None]]) -> bool:
    return all(y is None for _x, y in points)


def _ranking(place: str, expected: Sequence[_Entry], got: Sequence[_Entry], exact: bool) -> Iterator[str]:
    """Bars sorted by length: each by its name, as equals swap places; short ones come and go."""
    yield from _count(f"bars {place}", len(expected), len(got))
    colors = [[one.get("color") for one in side] for side in (expected, got)]
    if len(expected) == len(got) and colors[0] != colors[1]:
        yield f"colors of the bars {place}: expected {colors[0]}, got {colors[1]}"
    nameless = [sum("name" not in one for one in side) for side in (expected, got)]
    if nameless[0] != nameless[1]:
        yield f"bars without a name {place}: expected {nameless[0]}, got {nameless[1]}"
    if not exact:
        return
    was, now = (
        {one["name"]: one["spans"][0][1] for one in side if "name" in one} for side in (expected, got)
    )
    for name in {**was, **now}:
        if abs(was.get(name, 0.0) - now.get(name, 0.0)) > VALUE:
            told = [f"{side[name]:.2f}" if name in side else "none" for side in (was, now)]
            yield f"bar {name!r} {place}: expected {told[0]}, got {told[1]}; tolerance {VALUE}"


def _picture(what: str, expected: _Entry, got: _Entry, looks: bool) -> Iterator[str]:
    yield from _size(what, expected["size"], got["size"], SIZE)
    if len(expected["look"]) == len(got["look"]):
        difference = (look_difference if looks else emptied)(expected["look"], got["look"])
        if difference:
            yield f"{what}: {difference}"


def _box(what: str, expected: _Entry, got: _Entry, pictures: Sequence[_Entry], exact: bool) -> Iterator[str]:
    was, now = expected.get("place"), got.get("place")
    if was is None or now is None or expected.get("on") != got.get("on"):
        return
    host, _space, number = expected["on"].partition(" ")
    if host == "axes" and not exact:
        return
    size = pictures[int(number) - 1]["size"] if host == "picture" and number else None
    tolerances = (
        [max(BOX, BOX_PX / side) for side in size] if size else [VALUE if host == "axes" else BOX] * 2
    )
    far = [abs(a - b) for a, b in zip(was, now, strict=True)]
    if any(distance > tolerances[at % 2] for at, distance in enumerate(far)):
        edge = max(range(4), key=far.__getitem__)
        shift = f", {far[edge] * size[edge % 2]:.0f} px" if size else ""
        yield (
            f"{what}, {['left', 'top', 'right', 'bottom'][edge]} edge: expected {was[edge]:.1%} of "
            f"{'the ' + host if not number else expected['on']}, got {now[edge]:.1%}{shift}; "
            f"tolerance {tolerances[edge % 2]:.1%}"
        )


def _size(what: str, expected: Any, got: Any, taller: float) -> Iterator[str]:
    if expected is None or got is None:
        return
    far = [abs(was - now) / max(was, 1) for was, now in zip(expected, got, strict=True)]
    if far[0] > SIZE or far[1] > taller:
        told = [f"{width}×{height} px" for width, height in (expected, got)]
        yield f"the size of {what}: expected {told[0]}, got {told[1]}; tolerance {SIZE:.0%} × {taller:.0%}"


def _words(what: str, expected: str, got: str, exact: bool) -> Iterator[str]:
    """Texts are the same letters in the same order, however they are broken into lines; numbers, about.

    Where only the structure is compared, there may be more numbers in a row, or fewer, but not none.
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


def _same(what: str, expected: Sequence[str], got: Sequence[str]) -> Iterator[str]:
    if list(expected) != list(got):
        told = [", ".join(map(repr, side)) or "none" for side in (expected, got)]
        yield f"{what}: expected {told[0]}, got {told[1]}"


def _count(what: str, expected: int, got: int) -> Iterator[str]:
    if expected != got:
        yield f"{what}: expected {expected}, got {got}"


def _joined(digest: _Entry, part: str) -> str:
    return " ".join(digest.get(part, []))


def _names(entries: Sequence[_Entry]) -> list[str]:
    return [entry["name"] for entry in entries if "name" in entry]


def _unfolded(entries: Sequence[_Entry]) -> list[_Entry]:
    """Equal neighbours, written once in the digest, each for itself."""
    return [entry for entry in entries for _again in range(entry.get("times", 1))]


def _range(ends: Sequence[float | None]) -> str:
    return " … ".join(_number(end) for end in ends)


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.4g}"
