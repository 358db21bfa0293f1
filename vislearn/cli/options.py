"""Options that the commands which train have in common."""

import functools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

__all__ = ["overwrite_option", "scale_option", "suffix_option", "training_options"]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
# The upper bound keeps inf out, which would train one epoch and save what is left of the network.
_RATE = click.FloatRange(min=0, min_open=True, max=1e6)
_shown = functools.partial(click.option, show_default=True)

overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Replace results that are there; without it they are kept."
)
suffix_option = click.option(
    "--suffix", default="", help="What names of label images have beyond their pictures', as _L."
)


def _a_number(_ctx: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Refuse nan, which lies outside of no range."""
    if value is not None and math.isnan(value):
        raise click.BadParameter("nan is not a number.", param=option)
    return value


scale_option = click.option(
    "--scale",
    type=click.FloatRange(min=0, min_open=True, max=2**32),
    callback=_a_number,
    help="The value that is white where pictures have more than 8 bits, such as 4095 for a camera's 12 in "
    "files of 16.  [default: what the file says, as a rule 65535]",
)


def training_options(
    *, epochs: int | None, epochs_help: str, batch_size: int, lr: float, out: Path, out_help: str
) -> Decorator:
    """``--epochs``, ``--batch_size``, ``--lr``, ``--seed`` and ``--out``, with a command's own defaults.

    Args:
        epochs: passes over the pictures by default; None: what the help says.
        epochs_help: what they are.
        batch_size: by default.
        lr: by default.
        out: where the result goes by default.
        out_help: what the result is.
    """
    place = click.Path(path_type=Path, dir_okay=False)
    options = [
        _shown("--epochs", type=click.IntRange(1), default=epochs, help=epochs_help),
        _shown(
            "--batch_size",
            "--batch-size",
            type=click.IntRange(1),
            default=batch_size,
            help="Pictures per step.",
        ),
        _shown("--lr", type=_RATE, callback=_a_number, default=lr, help="Highest learning rate."),
        _shown("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help="Of all chance."),
        _shown("--out", type=place, default=out, help=out_help),
    ]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
