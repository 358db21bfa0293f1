"""Lesson 11's options of a script: other ways to read them, and other ways to make each mistake."""

import argparse
import getopt

import pytest

from vislearn.exercises import check

OPTIONS = "classification.parse_options"
DEFAULTS = {"data_root": "data", "epochs": 5, "lr": 0.001, "unfreeze_backbone": False, "seed": 0}


def parser(**changed):
    """All options; another way to add one is given under its name."""
    made = argparse.ArgumentParser(exit_on_error=False)
    ways = {
        "data_root": {"type": str, "default": "data"},
        "epochs": {"type": int, "default": 5},
        "lr": {"type": float, "default": 0.001},
        "unfreeze_backbone": {"action": "store_true"},
        "seed": {"type": int, "default": 0},
    } | changed
    for name, how in ways.items():
        made.add_argument(f"--{name}", **how)
    return made


def as_a_dict(arguments):
    return dict(parser().parse_args(arguments)._get_kwargs())


def by_known_args(arguments):
    return vars(parser().parse_known_args(arguments)[0])


def by_const(arguments):
    switch = {"action": "store_const", "const": True, "default": False}
    return vars(parser(unfreeze_backbone=switch).parse_args(arguments))


def by_boolean_action(arguments):
    switch = {"action": argparse.BooleanOptionalAction, "default": False}
    return vars(parser(unfreeze_backbone=switch).parse_args(arguments))


def by_getopt(arguments):
    found, _rest = getopt.getopt(
        arguments, "", ["data_root=", "epochs=", "lr=", "unfreeze_backbone", "seed="]
    )
    read = {
        "epochs": int,
        "lr": float,
        "seed": int,
        "data_root": str,
        "unfreeze_backbone": lambda _text: True,
    }
    return DEFAULTS | {name[2:]: read[name[2:]](text) for name, text in found}


def in_a_loop(arguments):
    options, words = dict(DEFAULTS), iter(arguments)
    for word in words:
        name = word[2:]
        options[name] = True if name == "unfreeze_backbone" else type(DEFAULTS[name])(next(words))
    return options


def ended(arguments, name):
    if f"--{name}" in arguments:
        raise SystemExit(2)
    return as_a_dict(arguments)


def without(options, name):
    return {other: value for other, value in options.items() if other != name}


def without_types(arguments):
    plain = {name: {"default": DEFAULTS[name]} for name in ("epochs", "lr", "seed")}
    return vars(parser(**plain).parse_args(arguments))


def never():
    raise SystemExit(2)


RIGHT = {OPTIONS: [as_a_dict, by_known_args, by_const, by_boolean_action, by_getopt, in_a_loop]}

WRONG = {
    OPTIONS: {
        "_texts": without_types,
        "_text_seed": lambda line: vars(parser(seed={"default": 0}).parse_args(line)),
        "_no_seed": lambda line: without(ended(line, "seed"), "seed"),
        "_no_default": lambda line: vars(parser(seed={"type": int}).parse_args(line)),
        "_switch_with_value": lambda line: ended(line, "unfreeze_backbone"),
        "_other_command_line": lambda line: never(),
        "_constant_seed": lambda line: {**as_a_dict(line), "seed": 0},
        "_switched_over": lambda line: vars(
            parser(unfreeze_backbone={"action": "store_false"}).parse_args(line)
        ),
    }
}

UNLISTED = {
    OPTIONS: [
        lambda line: DEFAULTS,
        lambda line: list(as_a_dict(line).values()),
        lambda line: parser(),
        lambda line: vars(parser(lr={"type": float, "default": 0.01}).parse_args(line)),
        lambda line: {name.replace("_", "-"): value for name, value in as_a_dict(line).items()},
    ]
}


def test_what_the_lesson_can_t_go_on_with_is_told_with_its_remedy():
    verdict = check(OPTIONS, lambda line: parser().parse_args(line))
    assert verdict.status != "right"
    assert "a dict expected, a Namespace returned: `vars(...)` makes a dict of it." in str(verdict)


def test_a_real_parser_that_knows_no_seed_is_told_so(capsys):
    def without_seed(arguments):
        made = argparse.ArgumentParser()
        made.add_argument("--data_root", default="data")
        made.add_argument("--epochs", type=int, default=5)
        made.add_argument("--lr", type=float, default=0.001)
        made.add_argument("--unfreeze_backbone", action="store_true")
        return vars(made.parse_args(arguments))

    assert check(OPTIONS, without_seed).message.startswith("`--seed` isn't known to the parser")
    capsys.readouterr()


@pytest.mark.parametrize("line", [["--seed", "three"], ["--sead", "3"]])
def test_a_line_that_is_wrong_ends_the_reference_too(line, capsys):
    from vislearn.exercises.registry import find

    with pytest.raises(SystemExit):
        find(OPTIONS).reference(line)
    assert "error" in capsys.readouterr().err
