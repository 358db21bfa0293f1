"""A widget that is still a picture where no kernel runs."""

from html import escape
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets

from vislearn.viz.picture import Picture, require_alt

__all__ = ["Lab", "complaint", "framed", "panel", "shown"]

_LETTERS = "16px"
# The widgets' own variables, set for our labs alone: JupyterLab's 13 px can't be read on a projector. Long
# lines of code go on in the next: a panel would cut them off.
_STYLE = (
    f"<style>.vislearn-lab {{--jp-widgets-font-size: {_LETTERS}; --jp-widgets-inline-height: 34px}}"
    ".vislearn-lab .widget-html-content pre {white-space: pre-wrap; overflow-wrap: anywhere}</style>"
)


class _Names(anywidget.AnyWidget):
    """Gives the sliders of a lab their names for screen readers; shows nothing."""

    _esm = (Path(__file__).parent / "names.js").read_text(encoding="utf-8")


class Lab:
    """A widget and its static stand-in, in one output.

    JupyterLab shows the widget while a kernel runs; a stored notebook, a web page or a print shows the
    stand-in.

    Args:
        view: the widget.
        fallback: what stands in for it.
        alt: what it shows, in words.
        figure: the picture within a fallback of HTML, for the regression check.

    Raises:
        InputError: ``alt`` is empty.
    """

    def __init__(
        self,
        view: ipywidgets.Widget,
        fallback: Picture | str,
        alt: str,
        figure: Picture | None = None,
    ) -> None:
        require_alt(alt)
        self.view, self.fallback, self.alt = view, fallback, alt
        self.figure = fallback if isinstance(fallback, Picture) else figure

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {
            **_view_of(self.view),
            "text/html": shown(self.fallback),
            "text/plain": self.alt,
        }
        return data, self.figure.metadata() if self.figure else {}


def _view_of(widget: ipywidgets.Widget) -> dict[str, Any]:
    """What a front end shows a widget by. ipywidgets 7, which Colab keeps, tells it to a display alone."""
    if hasattr(widget, "_repr_mimebundle_"):
        told: dict[str, Any] = widget._repr_mimebundle_()
        return told
    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": view}


def shown(value: Any) -> str:
    """A picture, or anything else that knows how it looks as HTML, as HTML; a string is HTML already."""
    if isinstance(value, Picture):
        return value.html()
    if isinstance(value, str):
        return value
    if callable(getattr(value, "_repr_html_", None)):
        return value._repr_html_()
    return f"<pre>{escape(str(value))}</pre>"


def with_hint(html: str, hint: str) -> str:
    """What stands in for a widget where no kernel runs, and below it what running the cell gives."""
    return f"{html}<p><em>{escape(hint)}</em></p>"


def panel(html: str) -> ipywidgets.HTML:
    """A place for HTML that changes."""
    return ipywidgets.HTML(html, layout={"width": "100%"}, style={"font_size": _LETTERS})


def complaint(sentence: str) -> str:
    """A sentence about something that went wrong, as HTML that a screen reader reads at once."""
    return f'<p role="alert">⚠ <strong>{escape(sentence)}</strong></p>'


def framed(controls: list[ipywidgets.Widget], view: ipywidgets.Widget) -> ipywidgets.VBox:
    """Controls side by side as far as they fit, what they change below; legible from the back row."""
    row = ipywidgets.HBox(
        controls, layout={"flex_flow": "row wrap", "align_items": "center", "overflow": "visible"}
    )
    unseen = ipywidgets.VBox([ipywidgets.HTML(_STYLE), _Names()], layout={"display": "none"})
    frame = ipywidgets.VBox([unseen, row, view])
    frame.add_class("vislearn-lab")
    return frame
