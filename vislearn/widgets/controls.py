"""Which control suits an argument."""

from collections.abc import Mapping
from typing import Any

import ipywidgets

from vislearn import sidecar
from vislearn.errors import InputError

__all__ = ["chosen", "control"]


def control(name: str, kind: Any, start: Any, words: str, longest: int) -> ipywidgets.ValueWidget:
    """The control that suits what an argument may be; it takes the keyboard.

    Args:
        name: of the argument, for the sentence if there is no such control.
        kind: ``(low, high)`` or ``(low, high, step)`` for a slider, a list or a dict (words → value) for a
            choice, True or False for a tick box.
        start: the value at first; None: the middle, or the first choice.
        words: what stands beside it.
        longest: letters of the longest words beside any control near it: they line up.

    Raises:
        InputError: ``kind`` is none of these.
    """
    common = {
        "description": words,
        "style": {"description_width": f"{longest + 2}ch"},
        "layout": {"width": f"min(100%, calc({longest + 2}ch + 330px))", "margin": "2px 28px 2px 0"},
    }
    if isinstance(kind, bool):
        return ipywidgets.Checkbox(
            value=kind if start is None else bool(start), indent=False, **_plain(common)
        )
    if (
        isinstance(kind, tuple)
        and len(kind) in (2, 3)
        and all(isinstance(part, (int, float)) for part in kind)
    ):
        return _slider(kind, start, common)
    if isinstance(kind, (list, Mapping)) and len(kind):
        pairs = kind.items() if isinstance(kind, Mapping) else [(value, value) for value in kind]
        options = [(sidecar.words(str(word)), value) for word, value in pairs]
        known = any(value is start or value == start for _word, value in options)
        return ipywidgets.Dropdown(options=options, value=start if known else options[0][1], **common)
    raise InputError(
        f"control {name!r}",
        "must be (low, high), (low, high, step), a list, a dict, True or False",
        got=repr(kind),
    )


def _plain(common: dict[str, Any]) -> dict[str, Any]:
    return {**common, "style": {"description_width": "initial"}}


def _slider(kind: tuple[Any, ...], start: Any, common: dict[str, Any]) -> ipywidgets.ValueWidget:
    low, high = kind[:2]
    if all(isinstance(part, int) for part in kind):
        step = kind[2] if len(kind) == 3 else 1
        value = low + (high - low) // step // 2 * step if start is None else start
        return ipywidgets.IntSlider(value=value, min=low, max=high, step=step, **common)
    step = kind[2] if len(kind) == 3 else (high - low) / 20
    value = low + round((high - low) / step / 2) * step if start is None else start
    return ipywidgets.FloatSlider(value=value, min=low, max=high, step=step, **common)


def chosen(widget: ipywidgets.ValueWidget) -> str:
    """The value as the learner sees it: the words of a choice, not the object behind them.

    Args:
        widget: a control.
    """
    if isinstance(widget, ipywidgets.Dropdown):
        return str(widget.label)
    return f"{widget.value:g}" if isinstance(widget.value, float) else str(widget.value)
