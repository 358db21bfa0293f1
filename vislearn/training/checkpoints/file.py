"""A training on disk: written whole or not at all, read without running anybody's code."""

import hashlib
import pickle
import platform
from collections.abc import Mapping
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from vislearn import __version__
from vislearn.errors import FileError
from vislearn.files import replaced_whole
from vislearn.seeding import chance_now, set_chance

__all__ = [
    "chance_state",
    "model_digest",
    "read",
    "require_same_settings",
    "restore_chance",
    "settings_of",
    "sweep",
    "write",
]

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


def write(path: Path, kind: str, content: Mapping[str, Any]) -> None:
    """Write numbers, texts, tensors, and lists and dicts of them.

    Args:
        path: takes the place of what was there, once the new file is complete and on the disk.
        kind: ``"training"`` or ``"model"``.
        content: what to keep.

    Raises:
        FileError: the folder can't be written to, or the disk is full.
    """
    record = {"vislearn": kind, "versions": _versions(), **content}
    with replaced_whole(path) as draft:
        torch.save(record, draft)


def read(path: Path, kind: str) -> dict[str, Any]:
    """What :func:`write` wrote, its tensors on the CPU.

    Args:
        path: the file.
        kind: what it must be.

    Raises:
        FileError: no such file, damaged, or something else.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise FileError(path, "does not exist", fix="Look at the folder's name.") from None
    except (RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as trouble:
        raise FileError(
            path,
            f"can't be read: it is damaged, or no file of vislearn's ({type(trouble).__name__})",
            fix="Take another, or delete it and train again.",
        ) from None
    found = content.get("vislearn") if isinstance(content, dict) else None
    if found != kind:
        raise FileError(
            path,
            f"holds {_called(found)}, not {_called(kind)}",
            fix="A training goes on from its checkpoint; load_model reads what save_model wrote.",
        )
    return content


def _called(kind: Any) -> str:
    return {"training": "a training's checkpoint", "model": "a saved model"}.get(kind, "something else")


def _versions() -> dict[str, str]:
    return {"vislearn": __version__, "torch": str(torch.__version__), "python": platform.python_version()}


def sweep(path: Path) -> None:
    """Remove what a killed process left half written beside ``path``."""
    for draft in path.parent.glob(f".{escape(path.stem)}-????????{escape(path.suffix)}"):
        with suppress(OSError):
            draft.unlink()


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
                f"belongs to another training ({name}: {there.get(name)} there, {here.get(name)} here)",
                fix="Give checkpoint= another name, or begin anew with resume=False.",
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
