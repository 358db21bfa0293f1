"""``vislearn doctor``: what is there, what is wrong, what to do."""

import json
from collections.abc import Iterable
from dataclasses import asdict

import click

from vislearn.cli.findings import Finding, examine
from vislearn.language import translate as _

__all__ = ["doctor", "line"]

_COLOURS = {"ok": "green", "warning": "yellow", "problem": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of findings.")
def doctor(as_json: bool) -> None:
    """Look at versions, device, data, disk and browser; exit status 1 when there is a problem."""
    findings = list(examine()) if as_json else list(_shown(examine()))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    problems = sum(finding.state == "problem" for finding in findings)
    cautions = sum(finding.state == "warning" for finding in findings)
    if not as_json:
        click.echo()
        click.echo(_("Problems: {problems}. Warnings: {cautions}.", problems=problems, cautions=cautions))
    raise SystemExit(1 if problems else 0)


def _shown(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Each line appears when its check is done: importing torch takes seconds on a slow disk."""
    for finding in findings:
        click.echo(line(finding))
        yield finding


def line(finding: Finding) -> str:
    """A finding as people read it; colour repeats the word and never replaces it."""
    words = {"ok": _("ok"), "warning": _("warning"), "problem": _("problem")}
    state = click.style(f"{words[finding.state]:<8}", fg=_COLOURS[finding.state], bold=finding.state != "ok")
    text = f"{state}  {finding.topic:<10}  {finding.what}"
    return f"{text}\n{'':<22}→ {finding.todo}" if finding.todo else text
