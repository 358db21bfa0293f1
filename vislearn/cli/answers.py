"""What the pages and files of saved models' answers have in common."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vislearn.language import translate as _

if TYPE_CHECKING:
    from vislearn.training import SavedModel

__all__ = ["model_facts", "page_option"]

page_option = click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a page with the drawn pictures, too, the least sure ones first.",
)


def model_facts(saved: "SavedModel", file: Path) -> dict[str, Any]:
    """Name → value of what is known of a saved model.

    Args:
        saved: the model.
        file: where it was.
    """
    # "mode" says how the network is built again, not how it was trained
    built = {name: value for name, value in saved.architecture.items() if name != "mode"}
    return {
        "file": file.name,
        **built,
        "classes": ", ".join(saved.classes or []) or None,
        "transform": " ".join(saved.transform_text.split()),
        _("saved with"): ", ".join(f"{name} {version}" for name, version in saved.versions.items()),
    }
