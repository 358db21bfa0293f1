"""Exercise of lesson 11: the options of a training script, with one more."""

import argparse
from collections.abc import Callable
from typing import Any

import torch

from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["parse_options"]

Options = dict[str, Any]

_LINES: tuple[list[str], ...] = (
    ["--seed", "3"],
    [],
    ["--unfreeze_backbone"],
    ["--lr", "0.01", "--epochs", "2"],
    ["--data_root", "photos", "--seed", "7", "--unfreeze_backbone"],
)


@exercise(
    "classification.parse_options",
    trials=len(_LINES),
    hints=[
        N_(
            "`parser = argparse.ArgumentParser()`, then one `parser.add_argument(…)` for each option. What "
            "comes from a command line is text: what makes a number of it?"
        ),
        N_(
            '`parser.add_argument("--epochs", type=int, default=5)` is the pattern. A switch that takes no '
            'value is `action="store_true"`.'
        ),
        N_(
            "`parser.parse_args(arguments)` reads your list, not the command line of the notebook's own "
            "process; `vars(…)` makes a dict of what comes back."
        ),
    ],
)
def parse_options(arguments: list[str]) -> dict:
    """Read the options of the script, and one that it lacked: `--seed`.

    `--data_root` is a text, `data` by default; `--epochs` a whole number, 5; `--lr` a number, 0.001;
    `--unfreeze_backbone` a switch without a value, off; and the new `--seed` a whole number, 0.

    Args:
        arguments: what stands behind the script's name, word by word, such as ["--seed", "3"].

    Returns:
        A dict with all five, whatever was given.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--data_root", default="data")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--unfreeze_backbone", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    return vars(parser.parse_args(arguments))


@parse_options.inputs
def _a_line(_generator: torch.Generator, trial: int) -> tuple[list[str]]:
    return (list(_LINES[trial % len(_LINES)]),)


@parse_options.read
def _a_dict(answer: Any) -> Any:
    """What argparse itself returns has no items, which the lesson goes on with."""
    if isinstance(answer, argparse.Namespace):
        raise Unusable(_("a dict expected, a Namespace returned: `vars(...)` makes a dict of it."))
    return answer


def _given(arguments: list[str], name: str) -> bool:
    return f"--{name}" in arguments


def _refused_where(condition: bool, arguments: list[str]) -> Options:
    """What argparse does with a line that it doesn't take, but for the words that it prints."""
    if condition:
        raise SystemExit(2)
    return parse_options(arguments)


@parse_options.mistake(
    N_(
        "A number is a text here: the command line knows nothing else. Say `type=int` for epochs and seed, "
        "`type=float` for lr."
    )
)
def _texts(arguments: list[str]) -> Options:
    return _changed(arguments, str, ("epochs", "lr", "seed"))


@parse_options.mistake(N_("`--seed 3` comes back as text. `type=int` makes a number of it."))
def _text_seed(arguments: list[str]) -> Options:
    return _changed(arguments, str, ("seed",))


def _changed(arguments: list[str], change: Callable[[Any], Any], names: tuple[str, ...]) -> Options:
    options = parse_options(arguments)
    return options | {name: change(options[name]) for name in names if _given(arguments, name)}


@parse_options.mistake(
    N_(
        "`--seed` isn't known to the parser, so it ends the program. Add it as the others are: with a type "
        "and a default."
    )
)
def _no_seed(arguments: list[str]) -> Options:
    options = _refused_where(_given(arguments, "seed"), arguments)
    return {name: value for name, value in options.items() if name != "seed"}


@parse_options.mistake(
    N_("Without `--seed` on the line the seed is None. Give it a default, so that every run can be repeated.")
)
def _no_default(arguments: list[str]) -> Options:
    options = parse_options(arguments)
    return options if _given(arguments, "seed") else options | {"seed": None}


@parse_options.mistake(
    N_(
        '`--unfreeze_backbone` wants a value here. It is a switch: `action="store_true"`. (`type=bool` '
        'would be a trap besides: any text that isn\'t empty is true, "False" too.)'
    )
)
def _switch_with_value(arguments: list[str]) -> Options:
    return _refused_where(_given(arguments, "unfreeze_backbone"), arguments)


@parse_options.mistake(
    N_(
        "The parser read the command line of the notebook's own process. Hand it the list: "
        "`parser.parse_args(arguments)`."
    )
)
def _other_command_line(arguments: list[str]) -> Options:
    return _refused_where(True, arguments)


@parse_options.mistake(
    N_(
        "The seed is always the default: the one on the line is not read. Does the dict come from "
        "`parse_args`?"
    )
)
def _constant_seed(arguments: list[str]) -> Options:
    return parse_options(arguments) | {"seed": 0}


@parse_options.mistake(
    N_('The switch is on where nobody asked for it. `action="store_true"`, not `store_false`.')
)
def _switched_over(arguments: list[str]) -> Options:
    options = parse_options(arguments)
    return options | {"unfreeze_backbone": not options["unfreeze_backbone"]}
