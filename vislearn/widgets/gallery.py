"""Every transform of torchvision on one picture, set by controls."""

import warnings
from collections.abc import Mapping
from functools import partial
from html import escape
from typing import Any

import ipywidgets
import torch
from torchvision.transforms import v2

from vislearn.language import translate as _
from vislearn.seeding import Chance
from vislearn.viz import marked, panels, to_display, transform_sheet
from vislearn.viz.picture import describe, described
from vislearn.viz.pictures.marks import typed_target
from vislearn.widgets.controls import control
from vislearn.widgets.lab import Lab, complaint, framed, panel, with_hint
from vislearn.widgets.transform_kinds import TransformKind, transform_kinds

__all__ = ["transform_gallery"]

_LARGEST = 640  # pixels: of a photograph of twelve megapixels, each move of a control would take seconds
_LONGEST = len("sharpness_factor")
_FIRST, _SEEDS, _FIRST_SEED = "RandomAffine", (0, 20), 1  # from 0 the first rotation is by next to nothing


def transform_gallery(picture: Any, target: Any = None, *, compared: str = "") -> Lab:
    """A transform, chosen by name and set by sliders: the picture before and after, with all that lies on it.

    Below stands the line of torchvision's code that does it: run on the same picture as uint8, with
    a target whose marks are ``tv_tensors``, it gives what is shown. All controls take the arrow keys.
    Without a kernel a sheet stands in: each transform that takes boxes along, on this picture.

    Args:
        picture: a PIL image or a tensor (3, H, W); one whose longer side is over 640 pixels is made smaller
            first, with its target.
        target: as for :func:`vislearn.viz.marked`: boxes, masks and points.
        compared: as for :func:`vislearn.viz.render`.

    Raises:
        InputError: not a picture, rotated boxes, or masks of another size than the picture.

    >>> transform_gallery(torch.zeros(3, 32, 32)).alt[:44]
    'A picture before and after a transform of to'
    """
    image, typed = _prepared(picture, target)
    kinds = transform_kinds((image.shape[-2], image.shape[-1]))
    alt = _(
        "A picture before and after a transform of torchvision, with its boxes, masks and points; controls "
        "choose and set it."
    )
    with described(describe(alt)):
        before = marked(image, typed)
        sheet = transform_sheet(image, _as_first(kinds), typed, seed=_FIRST_SEED, compared=compared)
    view = _view(kinds, partial(_shown, image, typed, before, alt))
    hint = _("Run this cell to choose a transform and to set it.")
    fallback = with_hint(sheet.html(), hint)
    return Lab(view, fallback, alt, sheet)


def _prepared(picture: Any, target: Any) -> tuple[Any, Any]:
    """The picture as a tensor in RGB, its target with types, both small enough to follow a slider."""
    size_hw = to_display(picture).shape[:2]
    # bytes: JPEG and the threshold of RandomSolarize need them
    as_bytes = v2.Compose([v2.ToImage(), v2.RGB(), v2.ToDtype(torch.uint8, scale=True)])
    image, typed = as_bytes(picture), typed_target(target, size_hw)
    if max(size_hw) > _LARGEST:
        smaller = v2.Resize(None, max_size=_LARGEST)
        return smaller(image, typed) if typed is not None else (smaller(image), None)
    return image, typed


def _as_first(kinds: Mapping[str, TransformKind]) -> dict[str, Any]:
    """Those for the sheet, set as their controls are at first."""
    return {
        name: partial(_quietly, kind.transform(kind.starts))
        for name, kind in kinds.items()
        if kind.takes_marks
    }


def _quietly(transform: Any, *inputs: Any) -> Any:
    """Without warnings: one sees that RandomErasing leaves boxes alone, and where JPEG lives is no matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return transform(*inputs)


def _view(kinds: Mapping[str, TransformKind], show: Any) -> ipywidgets.VBox:
    """A choice, a seed, and the controls of what is chosen; below, what ``show`` makes of them."""
    choice = control("transform", list(kinds), _FIRST, _("transform"), _LONGEST)
    seed = control("seed", _SEEDS, _FIRST_SEED, _("seed"), _LONGEST)
    view = panel("")
    frame = framed([choice, seed], view)
    row, own = frame.children[1], dict[str, ipywidgets.ValueWidget]()

    def update(_change: object = None) -> None:
        values = {name: widget.value for name, widget in own.items()}
        view.value = show(kinds[choice.value], values, seed.value)

    def choose(_change: object = None) -> None:
        kind = kinds[choice.value]
        own.clear()
        for name, may_be in kind.controls.items():
            own[name] = control(name, may_be, kind.starts.get(name), name, _LONGEST)
            own[name].observe(update, names="value")
        row.children = (choice, seed, *own.values())
        update()

    choice.observe(choose, names="value")
    seed.observe(update, names="value")
    choose()
    return frame


def _shown(
    image: Any, target: Any, before: Any, alt: str, kind: TransformKind, values: Mapping[str, Any], seed: int
) -> str:
    """Before and after, and the code, as HTML."""
    marks = target if kind.takes_marks else None
    try:
        with Chance(seed, cpu_only=True):
            transform = kind.transform(values)
            after = _quietly(transform, image) if marks is None else _quietly(transform, image, marks)
    except Exception as error:  # a transform may refuse a picture in any way
        return complaint(f"{type(error).__name__}: {error}")
    drawing = marked(after) if marks is None else marked(*after)
    sides = {_("before"): before, _("after"): drawing}
    titles = {f"{words}: {_size(one.image)}": one for words, one in sides.items()}
    names = "image" if marks is None else "image, target"
    code = f"torch.manual_seed({seed})\n{names} = {kind.code(values)}({names})"
    said = "" if kind.takes_marks or target is None else _refusal(kind.name)
    return f"{panels(titles, alt=alt).html()}<pre>{escape(code)}</pre>{said}"


def _size(image: Any) -> str:
    height, width = to_display(image).shape[:2]
    return f"{height} × {width}"


def _refusal(name: str) -> str:
    words = _("{name} takes pictures alone: it refuses boxes, masks and points.", name=name)
    return f"<p>{escape(words)}</p>"
