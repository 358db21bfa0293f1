"""A process as one picture: a tile per stage, arrows between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from vislearn import sidecar
from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas
from vislearn.viz.layout import even_columns
from vislearn.viz.letters import LEADING, TEXT, wrap
from vislearn.viz.picture import Picture
from vislearn.viz.tiles import Look, draw, look_at

__all__ = ["Stage", "filmstrip", "stage"]

_WIDTH = 1000.0
_GAP = 34.0
_ROW_GAP = 26.0
_LARGEST_TILE = 300.0
_TALLEST, _LEAST = 210.0, 140.0  # px of picture
_VIEW = 620.0  # what a laptop shows of a notebook at once: of more rows the pictures are made less tall
_BADGE = 11.0
_HEADING = 17.0


class Stage(Protocol):
    """What a tile is made from; ``steps.Step`` is one."""

    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> Any: ...  # noqa: D102
    @property
    def note(self) -> str: ...  # noqa: D102
    @property
    def summary(self) -> str: ...  # noqa: D102


def filmstrip(
    steps: Iterable[Stage], *, columns: int | None = None, compared: str = "", alt: str = ""
) -> Picture:
    """Print a process as one picture: number, title, picture, shape · dtype · range, note for each stage.

    Images, tensors of any range (a normalised one is stretched for display, and says so), batches (the
    first four), vectors (bars) and words each get a tile that suits them; where a stage crops, the part it
    keeps is marked on the stage before.

    Args:
        steps: the stages, such as ``steps.transform_chain(...)`` yields them.
        columns: tiles per row; None takes as many as read well, at most five.
        compared: as for :func:`vislearn.viz.render`; ``"structure"`` for timings.
        alt: the picture in words; empty takes the running cell's, or makes them from titles and summaries.

    Raises:
        InputError: there are no steps, or ``columns`` is below 1.
    """
    stages = list(steps)
    if not stages:
        raise InputError(
            "steps", "must hold at least one stage", got="none", fix="Has the generator been used up?"
        )
    columns = even_columns(len(stages), 5) if columns is None else columns
    if columns < 1:
        raise InputError("columns", "must be at least 1", got=columns)
    columns = min(columns, len(stages))
    tile = min(_LARGEST_TILE, (_WIDTH - 2 * MARGIN - (columns - 1) * _GAP) / columns)
    tiles = [_Tile.of(number, stage, tile) for number, stage in enumerate(stages, 1)]
    rows = [tiles[at : at + columns] for at in range(0, len(tiles), columns)]
    words = sum(map(_words_height, rows)) + _ROW_GAP * (len(rows) - 1) + 2 * MARGIN
    tall = min(tile, max(_LEAST, min(_TALLEST, (_VIEW - words) / len(rows))))
    canvas = Canvas(columns * tile + (columns - 1) * _GAP + 2 * MARGIN, words + tall * len(rows))
    y = MARGIN
    for row in rows:
        _draw_row(canvas, row, tiles, (tile, tall), y)
        y += _words_height(row) + tall + _ROW_GAP
    return canvas.finish(alt, compared, told=_told(stages))


def stage(step: Stage, following: Stage | None = None, *, size: int = 440) -> Picture:
    """One stage's value, large and without its words: what the stepper shows beside them.

    Args:
        step: the stage.
        following: the stage after it; if that one crops, the part it keeps is marked.
        size: the longer side, in CSS pixels.
    """
    look = _look_at(step)
    canvas = Canvas(size, size if look.pictures or look.drawing else size * 0.6)
    canvas.card(0, 0, canvas.width, canvas.height, fill=palette.FAINT)
    place = draw(canvas, look, 12, 12, canvas.width - 24, canvas.height - 24)
    _mark_kept(canvas, step, following, place)
    remarks = [look.left_out, _("stretched for display") if look.stretched else ""]
    caption = " · ".join(remark for remark in remarks if remark)
    return replace(canvas.finish(f"{step.title}: {step.summary}"), caption=caption)


def _look_at(step: Stage) -> Look:
    """How a stage is drawn: as its own picture where it brings one, else as its value."""
    picture = getattr(step, "picture", None)
    return look_at(step.value if picture is None else picture, step.summary)


@dataclass(frozen=True)
class _Tile:
    number: int
    step: Stage
    look: Look
    title: list[str]
    facts: list[tuple[str, str]]  # line, colour
    note: list[str]

    @classmethod
    def of(cls, number: int, step: Stage, width: float) -> "_Tile":
        look = _look_at(step)
        says_it_all = bool(look.words) and look.words.split() == step.summary.split()
        return cls(
            number=number,
            step=step,
            look=look,
            title=wrap(step.title, width - 2 * _BADGE - 8, _HEADING, "bold"),
            facts=_fact_lines("" if says_it_all else step.summary, look, width),
            note=wrap(step.note, width),
        )

    @property
    def text_height(self) -> float:
        lines = len(self.facts) + len(self.note)
        return lines * TEXT * LEADING + (6 if self.note and self.facts else 0) + 8


def _fact_lines(summary: str, look: Look, width: float) -> list[tuple[str, str]]:
    """Shape, dtype and range, then what the viewer must know about the drawing, each line with its colour."""
    lines = [(line, palette.MUTED) for line in _at_dots(summary, width)]
    if look.left_out:
        lines += [(line, palette.MUTED) for line in wrap(look.left_out, width)]
    if look.stretched:
        lines += [(line, palette.WARM) for line in wrap(_("stretched for display"), width)]
    return lines


def _at_dots(summary: str, width: float) -> list[str]:
    """A summary in lines, broken at its dots rather than anywhere."""
    lines: list[str] = []
    for fact in summary.split(" · "):
        joined = f"{lines[-1]} · {fact}" if lines else fact
        if lines and len(wrap(joined, width)) == 1:
            lines[-1] = joined
        else:
            lines += wrap(fact, width)
    return lines


def _heading_height(row: Sequence[_Tile]) -> float:
    return max(len(tile.title) for tile in row) * _HEADING * LEADING + 8


def _words_height(row: Sequence[_Tile]) -> float:
    return _heading_height(row) + max(tile.text_height for tile in row)


def _draw_row(
    canvas: Canvas, row: Sequence[_Tile], tiles: Sequence[_Tile], box: tuple[float, float], y: float
) -> None:
    """One row of tiles, whose pictures have a ``box`` of (width, height)."""
    (size, tall), picture_top = box, y + _heading_height(row)
    for at, tile in enumerate(row):
        x = MARGIN + at * (size + _GAP)
        _draw_heading(canvas, tile, x, picture_top)
        canvas.card(x, picture_top, size, tall, fill=palette.FAINT)
        place = draw(canvas, tile.look, x + 6, picture_top + 6, size - 12, tall - 12)
        following = tiles[tile.number].step if tile.number < len(tiles) else None
        _mark_kept(canvas, tile.step, following, place)
        _draw_text(canvas, tile, x, picture_top + tall + 8)
        if at < len(row) - 1:
            middle = picture_top + tall / 2
            canvas.arrow(x + size + 7, middle, x + size + _GAP - 5, middle)


def _draw_heading(canvas: Canvas, tile: _Tile, x: float, bottom: float) -> None:
    top = bottom - len(tile.title) * _HEADING * LEADING - 6
    canvas.badge(x + _BADGE, top + _HEADING * 0.62, str(tile.number), radius=_BADGE)
    canvas.lines(x + 2 * _BADGE + 8, top, tile.title, size=_HEADING, weight="bold")


def _draw_text(canvas: Canvas, tile: _Tile, x: float, y: float) -> None:
    for line, color in tile.facts:
        y = canvas.lines(x, y, [line], color=color)
    if tile.note:
        canvas.lines(x, y + (6 if tile.facts else 0), tile.note)


def _mark_kept(
    canvas: Canvas, step: Stage, following: Stage | None, place: tuple[float, float, float, float]
) -> None:
    """Outline on this stage's picture what the following crop keeps of it."""
    kept = getattr(following, "kept", None)
    if kept is None:
        return
    look = look_at(step.value)
    if len(look.pictures) != 1:
        return
    pixels = look.pictures[0]
    width, height = getattr(pixels, "width", None), getattr(pixels, "height", None)
    if width is None or height is None:
        height, width = pixels.shape[-2:]
    x0, y0, x1, y1 = kept
    canvas.marked(place, (x0 / width, y0 / height, x1 / width, y1 / height))


def _told(stages: Sequence[Stage]) -> str:
    told = "; ".join(
        f"{number}. {sidecar.words(step.title)}: {step.summary}" for number, step in enumerate(stages, 1)
    )
    return _("{count} stages, one after another. {told}.", count=len(stages), told=told)
