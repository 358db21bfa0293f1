"""A transform chain, stage by stage: what each transform makes of the picture."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torchvision import transforms as v1
from torchvision.transforms import v2
from torchvision.transforms._presets import ImageClassification

from vislearn.errors import require_one_of
from vislearn.language import translate as _
from vislearn.seeding import Chance
from vislearn.steps.notes import note
from vislearn.steps.regions import kept_region
from vislearn.steps.step import Step, shorten

__all__ = ["stages", "transform_chain"]


def transform_chain(
    transform: Callable[..., Any], image: Any, seed: int | None = None, *, errors: str = "raise"
) -> Iterator[Step]:
    """Walk a picture through a transform, one stage at a time.

    The last step's value is what ``transform(image)`` returns from the same seed: nothing is imitated,
    every stage is the transform itself.

    Args:
        transform: a Compose (v1 or v2, nested ones too), an ``nn.Sequential``, the transform that belongs
            to a weights enum, or any single callable.
        image: a PIL image or a tensor; or a pair ``(image, target)`` for v2 transforms, which get it as
            two arguments and hand it on as a pair, as ``transform(image, target)`` does.
        seed: where this walk's chance comes from, leaving everybody else's alone; None draws from the
            global generators like any other call.
        errors: ``"raise"``, or ``"show"``: a transform that fails becomes the last step, with its error
            as the value. Made for lessons about chains that are wrong.

    Yields:
        The input, then one step per transform, named after its class.

    Raises:
        InputError: ``errors`` is neither of the two.

    >>> steps = transform_chain(v2.Compose([v2.ToImage(), v2.Resize(8)]), torch.zeros(3, 16, 32), seed=0)
    >>> [step.title for step in steps]
    ['Input', 'ToImage', 'Resize']
    """
    require_one_of("errors", errors, ["raise", "show"])
    chance = Chance(seed)
    as_pair = isinstance(image, tuple) and isinstance(transform, v2.Transform)
    yield Step(_("Input"), image, _("What goes in."))
    for stage in stages(transform):
        before = image
        with chance:
            drawn = torch.get_rng_state()
            try:
                image = stage(*image) if as_pair else stage(image)
            except Exception as error:
                if errors == "raise":
                    raise
                image = error
        if isinstance(image, Exception):
            yield _failure(stage, image)
            return
        yield Step(type(stage).__name__, image, note(stage, before, image), kept_region(stage, before, drawn))


def stages(transform: Callable[..., Any]) -> list[Callable[..., Any]]:
    """The transforms that run one after another inside ``transform``, nested compositions opened up.

    A container that decides by chance what runs (RandomApply, RandomOrder...) stays one stage.

    >>> inner = v2.Compose([v2.ToImage(), v2.Resize(8)])
    >>> [type(stage).__name__ for stage in stages(v2.Compose([inner, v2.RandomHorizontalFlip()]))]
    ['ToImage', 'Resize', 'RandomHorizontalFlip']
    """
    if isinstance(transform, ImageClassification):
        return _opened_preset(transform)
    if isinstance(transform, (v1.Compose, v2.Compose)) and _runs_as(transform, v1.Compose, v2.Compose):
        children = list(transform.transforms)
    elif isinstance(transform, nn.Sequential) and _runs_as(transform, nn.Sequential):
        children = list(transform)
    else:  # a subclass with its own forward is more than the sum of its parts, and stays whole
        return [transform]
    return [stage for child in children for stage in stages(child)]


def _runs_as(transform: Callable[..., Any], *kinds: type) -> bool:
    """Has the class kept the way one of ``kinds`` runs its parts?"""
    return any(
        isinstance(transform, kind)
        and type(transform).__call__ is kind.__call__
        and getattr(type(transform), "forward", None) is getattr(kind, "forward", None)
        for kind in kinds
    )


def _opened_preset(preset: ImageClassification) -> list[Callable[..., Any]]:
    """What the transform of a weights enum does inside, as the transforms it is made of."""
    return [
        v1.Resize(preset.resize_size, preset.interpolation, antialias=preset.antialias),
        v1.CenterCrop(preset.crop_size),
        _TensorIfNeeded(),
        v1.ConvertImageDtype(torch.float),
        v1.Normalize(preset.mean, preset.std),
    ]


class _TensorIfNeeded(v1.PILToTensor):
    """PILToTensor that lets tensors pass, as the presets do."""

    def __call__(self, pic: Any) -> torch.Tensor:
        return pic if isinstance(pic, torch.Tensor) else super().__call__(pic)


_TensorIfNeeded.__name__ = "PILToTensor"


def _failure(stage: Callable[..., Any], error: Exception) -> Step:
    why = shorten(f"{type(error).__name__}: {error}", 100)
    return Step(type(stage).__name__, why, _("The chain breaks here: this transform can't take what it got."))
