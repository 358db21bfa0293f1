"""``vislearn predict``: the class of each picture, by a classifier that was saved."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vislearn import files
from vislearn.cli.answers import model_facts
from vislearn.cli.options import overwrite_option, scale_option
from vislearn.cli.pictures import for_each, left_out, pictures_named
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
@scale_option
@overwrite_option
def predict(
    file: Path,
    places: tuple[Path, ...],
    top: int,
    table: Path | None,
    page: Path | None,
    record: Path | None,
    scale: float | None,
    overwrite: bool,
) -> None:
    """Say which class each of PICTURES shows, files or folders, by MODEL as vislearn train saved it.

    What is transparent in a picture is laid on white. What can't be read is named at the end and in the
    table, with exit status 1; the others are done. MODEL knows by which --scale it learned.
    """
    missing: list[Problem] = []
    others: list[Path] = []
    pictures = pictures_named(places, missing, others)
    targets = [target for target in (table, record, page) if target is not None]
    fix = _("Choose another name, or say --overwrite.")
    require_places(targets, read=[file, *pictures], overwrite=overwrite, fix=fix)
    from vislearn import models, training  # seconds of torch: what is named wrongly is told before
    from vislearn.io import read_image

    saved = training.load_model(file, models.classifier)
    white = saved.scale if scale is None else scale
    done = for_each(
        pictures,
        lambda picture: training.predict_classes(saved, [read_image(picture, scale=white)])[0].tolist(),
        missing,
    )
    answers = done.results
    names = _names(saved, answers)
    if table is not None:
        files.write_text(table, _as_csv(names, done))
    if record is not None:
        files.write_text(record, _as_json(names, done, file))
    if page is not None:
        about = {"top": top, "scale": white, "notes": [*done.notes, *left_out(others)]}
        files.write_text(page, _as_page(names, done, saved, file, about))
    for picture, chances in answers.items():  # what was asked for is on the disk by now
        best = sorted(zip(chances, names, strict=True), key=lambda pair: -pair[0])[:top]
        click.echo(f"{picture}: " + ", ".join(f"{name} {chance:.1%}" for chance, name in best))
    for target in targets:
        click.echo(_("Saved: {file} (pictures: {count}).", count=len(answers), file=target))
    for line in left_out(others):
        click.echo(line, err=True)
    done.finish()


def _names(saved: "SavedModel", answers: Answers) -> list[str]:
    """Names of the classes, or their numbers where the file has none."""
    count = len(next(iter(answers.values()), []))
    return list(saved.classes or map(str, range(count)))


def _as_csv(names: Sequence[str], done: "Done[list[float]]") -> str:
    """One row a picture: its file, its class, how sure, every class's probability, and what is wrong."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["file", "class", "probability", *names, "problem"])
    doubts = {doubt.where: _why(doubt) for doubt in done.doubts}
    for picture, chances in done.results.items():
        best = max(range(len(chances)), key=chances.__getitem__)
        shares = (f"{chance:.6f}" for chance in (chances[best], *chances))
        rows.writerow([picture, names[best], *shares, doubts.get(str(picture), "")])
    for problem in done.problems:
        rows.writerow([problem.where, "", "", *("" for _name in names), _why(problem)])
    return "\ufeff" + text.getvalue()  # without the mark spreadsheets take Bengali for another alphabet


def _why(problem: Problem) -> str:
    """What is wrong, without the file, which stands beside it."""
    return str(replace(problem, where="")).strip()


def _as_json(names: Sequence[str], done: "Done[list[float]]", file: Path) -> str:
    pictures = [
        {"file": str(picture), "probabilities": dict(zip(names, chances, strict=True))}
        for picture, chances in done.results.items()
    ]
    problems = [
        {"file": problem.where, "problem": _why(problem)} for problem in (*done.problems, *done.doubts)
    ]
    record = {"model": str(file), "classes": names, "pictures": pictures, "problems": problems}
    return json.dumps(record, ensure_ascii=False, indent=1)


def _as_page(
    names: Sequence[str],
    done: "Done[list[float]]",
    saved: "SavedModel",
    file: Path,
    about: Mapping[str, Any],
) -> str:
    from vislearn.cli.training_report import versions_here
    from vislearn.viz import PredictionPage, prediction_page

    page = PredictionPage(
        title=_("{file}: answers to new pictures ({count})", file=file.name, count=len(done.results)),
        classes=names,
        answers=done.results,
        troubles=done.troubles,
        model=model_facts(saved, file) | {"classes": ", ".join(names)},
        versions=versions_here(),
        **about,
    )
    return prediction_page(page)
