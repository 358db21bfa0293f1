"""Where the arithmetic happens."""

import os

import torch

from vislearn.errors import InputError, require_one_of

__all__ = ["best_device", "describe"]

_KINDS = ("cpu", "cuda", "mps")


def best_device() -> torch.device:
    """The fastest device at hand: CUDA, then Apple's MPS, then the CPU; ``VISLEARN_DEVICE`` overrides.

    Raises:
        InputError: ``VISLEARN_DEVICE`` names an unknown device, or one this machine lacks.
    """
    if chosen := os.environ.get("VISLEARN_DEVICE"):
        require_one_of("VISLEARN_DEVICE", chosen, _KINDS)
        if not _available(chosen):
            raise InputError(
                "VISLEARN_DEVICE",
                "must be a device this machine has",
                got=repr(chosen),
                fix="Unset it, or set it to cpu.",
            )
        return torch.device(chosen)
    return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if _available(kind)))


def describe(device: torch.device) -> str:
    """A device as people call it.

    >>> describe(torch.device("cpu")).startswith("CPU")
    True
    """
    if device.type == "cuda":
        return f"GPU ({torch.cuda.get_device_name(device)})"
    if device.type == "mps":
        return "GPU (Apple MPS)"
    threads = torch.get_num_threads()
    return f"CPU ({threads} thread{'s' * (threads > 1)})"


def _available(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return torch.backends.mps.is_available()
    return True
