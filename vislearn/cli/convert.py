"""``vislearn convert``: a set with boxes from one program's files to another's."""

from pathlib import Path

import click

from vislearn.errors import FileError
from vislearn.language import N_
from vislearn.language import translate as _

__all__ = ["convert"]

# Written out, because the lists lie beside readers that need torch; a test holds the two together.
_SOURCES = ("coco", "voc", "yolo", "labelme", "cvat", "roboflow")
_FORMATS = ("coco", "voc", "yolo")
_WITHOUT_BOX = (
    "point",
    "line",
    "linestrip",
    "points",
    "polyline",
    "cuboid",
    "skeleton",
)  # as their programs say


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option("--to", required=True, type=click.Choice(_FORMATS), help="What OUT shall hold.")
@click.option(
    "--from",
    "source",
    type=click.Choice(_SOURCES),
    help="Whose files FOLDER holds.  [default: found by looking]",
)
@click.option("--split", default="train", show_default=True, help="The part: train, val or test.")
@click.option("--masks/--no-masks", default=False, show_default=True, help="Outlines too; COCO keeps them.")
@click.option(
    "--skip",
    multiple=True,
    type=click.Choice(_WITHOUT_BOX),
    help="Leave out what has no box: LabelMe's point, line, linestrip; CVAT's points, polyline, cuboid, "
    "skeleton. May be said several times.",
)
@click.option("--repair", is_flag=True, help="Mend slips of up to two pixels instead of refusing them.")
@click.option("--pictures/--no-pictures", default=True, show_default=True, help="Copy the pictures too.")
def convert(
    folder: Path,
    out: Path,
    to: str,
    source: str | None,
    split: str,
    masks: bool,
    skip: tuple[str, ...],
    repair: bool,
    pictures: bool,
) -> None:
    """Write the boxes of FOLDER to OUT as COCO, VOC or YOLO keep them, the same bit by bit.

    OUT is another folder, and not in FOLDER. What the format can't hold is said before anything is written;
    files that are there are never replaced.
    One part is written at a time: those that stay behind are named, and pictures without annotation.
    """
    from vislearn import datasets
    from vislearn.datasets.conversion.opening import (
        has_lists_of_parts,
        open_detection,
        parts_of,
        source_of,
        without_annotation,
    )

    _require_beside(out, folder)
    source = source or source_of(folder)
    dataset = open_detection(folder, split, source=source, masks=masks, skip=skip, repair=repair)
    for other in parts_of(folder, source):
        if other != split:
            click.echo(_("The part {part} stays behind; bring it by: --split {part}", part=other))
    if not has_lists_of_parts(folder):
        for sentence in without_annotation([path for path, _annotation in dataset.items]):
            click.echo(sentence)
    for problem in dataset.repairs:
        click.echo(str(problem))
    file = datasets.convert(dataset, out, to, split, pictures=pictures, tell=click.echo)  # type: ignore[arg-type]
    click.echo(_("Saved: {file} (pictures with their boxes: {count}).", count=len(dataset), file=file))


def _require_beside(out: Path, folder: Path) -> None:
    """Refuse to write into what is read: a folder of two formats can no more be told by looking."""
    place, read = out.resolve(), folder.resolve()
    if place.is_relative_to(read):
        what = N_("is the folder that is read") if place == read else N_("lies in the folder that is read")
        raise FileError(out, what, fix=N_("Name another folder as OUT, such as one beside it."))
