"""``vislearn check``: a folder of pictures as a whole, on the terminal and as a page."""

from pathlib import Path

import click

from vislearn.cli.options import scale_option, suffix_option
from vislearn.cli.stopping import stop, stoppable
from vislearn.language import translate as _

__all__ = ["check"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Write it as one page, too."
)
@suffix_option
@scale_option
def check(folder: Path, page: Path | None, suffix: str, scale: float | None) -> None:
    """Look at every picture and annotation in FOLDER, and say what is there and what is wrong.

    FOLDER is an ImageFolder (with or without train/ and val/ above the classes), COCO's JSON beside its
    pictures, VOC's Annotations/ and JPEGImages/, YOLO's data.yaml or classes.txt, what LabelMe, CVAT or
    Roboflow export, images/ and labels/ with a text file of classes (with or without train/ and val/ above),
    or NAME/images/ and NAME/masks/. A damaged annotation stops nothing: all are told, and the other pictures
    looked at. Counts are of pictures that can be read. Exit status 1 if anything is wrong.
    """
    from tqdm import tqdm

    from vislearn import datasets
    from vislearn.files import require_writable, write_text

    if page:
        require_writable(page)
    try:
        with stoppable(), tqdm(unit=_("picture"), disable=None) as bar:
            found = datasets.overview(folder, suffix=suffix, scale=scale, progress=bar.update)
    except KeyboardInterrupt:
        stop(_("Stopped before every picture was looked at: there is no result."))
    click.echo(str(found))
    if page:
        from vislearn.viz import dataset_page

        write_text(page, dataset_page(found))
        click.echo(_("Saved: {file}", file=page))
    if found.problems:
        raise SystemExit(1)
