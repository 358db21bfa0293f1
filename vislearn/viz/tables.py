"""A table of facts, as HTML that screen readers can walk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from vislearn.errors import InputError
from vislearn.sidecar import words

__all__ = ["Table", "table"]


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    Attributes:
        columns: the names, left to right.
        rows: one text per column.
        caption: what the table is about.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str

    def html(self) -> str:
        """A ``<table>`` with a caption and header cells; colours are the page's own."""
        head = "".join(
            f'<th scope="col" style="text-align:left">{escape(name)}</th>' for name in self.columns
        )
        body = "".join(
            "<tr>"
            + f'<th scope="row" style="text-align:left;font-weight:normal">{escape(first)}</th>'
            + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in rest)
            + "</tr>"
            for first, *rest in self.rows
        )
        caption = f'<caption style="text-align:left;font-weight:bold">{escape(self.caption)}</caption>'
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [self.caption]
        for row in (self.columns, *self.rows):
            lines.append(
                "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            )
        return "\n".join(lines)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": str(self)}


def table(rows: Sequence[Mapping[str, object]], *, caption: str) -> Table:
    """Make a table; floats get three significant digits, everything else its own text.

    Args:
        rows: column name → entry, the same names in every row.
        caption: what the table is about.

    Raises:
        InputError: no rows, or rows with different columns.

    >>> print(table([{"module": "ops", "functions": 3}], caption="torchvision"))
    torchvision
    module  functions
    ops     3
    """
    if not rows:
        raise InputError("rows", "must hold at least one row", got="none")
    columns = tuple(rows[0])
    for row in rows:
        if tuple(row) != columns:
            raise InputError("rows", f"must all have the columns {', '.join(columns)}", got=", ".join(row))
    cells = tuple(tuple(_text(row[name]) for name in columns) for row in rows)
    return Table(tuple(map(words, columns)), cells, words(caption))


def _text(entry: object) -> str:
    return f"{entry:.3g}" if isinstance(entry, float) else words(str(entry))
