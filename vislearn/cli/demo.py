"""``vislearn demo``: a page on which a model answers for pictures, the camera and drawings."""

import tempfile
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from vislearn.errors import FileError
from vislearn.language import N_
from vislearn.language import translate as _

__all__ = ["demo"]

_COMPARED = 4  # photographs on which a model that comes from torch is compared after export


@click.command()
@click.argument("file", metavar="MODEL", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--port", type=click.IntRange(1, 65535), help="Default: any free one.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option(
    "--static",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the page into this new folder instead, for any web host; the browser answers by itself.",
)
@click.option(
    "--runtime",
    "archive",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --static: onnxruntime-web as npm pack wrote it; by default fetched by npm, once.",
)
def demo(file: Path, port: int | None, no_browser: bool, folder: Path | None, archive: Path | None) -> None:
    """Open a page on which MODEL answers: .onnx as vislearn export wrote it, or .pt as it was saved.

    Pictures come from files, the camera or a drawing pad, and stay on this computer. Ctrl-C ends it.
    """
    if not file.is_file():
        raise FileError(file, N_("does not exist"), fix=N_("Check the name and the folder."))
    if folder is None and archive is not None:
        raise click.UsageError(_("--runtime belongs to --static."))
    from vislearn.demo import serve, write_folder

    with _exported(file) as model:
        if folder is None:
            serve(model, name=file.stem, port=port or 0, ready=lambda address: _ready(address, no_browser))
            click.echo(_("Ended."))
            return
        files = write_folder(model, folder, name=file.stem, archive=archive)
    click.echo(
        _(
            "Saved: {folder} ({size:.1f} MB). Put it on a web host, or look at it: python -m http.server "
            "--directory {folder}",
            folder=folder,
            size=sum(path.stat().st_size for path in files) / 1e6,
        )
    )


def _ready(address: str, no_browser: bool) -> None:
    click.echo(_("The page: {address} (Ctrl-C ends it)", address=address))
    if not no_browser:
        webbrowser.open(address)


@contextmanager
def _exported(file: Path) -> Iterator[Path]:
    """The model as ONNX; one in torch's form is exported for as long as it is needed."""
    if file.suffix.lower() == ".onnx":
        yield file
        return
    from vislearn import datasets, io, training
    from vislearn.models.kinds import any_network

    click.echo(_("The model is exported first; vislearn export would keep the result."))
    saved = training.load_model(file, any_network)
    pictures = [io.read_pil(picture) for picture in list(datasets.photos().values())[:_COMPARED]]
    with tempfile.TemporaryDirectory(prefix="vislearn-demo-") as folder:
        path = Path(folder) / "model.onnx"
        training.export_model(saved, path, pictures=pictures)
        yield path
