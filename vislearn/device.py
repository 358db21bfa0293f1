"""Where the arithmetic happens."""

import os

import torch

from vislearn.errors import InputError, Words, require_one_of
from vislearn.language import N_

__all__ = ["best_device", "describe", "fast_amp"]

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
    """A device as people call it, in English; words where there is more to say in the learner's language.

    >>> describe(torch.device("cpu")).startswith("CPU")
    True
    """
    if device.type == "cuda":
        return f"GPU ({torch.cuda.get_device_name(device)})"
    if device.type == "mps":
        return "GPU (Apple MPS)"
    threads = torch.get_num_threads()
    if threads == 1:
        return Words(N_("CPU (1 thread)"))
    return Words(N_("CPU ({threads} threads)"), threads=threads)


def fast_amp(device: torch.device | None = None) -> str | None:
    """What :func:`vislearn.training.fit` takes as ``amp`` to be fast here: ``"bf16"``, or None for float32.

    A GPU from 2020 on, and a processor with AVX-512, multiply bf16 at least as fast as float32; with AMX
    three times as fast. Other processors imitate it, and are slower for it.

    Args:
        device: where to compute; by default the best one at hand.
    """
    device = device or best_device()
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else None
    wide = torch.backends.cpu.get_cpu_capability().startswith(("AVX512", "AVX10"))
    return "bf16" if device.type == "cpu" and wide else None


def _available(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return torch.backends.mps.is_available()
    return True
