"""Half as many bits where they suffice: automatic mixed precision."""

from contextlib import AbstractContextManager, nullcontext

import torch

from vislearn.errors import InputError, require_one_of

__all__ = ["Precision"]

_TYPES = {"fp16": torch.float16, "bf16": torch.bfloat16}


class Precision:
    """How the numbers of a training are kept: float32, or 16 bits inside the network.

    Args:
        amp: None for float32; ``"bf16"`` has float32's range with 8 bits of precision, on any device;
            ``"fp16"`` is precise but narrow, so the loss is scaled up before gradients are computed and
            these are scaled down again (CUDA only).
        device: where the network computes.

    Raises:
        InputError: an unknown kind, or one this device can't compute in.

    Source: Micikevicius et al., Mixed Precision Training, 2018.
    """

    def __init__(self, amp: str | None, device: torch.device) -> None:
        require_one_of("amp", amp, [None, *_TYPES])
        if amp == "fp16" and device.type != "cuda":
            raise InputError(
                "amp",
                f"must be 'bf16' or None on {device.type}",
                got="'fp16'",
                fix="fp16 needs a scaled loss and a CUDA GPU; bf16 needs neither.",
            )
        if amp == "bf16" and device.type == "cuda" and not torch.cuda.is_bf16_supported():
            raise InputError(
                "amp",
                "must be 'fp16' or None on this GPU",
                got="'bf16'",
                fix="It is older than bf16.",
            )
        self.amp = amp
        self._context: AbstractContextManager = nullcontext()
        if amp is not None:
            self._context = torch.autocast(device.type, _TYPES[amp])
        self.scaler = torch.amp.GradScaler(device.type) if amp == "fp16" else None

    def autocast(self) -> AbstractContextManager:
        """Inside ``with``, the operations that can do with 16 bits do."""
        return self._context
