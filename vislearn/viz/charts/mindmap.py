"""A map of a library or a subject: the root in the middle, branches to both sides, examples at their ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vislearn.errors import InputError
from vislearn.sidecar import words
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.letters import LEADING, TEXT, text_width, wrap
from vislearn.viz.picture import Picture

__all__ = ["mind_map"]

_WIDTH = 1000.0
_ROOT = 19.0  # px, the root's letters
_PAD = 12.0  # between a box and its words
_TO_BRANCH = 46.0  # from the root's box to a branch's
_TO_LEAF = 28.0  # from a branch's box to its examples
_BETWEEN = 20.0  # from one branch to the next


def mind_map(tree: Mapping[str, Mapping[str, Sequence[str]]], *, title: str = "", alt: str = "") -> Picture:
    r"""Draw a tree of two levels as a mind map.

    Args:
        tree: ``{root: {branch: [example, …], …}}``, one root. The first branches go to the right, the
            rest to the left, so that both sides get about equally tall. A branch may say what it
            is for on a second line: ``"datasets\nload pictures"``.
        title: a heading.
        alt: the map in words; empty takes them from the running cell's options.

    Raises:
        InputError: not exactly one root, a root without branches, or nobody has words for it.
    """
    if len(tree) != 1:
        raise InputError("tree", "must have one root", got=f"{len(tree)} roots")
    (root, branches) = next(iter(tree.items()))
    if not branches:
        raise InputError("tree", "must have branches", got="none")
    root_width = text_width(root, _ROOT, "bold") + 2 * 16
    room = _WIDTH / 2 - root_width / 2 - _TO_BRANCH - MARGIN
    all_branches = [
        _Branch.of(name, leaves, room, palette.SERIES[at % len(palette.SERIES)])
        for at, (name, leaves) in enumerate(branches.items())
    ]
    cut = _cut(all_branches)
    sides = [(1, all_branches[:cut]), (-1, all_branches[cut:])]
    height = max(80.0, *(_tall(side) for _direction, side in sides))
    canvas = Canvas(_WIDTH, heading_height(title, _WIDTH) + height + MARGIN)
    top = canvas.heading(title)
    for direction, side in sides:
        y = top + (height - _tall(side)) / 2
        for branch in side:
            branch.draw(canvas, direction, root_width / 2, y, top + height / 2)
            y += branch.height + _BETWEEN
    _draw_root(canvas, root, root_width, top + height / 2)
    return canvas.finish(alt)


def _cut(branches: Sequence["_Branch"]) -> int:
    """How many branches go to the right, so that both sides are about equally tall."""
    cuts = range(1, len(branches) + 1)
    return min(cuts, key=lambda cut: abs(_tall(branches[:cut]) - _tall(branches[cut:])))


def _tall(side: Sequence["_Branch"]) -> float:
    return sum(branch.height for branch in side) + _BETWEEN * max(len(side) - 1, 0)


def _draw_root(canvas: Canvas, root: str, width: float, y: float) -> None:
    canvas.card(_WIDTH / 2 - width / 2, y - 26, width, 52, fill=palette.INK, radius=25, over=True)
    canvas.text(
        _WIDTH / 2, y, root, size=_ROOT, weight="bold", color=palette.PAPER, ha="center", va="center_baseline"
    )


@dataclass(frozen=True)
class _Branch:
    name: list[str]
    role: list[str]
    leaves: list[list[str]]
    color: str
    width: float

    @classmethod
    def of(cls, label: str, leaves: Sequence[str], room: float, color: str) -> "_Branch":
        """Measure the words; ``room`` is what a branch and its examples may take together."""
        name, _newline, role = words(label).partition("\n")
        most = min(0.5 * room, 190.0) - 2 * _PAD
        name_lines, role_lines = wrap(name, most, TEXT + 1, "bold"), wrap(role, most)
        widths = [text_width(line, TEXT + 1, "bold") for line in name_lines] + [*map(text_width, role_lines)]
        width = max(widths) + 2 * _PAD
        leaf_lines = [wrap(leaf, room - width - _TO_LEAF) for leaf in leaves]
        return cls(name_lines, role_lines, leaf_lines, color, width)

    @property
    def box_height(self) -> float:
        return (len(self.name) * (TEXT + 1) + len(self.role) * TEXT) * LEADING + _PAD

    @property
    def height(self) -> float:
        return max(self.box_height, sum(map(len, self.leaves)) * TEXT * LEADING + 4)

    def draw(self, canvas: Canvas, direction: int, from_x: float, y: float, root_y: float) -> None:
        centre = y + self.height / 2
        near = _WIDTH / 2 + direction * (from_x + _TO_BRANCH)
        far = near + direction * self.width
        dark = palette.darker(self.color)
        _link(canvas, _WIDTH / 2 + direction * (from_x - 14), root_y, near, centre, dark, 2.6)
        left = min(near, far)
        box_top = centre - self.box_height / 2
        canvas.card(left, box_top, self.width, self.box_height, fill=dark)
        text_y = box_top + _PAD / 2
        style: dict[str, Any] = {"color": palette.PAPER, "ha": "center"}
        text_y = canvas.lines(left + self.width / 2, text_y, self.name, size=TEXT + 1, weight="bold", **style)
        canvas.lines(left + self.width / 2, text_y, self.role, **style)
        self._draw_leaves(canvas, direction, far, centre, dark)

    def _draw_leaves(self, canvas: Canvas, direction: int, x: float, centre: float, color: str) -> None:
        tall = sum(map(len, self.leaves)) * TEXT * LEADING
        y = centre - tall / 2
        for lines in self.leaves:
            middle = y + len(lines) * TEXT * LEADING / 2
            _link(canvas, x, centre, x + direction * (_TO_LEAF - 6), middle, color, 1.4)
            y = canvas.lines(x + direction * _TO_LEAF, y, lines, ha="left" if direction > 0 else "right")


def _link(canvas: Canvas, x0: float, y0: float, x1: float, y1: float, color: str, line: float) -> None:
    """An S-shaped line, level at both ends."""
    t = np.linspace(0, 1, 40)
    bend = t * t * (3 - 2 * t)
    canvas.curve(x0 + (x1 - x0) * t, y0 + (y1 - y0) * bend, color=color, line=line)
