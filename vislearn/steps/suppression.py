"""Non-maximum suppression, box by box: who stays, and whom it drops."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from vislearn import ops
from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.steps.paper import around, on_paper
from vislearn.steps.step import Step
from vislearn.viz import Boxed, BoxStyle, palette

__all__ = ["nms"]

_NOW = BoxStyle(palette.ACCENT, 4.0)
_STAYS = BoxStyle(palette.GOOD, 2.5)
_DROPPED = BoxStyle(palette.WARM, 2.0, (4, 2.5))
_WAITS = BoxStyle(palette.MUTED, 1.5, (1.5, 2))
_SHEET = 240  # px: the longer side of the paper that boxes are drawn on where there is no picture


def nms(
    boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float, image: Any = None, *, rounds: int = 12
) -> Iterator[Step]:
    """Walk through NMS: the boxes, their order, then one step for each box that stays, with whom it drops.

    The last step's value is what ``torchvision.ops.nms`` returns.

    Args:
        boxes: (N, 4) xyxy, in pixels of ``image``.
        scores: (N,).
        iou_threshold: in 0…1.
        image: the picture to draw on; None takes a sheet of paper that all boxes fit on.
        rounds: how many rounds get a step of their own.

    Yields:
        Boxes, order, one step per round, what is left. Values: the boxes, their indices, the indices kept
        so far, and the indices kept.

    Raises:
        InputError: as :func:`vislearn.ops.nms`, or ``rounds`` below 1.

    >>> boxes = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]])
    >>> [step.title for step in nms(boxes, torch.tensor([0.8, 0.9, 0.3]), 0.5)]
    ['Boxes', 'Order', 'Box 1 stays', 'Box 2 stays', 'Kept']
    """
    if rounds < 1:
        raise InputError("rounds", "must be at least 1", got=rounds)
    kept = ops.nms(boxes, scores, iou_threshold)
    scene = _Scene(boxes, scores, image)
    order = scores.argsort(descending=True, stable=True).tolist()
    yield Step(_("Boxes"), boxes, _boxes_note(len(boxes)), picture=scene.drawn(order, {}))
    if order:
        note = _("The highest score first: in this order each has its turn. The tags show the scores.")
        yield Step(_("Order"), order, note, picture=scene.drawn(order, {}, {}, dict(enumerate(scene.scored))))
    yield from _rounds(scene, order, iou_threshold, rounds)
    note = _("{kept} of {count} boxes stay, surest first.", kept=len(kept), count=len(boxes))
    styles = dict.fromkeys(kept.tolist(), _STAYS)
    yield Step(_("Kept"), kept, note, picture=scene.drawn(list(styles), styles))


def _rounds(scene: "_Scene", order: Sequence[int], iou_threshold: float, rounds: int) -> Iterator[Step]:
    stays: list[int] = []
    left = list(order)
    while left:
        now, *others = left
        ious = ops.box_iou(scene.boxes[[now]], scene.boxes[others])[0]
        overlap = dict(zip(others, ious.tolist(), strict=True))
        left = [index for index in others if overlap[index] <= iou_threshold]
        stays.append(now)
        if len(stays) <= rounds:
            yield Step(
                _("Box {index} stays", index=now),
                list(stays),
                _round_note(scene, now, overlap, iou_threshold, first=len(stays) == 1),
                picture=_round_picture(scene, stays, overlap, iou_threshold),
            )
    if len(stays) > rounds:
        note = _("The other {count} rounds go the same way.", count=len(stays) - rounds)
        yield Step(
            _("And so on"), list(stays), note, picture=scene.drawn(stays, dict.fromkeys(stays, _STAYS))
        )


def _round_picture(
    scene: "_Scene", stays: Sequence[int], overlap: dict[int, float], iou_threshold: float
) -> Boxed:
    """Dotted: waits. Dashed: dropped now. Solid: stays; thick: its turn. Short tags hide the least."""
    *before, now = stays
    styles = {index: _DROPPED if iou > iou_threshold else _WAITS for index, iou in overlap.items()}
    words = {index: f"✗ {index}" for index, iou in overlap.items() if iou > iou_threshold} | {now: str(now)}
    styles |= dict.fromkeys(before, _STAYS) | {now: _NOW}
    waits_first = sorted(styles, key=lambda index: (styles[index] is _NOW, styles[index] is not _WAITS))
    return scene.drawn(waits_first, styles, words)


def _round_note(
    scene: "_Scene", now: int, overlap: dict[int, float], iou_threshold: float, *, first: bool
) -> str:
    dropped = [f"{index} ({iou:.2f})" for index, iou in overlap.items() if iou > iou_threshold]
    sentences = [_("The surest one left, {score}: it stays.", score=scene.scored[now])]
    if dropped:
        sentences.append(
            _(
                "IoU with it above {threshold}, so dropped: {boxes}.",
                threshold=f"{iou_threshold:g}",
                boxes=", ".join(dropped),
            )
        )
    else:
        sentences.append(_("No other overlaps it by more than {threshold}.", threshold=f"{iou_threshold:g}"))
    if first:
        sentences.append(_("Thick: its turn. Dashed: dropped now. Dotted: waits. Thin and solid: stays."))
    return " ".join(sentences)


def _boxes_note(count: int) -> str:
    if count == 0:
        return _("No boxes: nothing to do.")
    return _("{count} boxes with their scores: a detector finds the same thing several times.", count=count)


class _Scene:
    """The boxes, and where to draw them."""

    def __init__(self, boxes: torch.Tensor, scores: torch.Tensor, image: Any) -> None:
        self.boxes, self.scored = boxes, [f"{score:.2f}" for score in scores.tolist()]
        self._image, self._places, self._on_paper = image, boxes, image is None
        if image is None:
            self._image, self._places = on_paper(boxes, around(boxes), _SHEET)

    def drawn(
        self,
        shown: Sequence[int],
        styles: dict[int, BoxStyle],
        words: dict[int, str] | None = None,
        numbers: dict[int, str] | None = None,
    ) -> Boxed:
        """The boxes ``shown``, the last ones on top; tagged with their indices unless ``words`` are given."""
        return Boxed(
            self._image,
            self._places[list(shown)],
            [str(index) if words is None else words.get(index, "") for index in shown],
            [(numbers or {}).get(index, "") for index in shown],
            [styles.get(index, BoxStyle()) for index in shown],
            self._on_paper,
        )
