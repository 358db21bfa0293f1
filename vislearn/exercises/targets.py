"""What a detector's target must be made of: types that its losses can learn from."""

from typing import Any

import torch
from torch import Tensor

from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["require_target_types"]

_TOO_SHORT = (torch.int32, torch.int16, torch.int8, torch.uint8)


def require_target_types(target: dict[str, Any]) -> None:
    """Refuse boxes of float64 and labels of a shorter integer type, which a comparison would let pass.

    Args:
        target: as a learner's function returned it; "boxes" and "labels" may be missing, or no tensors.

    Raises:
        Unusable: with a text for the learner.
    """
    boxes, labels = target.get("boxes"), target.get("labels")
    if isinstance(boxes, Tensor) and boxes.dtype == torch.float64:
        raise Unusable(
            _("The boxes are float64. A detector's weights are float32, and so must its boxes be.")
        )
    if isinstance(labels, Tensor) and labels.dtype in _TOO_SHORT:
        raise Unusable(
            _(
                "The labels are {dtype}. They are whole numbers, but the loss looks them up with int64 only.",
                dtype=str(labels.dtype).removeprefix("torch."),
            )
        )
