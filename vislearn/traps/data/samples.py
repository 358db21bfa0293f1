"""Samples that are wrong: their labels, boxes, masks and the order of their axes."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from vislearn.errors import InputError, Words
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem, words_of
from vislearn.sample import target_defects
from vislearn.traps.data.facts import Facts
from vislearn.traps.trap import Trap

__all__ = ["CHANNELS_LAST", "LABELS_FROM_ZERO", "MASKS_LEFT_BEHIND", "NO_OBJECTS", "WRONG_BOXES"]


def _targets(facts: Facts) -> Iterator[tuple[str, torch.Tensor, Mapping[str, Any]]]:
    """Detection's samples: what to call them, picture, target."""
    for part, samples in ((_("training"), facts.train_samples), (_("validation"), facts.val_samples)):
        for index, picture, target in samples:
            if isinstance(target, Mapping) and "boxes" in target and isinstance(picture, torch.Tensor):
                yield _("Sample {index} ({part})", index=index, part=part), picture, target


def _from_zero(facts: Facts) -> Problem | None:
    for name, _picture, target in _targets(facts):
        labels = torch.as_tensor(target.get("labels", []))
        if labels.numel() and int(labels.min()) == 0:
            return Problem(
                name,
                _("has the label 0, which is the background of torchvision's detectors"),
                _("Number the classes from 1."),
            )
    return None


def _wrong_boxes(facts: Facts) -> Problem | None:
    for name, picture, target in _targets(facts):
        size_hw = (int(picture.shape[-2]), int(picture.shape[-1]))
        raised = {**target, "labels": torch.as_tensor(target.get("labels", [])).clamp(min=1)}
        defect = next(iter(target_defects(raised, size_hw)), None)
        if defect is not None:
            return Problem(name, _("has a target that is wrong"), _told(defect))
    return None


def _told(defect: InputError) -> str:
    if not defect.fix:
        return _("{defect}.", defect=words_of(defect))
    return _("{defect}. {remedy}", defect=words_of(defect), remedy=Words(defect.fix))


def _no_objects(facts: Facts) -> Problem | None:
    counts = [len(target["boxes"]) for _name, _picture, target in _targets(facts)]
    if not counts or any(counts):
        return None
    return Problem(
        _("The data set"),
        _("has no object in any of {count} samples", count=len(counts)),
        _("Look where annotations are read: names of files or classes may not match."),
    )


def _channels_last(facts: Facts) -> Problem | None:
    for index, picture, _target in facts.samples:
        shape = tuple(getattr(picture, "shape", ()))
        if len(shape) == 3 and shape[2] in (1, 3, 4) and shape[0] not in (1, 3, 4) and shape[1] > 4:
            return Problem(
                _("Sample {index}", index=index),
                _("has its channels last: {shape}", shape=shape),
                _("Make tensors of pictures with v2.ToImage(), or permute(2, 0, 1)."),
            )
    return None


def _masks_left_behind(facts: Facts) -> Problem | None:
    for index, picture, target in facts.samples:
        mask = target.get("masks") if isinstance(target, Mapping) else target
        if not isinstance(picture, torch.Tensor) or not isinstance(mask, torch.Tensor) or mask.ndim < 2:
            continue
        # a soft label for each class is (K,), a label map (H, W) or (1, H, W)
        if picture.ndim == 3 and mask.numel() and picture.shape[-2:] != mask.shape[-2:]:
            return Problem(
                _("Sample {index}", index=index),
                _(
                    "has a mask of {mask} and a picture of {picture} pixels",
                    mask=tuple(mask.shape[-2:]),
                    picture=tuple(picture.shape[-2:]),
                ),
                _("Pass the mask as tv_tensors.Mask through the same v2 transform as the picture."),
            )
    return None


_FOUND = "found = check({})\n"
_LOADER = "DataLoader({}, 2, collate_fn=collate)"


def _boxes(**changes: str) -> str:
    inside = ", ".join(f"{name}={value}" for name, value in changes.items())
    return _FOUND.format(_LOADER.format(f"Boxes({inside})"))


LABELS_FROM_ZERO = Trap(
    "labels_from_zero",
    "certain",
    section="13.5",
    broken=_boxes(label="0"),
    symptom=N_("The first class is never found, and the loss falls all the same."),
    fixed=_boxes(label="1"),
    find=_from_zero,
)
WRONG_BOXES = Trap(
    "wrong_boxes",
    "certain",
    section="13.5",
    broken=_boxes(box="[9.0, 9.0, 4.0, 5.0]"),
    symptom=N_("The loss is NaN, or boxes are learned that nobody drew."),
    fixed=_boxes(box="[9.0, 9.0, 13.0, 14.0]"),
    find=_wrong_boxes,
)
NO_OBJECTS = Trap(
    "no_objects",
    "likely",
    section="13.5",
    broken=_boxes(box="[]"),
    symptom=N_("The loss falls to 0, and nothing is ever found."),
    fixed=_boxes(),
    find=_no_objects,
)
CHANNELS_LAST = Trap(
    "channels_last",
    "certain",
    section="13.6",
    broken=_FOUND.format("DataLoader([(torch.rand(16, 16, 3), 1)] * 4, 2)"),
    symptom=N_("“expected input to have 3 channels”; or, where the network bears it, nothing is learned."),
    fixed=_FOUND.format("DataLoader([(torch.rand(3, 16, 16), 1)] * 4, 2)"),
    find=_channels_last,
)
MASKS_LEFT_BEHIND = Trap(
    "masks_left_behind",
    "certain",
    section="13.5",
    broken=_FOUND.format("DataLoader([(torch.rand(3, 8, 8), torch.ones(16, 16).long())] * 4, 2)"),
    symptom=N_("The mask lies beside its object, or its size does not fit the prediction's."),
    fixed=_FOUND.format("DataLoader([(torch.rand(3, 8, 8), torch.ones(8, 8).long())] * 4, 2)"),
    find=_masks_left_behind,
)
