"""Exercise of lesson 04, its project: from which score on to believe a detector."""

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import torch
from torch import Tensor
from torchvision.ops import box_iou

from vislearn.exercises.inputs import draw
from vislearn.exercises.lessons.detection.overlaps import match
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _
from vislearn.metrics.detection import find_matches

__all__ = ["choose_threshold"]

Found = list[dict[str, Tensor]]
# Of the best F1 on the other folder, over 36 folders: the reference .97 to 1, a fixed 0.5 .03 to .51.
_ENOUGH, _PICTURES = 0.95, 50


@exercise(
    "detection.choose_threshold",
    trials=3,
    hints=[
        N_(
            "Three small steps: match every picture's boxes with its objects; for each candidate "
            "threshold count right boxes, all boxes and all objects; return the one with the best F1."
        ),
        N_(
            "The detections are sorted, the surest first, and there is one class: "
            '`match(box_iou(found["boxes"], target["boxes"]), 0.5) >= 0` says which boxes of a picture '
            "are right."
        ),
        N_(
            "Put `scores` and `right` of all pictures into one tensor each. F1 at `t` is "
            "`2 * right[scores >= t].sum() / ((scores >= t).sum() + objects)`; try every score that occurs."
        ),
    ],
)
def choose_threshold(predictions: list, targets: list) -> float:
    """Choose the score from which on a detector of one class is believed, so that F1 is largest.

    A box is right by COCO's rule at IoU 0.5: the surest box chooses first, and each object is found once.
    F1 is 2 · right / (boxes that are kept + objects).

    Args:
        predictions: one dict per picture: "boxes" (N, 4), "scores" (N,), the surest first.
        targets: one dict per picture: "boxes" (M, 4), what is really there; M is at least 1.

    Returns:
        The threshold, 0 … 1: boxes with at least this score are kept.
    """
    right = torch.cat(
        [
            match(box_iou(found["boxes"], target["boxes"]), 0.5) >= 0
            for found, target in zip(predictions, targets, strict=True)
        ]
    )
    scores = torch.cat([found["scores"] for found in predictions])
    objects = sum(len(target["boxes"]) for target in targets)

    def f1(least: float) -> float:
        kept = scores >= least
        return 2 * right[kept].sum().item() / (kept.sum().item() + objects)

    return max(scores.tolist(), key=f1)


def _f1(scores: Tensor, right: Tensor, objects: int, least: float) -> float:
    kept = scores >= least
    return 2 * right[kept].sum().item() / (kept.sum().item() + objects)


def _folder(middle: float, generator: torch.Generator) -> tuple[Found, Found]:
    """A folder's detections and targets: right boxes score around ``middle`` + 0.1, false ones below.

    False are second boxes on an object, boxes too far beside one, and one where nothing is: who counts some
    of these as right chooses a threshold far too low.
    """
    predictions, targets = [], []
    for _picture in range(_PICTURES):
        count = 1 + draw(3, generator)
        corners = torch.arange(count)[:, None] * 60 + 20 * torch.rand(count, 2, generator=generator)
        truth = torch.cat([corners, corners + 30], dim=1)
        near = truth + 1.5 * torch.randn(count, 4, generator=generator).clamp(-2, 2)
        twice = torch.cat([near[:1] + 1, near[:1] - 1, near[:1] + 2])
        missed = torch.tensor([[200.0, 200, 230, 230], [300, 300, 330, 330], [200, 300, 230, 330]])
        away = 400 + 200 * torch.rand(1, 2, generator=generator)
        boxes = torch.cat([near, twice, missed + 14, torch.cat([away, away + 25], dim=1)])
        means = torch.cat([torch.full((count,), middle + 0.1), torch.full((7,), middle - 0.12)])
        scores = (means + 0.07 * torch.randn(len(boxes), generator=generator)).clamp(0.01, 0.99)
        order = scores.argsort(descending=True)
        predictions.append({"boxes": boxes[order], "scores": scores[order]})
        targets.append({"boxes": torch.cat([truth, missed])})
    return predictions, targets


@choose_threshold.inputs
def _two_kinds_of_detectors(generator: torch.Generator, trial: int) -> tuple[Found, Found]:
    return _folder((0.25, 0.8, 0.3)[trial % 3], generator)


def _unseen(scores: Tensor) -> tuple[Tensor, Tensor, int]:
    """Another folder, of the same detector: scores (N,), right (N,), how many objects."""
    middle = min((0.25, 0.3, 0.8), key=lambda one: abs(one - scores.median().item() - 0.08))
    seeded = torch.Generator().manual_seed(99)
    return _matched(*_folder(middle, seeded))


def _matched(predictions: Found, targets: Found) -> tuple[Tensor, Tensor, int]:
    """Of a folder: scores (N,), right (N,), how many objects."""
    found = find_matches(_of_one_class(predictions), _of_one_class(targets))
    scores = torch.tensor([match.score for match in found.matches])
    return scores, torch.tensor([match.right for match in found.matches]), found.objects


def _best_f1(scores: Tensor, right: Tensor, objects: int) -> float:
    return max(_f1(scores, right, objects, least) for least in scores.tolist())


def _of_one_class(pictures: Found) -> Found:
    return [each | {"labels": torch.ones(len(each["boxes"]), dtype=torch.int64)} for each in pictures]


def _share(mask: Tensor) -> float:
    return mask.float().mean().item()


@choose_threshold.observe
def _facts(function: Callable[..., Any], predictions: Found, targets: Found) -> dict[str, Any]:
    scores, right, objects = _unseen(torch.cat([found["scores"] for found in predictions]))
    least = function(predictions, targets)
    if isinstance(least, Tensor) and least.numel() == 1:
        least = least.item()
    if isinstance(least, bool) or not isinstance(least, Real):  # NumPy's numbers are some
        raise Unusable(_("one number expected, the threshold."))
    least = float(least)
    enough = _f1(scores, right, objects, least) >= _ENOUGH * _best_f1(scores, right, objects)
    keeps, leaves = _share(scores[right] >= least) > 0.5, _share(scores[~right] >= least) < 0.5
    reached = _best_f1(*_matched(predictions, targets))
    return {
        N_("It is a score, and not the F1 that it leads to"): not math.isclose(least, reached, abs_tol=1e-6),
        N_("The threshold lies between 0 and 1"): 0 <= least <= 1,
        N_("It keeps most of the boxes that find an object"): keeps,
        N_("It leaves out most of the boxes that find nothing"): leaves,
        N_("On other pictures it reaches at least 95 % of the best F1 possible there"): enough
        or (_kind_of(least) if keeps and leaves else "far off"),
    }


def _kind_of(number: float) -> str:
    """Tells wrong thresholds apart: those that a person sets, and those that come out of a calculation."""
    return "set" if math.isclose(number * 20, round(number * 20), abs_tol=1e-4) else f"{number:.3f}"


@choose_threshold.mistake(
    N_(
        "This threshold does not hold on other pictures. The scores of one detector lie high, those of "
        "another low: measure F1 at every score that occurs, and return the score where it is largest."
    )
)
def _half(_predictions: Found, _targets: Found) -> float:
    return 0.5


@choose_threshold.mistake(
    N_(
        "It keeps nearly every box. Recall is largest at the lowest score, F1 is not: boxes that find "
        "nothing count too, and so do second boxes on an object and boxes too far beside one."
    )
)
def _everything(_predictions: Found, _targets: Found) -> float:
    return 0.0


@choose_threshold.mistake(
    N_(
        "It keeps almost no box. Precision is largest at the highest score, F1 is not: objects that nobody "
        "finds count too."
    )
)
def _almost_nothing(_predictions: Found, _targets: Found) -> float:
    return 1.0


@choose_threshold.mistake(
    N_(
        "This is the largest F1 itself. Asked for is the score at which it is reached: `max(scores, "
        "key=f1)`, or `scores[f1.argmax()]`."
    )
)
def _the_f1(predictions: Found, targets: Found) -> float:
    return _best_f1(*_judged(predictions, targets))


@choose_threshold.mistake(
    N_(
        "The steps between the thresholds that you try, of .1, are too coarse: the best one lies between "
        "two of them. Try every score that occurs."
    )
)
def _tenths(predictions: Found, targets: Found) -> float:
    scores, right, objects = _judged(predictions, targets)
    return max((tenth / 10 for tenth in range(11)), key=lambda one: _f1(scores, right, objects, one))


@choose_threshold.mistake(
    N_(
        "Right boxes were counted up picture after picture, and not from the surest of all pictures down: "
        "sums over the first k boxes want the k surest. Sort scores and right boxes together, "
        "`scores.argsort(descending=True)`, or count `right[scores >= t]`."
    )
)
def _not_sorted(predictions: Found, targets: Found) -> float:
    scores, right, objects = _judged(predictions, targets)
    f1 = 2 * right.cumsum(0) / (torch.arange(1, len(right) + 1) + objects)
    return scores[f1.argmax()].item()


@choose_threshold.mistake(
    N_(
        "This is the mean of each picture's own threshold. One picture has a few boxes, so its own best is "
        "chance: put the boxes of all pictures together, and choose once."
    )
)
def _mean_over_pictures(predictions: Found, targets: Found) -> float:
    pairs = zip(predictions, targets, strict=True)
    return torch.tensor([choose_threshold([found], [target]) for found, target in pairs]).mean().item()


def _judged(predictions: Found, targets: Found) -> tuple[Tensor, Tensor, int]:
    """Scores (N,), right (N,), and how many objects: picture after picture, as they come."""
    pairs = list(zip(predictions, targets, strict=True))
    right = [match(box_iou(found["boxes"], target["boxes"]), 0.5) >= 0 for found, target in pairs]
    scores = torch.cat([found["scores"] for found in predictions])
    return scores, torch.cat(right), sum(len(target["boxes"]) for target in targets)
