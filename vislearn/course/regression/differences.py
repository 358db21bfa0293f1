"""What is wrong with a cell that was run again, and the report a writer reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Commands", "Difference", "Place", "report"]


@dataclass(frozen=True)
class Difference:
    """One difference between a stored cell and the same cell run again; empty parts are not shown."""

    what: str
    expected: str = ""
    got: str = ""
    tolerance: str = ""
    detail: str = ""

    def __str__(self) -> str:
        parts = {"expected": self.expected, "got": self.got, "tolerance": self.tolerance}
        lines = [self.what, *(f"  {name:<9} {text}" for name, text in parts.items() if text)]
        return "\n".join([*lines, *(f"  {line}" for line in self.detail.splitlines())])


@dataclass(frozen=True)
class Place:
    """A cell of a notebook: ``number`` counts all cells from 1."""

    notebook: Path
    number: int
    id: str
    source: str

    def __str__(self) -> str:
        return f"{self.notebook.as_posix()}, cell {self.number} (id {self.id})"


@dataclass(frozen=True)
class Commands:
    """What a writer types to see a failure again, and to accept what is new."""

    again: str
    accept: str


def report(place: Place, differences: Sequence[Difference], commands: Commands) -> str:
    """All that is wrong in one cell, the cell itself, and what to type next."""
    return "\n".join(
        [
            str(place),
            "",
            *map(str, differences),
            "",
            "The cell:",
            *(f"    {line}" for line in place.source.splitlines()),
            "",
            f"See it again:          {commands.again}",
            f"Accept the new output: {commands.accept}",
        ]
    )
