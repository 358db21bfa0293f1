"""Each object in a colour of its own, which it keeps from figure to figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torchvision.ops import masks_to_boxes

from vislearn.errors import InputError
from vislearn.labels import ClassNames, class_names
from vislearn.language import translate as _
from vislearn.viz import palette
from vislearn.viz.canvas import Canvas
from vislearn.viz.display import aspect_of, to_array, to_display
from vislearn.viz.picture import Picture
from vislearn.viz.pictures.boxes import Boxed, BoxStyle
from vislearn.viz.pictures.mask_pixels import enlarged, tinted
from vislearn.viz.pictures.masks import require_same_size, with_legend

__all__ = ["Instances", "instanced", "instances"]

_SEEN = 0.5  # probability from which a pixel belongs to an object, as torchvision's references have it
_SAME = 0.3  # IoU from which an object is the one of the other figure
_MOST_TAGS = 12  # more would hide what they name

_Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class Instances:
    """A picture with its objects on it: a drawing for ``viz.panels`` and for steps.

    Attributes:
        image: any picture ``to_display`` takes.
        masks: bool (N, H, W); where they overlap, the first is on top.
        numbers: of each object's colour.
        words: one per object, written on a tag; or empty.
        scores: likewise.
        alpha: how much of the colours is seen, 0..1.
    """

    image: Any
    masks: np.ndarray
    numbers: tuple[int, ...]
    words: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    alpha: float = 0.5

    @property
    def aspect(self) -> float:
        """Height over width."""
        return aspect_of(self.image)

    def draw_on(self, canvas: Canvas, x: float, y: float, width: float, height: float) -> _Place:
        """Draw into a rectangle; returns the place of the picture."""
        pixels, ranks = enlarged(to_display(self.image), self._ranks(), min(width, height / self.aspect))
        hues = {rank: palette.class_color(number) for rank, number in enumerate(self.numbers, start=1)}
        shown = tinted(pixels, ranks, hues, alpha=self.alpha)
        if not self.words and not self.scores:
            place = canvas.fitted(shown, x, y, width, height)
            canvas.frame(*place)
            return place
        factor = shown.shape[1] / self.masks.shape[2]
        styles = [BoxStyle(hue, 0.0, faint=True) for hue in hues.values()]
        rows = _boxes(self.masks) * factor
        return Boxed(shown, rows, self.words, self.scores, styles).draw_on(canvas, x, y, width, height)

    def _ranks(self) -> np.ndarray:
        """0 where nothing is, else the position of the topmost object from 1: (H, W)."""
        ranks = np.zeros(self.masks.shape[1:], np.int64)
        for rank in range(len(self.masks), 0, -1):
            ranks[self.masks[rank - 1]] = rank
        return ranks


def instanced(
    picture: Any,
    objects: Any,
    names: ClassNames | None = None,
    *,
    like: Any = None,
    min_score: float = 0.5,
    tags: bool | None = None,
    alpha: float = 0.5,
) -> Instances:
    """A picture and its objects as a drawing, for ``viz.panels``; arguments as for :func:`instances`.

    Raises:
        InputError: as :func:`instances` does.
    """
    if not 0 <= alpha <= 1:
        raise InputError("alpha", "must lie in 0..1: how much of the colour is seen", got=alpha)
    masks, labels, scores = _taken(objects, min_score)
    pixels = to_display(picture)
    if len(masks):
        require_same_size("objects", masks[0], pixels)
    masks = masks if len(masks) else np.zeros((0, *pixels.shape[:2]), bool)
    known = None if like is None else _taken(like, min_score)[0]
    words = class_names(names, labels) if names is not None else []
    tagged = len(masks) <= _MOST_TAGS if tags is None else tags
    return Instances(
        picture,
        masks,
        _numbers(masks, known),
        tuple(words) if tagged else (),
        tuple(f"{score:.2f}" for score in scores) if tagged else (),
        alpha,
    )


def instances(
    picture: Any,
    objects: Any,
    names: ClassNames | None = None,
    *,
    like: Any = None,
    min_score: float = 0.5,
    tags: bool | None = None,
    alpha: float = 0.5,
    title: str = "",
    width: int | None = None,
    compared: str = "",
    alt: str = "",
) -> Picture:
    """A picture with each object in a colour of its own, edges, and tags with names and scores.

    Colours follow the order of the objects. With ``like`` they follow another figure's objects instead: who
    overlaps one of those gets its colour, all others get colours that are free; so a nucleus that is found
    has the colour that it has in the truth.

    Args:
        picture: any picture ``to_display`` takes.
        objects: masks (N, H, W) of 0 and 1; or a target or a prediction with ``"masks"``, of 0 and 1 or of
            probabilities, (N, H, W) or (N, 1, H, W), and perhaps ``"labels"`` and ``"scores"``; or whole
            numbers (H, W), each but 0 an object.
        names: of the labels 1 ... K as a list, or label → name; None writes no names.
        like: the objects of the other figure, in any of these forms.
        min_score: predictions below it are left out.
        tags: whether names and scores are written; None does so on at most twelve objects, as more tags
            would hide what they name.
        alpha: how much of the colours is seen, 0..1.
        title: a heading.
        width: of the picture in CSS pixels; None takes what reads well.
        compared: as for :func:`vislearn.viz.render`.
        alt: the picture in words; empty takes the running cell's, or counts the objects.

    Raises:
        InputError: masks of another shape or size, a label that a list of names doesn't reach, or ``alpha``
            outside 0..1.
    """
    drawing = instanced(picture, objects, names, like=like, min_score=min_score, tags=tags, alpha=alpha)
    told = _("A picture with {count} objects, each in a colour of its own.", count=len(drawing.masks))
    return with_legend(drawing, [], title=title, width=width, compared=compared, alt=alt, told=told)


def _taken(objects: Any, min_score: float) -> tuple[np.ndarray, list[int], list[float]]:
    """Masks (N, H, W), labels and scores of what is sure enough."""
    given = objects if isinstance(objects, Mapping) else {"masks": objects}
    if "masks" not in given:
        raise InputError("objects", "must have 'masks'", got=", ".join(map(repr, given)) or "an empty dict")
    masks = _masks(to_array(given["masks"]))
    scores = to_array(given["scores"]).tolist() if "scores" in given else []
    labels = to_array(given["labels"]).tolist() if "labels" in given else [1] * len(masks)
    if len(labels) != len(masks) or len(scores) not in (0, len(masks)):
        raise InputError("objects", f"must have one label and score per mask ({len(masks)})", got=len(labels))
    kept = [at for at in range(len(masks)) if (not scores or scores[at] >= min_score) and masks[at].any()]
    return masks[kept], [labels[at] for at in kept], [scores[at] for at in kept] if scores else []


def _masks(array: np.ndarray) -> np.ndarray:
    """Any of the forms as bool (N, H, W)."""
    if array.ndim == 2:
        numbers = [number for number in np.unique(array).tolist() if number]
        return array == np.array(numbers, array.dtype).reshape(-1, 1, 1)
    array = array[:, 0] if array.ndim == 4 and array.shape[1] == 1 else array
    if array.ndim != 3:
        raise InputError("objects", "must be masks (N, H, W), or numbers (H, W)", got=array.shape)
    return array > _SEEN


def _boxes(masks: np.ndarray) -> torch.Tensor:
    """Tight boxes (N, 4), their far edges just outside."""
    return masks_to_boxes(torch.from_numpy(masks)) + torch.tensor([0.0, 0, 1, 1])


def _numbers(masks: np.ndarray, known: np.ndarray | None) -> tuple[int, ...]:
    """The number of each object's colour: that of the known object it overlaps most, else a free one."""
    if known is None or not len(known) or not len(masks) or known.shape[1:] != masks.shape[1:]:
        return tuple(range(len(masks)))
    ours, theirs = (one.reshape(len(one), -1).astype(np.float32) for one in (masks, known))
    shared = ours @ theirs.T  # (N, M)
    overlap = shared / (ours.sum(1)[:, None] + theirs.sum(1)[None] - shared)
    free, taken = iter(range(len(known), len(known) + len(masks))), dict[int, int]()
    for at in np.argsort(-overlap.max(1), kind="stable").tolist():
        best = next(
            (one for one in np.argsort(-overlap[at], kind="stable").tolist() if one not in taken.values()),
            None,
        )
        taken[at] = best if best is not None and overlap[at, best] >= _SAME else next(free)
    return tuple(taken[at] for at in range(len(masks)))
