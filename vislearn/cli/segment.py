"""``vislearn segment``: the class of each pixel, for a folder of pictures."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from vislearn.cli.answers import model_facts, page_option
from vislearn.cli.options import overwrite_option, scale_option
from vislearn.cli.pictures import for_each, own_names
from vislearn.cli.places import require_places
from vislearn.errors import FileError
from vislearn.files import is_litter, write_text
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem

if TYPE_CHECKING:
    import torch

    from vislearn.cli.pictures import Done
    from vislearn.training import SavedModel

__all__ = ["segment"]


class _Segmented(NamedTuple):
    """What is on a picture: the share of each class that is there, and how sure the model is, as a mean."""

    shares: dict[int, float]
    sure: float


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
@page_option
@scale_option
@overwrite_option
def segment(
    folder: Path, file: Path, out: Path, page: Path | None, scale: float | None, overwrite: bool
) -> None:
    """Write a mask and an overlay for each picture in FOLDER.

    Masks are PNGs that hold the classes' numbers and show their colours. What is transparent in a picture is
    laid on white. What is no picture, can't be read, or is called as another is named at the end, with exit
    status 1; the others are done.
    """
    pictures, problems = _pictures(folder)
    results = [place for picture in pictures for place in _places(out, picture)]
    require_places([*results, *([page] if page else [])], read=[file, *pictures], overwrite=overwrite)
    from vislearn import models, training  # seconds of torch: what is named wrongly is told before

    saved = training.load_model(file, models.segmenter)
    white = saved.scale if scale is None else scale
    done = for_each(pictures, lambda picture: _segmented(picture, saved, out, white), problems)
    if page is not None:
        write_text(page, _as_page(done, saved, file, out))
    for picture, what in done.results.items():  # all masks lie on the disk by now, whatever printing does
        click.echo(f"{picture.name}: {_told(saved, what.shares)}")
    click.echo(_("Saved: {folder} (masks: {count}).", count=len(done.results), folder=out / "masks"))
    if page is not None:
        click.echo(_("Saved: {file}", file=page))
    done.finish()


def _pictures(folder: Path) -> tuple[list[Path], list[Problem]]:
    """The pictures of a folder, and what is wrong with files that are none, or would get another's mask."""
    from vislearn.io.names import has_picture_ending, pretty_endings

    fix = N_("Give the folder that holds the pictures.")
    if not folder.is_dir():
        raise FileError(folder, N_("is not a folder"), fix=fix)
    files = sorted(path for path in folder.iterdir() if not path.is_dir() and not is_litter(Path(path.name)))
    pictures, alike = own_names(filter(has_picture_ending, files))
    if not pictures:
        raise FileError(folder, N_("has no pictures in it"), fix=fix)
    what = _("is not a picture (known endings: {endings})", endings=pretty_endings())
    others = (path for path in files if not has_picture_ending(path))
    foreign = [Problem(str(path), what, _("Move it out of the folder.")) for path in others]
    return pictures, alike + foreign


def _places(out: Path, picture: Path) -> list[Path]:
    """Where the mask and the overlay of a picture go."""
    return [out / kind / f"{picture.stem}.png" for kind in ("masks", "overlays")]


def _segmented(picture: Path, saved: "SavedModel", out: Path, scale: float | None) -> _Segmented:
    """Write both files of a picture."""
    from vislearn import io, training

    image = io.read_image(picture, scale=scale)
    found = training.predict_pixels(saved, image)
    mask = found["mask"]
    for place, result in zip(_places(out, picture), _drawings(image, mask, saved), strict=True):
        io.write_image(place, result)
    numbers, counts = mask.unique(return_counts=True)
    shares = {
        number: count / mask.numel() for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
    }
    return _Segmented(shares, float(found["scores"].mean()))


def _name(saved: "SavedModel", number: int) -> str:
    names = saved.classes or []
    return names[number] if number < len(names) else str(number)


def _told(saved: "SavedModel", shares: Mapping[int, float]) -> str:
    return ", ".join(f"{_name(saved, number)} {share:.1%}" for number, share in shares.items())


def _drawings(image: "torch.Tensor", mask: "torch.Tensor", saved: "SavedModel") -> tuple[Any, Any]:
    """The mask as a palette picture, and over its picture."""
    from vislearn.datasets.bundled.annotations import palette_png
    from vislearn.viz.pictures.mask_pixels import tinted

    indices = palette_png(mask.numpy())
    indices.putpalette(_palette(saved).tobytes())
    hues = _hues(saved, mask.unique().tolist())
    over = tinted(image.permute(1, 2, 0).numpy(), mask.numpy(), hues, alpha=0.5)
    return indices, over


def _palette(saved: "SavedModel") -> Any:
    """The colours of all numbers, uint8 (256, 3): the model's own, then VOC's."""
    from vislearn.datasets.bundled.annotations import voc_colours

    palette = voc_colours()
    if saved.colors:
        palette[: len(saved.colors)] = saved.colors
    return palette


def _hues(saved: "SavedModel", numbers: list[int]) -> dict[int, str]:
    """Class → #rrggbb, of those that are drawn on pictures."""
    from vislearn.viz.pictures.mask_legend import class_colors

    names = dict(enumerate(saved.classes)) if saved.classes else {number: str(number) for number in numbers}
    return class_colors(names, _palette(saved).tolist())


def _as_page(done: "Done[_Segmented]", saved: "SavedModel", file: Path, out: Path) -> str:
    from vislearn.cli.training_report import versions_here
    from vislearn.viz import ClassFound, Drawn, DrawnPage, drawn_page
    from vislearn.viz.numerals import unbroken_percent

    drawn = []
    for picture, what in done.results.items():
        sure = _("sure, as a mean over the pixels: {share}", share=unbroken_percent(what.sure))
        drawn.append(
            Drawn(picture.name, _places(out, picture)[1], [_told(saved, what.shares), sure], what.sure)
        )
    there = [what.shares for what in done.results.values()]
    numbers = sorted({number for shares in there for number in shares})
    hues = _hues(saved, numbers)
    order = _(
        "First come the pictures of whose pixels the model is least sure: mistakes are most frequent among "
        "them. It knows no classes but its own: anything else gets one of them, too."
    )
    page = DrawnPage(
        title=_("{file}: masks of new pictures ({count})", file=file.name, count=len(there)),
        order=order,
        drawn=drawn,
        classes=[
            ClassFound(
                _name(saved, number),
                hues.get(number, ""),
                _("(pictures: {count})", count=sum(number in shares for shares in there)),
            )
            for number in numbers
        ],
        troubles=done.troubles,
        notes=done.notes,
        model=model_facts(saved, file),
        versions=versions_here(),
    )
    return drawn_page(page)
