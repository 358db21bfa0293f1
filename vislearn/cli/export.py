"""``vislearn export``: a saved model as one file that runs without torch."""

from pathlib import Path

import click

from vislearn import files
from vislearn.cli.pictures import pictures_named
from vislearn.language import translate as _

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
    from vislearn.models.kinds import any_network

    chosen = (named or list(datasets.photos().values()))[:_ENOUGH]
    pictures = [io.read_pil(picture) for picture in chosen]
    saved = training.load_model(file, any_network)
    difference = training.export_model(saved, out, pictures=pictures)
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
