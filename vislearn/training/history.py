"""What a training did, epoch by epoch."""

from dataclasses import dataclass, field
from html import escape

from vislearn.errors import require_one_of

__all__ = ["History"]


@dataclass
class History:
    """One row of named numbers per epoch; as the value of a cell, a table.

    Attributes:
        rows: column name → number. ``seconds`` and ``learning_rate`` (of the first parameter group, as the
            epoch began) stand beside the losses and scores.
        best_epoch: the row whose monitored column was the best, counted from 0; None while nothing is
            monitored.
    """

    rows: list[dict[str, float]] = field(default_factory=list)
    best_epoch: int | None = None

    def __getitem__(self, name: str) -> list[float]:
        """One column over all epochs.

        Raises:
            InputError: no such column.

        >>> History([{"train_loss": 2.0}, {"train_loss": 1.5}])["train_loss"]
        [2.0, 1.5]
        """
        require_one_of("column", name, self.columns)
        return [row[name] for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order.

        >>> History([{"train_loss": 2.0, "val_accuracy": 0.5}]).columns
        ['train_loss', 'val_accuracy']
        """
        return list(self.rows[0]) if self.rows else []

    def texts(self) -> list[list[str]]:
        """The rows as a reader sees them: the epoch counted from 1, numbers to four digits, the best ``*``.

        >>> History([{"train_loss": 2.0}, {"train_loss": 1.51237}], best_epoch=1).texts()
        [['1', '2'], ['2 *', '1.512']]
        """
        return [
            [f"{number + 1}{' *' * (number == self.best_epoch)}", *(f"{value:.4g}" for value in row.values())]
            for number, row in enumerate(self.rows)
        ]

    def __str__(self) -> str:
        lines = [["epoch", *self.columns], *self.texts()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in ["epoch", *self.columns])
        body = "".join(
            f'<tr><th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in rest) + "</tr>"
            for first, *rest in self.texts()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
