"""Pixels as they reach the first layer: in 0..255, scaled twice, or otherwise than in training."""

from collections.abc import Sequence
from typing import Any

import torch

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.levels import (
    KNOWN,
    Levels,
    is_normalised_bytes,
    levels_of,
    levels_of_list,
    scale_of,
    undone,
)
from vislearn.traps.loop.recorder import Forward, Recorder
from vislearn.traps.trap import Trap

__all__ = ["NEVER_SCALED", "NORMALIZED_TWICE", "SCALED_OTHERWISE", "SCALED_TWICE", "Inputs"]

_LOOKS = 4  # batches in each mode
_ENOUGH = 2
_DARK = 1.2 / 255  # what is left of white where 255 divides twice
_APART = 10  # times as wide: no two pictures of one kind differ by so much
_SLACK = 0.02  # beyond 0..1, for what resizing overshoots


class Inputs(Recorder):
    """The first batches of each mode, as the first layer that computes with pixels gets them.

    Not as the model gets them: many scale inside. A detector of torchvision normalises inside, by constants
    of 0..1, and hides what it gets: there, its own pictures are looked at, too.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.training: list[Levels] = []
        self.judging: list[Levels] = []
        self.listed_training: list[Levels] = []
        self.listed_judging: list[Levels] = []

    def entered(self, image: torch.Tensor, call: Forward) -> None:
        """Measure it, if few were."""
        kept = self.training if call.training else self.judging
        if len(kept) < _LOOKS and image.numel() and image.is_floating_point():
            kept.append(levels_of(image))

    def listed(self, images: Sequence[torch.Tensor], training: bool) -> None:
        """Measure a detector's pictures, if few were."""
        kept = self.listed_training if training else self.listed_judging
        floats = all(one.is_floating_point() and one.numel() for one in images)
        if len(kept) < _LOOKS and floats:
            kept.append(levels_of_list(images))


def _never_scaled(seen: Inputs) -> Problem | None:
    listed = scale_of(seen.listed_training) == "bytes"
    looks = seen.listed_training if listed else seen.training
    if scale_of(looks) != "bytes":
        return _normalised_bytes(seen.training)
    up_to = {"greatest": max(one.greatest for one in looks)}
    return Problem(
        _("The pictures"),
        _("reach the detector in 0..255, up to {greatest:.0f}; it normalises them as if in 0..1", **up_to)
        if listed
        else _("reach the first layer in 0..255, up to {greatest:.0f}", **up_to),
        _("Scale them: v2.ToDtype(torch.float32, scale=True), or divide by 255."),
    )


def _normalised_bytes(looks: list[Levels]) -> Problem | None:
    if len(looks) < _ENOUGH or not all(map(is_normalised_bytes, looks)):
        return None
    return Problem(
        _("The pictures"),
        _(
            "reach the first layer up to {greatest:.0f}: mean and std are of another range than the pixels",
            greatest=max(one.greatest for one in looks),
        ),
        _("First v2.ToDtype(torch.float32, scale=True), then v2.Normalize, by constants of 0..1."),
    )


def _is_scaled_twice(one: Levels, constants: tuple[tuple[float, ...], tuple[float, ...]]) -> bool:
    """Whether a picture lies in 0..1/255, before these mean and std; a black one says nothing."""
    spans = [
        [undone(end, channel, constants) for end in ends]
        for channel, ends in enumerate(zip(one.low, one.high, strict=True))
    ]
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    return -1e-4 <= low < high <= _DARK and high > _DARK / 3


def _scaled_twice(seen: Inputs) -> Problem | None:
    looks = seen.training
    ways = (((0.0,), (1.0,)), *KNOWN)
    if len(looks) < _ENOUGH or not any(all(_is_scaled_twice(one, way) for one in looks) for way in ways):
        return None
    return Problem(
        _("The pictures"),
        _("reach the first layer divided by 255 twice: all of them nearly black"),
        _("Scale once: ToTensor, ToDtype(scale=True) and Albumentations' Normalize do it already."),
    )


def _was_twice(one: Levels, constants: tuple[tuple[float, ...], tuple[float, ...]]) -> bool:
    """Whether normalising by these, undone twice, gives a picture that reaches nearly from black to white."""
    if len(one.low) not in (1, 3) or one.std < 0.9:
        return False
    spans = []
    for channel, ends in enumerate(zip(one.low, one.high, strict=True)):
        once = [undone(end, channel, constants) for end in ends]
        if min(once) >= -_SLACK and max(once) <= 1 + _SLACK:
            return False
        spans.append([undone(end, channel, constants) for end in once])
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    return -_SLACK <= low < 0.15 and 0.6 < high <= 1 + _SLACK


def _twice(seen: Inputs) -> Problem | None:
    looks = seen.training
    if len(looks) < _ENOUGH or not any(all(_was_twice(one, known) for one in looks) for known in KNOWN):
        return None
    return Problem(
        _("The pictures"),
        _(
            "reach the first layer in {least:.1f}..{greatest:.1f}, as if they had been normalised twice",
            least=min(one.least for one in looks),
            greatest=max(one.greatest for one in looks),
        ),
        _("Normalise in one place: in the transform, or inside the model, as torchvision's detectors do."),
    )


def _apart(narrow: list[Levels], wide: list[Levels]) -> bool:
    """Whether every batch of one kind is far wider than all of the other; flat pictures say nothing."""
    if len(narrow) < _ENOUGH or len(wide) < _ENOUGH or not min(one.std for one in narrow) > 0:
        return False
    return all(
        min(getattr(one, what) for one in wide) > _APART * max(getattr(one, what) for one in narrow)
        for what in ("reach", "std")
    )


def _otherwise(seen: Inputs) -> Problem | None:
    training, judging = seen.training, seen.judging
    listed = bool(seen.listed_training and seen.listed_judging)
    if listed:
        training, judging = seen.listed_training, seen.listed_judging
    learned, judged = scale_of(training), scale_of(judging)
    known = learned and judged and learned != judged
    if not known and not _apart(training, judging) and not _apart(judging, training):
        return None
    spans = {
        name: f"{min(one.least for one in looks):.1f}..{max(one.greatest for one in looks):.1f}"
        for name, looks in (("train", training), ("judge", judging))
    }
    return Problem(
        _("The pictures"),
        _("reach the detector in {train} while training, and in {judge} in eval mode", **spans)
        if listed
        else _("reach the first layer in {train} while training, and in {judge} in eval mode", **spans),
        _("Scale and normalise both alike: one transform without chance for every picture that is judged."),
    )


_LOOP = """for images, labels in loader:
    images = {images}
    loss = F.cross_entropy(model(images), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
_JUDGE = """model.eval()
with torch.no_grad():
    for images, labels in val_loader:
        answer = model({images})
"""

NEVER_SCALED = Trap(
    "never_scaled",
    "likely",
    section="13.2",
    broken=_LOOP.format(images="(images * 255).round()"),
    symptom=N_("The loss begins at a number far too high, or is NaN after a few batches."),
    fixed=_LOOP.format(images="images"),
    find=lambda seen: _never_scaled(seen.inputs),
)
SCALED_TWICE = Trap(
    "scaled_twice",
    "likely",
    section="13.2",
    broken=_LOOP.format(images="images / 255"),
    symptom=N_("The loss hardly falls, as if all pictures were the same."),
    fixed=_LOOP.format(images="images"),
    find=lambda seen: _scaled_twice(seen.inputs),
)
NORMALIZED_TWICE = Trap(
    "normalized_twice",
    "perhaps",
    section="13.2",
    broken=_LOOP.format(images="((images - 0.5) / 0.5 - 0.5) / 0.5"),
    symptom=N_("Pretrained weights help less than they should."),
    fixed=_LOOP.format(images="(images - 0.5) / 0.5"),
    find=lambda seen: _twice(seen.inputs),
)
SCALED_OTHERWISE = Trap(
    "scaled_otherwise",
    "likely",
    section="13.2",
    broken=_LOOP.format(images="(images - 0.5) / 0.5") + _JUDGE.format(images="images"),
    symptom=N_("Training goes well, and the validation score is little better than guessing."),
    fixed=_LOOP.format(images="(images - 0.5) / 0.5") + _JUDGE.format(images="(images - 0.5) / 0.5"),
    find=lambda seen: _otherwise(seen.inputs),
)
