"""A cell's outputs as they are stored: only what a reader sees, and the same from run to run."""

import re
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from vislearn.course.tags import MAY_STOP, MAY_WARN, has_tag

__all__ = ["WIDGET", "check_outputs", "stored_outputs", "without_colours"]

WIDGET = "application/vnd.jupyter.widget-view+json"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ADDRESS = re.compile(r"(?<= at )0x[0-9a-fA-F]{6,}")
_PROGRESS = re.compile(r"\d+%\|")
_COUNT = re.compile(r": \d+ · \d\d:\d\d$")  # of widgets.progress, where the end is not known
_PIXELS = re.compile(r"base64,[A-Za-z0-9+/=]+")


def stored_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs without progress bars, widget models, addresses in memory and empty pieces.

    A widget keeps its static fallback, and a note in the metadata that it was one. Streams of the same name
    that follow each other become one, with rewritten lines as they stood last.
    """
    kept: list[NotebookNode] = []
    for output in outputs:
        made = NotebookNode(output)
        if made.output_type == "stream":
            if kept and kept[-1].output_type == "stream" and kept[-1].name == made.name:
                kept[-1].text += made.text
                continue
        elif "data" in made:
            made.data = NotebookNode({kind: _plain(kind, made.data[kind]) for kind in sorted(made.data)})
            if _is_progress(made.data):
                continue
            has_fallback = "text/html" in made.data or set(made.data) - {WIDGET, "text/plain"}
            if has_fallback and made.data.pop(WIDGET, None):
                made.metadata = _marked(made.get("metadata", {}))
        kept.append(made)
    for output in kept:
        if output.output_type == "stream":
            output.text = _rewritten(output.text, progress=output.name == "stderr")
    return [output for output in kept if output.output_type != "stream" or output.text]


def check_outputs(cell: NotebookNode, private: tuple[Path, ...] = ()) -> list[str]:
    """What must not be stored with a cell, each in a few words that follow "it".

    Args:
        cell: a code cell whose outputs are stored already.
        private: folders whose names mean nothing to a reader.
    """
    problems = []
    for output in cell.outputs:
        if output.output_type == "error" and has_tag(cell, MAY_STOP):
            continue
        if output.output_type == "error":
            problems.append(f"stops with {output.ename}")
        elif output.output_type == "stream":
            if output.name == "stderr" and not has_tag(cell, MAY_WARN):
                problems.append(f"writes to stderr: {output.text.strip().splitlines()[-1][:100]}")
        elif WIDGET in output.data:
            problems.append("shows a widget that has no static fallback")
    text = _all_text(cell)
    problems += [
        f"shows the folder {folder} of this machine"
        for folder in private
        if len(folder.parts) > 1 and re.search(rf"{re.escape(str(folder))}(?![\w.-])", text)
    ]
    return problems


def without_colours(text: str) -> str:
    r"""A traceback as plain text: IPython colours it for terminals.

    >>> without_colours("\x1b[31mValueError\x1b[0m: no")
    'ValueError: no'
    """
    return _COLOUR.sub("", text)


def _marked(metadata: dict[str, Any]) -> NotebookNode:
    return NotebookNode(metadata | {"vislearn": metadata.get("vislearn", {}) | {"widget": True}})


def _plain(kind: str, value: Any) -> Any:
    return _ADDRESS.sub("0x…", value) if kind.startswith("text/") and isinstance(value, str) else value


def _is_progress(data: dict[str, Any]) -> bool:
    """A bar for notebooks: a widget whose only fallback is the bar, or the count and the time, in letters."""
    words = data.get("text/plain", "")
    return (
        WIDGET in data and "text/html" not in data and bool(_PROGRESS.search(words) or _COUNT.search(words))
    )


def _rewritten(text: str, *, progress: bool) -> str:
    """Lines as a terminal shows them last; on stderr a rewritten line is a progress bar and is dropped."""
    lines = []
    for line in re.findall(r"[^\n]*\n|[^\n]+", text.replace("\r\n", "\n")):
        if not (progress and ("\r" in line or _PROGRESS.search(line))):
            lines.append(line[line.rstrip("\r\n").rfind("\r") + 1 :].replace("\r", ""))
    return _ADDRESS.sub("0x…", "".join(lines)) if "".join(lines).strip() or not progress else ""


def _all_text(cell: NotebookNode) -> str:
    texts = [output.get("text", "") for output in cell.outputs]
    for output in cell.outputs:
        texts += [value for value in output.get("data", {}).values() if isinstance(value, str)]
    return _PIXELS.sub("", "\n".join(texts))
