"""A stored notebook, made ready to become a page that opens quickly on slow internet.

Figures leave the page: each becomes a file, named by what it holds, so that both languages and every visit
share it, and is fetched when a reader comes near it.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vislearn.course.tags import exercise_of
from vislearn.files import replaced_whole

__all__ = ["FIGURES", "Page", "stage"]

FIGURES = "figures"  # beside the languages' folders
_DATA_URI = re.compile(r'src="data:image/(?P<kind>[a-z]+);base64,(?P<data>[A-Za-z0-9+/=\s]+)"')
_IMAGE = re.compile(r"<img\b(?![^>]*\bloading=)")
_LINK = re.compile(r'href="((?:\.\./)?(?:[a-z]{2}/)?[a-z0-9_]+)\.ipynb(#[^"]*)?"')
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A lesson as a page of the site.

    Attributes:
        name: such as ``"01_pipeline"``.
        title: its heading.
        notebook: with figures taken out, and tags that the site's builder knows.
    """

    name: str
    title: str
    notebook: dict[str, Any]


def stage(name: str, notebook: dict[str, Any], figures: Path) -> Page:
    """Take a notebook's figures out, and say which of its cells are folded.

    Args:
        name: of the lesson.
        notebook: as it is stored; left as it is.
        figures: where figures go.
    """
    cells = [_cell(cell, figures) for cell in notebook["cells"]]
    prose = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    heading = _HEADING.search(prose)
    return Page(name, heading[1] if heading else name, notebook | {"cells": cells})


def _cell(cell: dict[str, Any], figures: Path) -> dict[str, Any]:
    made = cell | {"source": "".join(cell["source"]), "metadata": _metadata(cell)}
    if cell["cell_type"] == "code":
        made["outputs"] = [_output(output, figures) for output in cell["outputs"]]
    return made


def _metadata(cell: dict[str, Any]) -> dict[str, Any]:
    """The tags by which MyST-NB folds a cell's code, or leaves it out where it only shows a question."""
    tags = [tag for tag in cell["metadata"].get("tags", []) if ":" not in tag]
    if exercise_of(cell):
        tags.append("exercise")
    if cell["metadata"].get("jupyter", {}).get("source_hidden"):
        asks = "".join(cell["source"]).startswith("vl.widgets.ask(")
        tags.append("remove-input" if asks else "hide-input")
    return {"tags": tags}


def _output(output: dict[str, Any], figures: Path) -> dict[str, Any]:
    data = output.get("data", {})
    if "text/html" not in data:
        return output
    html = _DATA_URI.sub(lambda found: _as_file(found, figures), "".join(data["text/html"]))
    html = _IMAGE.sub('<img loading="lazy" decoding="async"', html)
    html = _LINK.sub(lambda found: f'href="{found[1]}.html{found[2] or ""}"', html)
    return output | {"data": {"text/html": html}}


def _as_file(found: re.Match[str], figures: Path) -> str:
    content = base64.b64decode(found["data"])
    name = f"{hashlib.sha256(content).hexdigest()[:16]}.{found['kind']}"
    if not (figures / name).exists():
        with replaced_whole(figures / name) as draft:
            draft.write_bytes(content)
    return f'src="../{FIGURES}/{name}"'
