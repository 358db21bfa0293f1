"""``vislearn grade``: a class's notebooks judged, and a report for the teacher and for each student."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vislearn.cli.stopping import stop, stoppable
from vislearn.language import translate as _

if TYPE_CHECKING:
    from vislearn.grading import StudentReport

__all__ = ["grade"]


@click.command()
@click.argument("place", metavar="FOLDER_OR_ZIP", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of the reports."
)
@click.option("--lesson", help="Its number; by default every lesson that somebody handed in.")
@click.option(
    "-j", "--jobs", type=click.IntRange(1), default=1, show_default=True, help="Students at a time."
)
@click.option(
    "--without-jail",
    is_flag=True,
    help="Guard against accidents only, not malice: for computers that can't build the jail.",
)
@click.option(
    "--without-namespaces",
    is_flag=True,
    help="A jail of the other walls alone, for computers that give plain users no namespaces.",
)
def grade(
    place: Path, out: Path, lesson: str | None, jobs: int, without_jail: bool, without_namespaces: bool
) -> None:
    """Judge the notebooks in FOLDER_OR_ZIP, and say what to teach again.

    A student's notebooks lie in a folder of their name, or are files called after them. Their code runs where
    it reaches no file, no network and no solution. Interrupted, the same command goes on; called again, it
    judges what was handed in anew. Open class.html first.
    """
    from tqdm import tqdm

    from vislearn import grading

    with stoppable(), tqdm(unit="student", disable=None) as bar:

        def tell(report: "StudentReport", count: int) -> None:
            bar.total = count
            bar.update()
            bar.write(_row(report))

        try:
            walls = {"jail": not without_jail, "namespaces": not without_namespaces}
            found = grading.grade(place, out, lesson=lesson, jobs=jobs, **walls, each=tell)
        except KeyboardInterrupt:
            bar.close()
            stop(_("Stopped. The same command goes on where it stopped."))
    click.echo(_("Open {file}", file=found.out / "class.html"))


def _row(report: "StudentReport") -> str:
    said = _("{right} of {count} right", right=report.right, count=len(report.rows))
    return f"{report.student:<24} {said}" + "".join(f"  {problem}" for problem in report.problems)
