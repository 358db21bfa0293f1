"""Which transforms the gallery shows, and which of their arguments have a control."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torchvision.transforms import v2

__all__ = ["TransformKind", "transform_kinds"]

_SMALLEST = 8  # pixels; below, torch's resizing of bytes may fail on an assertion of its own


def _pair(number: float) -> tuple[float, float]:
    return number, number


def _from(number: float) -> tuple[float, float]:
    return number, 1.0


def _around_one(number: float) -> tuple[float, float]:
    return round(1 - number, 3), round(1 + number, 3)


@dataclass(frozen=True)
class TransformKind:
    """A transform whose main arguments are set by controls.

    Attributes:
        make: the class.
        controls: argument → what it may be, as :func:`vislearn.widgets.explorer` takes it.
        starts: argument → its value at first.
        formed: argument → how a control's number becomes what the class takes.
        fixed: arguments that stay: a chance of 1, or nothing would be seen in half of the cases.
        takes_marks: does it take boxes, masks and points along? Others refuse them.
    """

    make: type[v2.Transform]
    controls: Mapping[str, Any] = field(default_factory=dict)
    starts: Mapping[str, Any] = field(default_factory=dict)
    formed: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    takes_marks: bool = True

    @property
    def name(self) -> str:
        """As torchvision has it."""
        return self.make.__name__

    def arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the class is called with.

        Args:
            values: argument → what its control says.
        """
        plain = {name: round(one, 3) if isinstance(one, float) else one for name, one in values.items()}
        return {name: self.formed.get(name, _same)(one) for name, one in plain.items()} | dict(self.fixed)

    def transform(self, values: Mapping[str, Any]) -> v2.Transform:
        """The transform with these values; see :meth:`arguments`."""
        return self.make(**self.arguments(values))

    def code(self, values: Mapping[str, Any]) -> str:
        """How one writes what :meth:`transform` makes.

        >>> transform_kinds((8, 8))["GaussianBlur"].code({"kernel_size": 5, "sigma": 2.0})
        'v2.GaussianBlur(kernel_size=5, sigma=2.0)'
        """
        written = ", ".join(f"{name}={one!r}" for name, one in self.arguments(values).items())
        return f"v2.{self.name}({written})"


def _same(value: Any) -> Any:
    return value


def transform_kinds(size_hw: tuple[int, int]) -> dict[str, TransformKind]:
    """Name → transform: those that move marks first, then those that change colours, then policies.

    Args:
        size_hw: height and width of the picture, pixels: what sizes may be depends on them.
    """
    moving = [*_cutting(min(size_hw)), *_turning(), *_bending(), *_framing(min(size_hw))]
    kinds = [*moving, *_colouring(), *_spoiling(), *_policies()]
    return {kind.name: kind for kind in kinds}


def _cutting(shorter: int) -> list[TransformKind]:
    """What makes a picture of another size; ``shorter`` is the length of its shorter side."""
    least = min(_SMALLEST, shorter)
    size, half = {"size": (least, shorter)}, {"size": max(least, shorter // 2)}
    return [
        TransformKind(v2.Resize, size, {"size": max(least, shorter // 4)}),
        TransformKind(v2.CenterCrop, size, half),
        TransformKind(v2.RandomCrop, size, half),
        TransformKind(
            v2.RandomResizedCrop,
            {**size, "scale": (0.05, 1.0, 0.05)},
            {"size": shorter, "scale": 0.3},
            {"scale": _from},
        ),
    ]


def _turning() -> list[TransformKind]:
    """What a sheet of paper can do on a table."""
    chance, always = {"p": (0.0, 1.0, 0.1)}, {"p": 1.0}
    return [
        TransformKind(v2.RandomHorizontalFlip, chance, always),
        TransformKind(v2.RandomVerticalFlip, chance, always),
        TransformKind(
            v2.RandomRotation, {"degrees": (0, 180, 5), "expand": False}, {"degrees": 45, "expand": False}
        ),
        TransformKind(
            v2.RandomAffine,
            {
                "degrees": (0, 90, 5),
                "translate": (0.0, 0.5, 0.05),
                "scale": (0.0, 0.9, 0.1),
                "shear": (0, 45, 5),
            },
            {"degrees": 10, "translate": 0.1, "scale": 0.2, "shear": 25},
            {"translate": _pair, "scale": _around_one},
        ),
    ]


def _bending() -> list[TransformKind]:
    """What takes parallel lines apart."""
    return [
        TransformKind(
            v2.RandomPerspective,
            {"distortion_scale": (0.0, 1.0, 0.1)},
            {"distortion_scale": 0.5},
            fixed={"p": 1.0},
        ),
        TransformKind(
            v2.ElasticTransform,
            {"alpha": (0.0, 300.0, 25.0), "sigma": (1.0, 10.0, 1.0)},
            {"alpha": 150.0, "sigma": 5.0},
        ),
    ]


def _framing(shorter: int) -> list[TransformKind]:
    """What puts room around a picture."""
    return [
        # no control for padding_mode: torchvision refuses boxes under every mode but "constant"
        TransformKind(v2.Pad, {"padding": (0, shorter // 2)}, {"padding": shorter // 6}),
        TransformKind(
            v2.RandomZoomOut,
            {"side_range": (1.0, 4.0, 0.5)},
            {"side_range": 2.0},
            {"side_range": lambda most: (1.0, most)},
            {"p": 1.0},
        ),
    ]


def _colouring() -> list[TransformKind]:
    always, strength = {"p": 1.0}, (0.0, 1.0, 0.1)
    return [
        TransformKind(
            v2.ColorJitter,
            {"brightness": strength, "contrast": strength, "saturation": strength, "hue": (0.0, 0.5, 0.05)},
            {"brightness": 0.3, "contrast": 0.3, "saturation": 0.5, "hue": 0.1},
        ),
        TransformKind(v2.Grayscale, fixed={"num_output_channels": 3}),
        TransformKind(v2.RandomInvert, fixed=always),
        TransformKind(v2.RandomPosterize, {"bits": (1, 8)}, {"bits": 2}, fixed=always),
        TransformKind(v2.RandomSolarize, {"threshold": (0, 255, 5)}, {"threshold": 130}, fixed=always),
        TransformKind(v2.RandomEqualize, fixed=always),
        TransformKind(v2.RandomAutocontrast, fixed=always),
    ]


def _spoiling() -> list[TransformKind]:
    """What makes a picture sharper or worse."""
    always = {"p": 1.0}
    return [
        TransformKind(
            v2.RandomAdjustSharpness,
            {"sharpness_factor": (0.0, 10.0, 0.5)},
            {"sharpness_factor": 6.0},
            fixed=always,
        ),
        TransformKind(
            v2.GaussianBlur,
            {"kernel_size": (1, 31, 2), "sigma": (0.1, 10.0, 0.1)},
            {"kernel_size": 15, "sigma": 4.0},
        ),
        TransformKind(v2.GaussianNoise, {"sigma": (0.0, 0.5, 0.05)}, {"sigma": 0.15}),
        TransformKind(v2.JPEG, {"quality": (1, 100)}, {"quality": 5}),
        TransformKind(
            v2.RandomErasing,
            {"scale": (0.05, 0.9, 0.05)},
            {"scale": 0.15},
            {"scale": lambda most: (0.05, most)},
            always,
        ),
    ]


def _policies() -> list[TransformKind]:
    """Whole policies; torchvision's refuse boxes, masks and points."""
    return [
        TransformKind(v2.AutoAugment, takes_marks=False),
        TransformKind(
            v2.RandAugment,
            {"num_ops": (1, 6), "magnitude": (0, 30)},
            {"num_ops": 2, "magnitude": 9},
            takes_marks=False,
        ),
        TransformKind(v2.TrivialAugmentWide, takes_marks=False),
        TransformKind(
            v2.AugMix,
            {"severity": (1, 10), "mixture_width": (1, 6)},
            {"severity": 3, "mixture_width": 3},
            takes_marks=False,
        ),
    ]
