"""Two figures compared by what they show: their digests, as :mod:`vislearn.viz.meaning.digest` makes them.

Another font, another resolution, noise that nobody sees and a result that varies a little from machine to
machine mean the same. A missing curve, a shifted box or swapped channels do not.

A figure that another machine need not repeat in full says so in its digest. Of one that is compared by
``"structure"``, numbers, places and colours may differ; by ``"pictures"``, numbers and what is drawn upon the
pictures. Nothing may be lost in either: a picture that became one colour, a curve without numbers, all boxes
that lay on pictures. ``"values on cpu"`` stands in the digest of a figure that a GPU drew, in place of
``"values"``: it is compared by structure.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vislearn.viz.meaning.axes import Axes
from vislearn.viz.meaning.looks import emptied, look_difference
from vislearn.viz.meaning.terms import PICTURES, STRUCTURE, VALUES, VALUES_ON_CPU
from vislearn.viz.meaning.texts import text_differences
from vislearn.viz.meaning.tolerances import BOX, BOX_PX, FRAME, SIZE, TALLER, VALUE

__all__ = ["compare"]

_Entry = Mapping[str, Any]


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
    modes = [side.get("compared", VALUES) for side in (expected, got)]
    if modes[0] != modes[1] and set(modes) != {VALUES, VALUES_ON_CPU}:
        yield f"what is compared: expected {modes[0]!r}, got {modes[1]!r}"
    looks = not {STRUCTURE, VALUES_ON_CPU} & set(modes)
    exact = looks and PICTURES not in modes
    yield from _size("the figure", expected.get("size"), got.get("size"), TALLER)
    yield from text_differences("the title", expected.get("title", ""), got.get("title", ""), exact)
    yield from text_differences("the text", _joined(expected, "words"), _joined(got, "words"), exact)
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
        yield from text_differences(f"the {words} {place}", expected.get(part, ""), got.get(part, ""), exact)
    yield from _same(f"the legend {place}", expected.get("legend", []), got.get("legend", []))
    yield from _same(f"the tick labels {place}", expected.get("ticks", []), got.get("ticks", []))
    yield from _same(f"the scales {place}", expected.get("scales", []), got.get("scales", []))
    yield from _same(f"other things {place}", expected.get("others", []), got.get("others", []))
    axes = Axes(expected, exact)
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
