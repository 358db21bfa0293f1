"""Where chance stands in a training, as what a checkpoint can hold."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from vislearn.seeding import chance_now, set_chance

__all__ = ["chance_state", "restore_chance"]


def chance_state(generators: list[torch.Generator]) -> dict[str, Any]:
    """Where chance stands everywhere, as numbers and tensors.

    Args:
        generators: of the loader, beside the global ones.
    """
    python, numpy, cpu, cuda = chance_now()
    kind, keys, *rest = numpy
    return {
        "python": python,
        "numpy": (kind, torch.from_numpy(keys.astype(np.int64)), *rest),
        "torch": cpu,
        "cuda": cuda,
        "generators": [one.get_state() for one in generators],
    }


def restore_chance(state: Mapping[str, Any], generators: list[torch.Generator]) -> None:
    """Put chance back to where :func:`chance_state` found it.

    Args:
        state: what it returned.
        generators: the same ones.
    """
    kind, keys, *rest = state["numpy"]
    here = torch.cuda.device_count() if torch.cuda.is_available() else 0
    cuda = state["cuda"] if len(state["cuda"]) == here else []  # on other devices chance differs anyway
    set_chance((state["python"], (kind, keys.numpy().astype(np.uint32), *rest), state["torch"], cuda))
    for one, own in zip(generators, state["generators"], strict=True):
        one.set_state(own)
