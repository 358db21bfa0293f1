"""``vislearn progress``: what a learner has done, from the file that stays on this computer."""

import json
from collections import Counter
from dataclasses import asdict

import click

from vislearn import progress as kept
from vislearn.language import translate as _

__all__ = ["progress"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Every entry, one a line, for other programs.")
def progress(as_json: bool) -> None:
    """Show which exercises were tried, how often, and how they stand.

    It never holds your code, and leaves this computer only if you carry it away. VISLEARN_PROGRESS=0 keeps
    none.
    """
    entries = kept.read()
    if as_json:
        for entry in entries:
            click.echo(json.dumps(asdict(entry), ensure_ascii=False))
        return
    file, done = kept.progress_file(), kept.done()
    if not done:
        click.echo(
            _("No progress is kept here: VISLEARN_PROGRESS is 0.")
            if file is None
            else _("No exercise was tried yet on this computer.")
        )
        return
    checks = [entry for entry in entries if entry.kind == "verdict" and entry.status != "not attempted"]
    tries = Counter(entry.name for entry in checks)
    latest = {entry.name: entry for entry in checks}
    width = max(len(name) for name in done)
    for name, status in sorted(done.items()):
        when = f"  {latest[name].time[:10]}" if name in latest else ""
        click.echo(f"{name:<{width}}  {tries[name]:>3} ×{when}  {kept.status_word(status)}")
    click.echo(
        _(
            "{right} of {tried} exercises are right. Kept in {file}.",
            right=sum(status == "right" for status in done.values()),
            tried=len(done),
            file=file,
        )
    )
