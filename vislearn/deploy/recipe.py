"""What an exported file says beside its network: classes, and how a picture is prepared."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vislearn.errors import InputError, require_one_of

__all__ = ["KEY", "KINDS", "Recipe"]

KEY = "vislearn"  # of the file's metadata
KINDS = {
    "classifier": "pictures (N, 3, H, W) to probabilities (N, K)",
    "segmenter": "pictures (N, 3, H, W) to logits (N, K, h, w)",
    "detector": "one picture (3, H, W) to boxes (M, 4), labels (M,), scores (M,)",
}


@dataclass(frozen=True)
class Recipe:
    """How to use the network of an exported file; its input is uint8, red, green, blue.

    Attributes:
        kind: one of `KINDS`.
        classes: names in the order of the scores; of a detector those of the labels 1…K.
        colors: of a segmenter's classes, (red, green, blue) in 0…255.
        resize: pixels: ``[side]`` of the shorter side, or ``[height, width]``; None leaves the size.
        interpolation: ``"bilinear"``, ``"bicubic"`` or ``"nearest"``, smoothed where pictures shrink.
        crop: ``[height, width]`` around the middle, black where the picture is smaller; None crops nothing.
        mean: subtracted per channel, of pixels in 0…1: inside the network already.
        std: what is divided by after it, likewise.
        about: versions, and what else is worth knowing.
    """

    kind: str
    classes: tuple[str, ...] = ()
    colors: tuple[tuple[int, int, int], ...] | None = None
    resize: tuple[int, ...] | None = None
    interpolation: str = "bilinear"
    crop: tuple[int, int] | None = None
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    about: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        require_one_of("kind", self.kind, KINDS)
        require_one_of("interpolation", self.interpolation, ("nearest", "bilinear", "bicubic"))

    def as_text(self) -> str:
        """JSON, for the file's metadata."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> "Recipe":
        """What :meth:`as_text` wrote.

        Raises:
            InputError: it is something else.

        >>> Recipe.from_text(Recipe("classifier", ("cat", "dog"), resize=(32,)).as_text()).resize
        (32,)
        """
        try:
            told = json.loads(text)
            return cls(**{name: _frozen(value) for name, value in told.items()})
        except (TypeError, AttributeError, ValueError) as trouble:
            fix = "Export the model again."
            raise InputError(
                "the recipe", "must be what vislearn export writes", got=trouble, fix=fix
            ) from None


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
