"""A data set as a whole: what is in it, how it looks, and everything wrong with it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from vislearn.datasets.leaks import Kind, Leaks, compare, copies_within
from vislearn.datasets.opened import Opened, open_parts
from vislearn.datasets.prints import Prints, prints_of
from vislearn.io import read_pil
from vislearn.language import translate as _
from vislearn.problems import Problem, doubts_in, listed, told_in

__all__ = ["Overview", "PartOverview", "overview"]

_LISTED = 20  # problems on a terminal; the page has more
_PAIRS = 5  # copies, below the number of them; the page has more
_SAME: tuple[Kind, ...] = ("bytes", "pixels")
_DARK, _BRIGHT = 30.0, 225.0  # a mean of all pixels beyond is rarely meant


@dataclass(frozen=True)
class PartOverview:
    """One part of a set, such as its ``train``.

    Attributes:
        name: of the part; "" where the set is one piece.
        counts: class → pictures, objects, or pictures with a pixel of it, as ``unit`` of the overview says;
            of pictures that can be read.
        paths: of the pictures that can be read.
        sizes_wh: int (N, 2), width and height of each.
        brightness: float (N,), the mean of each picture's pixels in 0..255.
        examples: class → a picture of it.
        copies: pairs of pictures in this part that are the same or nearly so: (path, path, kind).
        problems: all that is wrong with it alone.
        unread: how many of its pictures can't be read.
    """

    name: str
    counts: dict[str, int]
    paths: list[str]
    sizes_wh: np.ndarray
    brightness: np.ndarray
    examples: dict[str, str]
    copies: list[tuple[str, str, Kind]]
    problems: list[Problem]
    unread: int = 0

    @property
    def title(self) -> str:
        """Its name and how many pictures of it can be read, and can't, in the learner's language."""
        count = len(self.paths)
        said = _("1 picture") if count == 1 else _("{count} pictures", count=count)
        if self.unread:
            said = _("{pictures}; others that can't be read: {count}", pictures=said, count=self.unread)
        return f"{self.name}: {said}" if self.name else said


@dataclass(frozen=True)
class Overview:
    """What :func:`overview` found; it prints itself for a terminal.

    Attributes:
        root: the folder.
        kind: ``"ImageFolder"``, ``"COCO"``, ``"VOC"``, ``"YOLO"``, ``"LabelMe"``, ``"CVAT"``,
            ``"Roboflow"``, ``"label images"`` or ``"masks of objects"``.
        unit: what ``counts`` count: ``"pictures"`` or ``"objects"``.
        parts: one, or ``train`` and what else there is.
        leaks: part → what it shares with the first part.
        notes: sentences on what is not wrong, but worth knowing.
        scale: the value that was taken for white, where pictures have more than 8 bits; None: as files say.
    """

    root: Path
    kind: str
    unit: str
    parts: list[PartOverview]
    leaks: dict[str, Leaks] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    scale: float | None = None

    @property
    def problems(self) -> list[Problem]:
        """Of all parts, and pictures that the first shares with another."""
        own = [problem for part in self.parts for problem in part.problems]
        return own + [problem for leaks in self.leaks.values() for problem in self._shared(leaks)]

    def _shared(self, leaks: Leaks) -> list[Problem]:
        """Pictures that surely are in both; what only looks alike may be two, and is named as a copy."""
        part, fix = self.parts[0].name, _("Take it out of one of the two: what is learned from is no exam.")
        return [
            Problem(
                leak.val,
                _("stands in {part}, too", part=part)
                if leak.val == leak.train
                else _("is the same picture as {other} in {part}", other=leak.train, part=part),
                fix,
            )
            for leak in leaks.found
            if leak.kind in _SAME
        ]

    def __str__(self) -> str:
        lines = [f"{self.root}: {_(self.kind)}"]
        for part in self.parts:
            lines += _said(part, self.unit)
        for name, leaks in self.leaks.items():
            lines += [f"{self.parts[0].name} → {name}:", *(f"  {line}" for line in str(leaks).splitlines())]
            lines += _named([(leak.train, leak.val) for leak in leaks.found if leak.kind not in _SAME])
        lines += self.notes
        lines += [f"- {problem}" for problem in self.problems[:_LISTED]]
        lines += listed(self.problems, _LISTED)[_LISTED:]
        if not self.problems:
            lines.append(_("Nothing is wrong with its files."))
        return "\n".join(lines)


def overview(
    root: str | Path,
    *,
    suffix: str = "",
    scale: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Overview:
    """Look at every picture and annotation of a folder, whatever the layout of it.

    Known are: a folder per class (ImageFolder), with or without ``train`` and ``val`` above; COCO's JSON
    beside its pictures; VOC's ``Annotations`` and ``JPEGImages``; YOLO's, LabelMe's, CVAT's and Roboflow's
    folders; ``images`` and ``labels`` with a text file of classes (label images), with or without ``train``
    and ``val`` above; ``NAME/images`` and ``NAME/masks`` (masks of objects). What can't be read is told, all
    of it, and the rest looked at. What parts share with the first is found by :func:`find_leaks`'s rules; the
    same picture in both is a problem.

    Args:
        root: the folder.
        suffix: what names of label images have beyond their pictures', such as ``"_mask"``.
        scale: as for :func:`vislearn.io.read_image`.
        progress: called with the number of pictures done since the last call.

    Raises:
        FileError: no such folder, a layout that isn't known, or a ``suffix`` for another than label images.

    >>> from vislearn.datasets import bengali_digits
    >>> found = overview(bengali_digits("val"))
    >>> found.kind, found.parts[0].counts["7"], found.problems
    ('ImageFolder', 60, [])
    """
    with doubts_in([]):  # they are found again, picture by picture
        opened = open_parts(Path(root), suffix=suffix, scale=scale)
    parts, prints = [], []
    for part in opened:
        found, known = _look(part, scale, progress or (lambda count: None))
        parts.append(found)
        prints.append(known)
    first, *others = zip(parts, prints, strict=True)
    leaks = {part.name: compare(first[1], known) for part, known in others}
    return Overview(Path(root), opened[0].kind, opened[0].unit, parts, leaks, opened[0].notes, scale)


def _look(part: Opened, scale: float | None, advance: Callable[[int], None]) -> tuple[PartOverview, Prints]:
    doubts: list[Problem] = []
    with doubts_in(doubts):
        problems = part.problems()
        known, unread = _read(part, scale, advance)
    told = {problem.where for problem in problems}
    problems += [problem for problem in unread if problem.where not in told]
    problems += [doubt for doubt in dict.fromkeys(doubts) if doubt not in problems]
    counts = Counter({name: 0 for name in part.classes})
    examples: dict[str, str] = {}
    readable = set(known.names)
    for path, labels in part.items:
        if str(path) in readable:
            counts.update(labels)
            for label in labels:
                examples.setdefault(label, str(path))
    copies = copies_within(known)
    if part.unit == "pictures":
        problems += _in_two_classes(copies, {str(path): labels for path, labels in part.items})
    looked_at = PartOverview(
        part.name,
        dict(counts),
        known.names,
        known.sizes_wh,
        known.brightness,
        examples,
        copies,
        problems,
        len(unread),
    )
    return looked_at, known


def _read(part: Opened, scale: float | None, advance: Callable[[int], None]) -> tuple[Prints, list[Problem]]:
    """The prints of all pictures that can be read, and what is wrong with each of the others."""
    each: list[Prints] = []
    unread: list[Problem] = []
    for path, _labels in part.items:
        with told_in(unread):
            each.append(prints_of([path], reader=partial(read_pil, scale=scale)))
        advance(1)
    return Prints.joined(each), unread


def _in_two_classes(copies: list[tuple[str, str, Kind]], labels: dict[str, list[str]]) -> list[Problem]:
    """The same picture under two names teaches that neither can be told."""
    return [
        Problem(
            copy,
            _(
                "is the same picture as {other}, which is {label}",
                other=original,
                label=", ".join(labels[original]),
            ),
            _("Leave one of the two out."),
        )
        for original, copy, kind in copies
        if kind in _SAME and labels[original] != labels[copy]
    ]


def _said(part: PartOverview, unit: str) -> list[str]:
    """What a terminal shows of a part, a line per class."""
    lines = [part.title]
    width = max((len(name) for name in part.counts), default=0)
    lines.append(_("pictures per class:") if unit == "pictures" else _("objects per class:"))
    lines += [f"  {name:<{width}}  {count:>6}" for name, count in part.counts.items()]
    if len(part.paths):
        sizes = Counter(map(tuple, part.sizes_wh.tolist()))
        common = ", ".join(
            _("{width}×{height} ({count})", width=width, height=height, count=count)
            for (width, height), count in sizes.most_common(3)
        )
        lines.append(_("sizes: {count} different, most often {sizes}", count=len(sizes), sizes=common))
        dark, bright = (part.brightness < _DARK).sum(), (part.brightness > _BRIGHT).sum()
        told = {"mean": round(float(part.brightness.mean())), "dark": int(dark), "bright": int(bright)}
        lines.append(_("brightness: {mean:.0f} of 255; {dark} nearly black, {bright} nearly white", **told))
    lines.append(_("Pictures that copy an earlier one, or look so: {count}", count=len(part.copies)))
    return lines + _named([(original, copy) for original, copy, _kind in part.copies])


def _named(copies: list[tuple[str, str]]) -> list[str]:
    """The first few pairs of an original and its copy, a line each."""
    lines = [f"  {original} → {copy}" for original, copy in copies[:_PAIRS]]
    if (more := len(copies) - _PAIRS) > 0:
        lines.append("  " + _("... and {count} more.", count=more))
    return lines
