"""``vislearn segment``: the class of each pixel, for a folder of pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vislearn.cli.pictures import for_each, require_own_names
from vislearn.errors import FileError
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
def segment(folder: Path, file: Path, out: Path) -> None:
    """Write a mask and an overlay for each picture in FOLDER.

    Masks are PNGs that hold the classes' numbers and show their colours. What can't be read is named at the
    end, with exit status 1; the others are done.
    """
    from vislearn import models, training

    pictures = _pictures(folder)
    saved = training.load_model(file, models.segmenter)
    lines, troubles = for_each(pictures, lambda picture: _segmented(picture, saved, out))
    for line in lines.values():  # all masks are on the disk by now: no trouble of printing can undo them
        click.echo(line)
    click.echo(_("Saved: {count} masks in {folder}.", count=len(lines), folder=out / "masks"))
    if troubles:
        raise click.ClickException("\n".join(troubles))


def _pictures(folder: Path) -> list[Path]:
    """The pictures of a folder, strictly: what is none of them, or would get another's mask, is refused."""
    from vislearn.datasets.detection.pairing import pictures_in

    found = pictures_in(folder, fix=_("Give the folder that holds the pictures."))
    if not found:
        raise FileError(folder, "has no pictures in it", fix=_("Give the folder that holds the pictures."))
    require_own_names(found, "mask")
    return found


def _segmented(picture: Path, saved: "SavedModel", out: Path) -> str:
    """Write both files of a picture; a line that says what is on it."""
    from vislearn import io, training

    image = io.read_image(picture)
    mask = training.predict_mask(saved, image)
    drawn = _drawings(image, mask, saved)
    for kind, result in zip(("masks", "overlays"), drawn, strict=True):
        io.write_image(out / kind / f"{picture.stem}.png", result)
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
