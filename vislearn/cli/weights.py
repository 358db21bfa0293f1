"""``vislearn weights``: trained networks, what is here, and how to make them anew."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vislearn.errors import FileError, MissingError
from vislearn.language import translate as _

if TYPE_CHECKING:
    from vislearn.models import Card

__all__ = ["weights"]


@click.group()
def weights() -> None:
    """Look at the trained networks that are here, or train the bundled ones anew."""


@weights.command("list")
def list_() -> None:
    """Name each trained network on this computer, its state, size and score."""
    from vislearn import models

    for name, what in models.BUNDLED.items():
        try:
            card = models.card(name)
            models.pretrained(name)
            click.echo(_row(name, "ready", card, what))
        except MissingError:
            click.echo(_row(name, "absent", None, what))
        except FileError as trouble:
            click.echo(_row(name, "damaged", None, str(trouble)))
    for name, found in models.published_at_hand():
        click.echo(_row(name, "ready", models.card(name, found), str(found)))


def _row(name: str, state: str, card: "Card | None", what: str) -> str:
    size = f"{card.bytes / 1e6:7.1f} MB" if card else " " * 10
    best = card.scores.get("accuracy", card.scores.get("acc@1")) if card else None
    score = f"{best:.3f}" if best is not None else " " * 5
    return f"{name:<18} {state:<8} {size}  {score}  {what}"


@weights.command()
@click.argument("name")
def show(name: str) -> None:
    """Show the card of a network: classes, data, recipe, scores.

    NAME is photo, scene, or a network of torchvision.
    """
    from vislearn import models

    for title, value in _lines(models.card(name)):
        click.echo(f"{title:<11} {value}")


def _lines(card: "Card") -> Iterator[tuple[str, str]]:
    yield "name", card.name
    yield "classes", _some(card.classes)
    yield (
        "pictures",
        _(
            "{size}×{size} pixels, mean {mean}, std {std}",
            size=card.size,
            mean=_numbers(card.mean),
            std=_numbers(card.std),
        ),
    )
    yield "data", card.data
    yield "recipe", card.recipe
    yield "scores", ", ".join(f"{name} {score:.4g}" for name, score in card.scores.items())
    yield "file", f"{card.parameters} parameters, {card.bytes / 1e6:.2f} MB"
    if card.sha256:
        yield "sha256", card.sha256
    if card.seconds is not None:
        yield "trained", f"{card.epochs} epochs, {card.seconds:.0f} s, seed {card.seed}, {card.machine}"
        yield "with", ", ".join(f"{name} {version}" for name, version in card.versions.items())


def _some(classes: tuple[str, ...]) -> str:
    if len(classes) <= 20:
        return ", ".join(classes)
    return _("{names} ... ({count} in all)", names=", ".join(classes[:5]), count=len(classes))


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)


@weights.command()
@click.argument("name", type=click.Choice(["photo", "scene"]))
@click.option(
    "--images",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A tree train/CLASS, test/CLASS in place of CIFAR-10 (photo only).",
)
@click.option("--about", default="", help="What the pictures of --images are, for the card.")
@click.option(
    "--epochs",
    type=click.IntRange(min=1),
    help="Passes over the pictures; branches that follow keep in proportion.",
)
@click.option("--threads", type=click.IntRange(min=1), help="Of the CPU; by default what torch takes.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all chance.")
@click.option(
    "--precision",
    type=click.Choice(["bf16", "float32"]),
    default="bf16",
    show_default=True,
    help="float32 is faster where the processor has no bf16.",
)
@click.option("--compile", is_flag=True, help="Make kernels for the network first: pays off on a GPU.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where weights and card go; by default the folder the lessons look in first.",
)
def rebuild(
    name: str,
    images: Path | None,
    about: str,
    epochs: int | None,
    threads: int | None,
    seed: int,
    precision: str,
    compile: bool,
    folder: Path | None,
) -> None:
    """Train a bundled network, measure it, and write its weights and card.

    Killed, it goes on from the last epoch when started the same way again.
    """
    from vislearn.training.recipes import Options, rebuild

    options = Options(images, about, epochs, threads, seed, precision, compile, folder)
    card = rebuild(name, options, say=click.echo)
    click.echo(
        _(
            "{name} is ready: accuracy {accuracy:.4f}, {size:.2f} MB, {seconds:.0f} s.",
            name=name,
            accuracy=card.scores["accuracy"],
            size=card.bytes / 1e6,
            seconds=card.seconds or 0,
        )
    )
