"""``vislearn doctor``: what is there, what is wrong, what to do."""

import json
from collections.abc import Iterable

import click

from vislearn.cli.examination import Answer, examine
from vislearn.language import translate as _

__all__ = ["doctor", "line"]

_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of findings.")
def doctor(as_json: bool) -> None:
    """Look at versions, device, data, disk and browser; exit status 1 when there is a problem."""
    answers = list(examine()) if as_json else list(_shown(examine()))
    if as_json:
        click.echo(json.dumps(list(map(_record, answers)), ensure_ascii=False, indent=1))
    problems = sum(answer.state == "problem" for answer in answers)
    cautions = sum(answer.state == "warning" for answer in answers)
    if not as_json:
        click.echo()
        click.echo(_("Problems: {problems}. Warnings: {cautions}.", problems=problems, cautions=cautions))
    raise SystemExit(1 if problems else 0)


def _record(answer: Answer) -> dict[str, str]:
    return {"topic": answer.topic, "state": answer.state, "what": answer.what, "todo": answer.todo}


def _shown(answers: Iterable[Answer]) -> Iterable[Answer]:
    """Each line appears when its check is done: importing torch takes seconds on a slow disk."""
    for answer in answers:
        click.echo(line(answer))
        yield answer


def line(answer: Answer) -> str:
    """An answer as people read it; colour repeats the word and never replaces it."""
    words = {"ok": _("ok"), "warning": _("warning"), "problem": _("problem")}
    state = click.style(f"{words[answer.state]:<8}", fg=_COLOURS[answer.state], bold=answer.state != "ok")
    text = f"{state}  {answer.topic:<10}  {answer.what}"
    return f"{text}\n{'':<22}→ {answer.todo}" if answer.todo else text
