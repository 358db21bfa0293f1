"""Controls over a function that draws."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from vislearn import sidecar
from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.viz.picture import Picture, describe, described
from vislearn.widgets.controls import chosen, control
from vislearn.widgets.lab import Lab, complaint, framed, panel, shown, with_hint

__all__ = ["explorer"]


def explorer(
    draw: Callable[..., Any],
    *,
    alt: str = "",
    labels: Mapping[str, str] | None = None,
    **controls: Any,
) -> Lab:
    """Controls for the arguments of a function that draws; its picture follows every move.

    Args:
        draw: called as ``draw(**values)``; returns a Picture, HTML, or what knows itself as HTML and has its
            Picture as ``figure``. An error it raises is shown as one sentence below the controls.
        alt: what one can explore here, in words; empty takes it from the running cell's options.
            Pictures that ``draw`` makes without words of their own have these.
        labels: argument name → the words beside its control; None shows the names.
        **controls: one per argument of ``draw``: ``(low, high)`` or ``(low, high, step)`` for a slider,
            a list or a dict (words → value) for a choice, True or False for a tick box. A control starts
            at the argument's default in ``draw`` where it has one, else in the middle, at the first choice.

    Returns:
        A :class:`Lab`; where no kernel runs, the picture at the starting values stands in.

    Raises:
        InputError: no controls, one of another kind, or nobody has words for it.

    >>> lab = explorer(lambda size: f"<p>{size}</p>", alt="Sizes.", size=(8, 64, 8))
    >>> lab.alt
    'Sizes.'
    """
    if not controls:
        raise InputError("controls", "must name at least one argument of draw", got="none")
    defaults = _defaults(draw)
    said = {name: (labels or {}).get(name, name.replace("_", " ")) for name in controls}
    words = {name: sidecar.words(text) for name, text in said.items()}
    widgets = {
        name: control(name, kind, defaults.get(name), words[name], max(map(len, words.values())))
        for name, kind in controls.items()
    }

    def values() -> dict[str, Any]:
        return {name: widget.value for name, widget in widgets.items()}

    # The first drawing may fail loudly: nobody has moved anything yet, so it's the lesson that is wrong.
    description = describe(alt)
    with described(description):
        first = draw(**values())
    view = panel(shown(first))

    def update(_change: object) -> None:
        with described(description):
            view.value = _drawn(draw, values())

    for widget in widgets.values():
        widget.observe(update, names="value")
    settings = ", ".join(f"{words[name]} = {chosen(widget)}" for name, widget in widgets.items())
    hint = _("{settings}. Run this cell to try other values.", settings=settings)
    fallback = with_hint(view.value, hint)
    figure = first if isinstance(first, Picture) else getattr(first, "figure", None)
    return Lab(framed(list(widgets.values()), view), fallback, description.alt, figure)


def _defaults(draw: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(draw).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not inspect.Parameter.empty}


def _drawn(draw: Callable[..., Any], values: dict[str, Any]) -> str:
    try:
        return shown(draw(**values))
    except Exception as error:  # a learner's draw may fail in any way; a traceback helps nobody here
        return complaint(f"{type(error).__name__}: {error}")
