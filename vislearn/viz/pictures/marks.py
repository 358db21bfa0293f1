"""A picture with all that lies on it: outlines, boxes, points; and what transforms make of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.utils._pytree import tree_leaves
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.tv_tensors import BoundingBoxFormat

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.seeding import Chance
from vislearn.viz import palette
from vislearn.viz.canvas import MARGIN, Canvas, heading_height
from vislearn.viz.display import aspect_of, to_array, to_display
from vislearn.viz.letters import LEADING, TEXT
from vislearn.viz.picture import Picture
from vislearn.viz.pictures.boxes import placed_box
from vislearn.viz.pictures.instances import Instances
from vislearn.viz.pictures.masks import require_same_size

__all__ = ["Marked", "marked", "transform_sheet", "typed_target"]

_COLUMNS = 5  # the longest names of transforms fit
_WIDTH, _TALLEST = 1000.0, 620.0  # px
_GAP, _ROW_GAP = 11.0, 10.0
_SMALL = 250.0  # px: narrower pictures have thinner lines and smaller dots
_KINDS: dict[str, Any] = {
    "boxes": lambda given, size_hw: tv_tensors.BoundingBoxes(given, format="XYXY", canvas_size=size_hw),
    "masks": lambda given, _size_hw: tv_tensors.Mask(given),
    "keypoints": lambda given, size_hw: tv_tensors.KeyPoints(given[..., :2], canvas_size=size_hw),
}

_Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class Marked:
    """A picture with its marks, to be drawn at any size: a drawing for ``viz.panels`` and for steps.

    Attributes:
        image: any picture ``to_display`` takes.
        boxes: (N, 4) xyxy in pixels of ``image``; those without an area aren't drawn.
        masks: bool (M, H, W), drawn as outlines over a tint.
        numbers: of each mask's colour.
        points: (P, 2) x and y in pixels of ``image``; those outside aren't drawn.
    """

    image: Any
    boxes: torch.Tensor = field(default_factory=lambda: torch.zeros(0, 4))
    masks: np.ndarray | None = None
    numbers: tuple[int, ...] = ()
    points: torch.Tensor = field(default_factory=lambda: torch.zeros(0, 2))

    @property
    def aspect(self) -> float:
        """Height over width."""
        return aspect_of(self.image)

    def draw_on(self, canvas: Canvas, x: float, y: float, width: float, height: float) -> _Place:
        """Draw into a rectangle; returns the place of the picture."""
        size_hw = to_display(self.image).shape[:2]
        masks = np.zeros((0, *size_hw), bool) if self.masks is None else self.masks
        place = Instances(self.image, masks, self.numbers, alpha=0.3).draw_on(canvas, x, y, width, height)
        line, radius = (1.5, 2.5) if width < _SMALL else (2.5, 4.0)
        for box in self.boxes.tolist():
            spot = placed_box(box, size_hw, place)
            if spot is not None and min(spot[2:]) > 0:
                canvas.frame(*spot, color=palette.PAPER, line=line + 2)
                canvas.frame(*spot, color=palette.ACCENT, line=line)
        limits = self.points.new_tensor([size_hw[1], size_hw[0]])
        seen = self.points[((self.points >= 0) & (self.points < limits)).all(dim=1)].numpy()
        if len(seen):
            scale = place[2] / size_hw[1]
            # a point names a pixel: its middle
            across, down = place[0] + (seen[:, 0] + 0.5) * scale, place[1] + (seen[:, 1] + 0.5) * scale
            canvas.dots(across, down, color=palette.WARM, radius=radius)
        return place


def marked(picture: Any, target: Any = None) -> Marked:
    """A picture and what lies on it as a drawing, for ``viz.panels``.

    Args:
        picture: any picture ``to_display`` takes.
        target: holds ``tv_tensors``: boxes, masks (N, H, W) or numbers (H, W), points (N, K, 2), in whatever
            structure; or a target whose plain ``"boxes"`` (N, 4) are xyxy, ``"masks"`` (N, H, W) and
            ``"keypoints"`` (N, K, 2 or 3). None: nothing lies on it.

    Raises:
        InputError: rotated boxes, or masks of another size than the picture.

    >>> marked(np.zeros((8, 8, 3), np.uint8), {"boxes": torch.tensor([[1.0, 1, 5, 6]])}).boxes.tolist()
    [[1.0, 1.0, 5.0, 6.0]]
    """
    pixels = to_display(picture)
    leaves = tree_leaves(typed_target(target, pixels.shape[:2]))
    boxes = [_upright(one) for one in leaves if isinstance(one, tv_tensors.BoundingBoxes)]
    points = [_plain(one).reshape(-1, 2) for one in leaves if isinstance(one, tv_tensors.KeyPoints)]
    masks, numbers = _split([to_array(one) for one in leaves if isinstance(one, tv_tensors.Mask)])
    for mask in masks[:1]:
        require_same_size("masks", mask, pixels)
    return Marked(
        picture,
        torch.cat([torch.zeros(0, 4), *boxes]),
        masks if len(masks) else None,
        numbers,
        torch.cat([torch.zeros(0, 2), *points]),
    )


def typed_target(target: Any, size_hw: tuple[int, ...]) -> Any:
    """A target whose plain boxes, masks and keypoints have the types that transforms of ``v2`` go by.

    Args:
        target: as for :func:`marked`; what has a type already, and every other entry, stays as it is.
        size_hw: height and width of its picture.

    >>> type(typed_target({"boxes": torch.zeros(1, 4)}, (8, 8))["boxes"]).__name__
    'BoundingBoxes'
    """
    if not isinstance(target, Mapping):
        return target
    typed = dict(target)
    for name, kind in _KINDS.items():
        if name in typed and not isinstance(typed[name], tv_tensors.TVTensor):
            typed[name] = kind(torch.as_tensor(typed[name]), tuple(size_hw))
    return typed


def transform_sheet(
    picture: Any,
    transforms: Mapping[str, Callable[..., Any]],
    target: Any = None,
    *,
    seed: int = 0,
    title: str = "",
    compared: str = "",
    alt: str = "",
) -> Picture:
    """One picture and what each of many transforms makes of it, with its boxes, masks and points.

    Args:
        picture: what the transforms take: a PIL image or a tensor.
        transforms: name → transform, called as ``transform(picture, target)`` where there is a target.
        target: as for :func:`marked`.
        seed: where chance comes from, for each transform anew: one more changes none of the others.
        title: a heading.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes the running cell's, or lists the names.

    Raises:
        InputError: no transforms, or as for :func:`marked`.

    >>> sheet = transform_sheet(torch.zeros(3, 8, 8), {"flip": v2.RandomHorizontalFlip(1.0)})
    >>> sheet.alt
    'A picture as it is, and after each of: flip.'
    """
    if not transforms:
        raise InputError("transforms", "must name at least one transform", got="none")
    typed = typed_target(target, to_display(picture).shape[:2])
    drawings = {_("as it is"): marked(picture, typed)}
    for name, transform in transforms.items():
        with Chance(seed, cpu_only=True):
            after = transform(picture) if typed is None else transform(picture, typed)
        drawings[name] = marked(after) if typed is None else marked(*after)
    told = _("A picture as it is, and after each of: {names}.", names=", ".join(transforms))
    return _sheet(drawings, title).finish(alt, compared, told=told)


def _sheet(drawings: Mapping[str, Marked], title: str) -> Canvas:
    """As many in a row as names have room, pictures as large as one screen allows."""
    names = list(drawings)
    columns = min(_COLUMNS, len(names))
    rows = [names[at : at + columns] for at in range(0, len(names), columns)]
    wide = (_WIDTH - 2 * MARGIN - (_COLUMNS - 1) * _GAP) / _COLUMNS
    full = columns * (wide + _GAP) - _GAP + 2 * MARGIN
    label, top = TEXT * LEADING + 4, heading_height(title, full)
    room = (_TALLEST - top - MARGIN + _ROW_GAP) / len(rows) - label - _ROW_GAP
    talls = [min(room, wide * max(drawings[name].aspect for name in row)) for row in rows]
    canvas = Canvas(full, top + sum(talls) + len(rows) * (label + _ROW_GAP) - _ROW_GAP + MARGIN)
    y = canvas.heading(title)
    for row, tall in zip(rows, talls, strict=True):
        for rank, name in enumerate(row):
            x, across = MARGIN + rank * (wide + _GAP), min(wide, tall / drawings[name].aspect)
            canvas.lines(x, y, [name])
            drawings[name].draw_on(canvas, x, y + label, across, tall)
        y += label + tall + _ROW_GAP
    return canvas


def _upright(boxes: tv_tensors.BoundingBoxes) -> torch.Tensor:
    """Boxes in any of the upright formats as plain xyxy."""
    if tv_tensors.is_rotated_bounding_format(boxes.format):
        raise InputError(
            "boxes",
            "must stand upright to be drawn here",
            got=boxes.format.name,
            fix="torchvision.utils.draw_bounding_boxes draws their corners, XYXYXYXY.",
        )
    return _plain(v2.functional.convert_bounding_box_format(boxes, new_format=BoundingBoxFormat.XYXY))


def _plain(marks: torch.Tensor) -> torch.Tensor:
    return marks.detach().cpu().as_subclass(torch.Tensor).float()


def _split(masks: list[np.ndarray]) -> tuple[np.ndarray, tuple[int, ...]]:
    """All masks as bool (M, H, W), and the number of each one's colour, which it keeps when others vanish."""
    parts: list[np.ndarray] = []
    numbers: list[int] = []
    for mask in masks:
        kinds = [kind for kind in np.unique(mask).tolist() if kind] if mask.ndim == 2 else []
        parts += [mask == kind for kind in kinds] if mask.ndim == 2 else list(mask != 0)
        numbers += [int(kind) - 1 for kind in kinds] if mask.ndim == 2 else list(range(len(mask)))
    return np.stack(parts) if parts else np.zeros((0, 0, 0), bool), tuple(numbers)
