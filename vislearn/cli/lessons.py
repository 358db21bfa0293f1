"""``vislearn lessons``: for those who write them, and those who hand them out."""

import shlex
from pathlib import Path

import click

from vislearn.cli.options import overwrite_option
from vislearn.language import LANGUAGES
from vislearn.language import translate as _

__all__ = ["lessons"]


@click.group()
def lessons() -> None:
    """Build notebooks from notebooks/source, check and translate them; make a site or assignments of them."""


_which = click.argument("names", nargs=-1, metavar="[LESSON]...")
_language = click.option("--language", type=click.Choice(list(LANGUAGES)), help="Only this language.")


@lessons.command()
@_which
@_language
@click.option("--force", is_flag=True, help="Also what is up to date, and what holds answers.")
def build(names: tuple[str, ...], language: str | None, force: bool) -> None:
    """Build and run notebooks; a LESSON is 1, 01 or 01_pipeline, none means all."""
    from vislearn import course

    course.build(names or None, language, click.echo, force=force)


@lessons.command()
@_which
@_language
def check(names: tuple[str, ...], language: str | None) -> None:
    """Compare notebooks with their sources; exit status 1 when one is not what its source says."""
    from vislearn import course

    problems = course.check(names or None, language)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise SystemExit(1)
    click.echo("Every notebook is what its source says.")


@lessons.command()
@_which
def count(names: tuple[str, ...]) -> None:
    """Say in numbers how lessons keep to their form; a LESSON is 1, 01 or 01_pipeline, none means all."""
    from vislearn.course.building.counts import count_table, lesson_counts

    click.echo("\n".join(count_table(lesson_counts(names or None))))


@lessons.command()
@click.argument("out", type=click.Path(path_type=Path), default=Path("site"))
def site(out: Path) -> None:
    """Make the stored notebooks a web site in the folder OUT (default: site), in all languages."""
    from vislearn.course.copies import course_notebooks
    from vislearn.course.site import build_site

    front = build_site(course_notebooks(), out, click.echo)
    click.echo(f"The site is ready: {front}. Look at it: python -m http.server -d {out}")


@lessons.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("address")
def colab(folder: Path, address: str) -> None:
    """Write copies of the lessons into FOLDER that install the course on Google Colab.

    ADDRESS is where pip gets it there, such as git+https://HOST/OWNER/vislearn.
    """
    from vislearn.course.copies import write_colab_copies

    made = write_colab_copies(folder, address)
    click.echo(_("{count} notebooks are in {folder}.", count=len(made), folder=folder))


@lessons.command()
@click.argument("to", type=click.Choice(["nbgrader", "otter"]))
@click.argument("lesson")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--language",
    type=click.Choice(list(LANGUAGES)),
    default="en",
    show_default=True,
    help="Of the prose and the verdicts.",
)
@overwrite_option
def export(to: str, lesson: str, folder: Path, language: str, overwrite: bool) -> None:
    """Write LESSON's exercises as an assignment for nbgrader or otter into FOLDER.

    For nbgrader FOLDER is a course's. Its own commands make the students' notebooks and grade them, by the
    verdicts of the course's checks, on inputs that students have not seen. vislearn must be installed there.
    """
    from vislearn import grading

    file = grading.export_assignment(lesson, folder, to, language=language, overwrite=overwrite)
    inside, made, dist = (shlex.quote(str(place)) for place in (folder, file, folder / "dist"))
    next_step = {
        "nbgrader": f"cd {inside} && nbgrader generate_assignment {file.stem}",
        "otter": f"otter assign {made} {dist}",
    }
    click.echo(_("Written: {file}. Next: {command}", file=file, command=next_step[to]))


@lessons.command()
@_which
@click.option("--prune", is_flag=True, help="Forget translations of what is no longer there.")
def translate(names: tuple[str, ...], prune: bool) -> None:
    """Carry new and changed paragraphs into the .po files, for translators to fill in."""
    from vislearn import course

    for path in course.update_translations(names or None, prune=prune):
        click.echo(path)


@lessons.command()
@_which
def proof(names: tuple[str, ...]) -> None:
    """Hold the Bengali to glossary, spelling and punctuation; exit status 1 when there is a finding."""
    from vislearn import course

    problems = course.proof_translations(names or None)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise SystemExit(1)
    click.echo("The Bengali says everything as the glossary does.")
