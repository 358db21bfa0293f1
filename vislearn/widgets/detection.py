"""Sliders for detection: thresholds, anchors, and what a detector has learned by when."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch

from vislearn.errors import InputError
from vislearn.labels import ClassNames
from vislearn.language import translate as _
from vislearn.viz import anchors, boxes_at_thresholds, predictions_by_epoch
from vislearn.viz.picture import Picture
from vislearn.widgets.exploring import explorer
from vislearn.widgets.lab import Lab

__all__ = ["anchor_lab", "epoch_lab", "threshold_lab"]


def anchor_lab(image: Any, *, truth: Any = None) -> Lab:
    """Size, shapes and stride of anchors under sliders: do they fit the objects?

    Args:
        image: any picture ``viz`` takes.
        truth: boxes (M, 4) xyxy, or a target: each says how well the best anchor fits it.
    """
    alt = _("A picture with the anchors of one place; sliders set their sizes, shapes and stride.")

    def draw(smallest: int = 20, growth: float = 1.5, shapes: str = "0.6 1 1.6", stride: int = 4) -> Picture:
        sizes = [smallest * growth**step for step in range(3)]
        ratios = [float(ratio) for ratio in shapes.split()]
        return anchors(image, sizes=sizes, ratios=ratios, stride=stride, truth=truth, alt=alt)

    return explorer(
        draw,
        alt=alt,
        labels={
            "smallest": _("smallest size (pixels)"),
            "growth": _("each next one is larger by"),
            "shapes": _("height : width"),
            "stride": _("stride (pixels)"),
        },
        smallest=(8, 96, 4),
        growth=(1.1, 2.0, 0.1),
        shapes=["1", "0.5 1 2", "0.6 1 1.6"],
        stride=[2, 4, 8, 16, 32],
    )


def threshold_lab(
    image: Any,
    candidates: Mapping[str, torch.Tensor],
    *,
    names: ClassNames | None = None,
    truth: Mapping[str, torch.Tensor] | None = None,
    compared: str = "",
) -> Lab:
    """Score and NMS threshold under sliders: found, missed, and false.

    Args:
        image: any picture ``viz`` takes.
        candidates: a detector's ``boxes`` (N, 4), ``labels`` and ``scores`` (N,) before NMS, from
            :func:`vislearn.models.candidates`.
        names: of the labels 1 ... K as a list, or label → name; None shows numbers.
        truth: a target with ``boxes`` and ``labels``.
        compared: as for :func:`vislearn.viz.render`.
    """
    alt = _("A detector's boxes on a picture; sliders set the least score and the overlap that NMS allows.")
    draw = partial(
        boxes_at_thresholds, image, candidates, names=names, truth=truth, compared=compared, alt=alt
    )

    def drawn(min_score: float = 0.5, nms_iou: float = 0.5) -> Picture:
        return draw(min_score, nms_iou)

    return explorer(
        drawn,
        alt=alt,
        labels={"min_score": _("least score"), "nms_iou": _("overlap (IoU) allowed")},
        min_score=(0.05, 0.95, 0.05),
        nms_iou=(0.05, 1.0, 0.05),
    )


def epoch_lab(
    image: Any,
    predictions: Sequence[Mapping[str, torch.Tensor]],
    *,
    names: ClassNames | None = None,
    truth: Any = None,
    compared: str = "",
) -> Lab:
    """What a detector said about one picture, epoch by epoch, under a slider.

    Args:
        image: any picture ``viz`` takes.
        predictions: one per epoch, such as ``[watched[0] for watched in task.watched]``: ``boxes`` (N, 4),
            ``labels`` and ``scores`` (N,).
        names: of the labels 1 ... K as a list, or label → name; None shows numbers.
        truth: a target with ``boxes``: drawn dashed.
        compared: as for :func:`vislearn.viz.render`.

    Raises:
        InputError: fewer than two epochs.
    """
    if len(predictions) < 2:
        raise InputError("predictions", "must be of at least two epochs", got=len(predictions))
    alt = _("A detector's boxes on a picture; sliders set the epoch and the least score.")

    def draw(epoch: int = len(predictions), min_score: float = 0.5) -> Picture:
        return predictions_by_epoch(
            image,
            predictions,
            epochs=[epoch],
            names=names,
            truth=truth,
            min_score=min_score,
            compared=compared,
            alt=alt,
        )

    return explorer(
        draw,
        alt=alt,
        labels={"epoch": _("epoch"), "min_score": _("least score")},
        epoch=(1, len(predictions)),
        min_score=(0.05, 0.95, 0.05),
    )
