"""What must be equal for a training to go on as it began."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from vislearn.errors import FileError
from vislearn.language import N_

__all__ = ["model_digest", "require_same_settings", "settings_of"]

# What schedules call their settings; the rest of their state changes from step to step.
_SCHEDULE = (
    "total_steps",
    "T_max",
    "T_0",
    "T_mult",
    "step_size",
    "milestones",
    "gamma",
    "eta_min",
    "factor",
    "patience",
)


def model_digest(model: nn.Module) -> str:
    """A short name for what tensors a network is made of: their names, shapes and types, not their values."""
    parts = [f"{name} {tuple(kept.shape)} {kept.dtype}" for name, kept in model.state_dict().items()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def settings_of(
    model: nn.Module, optimizer: torch.optim.Optimizer, scheduler: Any, loader: Any, **more: Any
) -> dict[str, Any]:
    """What must be equal for a training to go on as it began, by the name a person knows it under."""
    dataset = getattr(loader, "dataset", None)
    found: dict[str, Any] = {
        "model": f"{type(model).__name__} {model_digest(model)}",
        "pictures": _length(dataset),
        "batches": _length(loader),
        "batch size": getattr(loader, "batch_size", None),
        "optimizer": type(optimizer).__name__,
        "scheduler": type(scheduler).__name__,
    }
    for name, value in optimizer.defaults.items():
        found[f"optimizer's {name}"] = value
    for number, group in enumerate(optimizer.param_groups):
        found[f"parameters in group {number}"] = len(group["params"])
        # with a schedule, lr is what it happens to be now; initial_lr is what it was given
        found[f"learning rate of group {number}"] = group.get("initial_lr", group["lr"])
    state = scheduler.state_dict() if scheduler is not None else {}
    found |= {f"scheduler's {name}": state[name] for name in _SCHEDULE if name in state}
    return {name: _plain(value) for name, value in (found | more).items()}


def require_same_settings(path: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Refuse to go on with a training that began differently.

    Args:
        path: of the checkpoint.
        there: its settings.
        here: those of this call.

    Raises:
        FileError: they differ; the message says in what.
    """
    for name in {**here, **there}:
        if there.get(name) != here.get(name):
            raise FileError(
                path,
                N_("belongs to another training ({name}: {there} there, {here} here)"),
                fix=N_("Give checkpoint= another name, or begin anew with resume=False."),
                name=name,
                there=there.get(name),
                here=here.get(name),
            )


def _length(thing: Any) -> int | None:
    return len(thing) if hasattr(thing, "__len__") else None


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, torch.Tensor)):
        return float(value) if not isinstance(value, torch.Tensor) or value.numel() == 1 else value.tolist()
    if isinstance(value, Mapping):
        return sorted(int(key) for key in value)  # MultiStepLR's milestones
    if isinstance(value, (tuple, list)):
        return [_plain(entry) for entry in value]
    return str(value)
