"""What was taken for what: the confusion matrix as a picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vislearn.errors import InputError, require_one_of
from vislearn.language import translate as _
from vislearn.metrics import ClassReport, normalized
from vislearn.metrics.answers import as_tensor
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.letters import LEADING, TEXT, text_width, wrap
from vislearn.viz.meaning.terms import MEASURED
from vislearn.viz.picture import SCALE, Picture

__all__ = ["confusion"]

_WIDEST = 64.0  # px a cell
_LEAST = 34.0
_NAMES = 150.0  # px at most for the name of a class
_UPRIGHT = 198.0  # px likewise, above its column
_SIDE = 66.0  # px for recall and precision, and their heading


def confusion(
    counts: Any,
    names: Sequence[str],
    *,
    show: str = "counts",
    title: str = "",
    width: int = 1000,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """A confusion matrix: truth in rows, answers in columns; recall ends each row, precision each column.

    Right answers are blue, mistakes orange; the deeper, the larger their share of the row, on a scale that
    lifts small shares, so that one in a hundred can still be seen. An empty cell is 0.

    Args:
        counts: (K, K) whole numbers as ``metrics.confusion_counts`` gives them.
        names: one per class; up to about 20 stay legible.
        show: ``"counts"``, or ``"percent"`` of the row.
        title: a heading.
        width: at most, in CSS pixels; few classes take less.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes the running cell's, or tells accuracy and the largest mistakes.

    Raises:
        InputError: counts that are none, another number of names, or more classes than ``width`` holds.
    """
    require_one_of("show", show, ["counts", "percent"])
    table = as_tensor("counts", counts)
    report = ClassReport(table, names)
    if len(names) == 0:
        raise InputError("names", "must hold at least one class", got="none")
    return _Matrix(report, show, width).draw(title, alt, compared)


def _told(report: ClassReport) -> str:
    mistakes = report.mistakes(3)
    told = _(
        "Confusion matrix of {count} classes; {share} of the answers are right.",
        count=len(report.names),
        share=f"{report.accuracy:.2f}",
    )
    if not mistakes:
        return told
    listed = "; ".join(
        _("{truth} taken for {answer} ({count}×)", truth=truth, answer=answer, count=count)
        for truth, answer, count in mistakes
    )
    return f"{told} " + _("Most frequent mistakes: {listed}.", listed=listed)


class _Matrix:
    def __init__(self, report: ClassReport, show: str, width: int) -> None:
        self.report, self.show, self.width = report, show, width
        self.names = list(report.names)
        self.counts = report.counts.cpu()
        self.shares = normalized(self.counts, "truth").nan_to_num(0).numpy()
        self.rows = [wrap(name, _NAMES)[:2] for name in self.names]
        widest = max(text_width(line) for lines in self.rows for line in lines)
        self.left = (
            MARGIN
            + 10
            + max(
                TEXT * LEADING + 10 + widest,  # the word "truth", upright, then the names
                text_width(_("precision")),  # which stands below them, and may be longer
            )
        )
        self.cell = min(_WIDEST, (width - self.left - _SIDE - MARGIN) / len(self.names))
        if self.cell < _LEAST:
            raise InputError(
                "names",
                f"must be few enough for {width} px",
                got=len(self.names),
                fix="Draw a part of the classes, or make the picture wider.",
            )
        self.slanted = any(text_width(name) > self.cell - 6 for name in self.names)
        self.columns = [_upright(name) for name in self.names] if self.slanted else self.names

    def draw(self, title: str, alt: str, compared: str) -> Picture:
        side = self.cell * len(self.names)
        above = max(map(text_width, self.columns)) + 12 if self.slanted else TEXT * LEADING + 6
        whole = max(self.left + side + _SIDE + MARGIN, 360)
        top = heading_height(title, whole) + TEXT * LEADING + 6 + above
        legend = self._legend_lines(whole)
        below = TEXT * LEADING + 14 + len(legend) * TEXT * LEADING + MARGIN
        canvas = Canvas(whole, top + side + below)
        canvas.heading(title)
        canvas.picture(self._pixels(), self.left, top, side, side, drawn=True)
        self._name(canvas, top, side)
        self._numbers(canvas, top)
        self._scores(canvas, top, side)
        canvas.lines(self.left, top + side + TEXT * LEADING + 12, legend, color=palette.MUTED)
        return canvas.finish(alt, compared, told=_told(self.report))

    def _legend_lines(self, whole: float) -> list[str]:
        unit = _("Numbers: how many.") if self.show == "counts" else _("Numbers: percent of the row.")
        told = _("Blue: right; orange: wrong; the deeper, the larger the share of the row.")
        return wrap(f"{unit} {told}", whole - self.left - MARGIN)

    def _pixels(self) -> np.ndarray:
        """The cells' colours with a white line between them, in the pixels of the drawing."""
        side = round(self.cell * SCALE)
        strength = self.shares[..., None] ** 0.6
        right, wrong = (_rgb(color) for color in (palette.ACCENT, palette.SERIES[1]))
        base = np.where(np.eye(len(self.names), dtype=bool)[..., None], right, wrong)
        empty = _rgb(palette.FAINT)
        colors = empty + (base - empty) * strength
        pixels = colors.round().astype(np.uint8).repeat(side, axis=0).repeat(side, axis=1)
        pixels[side - 1 :: side] = 255
        pixels[:, side - 1 :: side] = 255
        return pixels

    def _name(self, canvas: Canvas, top: float, side: float) -> None:
        for at, (name, lines) in enumerate(zip(self.columns, self.rows, strict=True)):
            middle = (at + 0.5) * self.cell
            block = len(lines) * TEXT * LEADING
            canvas.lines(self.left - 10, top + middle - block / 2, lines, ha="right")
            x = self.left + middle
            if self.slanted:
                canvas.text(x + 0.36 * TEXT, top - 8, name, angle=90)
            else:
                canvas.text(x, top - 10, name, ha="center")
        canvas.text(
            MARGIN + TEXT, top + side / 2, _("truth"), color=palette.MUTED, ha="center", va="center", angle=90
        )
        above = max(map(text_width, self.columns)) if self.slanted else TEXT
        canvas.text(self.left + side / 2, top - 14 - above, _("answer"), color=palette.MUTED, ha="center")

    def _numbers(self, canvas: Canvas, top: float) -> None:
        texts = {at: self._text(*at) for at in np.ndindex(*self.counts.shape)}
        widest = max(text_width(text, TEXT, "bold") for text in texts.values())
        size = min(TEXT, max(11.0, TEXT * (self.cell - 6) / max(widest, 1.0)))
        for (row, column), text in texts.items():
            dark = self.shares[row, column] > 0.7 and row == column
            canvas.text(
                self.left + (column + 0.5) * self.cell,
                top + (row + 0.5) * self.cell + 0.36 * size,
                text,
                size=size,
                weight="bold" if row == column else "normal",
                color=palette.PAPER if dark else palette.INK,
                ha="center",
                role=MEASURED,
            )

    def _text(self, row: int, column: int) -> str:
        count = int(self.counts[row, column])
        if count == 0:
            return ""
        if self.show == "counts":
            return str(count)
        percent = 100 * self.shares[row, column]
        if 99 < percent < 100:
            return "> 99"
        return "< 1" if percent < 1 else f"{percent:.0f}"

    def _scores(self, canvas: Canvas, top: float, side: float) -> None:
        right, below = self.left + side, top + side
        canvas.text(right + 8, top - 10, _("recall"), color=palette.MUTED)
        canvas.text(self.left - 10, below + TEXT + 6, _("precision"), color=palette.MUTED, ha="right")
        scores = self.report.scores
        for at in range(len(self.names)):
            middle = (at + 0.5) * self.cell
            canvas.text(
                right + 10, top + middle + 0.36 * TEXT, _share(float(scores.recall[at])), role=MEASURED
            )
            canvas.text(
                self.left + middle,
                below + TEXT + 6,
                _share(float(scores.precision[at])),
                size=min(TEXT, self.cell / 2.6),
                ha="center",
                role=MEASURED,
            )


def _upright(name: str) -> str:
    """As much of a name as has room above its column."""
    line, *rest = wrap(name, _UPRIGHT - text_width("…")) or [""]
    return f"{line}…" if rest else line


def _share(share: float) -> str:
    """Two decimals; a dash where nobody can say.

    >>> _share(0.876), _share(float("nan"))
    ('0.88', '–')
    """
    return "–" if np.isnan(share) else f"{share:.2f}"


def _rgb(color: str) -> np.ndarray:
    return np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], dtype=float)
