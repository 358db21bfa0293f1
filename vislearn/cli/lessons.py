"""``vislearn lessons``: for those who write them."""

import click

from vislearn.language import LANGUAGES

__all__ = ["lessons"]


@click.group()
def lessons() -> None:
    """Build notebooks from notebooks/source, check them, renew their translations."""


_which = click.argument("names", nargs=-1, metavar="[LESSON]...")
_language = click.option("--language", type=click.Choice(list(LANGUAGES)), help="Only this language.")


@lessons.command()
@_which
@_language
def build(names: tuple[str, ...], language: str | None) -> None:
    """Build and run notebooks; a LESSON is 01 or 01_pipeline, none means all."""


@lessons.command()
@_which
@_language
def check(names: tuple[str, ...], language: str | None) -> None:
    """Compare notebooks with their sources; exit status 1 when one is not what its source says."""


@lessons.command()
@_which
def translate(names: tuple[str, ...]) -> None:
    """Carry new and changed paragraphs into the .po files, for translators to fill in."""
