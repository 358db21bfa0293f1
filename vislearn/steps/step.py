"""One stage of a process, and what can be said about its value in one line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image

from vislearn.language import translate as _

__all__ = ["Step", "summarise"]

_FEW = 3  # numbers with a name each are written out; of more, how many and their range


@dataclass(frozen=True, eq=False)
class Step:
    """One stage of a process: its name, what came out, and what happened.

    Attributes:
        title: the stage's short name, such as ``"Resize"``.
        value: what it passes on: a picture, a tensor, a batch, a word, anything.
        note: one plain sentence: what happened here, and why one does it.
        kept: for a crop, the part of the *previous* stage's picture that is kept, as xyxy pixels.
        picture: what to draw instead of the value: a picture, or a drawing such as ``viz.boxed`` makes.

    >>> Step("Logits", torch.tensor([0.5, 2.0])).summary
    '2 · float32 · 0.50…2.00'
    """

    title: str
    value: Any
    note: str = ""
    kept: tuple[float, float, float, float] | None = None
    picture: Any = None

    @property
    def summary(self) -> str:
        """Shape, dtype and range of the value, or the value itself where it is a word or a number."""
        return summarise(self.value)


def summarise(value: Any) -> str:
    """What one line can say about a value: shape · dtype · lowest…highest.

    >>> summarise(torch.zeros(3, 64, 64))
    '3×64×64 · float32 · 0.00…0.00'
    >>> summarise(Image.new("RGB", (64, 48)))
    'PIL RGB 64×48 (W×H) · 0…0'
    >>> summarise((torch.zeros(3, 8, 8), 5))
    '3×8×8 · float32 · 0.00…0.00 + 5'
    """
    if isinstance(value, Image.Image):
        return _summarise_pil(value)
    if isinstance(value, np.ndarray):
        value = torch.from_numpy(np.array(value)) if value.dtype.kind in "biuf" else value.tolist()
    if isinstance(value, torch.Tensor):
        return _summarise_tensor(value)
    if isinstance(value, Mapping) and len(value) > _FEW and _all_numbers(value):
        lowest, highest = min(value.values()), max(value.values())
        count = str(len(value))  # a text: its digits are those of the values beside it, in Bengali too
        return _("{count} numbers", count=count) + f" · {_fine(lowest)}…{_fine(highest)}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_brief(entry)}" for key, entry in value.items()) or _("empty")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _summarise_sequence(value)
    return shorten(str(value))


def shorten(text: str, length: int = 80) -> str:
    """``text`` on one line, its tail cut where it's longer than ``length`` characters."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def _summarise_pil(image: Image.Image) -> str:
    extrema = np.array(image.getextrema())
    return f"PIL {image.mode} {image.width}×{image.height} (W×H) · {extrema.min():g}…{extrema.max():g}"


def _summarise_tensor(tensor: torch.Tensor) -> str:
    dtype = str(tensor.dtype).removeprefix("torch.")
    if tensor.ndim == 0:
        return f"{_number(tensor.item())} · {dtype}"
    return f"{shape_text(tensor)} · {dtype} · {_range(tensor)}"


def shape_text(tensor: torch.Tensor) -> str:
    """A tensor's shape as people write it.

    >>> shape_text(torch.zeros(3, 4))
    '3×4'
    """
    return "×".join(str(size) for size in tensor.shape)


def _range(tensor: torch.Tensor) -> str:
    if tensor.numel() == 0:
        return _("empty")
    if tensor.is_complex():
        return _("complex")
    tensor = tensor.detach()
    if tensor.isnan().any():
        return _("contains NaN")
    lowest, highest = (number.item() for number in tensor.aminmax())
    return f"{_number(lowest)}…{_number(highest)}"


def _number(number: float | bool) -> str:
    if isinstance(number, float):
        text = f"{number:.2f}" if abs(number) < 1000 else f"{number:.4g}"
    else:
        text = str(number)
    return text.replace("-", "−")


def _all_numbers(value: Mapping[Any, Any]) -> bool:
    return all(isinstance(entry, float) for entry in value.values())


def _fine(number: float) -> str:
    """Two digits of a number of any size: some gradients are small.

    >>> _fine(0.00123), _fine(1.5)
    ('0.0012', '1.5')
    """
    return (f"{number:.2g}" if abs(number) < 100 else f"{number:.0f}").replace("-", "−")


def _summarise_sequence(values: Sequence[Any]) -> str:
    if len(values) == 0:
        return _("empty")
    if all(isinstance(value, (int, float, str)) for value in values):
        return shorten(", ".join(str(value) for value in values), 60)
    if len(values) == 2 and _kind(values[0]) != _kind(values[1]):  # a sample, or a batch: picture and target
        return f"{summarise(values[0])} + {_brief(values[1])}"
    return _("{count} samples: ({each}), …", count=len(values), each=_each(values[0]))


def _each(sample: Any) -> str:
    """One of many samples, briefly: its parts with shape and dtype."""
    return ", ".join(_brief(part) for part in sample) if isinstance(sample, (tuple, list)) else _brief(sample)


def _kind(value: Any) -> tuple[type, Any]:
    return type(value), getattr(value, "shape", None)


def _brief(value: Any) -> str:
    """A part of a larger value: shape and dtype are enough."""
    if isinstance(value, Image.Image):
        return f"PIL {value.mode} {value.width}×{value.height}"
    if isinstance(value, torch.Tensor) and value.ndim == 0:
        return _number(value.item())
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, torch.Tensor):
        return f"{shape_text(value)} {str(value.dtype).removeprefix('torch.')}"
    return shorten(summarise(value), 40)
