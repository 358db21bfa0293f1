"""``vislearn predict``: the class of each picture, by a classifier that was saved."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vislearn import files
from vislearn.cli.answers import model_facts
from vislearn.cli.options import overwrite_option
from vislearn.cli.pictures import for_each, pictures_named
from vislearn.cli.places import require_places
from vislearn.language import translate as _
from vislearn.problems import Problem

if TYPE_CHECKING:
    from vislearn.cli.pictures import Done
    from vislearn.training import SavedModel

__all__ = ["predict"]

Answers = Mapping[Path, list[float]]


@click.command()
@click.argument("file", metavar="MODEL", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("places", metavar="PICTURES...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--top", type=click.IntRange(min=1), default=3, show_default=True, help="Classes on a line.")
@click.option(
    "--csv", "table", type=click.Path(path_type=Path, dir_okay=False), help="Write a row for each picture."
)
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page with the pictures, class by class, the least sure ones first.",
)
@click.option(
    "--json", "record", type=click.Path(path_type=Path, dir_okay=False), help="Write all of it as JSON."
)
@overwrite_option
def predict(
    file: Path,
    places: tuple[Path, ...],
    top: int,
    table: Path | None,
    page: Path | None,
    record: Path | None,
    overwrite: bool,
) -> None:
    """Say which class each of PICTURES shows, files or folders, by MODEL as vislearn train saved it.

    What is transparent in a picture is laid on white. What can't be read is named at the end, with exit
    status 1; the others are done.
    """
    missing: list[Problem] = []
    pictures = pictures_named(places, missing)
    targets = [target for target in (table, record, page) if target is not None]
    fix = _("Choose another name, or say --overwrite.")
    require_places(targets, read=[file, *pictures], overwrite=overwrite, fix=fix)
    from vislearn import models, training  # seconds of torch: what is named wrongly is told before
    from vislearn.io import read_image

    saved = training.load_model(file, models.classifier)
    done = for_each(
        pictures,
        lambda picture: training.predict_classes(saved, [read_image(picture)])[0].tolist(),
        map(str, missing),
    )
    answers = done.results
    names = _names(saved, answers)
    if table is not None:
        files.write_text(table, _as_csv(names, answers))
    if record is not None:
        files.write_text(record, _as_json(names, answers, file))
    if page is not None:
        files.write_text(page, _as_page(names, done, saved, file, top))
    for picture, chances in answers.items():  # what was asked for is on the disk by now
        best = sorted(zip(chances, names, strict=True), key=lambda pair: -pair[0])[:top]
        click.echo(f"{picture}: " + ", ".join(f"{name} {chance:.1%}" for chance, name in best))
    for target in targets:
        click.echo(_("Saved: {file} (pictures: {count}).", count=len(answers), file=target))
    done.finish()


def _names(saved: "SavedModel", answers: Answers) -> list[str]:
    """Names of the classes, or their numbers where the file has none."""
    count = len(next(iter(answers.values()), []))
    return list(saved.classes or map(str, range(count)))


def _as_csv(names: Sequence[str], answers: Answers) -> str:
    """One row a picture: its file, its class, how sure, and every class's probability."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["file", "class", "probability", *names])
    for picture, chances in answers.items():
        best = max(range(len(chances)), key=chances.__getitem__)
        rows.writerow([picture, names[best], *(f"{chance:.6f}" for chance in (chances[best], *chances))])
    return "\ufeff" + text.getvalue()  # without the mark spreadsheets take Bengali for another alphabet


def _as_json(names: Sequence[str], answers: Answers, file: Path) -> str:
    pictures = [
        {"file": str(picture), "probabilities": dict(zip(names, chances, strict=True))}
        for picture, chances in answers.items()
    ]
    return json.dumps(
        {"model": str(file), "classes": names, "pictures": pictures}, ensure_ascii=False, indent=1
    )


def _as_page(
    names: Sequence[str], done: "Done[list[float]]", saved: "SavedModel", file: Path, top: int
) -> str:
    from vislearn.cli.training_report import versions_here
    from vislearn.viz import PredictionPage, prediction_page

    page = PredictionPage(
        title=_("{file}: answers to new pictures ({count})", file=file.name, count=len(done.results)),
        classes=names,
        answers=done.results,
        troubles=done.troubles,
        notes=[done.how_far] if done.stopped else [],
        top=top,
        model=model_facts(saved, file) | {"classes": ", ".join(names)},
        versions=versions_here(),
    )
    return prediction_page(page)
