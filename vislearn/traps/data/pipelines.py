"""Transforms that scale twice, too late or not at all, or that leave something to chance or behind."""

from collections.abc import Sequence
from typing import Any

import torch

from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem
from vislearn.traps.data.chains import Step
from vislearn.traps.data.facts import Facts
from vislearn.traps.levels import Levels, is_normalised_bytes, levels_of_list, scale_of
from vislearn.traps.trap import Trap

__all__ = [
    "BOXES_LEFT_BEHIND",
    "CHANCE_IN_VALIDATION",
    "CONSTANTS_OF_ANOTHER_RANGE",
    "FOREIGN_MEAN",
    "MEANS_DIFFER",
    "NORMALIZED_BEFORE_SCALING",
    "NOT_SCALED",
    "TWO_NORMALIZE",
]


_DIVIDED = 0.02  # mean and std below it were divided by 255, as if pictures hadn't been


def _of_unit(step: Step) -> bool:
    """Whether it normalises pixels of 0..1; one that undoes it, or is made for bytes, has other constants."""
    if step.constants is None or step.optional:
        return False
    mean, std = step.constants
    return all(0 <= one <= 1 for one in mean) and all(0 < one < 1 for one in std)


def _twice(facts: Facts) -> Problem | None:
    inside = facts.model_constants is not None
    for name, steps in facts.chains:
        count = sum(map(_of_unit, steps))
        if count + (inside and count > 0) < 2:
            continue
        what = (
            _("normalises, and the model does it itself once more")
            if count == 1
            else _("normalises {count} times", count=count)
        )
        return Problem(name, what, _("Keep one Normalize; torchvision's detectors want pictures in 0..1."))
    return None


def _position(steps: Sequence[Step], which: str) -> int | None:
    return next((at for at, step in enumerate(steps) if getattr(step, which)), None)


def _too_early(facts: Facts) -> Problem | None:
    for name, steps in facts.chains:
        first = next((at for at, step in enumerate(steps) if _of_unit(step)), None)
        if first is None or any(step.scales or step.opaque for step in steps[: first + 1]):
            continue
        cast, later = _position(steps[:first], "only_casts"), _position(steps[first:], "scales")
        if cast is not None or later is not None:
            return Problem(
                name,
                _("normalises before it scales to 0..1: mean and std are meant for that range"),
                _("Put v2.ToDtype(torch.float32, scale=True) before Normalize."),
            )
    return _normalised_bytes(facts)


def _normalised_bytes(facts: Facts) -> Problem | None:
    """The same as it comes out, where no chain of transforms shows who did it."""
    looks = _looks(facts.train_fed)
    known = any(step.constants for _name, steps in facts.chains for step in steps)
    if known or not looks or not all(map(is_normalised_bytes, looks)):
        return None
    return Problem(
        _("The training's pictures"),
        _(
            "reach up to {greatest:.0f}: mean and std are of another range than the pixels",
            greatest=max(one.greatest for one in looks),
        ),
        _("First v2.ToDtype(torch.float32, scale=True), then v2.Normalize, by constants of 0..1."),
    )


def _not_scaled(facts: Facts) -> Problem | None:
    for name, steps in facts.chains:
        if any(step.scales or step.opaque or step.constants for step in steps):
            continue
        if any(step.only_casts for step in steps):
            return Problem(
                name,
                _("makes floats of bytes, and leaves them in 0..255"),
                _("Write v2.ToDtype(torch.float32, scale=True)."),
            )
    return _bytes_for_a_detector(facts)


def _bytes_for_a_detector(facts: Facts) -> Problem | None:
    """Pictures as they come out, whatever they came through, where the model is known to want 0..1."""
    constants = facts.model_constants
    if constants is None or not all(0 < one < 1 for part in constants for one in part):
        return None
    for name, samples in (
        (_("The training's pictures"), facts.train_samples),
        (_("The validation's pictures"), facts.val_samples),
    ):
        looks = _looks(samples)
        if scale_of(looks) == "bytes":
            return Problem(
                name,
                _(
                    "lie in 0..255, up to {greatest:.0f}; the detector normalises them as if in 0..1",
                    greatest=max(one.greatest for one in looks),
                ),
                _("Scale them: v2.ToDtype(torch.float32, scale=True), or divide by 255."),
            )
    return None


def _looks(samples: Sequence[tuple[int, Any, Any]]) -> list[Levels]:
    """At every second picture (C, H, W), and at the others; empty where one is no such floats."""
    pictures = [picture for _index, picture, _target in samples]
    floats = all(
        isinstance(one, torch.Tensor) and one.ndim == 3 and one.numel() and one.is_floating_point()
        for one in pictures
    )
    if len(pictures) < 2 or not floats or len({len(one) for one in pictures}) > 1:
        return []
    return [levels_of_list(pictures[::2]), levels_of_list(pictures[1::2])]


def _another_range(facts: Facts) -> Problem | None:
    for name, steps in facts.chains:
        first = next((at for at, step in enumerate(steps) if step.constants), None)
        if first is None or not any(step.scales for step in steps[:first]):
            continue
        mean, std = steps[first].constants or ((), ())
        of_bytes = min(mean) > 2 and min(std) > 2
        divided = min(mean) > 0 and max(mean) < _DIVIDED and max(std) < _DIVIDED
        if of_bytes or divided:
            return Problem(
                name,
                _(
                    "scales to 0..1, and normalises by the mean of another range: {mean}",
                    mean=_short(mean),
                ),
                _("Write mean and std of pixels in 0..1: their mean lies near 0.5."),
            )
    return None


def _short(numbers: Sequence[float]) -> str:
    return ", ".join(f"{one:.3g}" for one in numbers)


def _chance(facts: Facts) -> Problem | None:
    for steps in facts.validation:
        names = [step.name for step in steps if step.chance]
        if names:
            return Problem(
                _("The validation's transform"),
                _("leaves something to chance: {names}", names=", ".join(dict.fromkeys(names))),
                _("Judge by a transform without chance: Resize, CenterCrop, ToDtype, Normalize."),
            )
    return None


def _constants(steps: Sequence[Step]) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    return next((step.constants for step in steps if _of_unit(step)), None)


def _differ(one: Any, other: Any) -> bool:
    """By more than rounding, where both are known and of as many channels."""
    if one is None or other is None or [len(part) for part in one] != [len(part) for part in other]:
        return False
    return any(
        abs(a - b) > 0.01
        for part, same in zip(one, other, strict=True)
        for a, b in zip(part, same, strict=True)
    )


def _judging(facts: Facts) -> tuple[str, list[Sequence[Step]]]:
    """The chains of what is judged: the validation's, or the one that was given beside the loaders."""
    if facts.validation or not facts.alone:
        return _("The validation's transform"), list(facts.validation)
    return _("The transform"), [facts.alone]


def _only_one_normalises(training: Sequence[Sequence[Step]], judging: Sequence[Sequence[Step]]) -> bool:
    """Where every step is known; a chain of which nobody can say what it does may well normalise."""
    chains = [*training, *judging]
    if len(training) != 1 or len(judging) != 1 or not all(chains):
        return False
    if any(step.opaque for steps in chains for step in steps):
        return False
    normal = [any(step.constants for step in steps) for steps in chains]
    return normal[0] != normal[1] and all(any(step.scales for step in steps) for steps in chains)


def _means_differ(facts: Facts) -> Problem | None:
    name, judging = _judging(facts)
    trained = next((made for steps in facts.training if (made := _constants(steps))), None)
    judged = next((made for steps in judging if (made := _constants(steps))), None)
    if _only_one_normalises(facts.training, judging):
        return Problem(
            name,
            _("normalises, and the training's doesn't")
            if judged
            else _("does not normalise, and the training's does"),
            _("Normalise both alike."),
        )
    if not _differ(trained, judged):
        return _scales_differ(facts)
    return Problem(
        name,
        _(
            "has another mean and std than the training's: {judged} and {trained}",
            judged=judged,
            trained=trained,
        ),
        _("Normalise both alike."),
    )


def _scales_differ(facts: Facts) -> Problem | None:
    """Whether one part's pictures are bytes, and the other's are not, as they come out."""
    train, val = _looks(facts.train_samples), _looks(facts.val_samples)
    scales = {scale_of(train), scale_of(val)}
    if "bytes" not in scales or len(scales) < 2 or "" in scales:
        return None
    return Problem(
        _("The validation's pictures"),
        _(
            "reach up to {judged:.1f}, and the training's up to {trained:.1f}",
            judged=max(one.greatest for one in val),
            trained=max(one.greatest for one in train),
        ),
        _("Scale both alike: v2.ToDtype(torch.float32, scale=True)."),
    )


def _foreign(facts: Facts) -> Problem | None:
    for name, steps in facts.chains:
        if _differ(_constants(steps), facts.weight_constants):
            return Problem(
                name,
                _(
                    "has another mean and std than the weights were trained with: {right}",
                    right=facts.weight_constants,
                ),
                _("Take the transform that comes with the weights: weights.transforms()."),
            )
    return None


def _left_behind(facts: Facts) -> Problem | None:
    if not facts.has_places:
        return None
    names = [step.name for steps in facts.pictures_only for step in steps if step.geometry]
    if not names:
        return None
    return Problem(
        _("A transform of pictures only"),
        _(
            "moves pixels ({names}), and boxes or masks stay where they were",
            names=", ".join(dict.fromkeys(names)),
        ),
        _("Use v2 with tv_tensors and pass both: transforms=, not transform=; vislearn.datasets do so."),
    )


_V2 = "v2.ToImage(), {}"
_SCALED, _NORMAL = "v2.ToDtype(torch.float32, scale=True)", "v2.Normalize(IMAGENET_MEAN, IMAGENET_STD)"


def _check(chain: str, more: str = "") -> str:
    return f"transform = v2.Compose([v2.ToImage(), {chain}])\nfound = check(transform=transform{more})\n"


_JUDGED = "val_set = Pictures(v2.Compose([v2.ToImage(), {}, v2.ToDtype(torch.float32, scale=True)]))\n"
_JUDGED += "found = check(val_loader=DataLoader(val_set, 2))\n"
_BOTH = """train_set = Pictures(v2.Compose([v2.ToImage(), {0}, {1}]))
val_set = Pictures(v2.Compose([v2.ToImage(), {0}, v2.Normalize({2}, {2})]))
found = check(DataLoader(train_set, 2, shuffle=True), DataLoader(val_set, 2))
"""
_BOXES = "found = check(DataLoader(Boxes({}=v2.Compose([v2.Resize((8, 8)), {}])), 2, collate_fn=collate))\n"

TWO_NORMALIZE = Trap(
    "two_normalize",
    "certain",
    section="13.2",
    broken=_check(f"{_SCALED}, {_NORMAL}, {_NORMAL}"),
    symptom=N_("Pretrained weights help less than they should."),
    fixed=_check(f"{_SCALED}, {_NORMAL}"),
    find=_twice,
)
NORMALIZED_BEFORE_SCALING = Trap(
    "normalized_before_scaling",
    "certain",
    section="13.2",
    broken=_check(f"v2.ToDtype(torch.float32), {_NORMAL}"),
    symptom=N_("Numbers up to 1100 reach the network, and the loss begins far too high."),
    fixed=_check(f"{_SCALED}, {_NORMAL}"),
    find=_too_early,
)
NOT_SCALED = Trap(
    "not_scaled",
    "likely",
    section="13.2",
    broken=_check("v2.ToDtype(torch.float32)"),
    symptom=N_("The loss begins at a number far too high, or is NaN after a few batches."),
    fixed=_check(_SCALED),
    find=_not_scaled,
)
CHANCE_IN_VALIDATION = Trap(
    "chance_in_validation",
    "likely",
    section="13.7",
    broken=_JUDGED.format("v2.RandomHorizontalFlip()"),
    symptom=N_("The same model gets another validation score every time."),
    fixed=_JUDGED.format("v2.CenterCrop(8)"),
    find=_chance,
)
MEANS_DIFFER = Trap(
    "means_differ",
    "certain",
    section="13.2",
    broken=_BOTH.format(_SCALED, _NORMAL, "[0.5] * 3"),
    symptom=N_("Training goes well, and the validation score is worse than it should be."),
    fixed=_BOTH.format(_SCALED, "v2.Normalize([0.5] * 3, [0.5] * 3)", "[0.5] * 3"),
    find=_means_differ,
)
FOREIGN_MEAN = Trap(
    "foreign_mean",
    "certain",
    section="13.2",
    broken=_check(f"{_SCALED}, v2.Normalize([0.5] * 3, [0.5] * 3)", ", weights=ResNet18_Weights.DEFAULT"),
    symptom=N_("Pretrained weights help less than they should."),
    fixed=_check(f"{_SCALED}, {_NORMAL}", ", weights=ResNet18_Weights.DEFAULT"),
    find=_foreign,
)
CONSTANTS_OF_ANOTHER_RANGE = Trap(
    "constants_of_another_range",
    "certain",
    section="13.2",
    broken=_check(f"{_SCALED}, v2.Normalize([123.7, 116.3, 103.5], [58.4, 57.1, 57.4])"),
    symptom=N_("Every picture is nearly the same to the network, and the loss hardly falls."),
    fixed=_check(f"{_SCALED}, {_NORMAL}"),
    find=_another_range,
)
BOXES_LEFT_BEHIND = Trap(
    "boxes_left_behind",
    "certain",
    section="13.5",
    broken=_BOXES.format("transform", _SCALED),
    symptom=N_("The boxes lie beside the objects as soon as somebody draws them."),
    fixed=_BOXES.format("transforms", _SCALED),
    find=_left_behind,
)
