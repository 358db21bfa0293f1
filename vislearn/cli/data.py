"""``vislearn data``: the bundled pictures."""

import click

from vislearn.language import translate as _

__all__ = ["data"]


@click.group()
def data() -> None:
    """Build the pictures that the lessons use, or look at what is there."""


@data.command()
def build() -> None:
    """Build what is absent or damaged; the rest stays as it is."""
    from vislearn import datasets

    datasets.build_all(progress=True)
    click.echo(_("The pictures are ready in {folder}.", folder=datasets.data_root()))


@data.command()
def status() -> None:
    """Name each set, its state and its size."""
    from vislearn import datasets

    for found in datasets.status():
        click.echo(f"{found.name:<14} {found.state:<9} {found.size_mb:6.1f} MB  {found.problem}".rstrip())
