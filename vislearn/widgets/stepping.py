"""Any process, one stage at a time, under a slider."""

from collections.abc import Callable, Iterable
from functools import cache
from html import escape

import ipywidgets

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.sidecar import words
from vislearn.steps import Step
from vislearn.viz import filmstrip, stage
from vislearn.widgets.lab import Lab, framed, panel

__all__ = ["stepper"]


def stepper(steps: Iterable[Step], *, compared: str = "", alt: str = "") -> Lab:
    """Walk a process with a slider: one stage at a time, large, with what happened in words.

    Left and right arrows on the slider move a stage; so do the two buttons. Without a kernel the same
    stages stand side by side as a filmstrip.

    Args:
        steps: the stages, such as ``steps.transform_chain(...)`` yields them.
        compared: as for :func:`vislearn.viz.filmstrip`.
        alt: the process in words; empty takes the running cell's, or makes them from titles and summaries.

    Raises:
        InputError: there are no steps.
    """
    stages = list(steps)
    if not stages:
        raise InputError("steps", "must hold at least one stage", got="none", fix="Call the generator again.")

    @cache
    def page(number: int) -> str:
        return _page(stages, number)

    strip = filmstrip(stages, compared=compared, alt=alt)
    return Lab(_controls(len(stages), page), strip, strip.alt)


def _controls(count: int, page: Callable[[int], str]) -> ipywidgets.Widget:
    view = panel(page(1))
    slider = ipywidgets.IntSlider(
        value=1,
        min=1,
        max=max(count, 2),
        description=_("Stage"),
        disabled=count == 1,
        style={"description_width": "initial"},
        layout={"width": "min(440px, 60%)"},
    )
    back = _button(_("Previous"), "arrow-left")
    forward = _button(_("Next"), "arrow-right")

    def go(number: int) -> None:
        slider.value = min(max(number, 1), count)

    def update(*_change: object) -> None:
        view.value = page(slider.value)
        back.disabled, forward.disabled = slider.value == 1, slider.value == count

    back.on_click(lambda _button: go(slider.value - 1))
    forward.on_click(lambda _button: go(slider.value + 1))
    slider.observe(update, names="value")
    update()
    return framed([back, slider, forward], view)


def _button(words: str, icon: str) -> ipywidgets.Button:
    return ipywidgets.Button(description=words, icon=icon, layout={"width": "auto", "min_width": "130px"})


def _page(stages: list[Step], number: int) -> str:
    step = stages[number - 1]
    following = stages[number] if number < len(stages) else None
    picture = stage(step, following).html()
    where = _("Stage {number} of {count}", number=number, count=len(stages))
    kept = ""
    if following is not None and following.kept:
        says = _("The frame shows what the next stage keeps.")  # 3.11 finds none inside an f-string
        kept = f"<p>{escape(says)}</p>"
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:8px 28px;align-items:flex-start;line-height:1.5">'
        f'<div style="flex:0 1 auto;max-width:100%">{picture}</div>'
        '<div style="flex:1 1 280px;max-width:560px" role="status">'
        f'<p style="margin:0;opacity:.8">{escape(where)}</p>'
        f'<p style="margin:0 0 .3em;font-size:1.4em;font-weight:bold">{escape(words(step.title))}</p>'
        f'<p><code style="font-size:inherit">{escape(words(step.summary))}</code></p>'
        f"<p>{escape(words(step.note))}</p>{kept}</div></div>"
    )
