"""``vislearn export``: a saved model as one file that runs without torch."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vislearn import files
from vislearn.cli.pictures import pictures_named
from vislearn.errors import FileError
from vislearn.language import translate as _

if TYPE_CHECKING:
    from vislearn.training import SavedModel

__all__ = ["export"]

_ENOUGH = 8  # pictures to compare answers on


@click.command()
@click.argument("file", metavar="MODEL", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--to", type=click.Choice(["onnx"]), default="onnx", show_default=True, help="The format.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where it goes; by default beside MODEL, with the ending .onnx.",
)
@click.option(
    "--pictures",
    "places",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Pictures or folders to compare the answers on; by default the course's photographs.",
)
def export(file: Path, to: str, out: Path | None, places: tuple[Path, ...]) -> None:
    """Write MODEL, a classifier, segmenter or detector that was saved, as one ONNX file.

    Classes, colours and how pictures are prepared stand in it too. Before it counts as done its answers are
    compared with torch's.
    """
    out = out or file.with_suffix(f".{to}")
    named = pictures_named(places)
    files.require_writable(out)
    from vislearn import datasets, io, training  # seconds of torch: what is named wrongly is told before

    chosen = (named or list(datasets.photos().values()))[:_ENOUGH]
    pictures = [io.read_pil(picture) for picture in chosen]
    difference = training.export_model(_loaded(file), out, pictures=pictures)
    size = out.stat().st_size / 1e6
    click.echo(
        _(
            "Saved: {file} ({size:.1f} MB). Pictures on which it was compared with torch: {count}; largest "
            "difference: {difference:.0e}.",
            file=out,
            size=size,
            count=len(pictures),
            difference=difference,
        )
    )


def _loaded(file: Path) -> "SavedModel":
    """Whatever kind of model the file holds."""
    from vislearn import models, training

    troubles = []
    for build in (models.classifier, models.segmenter, models.detector):
        try:
            return training.load_model(file, build)
        except FileError as trouble:
            troubles.append(trouble)
    raise troubles[0]
