"""torchvision's drawing functions with their arguments: to be called, and to be written down."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torchvision import tv_tensors, utils

from vislearn import viz
from vislearn.errors import InputError
from vislearn.labels import ClassNames, class_names
from vislearn.viz import palette

__all__ = ["DrawingCall", "OverlayStyle", "code_of", "drawing_calls", "require_overlay"]

PARTS = ("masks", "boxes", "keypoints")  # in the order in which they are drawn at first: the finest last
_DIMENSIONS = {"masks": 3, "boxes": 2, "keypoints": 3}
_FUNCTIONS = {
    "masks": "draw_segmentation_masks",
    "boxes": "draw_bounding_boxes",
    "keypoints": "draw_keypoints",
}
_FONT_FILE = "NotoSansBengali-Bold.ttf"  # has Latin letters too
_FONT_CODE = f'font = str(Path(vl.viz.__file__).parent / "fonts" / "{_FONT_FILE}")  # or any .ttf file'


@dataclass(frozen=True)
class OverlayStyle:
    """What is drawn, and how.

    Attributes:
        order: of ``"masks"``, ``"boxes"`` and ``"keypoints"``, those that are drawn, the first one lowest.
        labels: whether boxes get their labels.
        color: of masks and boxes, as PIL knows it; empty: one for each class, or for each object.
        points: colour of the keypoints.
        alpha: how much of a mask's colour is seen, 0..1.
        width: of lines, and radius of points, in pixels.
        font_size: of labels, in points.
    """

    order: Sequence[str] = PARTS
    labels: bool = True
    color: str = ""
    points: str = "cyan"
    alpha: float = 0.5
    width: int = 2
    font_size: int = 16


@dataclass(frozen=True)
class DrawingCall:
    """One call of a drawing function of ``torchvision.utils``.

    Attributes:
        part: what of the target is drawn.
        options: keyword arguments.
        letters: whether it writes, in the course's font.
        seen: keypoints say which of them can be seen.
    """

    part: str
    options: dict[str, Any] = field(default_factory=dict)
    letters: bool = False
    seen: bool = False

    @property
    def function(self) -> str:
        """Its name in ``torchvision.utils``."""
        return _FUNCTIONS[self.part]

    def drawn(self, image: torch.Tensor, target: Mapping[str, Any]) -> torch.Tensor:
        """Draw, as :meth:`code` says.

        Args:
            image: uint8 (3, H, W).
            target: as for :func:`vislearn.widgets.overlay_builder`.
        """
        given = target[self.part]
        options = dict(self.options)
        if self.part == "masks":
            given = given.bool()
        if self.letters:
            options["font"] = str(Path(viz.__file__).parent / "fonts" / _FONT_FILE)
        if self.seen:
            given, options["visibility"] = given[..., :2], given[..., 2] > 0
        return getattr(utils, self.function)(image, given, **options)

    def code(self) -> str:
        """The call as a learner writes it, over several lines where one is too long."""
        given = f'target["{self.part}"]'
        words = [f"{name}={_literal(value)}" for name, value in self.options.items()]
        if self.letters:
            words.insert(1, "font=font")
        if self.seen:
            words.append(f"visibility={given}[..., 2] > 0")
        subject = given + {"masks": ".bool()"}.get(self.part, "[..., :2]" if self.seen else "")
        arguments = ["image", subject, *words]
        line = f"image = {self.function}({', '.join(arguments)})"
        if len(line) <= 88:
            return line
        return f"image = {self.function}(\n" + "".join(f"    {one},\n" for one in arguments) + ")"


def drawing_calls(
    target: Mapping[str, Any], style: OverlayStyle, classes: ClassNames | None = None
) -> list[DrawingCall]:
    """The calls that draw a target, in their order.

    Args:
        target: as for :func:`vislearn.widgets.overlay_builder`.
        style: what is drawn, and how.
        classes: as for ``overlay_builder``.

    Raises:
        InputError: a label without a name.

    >>> target = {"boxes": torch.tensor([[0.0, 0, 4, 4]])}
    >>> print(drawing_calls(target, OverlayStyle(["boxes"], color="yellow"))[0].code())
    image = draw_bounding_boxes(image, target["boxes"], colors="yellow", width=2)
    """
    calls = []
    for part in style.order:
        if part == "keypoints":
            seen = target[part].shape[-1] == 3
            calls.append(DrawingCall(part, {"colors": style.points, "radius": style.width}, seen=seen))
            continue
        colors = style.color or _colors(target, len(target[part]))
        if part == "masks":
            calls.append(DrawingCall(part, {"alpha": style.alpha, "colors": colors}))
        elif style.labels and "labels" in target:
            calls.append(DrawingCall(part, _labelled(target, style, colors, classes), letters=True))
        else:
            calls.append(DrawingCall(part, {"colors": colors, "width": style.width}))
    return calls


def code_of(calls: Sequence[DrawingCall]) -> str:
    """A cell that draws the same, given ``picture`` and ``target``.

    Args:
        calls: of :func:`drawing_calls`.
    """
    names = sorted({call.function for call in calls})
    letters = any(call.letters for call in calls)
    lines = ["from pathlib import Path", ""] if letters else []
    lines += ["from torchvision.transforms.v2.functional import to_pil_image"]
    lines += [f"from torchvision.utils import {', '.join(names)}"] if names else []
    lines += ["", "import vislearn as vl", "", _FONT_CODE] if letters else [""]
    return "\n".join([*lines, "image = picture", *(call.code() for call in calls), "to_pil_image(image)"])


def require_overlay(picture: Any, target: Any) -> tuple[str, ...]:
    """Which parts a target has, refused where torchvision's functions couldn't draw them.

    Args:
        picture: as for :func:`vislearn.widgets.overlay_builder`.
        target: likewise.

    Raises:
        InputError: as there.
    """
    if not (isinstance(picture, torch.Tensor) and picture.dtype == torch.uint8 and picture.ndim == 3):
        got = (
            f"{picture.dtype} {tuple(picture.shape)}" if hasattr(picture, "dtype") else type(picture).__name__
        )
        fix = (
            "v2.functional.to_dtype(picture, torch.uint8, scale=True); of a PIL image pil_to_tensor(picture)."
        )
        raise InputError("picture", "must be a uint8 tensor (3, H, W)", got=got, fix=fix)
    if len(picture) != 3:
        raise InputError(
            "picture", "must have 3 channels", got=len(picture), fix="picture.expand(3, -1, -1)."
        )
    if not isinstance(target, Mapping):
        raise InputError("target", "must be a dict with boxes, masks or keypoints", got=type(target).__name__)
    parts = tuple(part for part in PARTS if part in target and len(target[part]))
    if not parts:
        rule = "must have boxes, masks or keypoints of at least one object"
        raise InputError("target", rule, got=", ".join(map(repr, target)) or "nothing")
    for part in parts:
        _require_shape(part, target[part], picture)
    counts = {part: len(target[part]) for part in (*parts, *(["labels"] if "labels" in target else []))}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{count} {part}" for part, count in counts.items())
        raise InputError("target", "must have one of everything for each object", got=told)
    return parts


def _require_shape(part: str, given: Any, picture: torch.Tensor) -> None:
    """Refuse what torchvision would draw in the wrong place, or answer with an error about something else."""
    height, width = picture.shape[-2:]
    if not isinstance(given, torch.Tensor) or given.ndim != _DIMENSIONS[part]:
        got = tuple(given.shape) if isinstance(given, torch.Tensor) else type(given).__name__
        raise InputError(part, f"must be a tensor of {_DIMENSIONS[part]} dimensions", got=got)
    if part == "masks" and given.shape[1:] != (height, width):
        raise InputError(part, f"must be as large as the picture, {height}×{width}", got=tuple(given.shape))
    if part == "keypoints" and given.shape[2] not in (2, 3):
        raise InputError(part, "must be (N, K, 2): x and y, or (N, K, 3)", got=tuple(given.shape))
    if part == "boxes":
        kind = given.format.value if isinstance(given, tv_tensors.BoundingBoxes) else "XYXY"
        if given.shape[1] != 4 or kind != "XYXY" or bool((given[:, 2:] < given[:, :2]).any()):
            fix = 'v2.ConvertBoundingBoxFormat("XYXY"), or torchvision.ops.box_convert.'
            raise InputError(part, "must be xyxy: left, top, right, bottom", got=kind, fix=fix)


def _literal(value: Any) -> str:
    """As the course writes it: strings in double quotes."""
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _labels(target: Mapping[str, Any]) -> list[int]:
    return [int(label) for label in target["labels"]]


def _colors(target: Mapping[str, Any], count: int) -> list[str]:
    """The house's colours: of classes, or of objects counted from 1."""
    return [
        palette.class_color(one) for one in (_labels(target) if "labels" in target else range(1, count + 1))
    ]


def _labelled(
    target: Mapping[str, Any], style: OverlayStyle, colors: str | list[str], classes: ClassNames | None
) -> dict[str, Any]:
    inks = _ink(colors) if isinstance(colors, str) else [_ink(color) for color in colors]
    return {
        "labels": class_names(classes, _labels(target)),
        "font_size": style.font_size,
        "colors": colors,
        "width": style.width,
        "fill_labels": True,
        "label_colors": inks,
    }


def _ink(color: str) -> str:
    """The colour of letters on a plate of this colour."""
    dark = color == "black" or (color.startswith("#") and palette.darker(color) == color.lower())
    return "white" if dark else "black"
