"""``vislearn lint``: scripts read for what only their text shows."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vislearn.errors import FileError, first_line
from vislearn.language import translate as _
from vislearn.problems import problem_of

if TYPE_CHECKING:
    from vislearn.traps import Found

__all__ = ["lint"]

_UNREADABLE = 2  # the exit status of a command that could not do what it was asked for


@click.command()
@click.argument(
    "paths", metavar="FILE_OR_FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="One list of findings, for programs.")
def lint(paths: tuple[Path, ...], as_json: bool) -> None:
    """Read scripts, without running them, for mistakes that only their text shows.

    Notebooks aren't read: there, `%load_ext vislearn.traps` and `%%watch model` look at what runs. Exit
    status 1 if anything was found, 2 if a script can't be read.
    """
    found: list[Found] = []
    notes: list[str] = []
    troubles: list[str] = []
    for path in paths:
        _read(path, found, notes, troubles)
    for note in notes:
        click.echo(note, err=as_json)
    if as_json:
        click.echo(json.dumps([_entry(one) for one in found], indent=2, ensure_ascii=False))
    else:
        for one in found:
            click.echo(str(one))
        if not found and not notes and not troubles:
            click.echo(_("No trap found."))
    for trouble in troubles:
        click.echo(f"Error: {trouble}", err=True)
    if troubles:
        raise SystemExit(_UNREADABLE)
    if found:
        raise SystemExit(1)


def _read(path: Path, found: "list[Found]", notes: list[str], troubles: list[str]) -> None:
    """One file, or all scripts of a folder; what can't be read keeps nothing else from being read."""
    from vislearn.traps.text.linted import lint as lint_file
    from vislearn.traps.text.linted import scripts_in, unseen_in

    try:
        scripts = scripts_in(path) if path.is_dir() else [path]
    except OSError as error:
        troubles.append(_sentence(error))
        return
    for script in scripts:
        try:
            found += lint_file(script)
            if (unseen := unseen_in(script)) is not None:
                notes.append(str(unseen))
        except OSError as error:
            troubles.append(_sentence(error))


def _sentence(error: OSError) -> str:
    return str(problem_of(error)) if isinstance(error, FileError) else first_line(error)


def _entry(found: "Found") -> dict[str, object]:
    problem = found.problem
    file, _colon, lines = problem.where.rpartition(":")
    return {
        "trap": found.trap.name,
        "certainty": found.trap.certainty,
        "where": problem.where,
        "file": file,
        "lines": [int(line) for line in lines.split(",")],
        "what": problem.what,
        "fix": problem.fix,
    }
