from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from vislearn.cli.options import overwrite_option, training_options


@click.command()
@training_options(
    epochs=3, epochs_help="Passes.", batch_size=4, lr=0.1, out=Path("runs/a.pt"), out_help="Where it goes."
)
def command(**given):
    click.echo(sorted(given.items(), key=str))


def test_a_command_has_its_own_defaults():
    told = CliRunner().invoke(command).output
    assert "('batch_size', 4), ('epochs', 3), ('lr', 0.1)" in told
    assert "('seed', 0)" in told
    assert "a.pt" in told


@pytest.mark.parametrize("option", ["--epochs", "--batch_size", "--batch-size", "--lr"])
def test_nothing_is_trained_with_none(option):
    assert CliRunner().invoke(command, [option, "0"]).exit_code == 2
    assert CliRunner().invoke(command, [option, "1"]).exit_code == 0


@pytest.mark.parametrize("given", [("--lr", "nan"), ("--lr", "inf"), ("--seed", str(2**32))])
def test_numbers_that_no_training_can_use_are_refused_at_once(given):
    done = CliRunner().invoke(command, given)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_they_stand_in_the_help_in_order_with_what_they_are():
    told = CliRunner().invoke(command, ["--help"]).output
    places = [told.index(f"--{name}") for name in ("epochs", "batch_size", "lr", "seed", "out")]
    assert places == sorted(places)
    assert "Where it goes." in told


@click.command()
@overwrite_option
def replace(overwrite):
    click.echo(overwrite)


def test_nothing_is_replaced_unless_somebody_says_so():
    assert CliRunner().invoke(replace).output == "False\n"
    assert CliRunner().invoke(replace, ["--overwrite"]).output == "True\n"
