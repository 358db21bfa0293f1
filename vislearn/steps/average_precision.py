"""Average precision, match by match: from the ranked detections of one class to the area under a curve."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch

from vislearn.errors import InputError
from vislearn.labels import ClassNames, class_names
from vislearn.language import translate as _
from vislearn.metrics.detection import APCurve, Match, Matches, find_matches
from vislearn.metrics.detection.average import curve_of
from vislearn.steps.paper import from_the_corner, on_paper
from vislearn.steps.step import Step
from vislearn.viz import Boxed, BoxStyle, CurveDrawing, palette

__all__ = ["average_precision"]

_RIGHT = BoxStyle(palette.GOOD, 3.5)
_WRONG = BoxStyle(palette.WARM, 3.5, (7, 3))
_IGNORED = BoxStyle(palette.MUTED, 3.0, (1.5, 2))
_OBJECT = BoxStyle(palette.INK, 2.0, (4, 2.5))
_SHEET = 480  # px: the longest side of the paper that boxes are drawn on where there is no picture


def average_precision(
    predictions: Sequence[Mapping],
    targets: Sequence[Mapping],
    iou_threshold: float = 0.5,
    *,
    label: int | None = None,
    images: Sequence[Any] | None = None,
    names: ClassNames | None = None,
    rounds: int = 6,
) -> Iterator[Step]:
    """Walk from detections to their average precision: one step per detection, the surest first.

    The last step's value is what ``metrics.average_precision`` and pycocotools say.

    Args:
        predictions: one dictionary per picture: ``boxes`` (N, 4) xyxy, ``scores`` (N,), ``labels`` (N,).
        targets: one dictionary per picture: ``boxes`` (M, 4), ``labels`` (M,), perhaps ``iscrowd``.
        iou_threshold: from which overlap on an object counts as found.
        label: the class; None: the only one there is.
        images: the pictures to draw on, any kind; None takes sheets of paper.
        names: of the labels 1 ... K as a list, or label → name; None tells the class by its number.
        rounds: how many detections get a step of their own.

    Yields:
        Ranking, one step per detection, precision and recall, envelope, average precision. Values: the
        scores (N,), each :class:`~vislearn.metrics.detection.Match`, precision and recall (2, N), the 101
        points (101,), and the number, a scalar.

    Raises:
        InputError: as ``metrics.average_precision``; another number of images than targets; names that don't
            reach the label; ``rounds`` below 1.

    >>> box = torch.tensor([[0.0, 0, 9, 9]])
    >>> found = {"boxes": box, "scores": torch.tensor([0.9]), "labels": torch.tensor([1])}
    >>> steps = list(average_precision([found], [{"boxes": box, "labels": torch.tensor([1])}]))
    >>> [step.title for step in steps]
    ['Ranking', '1. right', 'Precision and recall', 'Envelope', 'Average precision']
    >>> steps[-1].value.item()
    1.0
    """
    if rounds < 1:
        raise InputError("rounds", "must be at least 1", got=rounds)
    if images is not None and len(images) != len(targets):
        raise InputError("images", f"must be one per target ({len(targets)})", got=len(images))
    found = find_matches(predictions, targets, iou_threshold, label=label)
    curve = curve_of(found)
    scores = torch.tensor([match.score for match in found.matches])
    yield Step(_("Ranking"), scores, _ranking_note(found, class_names(names, [found.label])[0]))
    scene = _Scene(predictions, targets, images, found.label)
    for at, match in enumerate(found.matches[:rounds]):
        title = f"{at + 1}. {_verdict(match)}"
        yield Step(title, match, _match_note(found, at), picture=scene.drawn(match))
    if len(found.matches) > rounds:
        left = len(found.matches) - rounds
        yield Step(_("And so on"), scores[rounds:], _("The other {count} go the same way.", count=left))
    yield from _curve_steps(found, curve)


def _curve_steps(found: Matches, curve: APCurve) -> Iterator[Step]:
    yield Step(
        _("Precision and recall"),
        torch.stack([curve.precision, curve.recall]),
        _("A right one moves the line right, a wrong one pulls it down: hence the zigzag."),
        picture=_drawing(curve, envelope=False),
    )
    yield Step(
        _("Envelope"),
        curve.interpolated,
        _("At each recall the best precision that can still be had there, at 101 points: no more dents."),
        picture=_drawing(curve, area=False),
    )
    note = _("The mean of the 101 points, the area under the envelope: {ap}.", ap=f"{curve.ap:.3f}")
    if not found.objects:
        note = _("There was nothing to find: −1, COCO's way to say so.")
    ap = torch.tensor(curve.ap, dtype=torch.float64)
    yield Step(_("Average precision"), ap, note, picture=_drawing(curve, zigzag=False))


def _drawing(
    curve: APCurve, *, zigzag: bool = True, envelope: bool = True, area: bool = True
) -> CurveDrawing:
    return CurveDrawing({_("best from here on"): curve}, zigzag=zigzag, envelope=envelope, area=area)


def _verdict(match: Match) -> str:
    if match.ignored:
        return _("ignored")
    return _("right") if match.right else _("wrong")


def _ranking_note(found: Matches, name: str) -> str:
    return _(
        "{count} detections of class {label} on all pictures, surest first; {objects} objects to find.",
        count=len(found.matches),
        label=name,
        objects=found.objects,
    )


def _match_note(found: Matches, at: int) -> str:
    """What happened to a detection, and where precision and recall stand after it."""
    match, so_far = found.matches[at], found.matches[: at + 1]
    right, wrong = sum(one.right for one in so_far), sum(one.wrong for one in so_far)
    counts = {"right": right, "all": right + wrong, "objects": found.objects}
    sentences = [_reason(match, found.iou_threshold)]
    if right + wrong:
        sentences.append(_("Right so far: {right} of {all}. Found: {right} of {objects}.", **counts))
    return " ".join(sentences)


def _reason(match: Match, threshold: float) -> str:
    told = {"iou": f"{match.iou:.2f}", "threshold": f"{threshold:g}"}
    if match.ignored:
        return _("It lies on a crowd: counts neither for nor against.")
    if match.right:
        return _("IoU {iou} with an object that is still free.", **told)
    if match.iou >= threshold:
        return _("IoU {iou}, but a surer one has found that object: a duplicate.", **told)
    if match.iou > 0:
        return _("IoU {iou} is less than {threshold}: badly placed.", **told)
    return _("No object of its class is near.")


class _Scene:
    """The boxes of one class, and where to draw them."""

    def __init__(
        self,
        predictions: Sequence[Mapping],
        targets: Sequence[Mapping],
        images: Sequence[Any] | None,
        label: int,
    ) -> None:
        self._predictions, self._targets, self._images, self._label = predictions, targets, images, label

    def drawn(self, match: Match) -> Boxed:
        """A detection on its picture, among the objects of its class."""
        prediction, target = self._predictions[match.image], self._targets[match.image]
        objects = _boxes(target)[target["labels"].cpu() == self._label]
        boxes = torch.cat([objects, _boxes(prediction)[match.detection][None]])
        style = _IGNORED if match.ignored else _RIGHT if match.right else _WRONG
        mark = "✗" if match.wrong else "" if match.ignored else "✓"
        none = [""] * len(objects)
        image = None if self._images is None else self._images[match.image]
        blank = image is None
        if blank:
            image, boxes = on_paper(boxes, from_the_corner(boxes), _SHEET)
        styles = [_OBJECT] * len(objects) + [style]
        return Boxed(image, boxes, [*none, mark], [*none, f"{match.score:.2f}"], styles, blank)


def _boxes(entry: Mapping) -> torch.Tensor:
    return entry["boxes"].detach().cpu().double().as_subclass(torch.Tensor).reshape(-1, 4)
