"""``vislearn export``: a saved model as one file that runs without torch."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vislearn.cli.options import overwrite_option
from vislearn.cli.pictures import pictures_named
from vislearn.cli.places import require_places
from vislearn.cli.stopping import stop, stoppable
from vislearn.language import translate as _

if TYPE_CHECKING:
    from vislearn.training import SavedModel

__all__ = ["export"]

_ENOUGH = 8  # pictures to compare answers on
_CALIBRATING = 200  # for int8: half to tell ranges, half to compare; more change little


@click.command()
@click.argument("file", metavar="MODEL", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--to", type=click.Choice(["onnx"]), default="onnx", show_default=True, help="The format.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where it goes; by default beside MODEL, with the ending .onnx, or .int8.onnx.",
)
@click.option(
    "--pictures",
    "places",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Pictures or folders to compare the answers on; by default the course's photographs.",
)
@click.option(
    "--int8",
    is_flag=True,
    help="In eight-bit numbers, a quarter of the size; needs --pictures such as the model will see.",
)
@overwrite_option
def export(
    file: Path, to: str, out: Path | None, places: tuple[Path, ...], int8: bool, overwrite: bool
) -> None:
    """Write MODEL, a classifier, segmenter or detector that was saved, as one ONNX file.

    Classes, colours and how pictures are prepared stand in it too, as JSON under "vislearn" in its metadata:
    there is no second file that could be lost. Before it counts as done its answers are
    compared with torch's; those in eight bits with the floats'.
    """
    if int8 and not places:
        raise click.UsageError(_("--int8 needs --pictures FOLDER, with pictures such as the model will see."))
    out = out or file.with_suffix(f".int8.{to}" if int8 else f".{to}")
    named = pictures_named(places)
    require_places([out], read=[file, *named], overwrite=overwrite)
    try:
        with stoppable():
            click.echo(_exported(file, out, named, int8=int8))
    except KeyboardInterrupt:
        stop(_("Stopped: nothing is saved."))


def _exported(file: Path, out: Path, named: list[Path], *, int8: bool) -> str:
    """Write it; what there is to say."""
    from vislearn import datasets, io, training  # seconds of torch: what is named wrongly is told before
    from vislearn.models.kinds import any_network

    chosen = _spread(named, _CALIBRATING if int8 else _ENOUGH) or list(datasets.photos().values())[:_ENOUGH]
    saved = training.load_model(file, any_network)
    pictures = [io.read_pil(picture, scale=saved.scale) for picture in chosen]
    if int8:
        return _exported_int8(saved, out, pictures)
    difference = training.export_model(saved, out, pictures=pictures)
    return _(
        "Saved: {file} ({size:.1f} MB). Pictures on which it was compared with torch: {count}; largest "
        "difference: {difference:.0e}.",
        file=out,
        size=out.stat().st_size / 1e6,
        count=len(pictures),
        difference=difference,
    )


def _spread(pictures: list[Path], count: int) -> list[Path]:
    """At most so many, from all over a list: folders come one after the other, and so do classes."""
    return pictures[:: max(1, -(-len(pictures) // count))]


def _exported_int8(saved: "SavedModel", out: Path, pictures: list[Any]) -> str:
    """By way of the model in floats, which is compared with torch as ever."""
    from vislearn import training
    from vislearn.deploy.int8 import quantize

    with tempfile.TemporaryDirectory(prefix="vislearn-export-") as folder:
        exact = Path(folder) / "float.onnx"
        training.export_model(saved, exact, pictures=pictures[:_ENOUGH])
        done = quantize(exact, out, pictures=pictures)
    return _(
        "Saved: {file} ({size:.1f} MB; in floats {exact:.1f} MB). Pictures on which both were asked: "
        "{count}; answers in common: {agreement:.1%}.",
        file=out,
        size=done.int8_bytes / 1e6,
        exact=done.float_bytes / 1e6,
        count=done.compared,
        agreement=done.agreement,
    )
