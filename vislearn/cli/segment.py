"""``vislearn segment``: the class of each pixel, for a folder of pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vislearn.cli.options import overwrite_option
from vislearn.cli.pictures import for_each, own_names
from vislearn.errors import FileError
from vislearn.files import is_litter, require_free
from vislearn.language import translate as _

if TYPE_CHECKING:
    import torch

    from vislearn.training import SavedModel

__all__ = ["segment"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--model",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A segmenter, as vislearn train-segmenter or vislearn.training.save_segmenter wrote it.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs/segmented"),
    show_default=True,
    help="Where masks/ and overlays/ go.",
)
@overwrite_option
def segment(folder: Path, file: Path, out: Path, overwrite: bool) -> None:
    """Write a mask and an overlay for each picture in FOLDER.

    Masks are PNGs that hold the classes' numbers and show their colours. What is transparent in a picture is
    laid on white. What is no picture, can't be read, or is called as another is named at the end, with exit
    status 1; the others are done.
    """
    from vislearn import models, training

    pictures, troubles = _pictures(folder)
    for place in (place for picture in pictures for place in _places(out, picture)):
        require_free(place, overwrite=overwrite)
    saved = training.load_model(file, models.segmenter)
    done = for_each(pictures, lambda picture: _segmented(picture, saved, out), troubles)
    for line in done.results.values():  # all masks lie on the disk by now: no trouble of printing undoes them
        click.echo(line)
    click.echo(_("Saved: {count} masks in {folder}.", count=len(done.results), folder=out / "masks"))
    done.finish()


def _pictures(folder: Path) -> tuple[list[Path], list[str]]:
    """The pictures of a folder, and a sentence for each file that is none, or would get another's mask."""
    from vislearn.io.names import has_picture_ending, pretty_endings

    fix = _("Give the folder that holds the pictures.")
    if not folder.is_dir():
        raise FileError(folder, "is not a folder", fix=fix)
    files = sorted(path for path in folder.iterdir() if path.is_file() and not is_litter(Path(path.name)))
    pictures, alike = own_names(filter(has_picture_ending, files), "mask")
    if not pictures:
        raise FileError(folder, "has no pictures in it", fix=fix)
    problem = f"is not a picture (known endings: {pretty_endings()})"
    foreign = [str(FileError(path, problem)) for path in files if not has_picture_ending(path)]
    return pictures, alike + foreign


def _places(out: Path, picture: Path) -> list[Path]:
    """Where the mask and the overlay of a picture go."""
    return [out / kind / f"{picture.stem}.png" for kind in ("masks", "overlays")]


def _segmented(picture: Path, saved: "SavedModel", out: Path) -> str:
    """Write both files of a picture; a line that says what is on it."""
    from vislearn import io, training

    image = io.read_image(picture)
    mask = training.predict_mask(saved, image)
    drawn = _drawings(image, mask, saved)
    for place, result in zip(_places(out, picture), drawn, strict=True):
        io.write_image(place, result)
    numbers, counts = mask.unique(return_counts=True)
    names = saved.classes or []
    shares = [
        f"{names[number] if number < len(names) else number} {count / mask.numel():.1%}"
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
    ]
    return f"{picture.name}: {', '.join(shares)}"


def _drawings(image: "torch.Tensor", mask: "torch.Tensor", saved: "SavedModel") -> tuple[Any, Any]:
    """The mask as a palette picture, and over its picture."""
    import numpy as np

    from vislearn.datasets.bundled.annotations import palette_png, voc_colours
    from vislearn.viz.pictures.mask_legend import class_colors
    from vislearn.viz.pictures.mask_pixels import tinted

    palette: np.ndarray = voc_colours()
    if saved.colors:
        palette[: len(saved.colors)] = saved.colors
    indices = palette_png(mask.numpy())
    indices.putpalette(palette.tobytes())
    names = dict(enumerate(saved.classes or map(str, mask.unique().tolist())))
    hues = class_colors(names, palette.tolist())
    over = tinted(image.permute(1, 2, 0).numpy(), mask.numpy(), hues, alpha=0.5)
    return indices, over
