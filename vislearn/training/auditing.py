"""What the loaders of a training show before it begins."""

import warnings
from typing import Any

from torch import nn

from vislearn.traps.data.audit import audit

__all__ = ["warn_of_traps"]


def warn_of_traps(train_loader: Any, val_loader: Any, model: nn.Module) -> None:
    """One warning for each trap that the data show, without drawing a sample.

    Args:
        train_loader: batches to learn from.
        val_loader: batches to judge by, or None.
        model: that learns.
    """
    try:
        found = audit(train_loader, val_loader, model=model)
    except Exception:  # whatever a stranger's data set does when it is asked; no training may end by a look
        return
    for one in found:
        warnings.warn(str(one), stacklevel=3)
