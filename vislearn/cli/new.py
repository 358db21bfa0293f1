"""``vislearn new`` and ``vislearn update``: a learner's own copy of the lessons."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vislearn.errors import InputError
from vislearn.language import translate as _

if TYPE_CHECKING:
    from vislearn.course.copies import Change

__all__ = ["new", "tell", "update"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def new(folder: Path) -> None:
    """Copy the lessons, in both languages, into FOLDER: yours to write in."""
    from vislearn.course.copies import copy_lessons

    made = copy_lessons(folder)
    click.echo(
        _(
            "{count} notebooks are in {folder}. Open them: vislearn lab --notebooks {folder}",
            count=len(made),
            folder=folder,
        )
    )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
def update(folder: Path | None) -> None:
    """Bring the newest lessons into your copy; your answers, cells and notes stay.

    FOLDER is the copy; by default the folder you are in, or my-lessons. What stood there before is kept in
    its folder `backups`.
    """
    from vislearn.course.copies import is_copy, own_copy, update_copy

    folder = folder or own_copy()
    if not is_copy(folder):
        raise InputError(
            "FOLDER", "must be a copy of the lessons", got=folder, fix="Make one: vislearn new FOLDER."
        )
    changes = update_copy(folder)
    for change in changes:
        tell(change)
    click.echo(_("All lessons in {folder} are up to date.", folder=folder))


def tell(change: "Change") -> None:
    """Say in a line or two what has become of a lesson."""
    said = {
        "new": _("{name}: new.", name=change.name),
        "renewed": _("{name}: renewed; you had written nothing in it.", name=change.name),
        "damaged": _("{name}: could not be read, and was made anew.", name=change.name),
        "merged": _("{name}: renewed.", name=change.name),
    }
    click.echo(said[change.kind])
    if change.merge:
        click.echo(
            "  "
            + _(
                "Yours stayed: {answers} answers, {kept} other cells.",
                answers=len(change.merge.answers),
                kept=change.merge.kept,
            )
        )
        if change.merge.doubled:
            click.echo(
                "  "
                + _(
                    "{count} cells were changed by you and by the course: yours stands below the course's.",
                    count=change.merge.doubled,
                )
            )
    if change.backup:
        click.echo("  " + _("As it was: {file}", file=change.backup))
