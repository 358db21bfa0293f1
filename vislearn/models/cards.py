"""What is known about trained weights: classes, preparation, origin, scores."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from math import isfinite
from pathlib import Path
from typing import Any

from torchvision.models import WeightsEnum
from torchvision.transforms import v2

from vislearn.errors import FileError
from vislearn.language import N_
from vislearn.transforms import eval_transform

__all__ = ["Card", "published_card", "read_card", "write_card"]


@dataclass(frozen=True)
class Card:
    """Everything about trained weights that isn't a weight.

    ``size`` is the side of the square pictures they were trained on, in pixels; ``mean`` and ``std`` are
    per channel, of pixels in 0..1. ``scores`` were measured with the weights as stored.
    """

    name: str
    classes: tuple[str, ...]
    size: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    data: str  # what they were trained on
    recipe: str  # how, in words, or where that is written
    scores: Mapping[str, float] = field(default_factory=dict)
    parameters: int = 0
    width: int = 0  # of SmallResNet; 0 for another network
    seed: int | None = None
    epochs: int | None = None
    seconds: float | None = None  # of training and measuring
    machine: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    bytes: int = 0  # of the file with the weights
    sha256: str = ""  # of the same

    @property
    def transform(self) -> v2.Compose:
        """From a PIL image or uint8 (3, H, W) to what the network was judged on: float32 (3, size, size)."""
        return eval_transform(self.size, mean=self.mean, std=self.std)


def read_card(path: Path) -> Card:
    """A card from its JSON file.

    Raises:
        FileError: the file can't be read, or isn't a card.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        known = {entry.name for entry in fields(Card)}
        values = {key: value for key, value in record.items() if key in known}  # a newer card says more
        for key in ("classes", "mean", "std"):
            values[key] = tuple(values[key])
        card = Card(**values)
        _require_numbers(card)
        return card
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as trouble:
        raise FileError(
            path,
            N_("is not a card of weights ({kind}: {trouble})"),
            fix=N_("Get it again, or run: vislearn weights rebuild {name}"),
            kind=type(trouble).__name__,
            trouble=str(trouble),
            name=path.stem,
        ) from None


def _require_numbers(card: Card) -> None:
    """Counts of whole things, a side above 0, and three channels that can be normalised."""
    for name in ("size", "width", "parameters", "bytes"):
        value = getattr(card, name)
        if type(value) is not int or value < (name == "size"):  # True is an int, and no count
            raise ValueError(f"its {name} is {value!r}")
    for name in ("mean", "std"):
        values = getattr(card, name)
        numbers = all(type(value) in (int, float) and isfinite(value) for value in values)
        if len(values) != 3 or not numbers or (name == "std" and min(values) <= 0):
            raise ValueError(f"its {name} is {values!r}")


def write_card(path: Path, card: Card) -> None:
    """A card as JSON that people can read too."""
    path.write_text(json.dumps(asdict(card), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def published_card(name: str, weights: WeightsEnum) -> Card:
    """A card from what torchvision says about its own weights.

    Args:
        name: the network's, as torchvision lists it.
        weights: one of its weights.
    """
    meta: dict[str, Any] = weights.meta
    preparation = weights.transforms()
    data, measured = next(iter(meta.get("_metrics", {"": {}}).items()))
    sizes = getattr(preparation, "crop_size", None) or [0]
    return Card(
        name=name,
        classes=tuple(meta.get("categories", ())),
        size=sizes[0],
        mean=tuple(getattr(preparation, "mean", ())),
        std=tuple(getattr(preparation, "std", ())),
        data=data,
        recipe=str(meta.get("recipe", "")),
        scores={title: value / 100 for title, value in measured.items() if title.startswith("acc")},
        parameters=meta.get("num_params", 0),
        bytes=round(meta.get("_file_size", 0) * 1e6),
    )
