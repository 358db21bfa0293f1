"""Transforms as a list of steps, however they are nested."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

__all__ = ["Step", "pipelines_of", "steps_of", "target_pipelines_of"]

# of both versions of torchvision's transforms, whose names agree
_CHANCE = {
    "AugMix",
    "AutoAugment",
    "ColorJitter",
    "CutMix",
    "ElasticTransform",
    "GaussianNoise",
    "MixUp",
    "RandAugment",
    "ScaleJitter",
    "TrivialAugmentWide",
}
_GEOMETRY = {
    "CenterCrop",
    "ElasticTransform",
    "FiveCrop",
    "Pad",
    "RandomAffine",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomPerspective",
    "RandomResize",
    "RandomResizedCrop",
    "RandomRotation",
    "RandomShortestSize",
    "RandomVerticalFlip",
    "RandomZoomOut",
    "Resize",
    "ScaleJitter",
    "TenCrop",
}
_PASSES = {"Identity", "RGB", "Grayscale", "ToImage", "PILToTensor", "ToPureTensor", "ToPILImage"}


@dataclass(frozen=True)
class Step:
    """One transform of a chain.

    Attributes:
        transform: itself.
        optional: whether chance decides if it is applied at all.
    """

    transform: Any
    optional: bool = False

    @property
    def name(self) -> str:
        """Of its class, the same in both versions of torchvision's transforms."""
        return type(self.transform).__name__

    @property
    def known(self) -> bool:
        """Whether it is torchvision's, so that its name says what it does."""
        return (
            type(self.transform).__module__.startswith(("torchvision.", "torch.")) and self.name != "Lambda"
        )

    @property
    def chance(self) -> bool:
        """Whether it does something else every time."""
        sure = getattr(self.transform, "p", 0.5) in (0, 1) and self.name not in _GEOMETRY - {
            "RandomHorizontalFlip",
            "RandomVerticalFlip",
        }
        return self.known and not sure and (self.name.startswith("Random") or self.name in _CHANCE)

    @property
    def geometry(self) -> bool:
        """Whether pixels go elsewhere."""
        return self.known and self.name in _GEOMETRY and getattr(self.transform, "p", 1) != 0

    @property
    def interpolates(self) -> bool:
        """Whether it makes new values between those of neighbouring pixels."""
        way = getattr(self.transform, "interpolation", None)
        return self.geometry and "NEAREST" not in str(getattr(way, "name", way)).upper() and way is not None

    @property
    def constants(self) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
        """Mean and std by which it normalises; None if it does not."""
        mean, std = (getattr(self.transform, name, None) for name in ("mean", "std"))
        if not self.known or mean is None or std is None or "Noise" in self.name:
            return None
        pair = [torch.as_tensor(one, dtype=torch.float64).flatten().tolist() for one in (mean, std)]
        return tuple(pair[0]), tuple(pair[1])

    @property
    def scales(self) -> bool:
        """Whether bytes leave it as floats in 0..1; torchvision's presets do that and normalise."""
        if self.name == "ToDtype":
            return bool(getattr(self.transform, "scale", False))
        return self.name in ("ToTensor", "ConvertImageDtype", "ToImageTensor") or (
            self.constants is not None and self.name != "Normalize"
        )

    @property
    def only_casts(self) -> bool:
        """Whether bytes leave it as floats in 0..255."""
        dtype = getattr(self.transform, "dtype", None)
        kinds = dtype.values() if isinstance(dtype, dict) else [dtype]
        floats = any(isinstance(one, torch.dtype) and one.is_floating_point for one in kinds)
        return (
            self.known and self.name == "ToDtype" and floats and not getattr(self.transform, "scale", False)
        )

    @property
    def opaque(self) -> bool:
        """Whether nobody can say what it does to the numbers."""
        return not self.known and self.name not in _PASSES


def steps_of(transform: Any, *, optional: bool = False) -> list[Step]:
    """Every step of a transform, in order; chains inside chains are walked.

    Args:
        transform: a ``Compose``, ``nn.Sequential``, list or anything called with a picture; None: no step.
        optional: whether chance decides if all this is applied.

    >>> from torchvision.transforms import v2
    >>> [step.name for step in steps_of(v2.Compose([v2.ToImage(), v2.RandomApply([v2.Resize(8)])]))]
    ['ToImage', 'RandomApply', 'Resize']
    """
    if transform is None:
        return []
    if isinstance(transform, (list, tuple, nn.Sequential)):
        return [step for one in transform for step in steps_of(one, optional=optional)]
    inner = getattr(transform, "transforms", None)
    if not isinstance(inner, (list, tuple, nn.ModuleList)):
        return [Step(transform, optional)]
    by_chance = type(transform).__name__ in ("RandomApply", "RandomChoice")
    itself = [] if type(transform).__name__ == "Compose" else [Step(transform, optional)]
    return itself + [step for one in inner for step in steps_of(one, optional=optional or by_chance)]


def pipelines_of(dataset: Any) -> Iterator[tuple[Any, bool]]:
    """The transforms of a data set, inside subsets and unions too; and whether targets pass through them.

    Args:
        dataset: any.
    """
    inner = getattr(dataset, "datasets", None) or [getattr(dataset, "dataset", None)]
    for one in inner:
        if one is not None and one is not dataset:
            yield from pipelines_of(one)
    own = getattr(dataset, "transform", None)
    if own is not None:
        yield own, False
    joint = getattr(dataset, "transforms", None)
    # torchvision's data sets wrap their two transforms, one for pictures and one for targets, in this
    if joint is not None and type(joint).__name__ != "StandardTransform":
        yield joint, True


def target_pipelines_of(dataset: Any) -> Iterator[Any]:
    """The transforms of a data set that only targets pass through, as ``target_transform``.

    Args:
        dataset: any.
    """
    inner = getattr(dataset, "datasets", None) or [getattr(dataset, "dataset", None)]
    for one in inner:
        if one is not None and one is not dataset:
            yield from target_pipelines_of(one)
    for name in dict.fromkeys([*getattr(dataset, "__dict__", ()), *vars(type(dataset))]):
        if "transform" in name and any(word in name for word in ("target", "mask", "label")):
            yield getattr(dataset, name)
