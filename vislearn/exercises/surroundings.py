"""Settings that hold for the whole process: put in order before a learner's code runs, put back after it."""

import os
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from torch._tensor_str import PRINT_OPTS

from vislearn.language import translate as _

__all__ = ["Surroundings"]


class _Setting(NamedTuple):
    name: Callable[[], str]
    read: Callable[[], Any]
    write: Callable[[Any], object]


def _set_environment(wanted: dict[str, str]) -> None:
    for name in set(os.environ) - set(wanted):
        del os.environ[name]
    os.environ.update(wanted)


def _folder() -> str | None:
    with suppress(OSError):  # somebody deleted it: then there is nothing to come back to
        return os.getcwd()  # noqa: PTH109 - Path.cwd is no cheaper, and chdir takes text
    return None


def _set_folder(folder: str | None) -> None:
    if folder is not None:
        os.chdir(folder)


def _device() -> str:
    return str(torch.get_default_device())


def _set_device(device: str) -> None:
    torch.set_default_device(None if device == "cpu" else device)


def _set_print_options(options: dict[str, Any]) -> None:
    vars(PRINT_OPTS).update(options)  # set_printoptions can't put back every one of them


_SETTINGS = (
    _Setting(lambda: _("gradients on or off"), torch.is_grad_enabled, torch.set_grad_enabled),
    _Setting(lambda: _("the default dtype"), torch.get_default_dtype, torch.set_default_dtype),
    _Setting(lambda: _("the default device"), _device, _set_device),
    _Setting(lambda: _("the number of threads"), torch.get_num_threads, torch.set_num_threads),
    _Setting(
        lambda: _("deterministic algorithms"),
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    _Setting(lambda: _("how tensors are printed"), lambda: dict(vars(PRINT_OPTS)), _set_print_options),
    _Setting(
        lambda: _("how NumPy prints"), np.get_printoptions, lambda options: np.set_printoptions(**options)
    ),
    _Setting(lambda: _("NumPy's error settings"), np.geterr, lambda errors: np.seterr(**errors)),
    _Setting(lambda: _("the working folder"), _folder, _set_folder),
    _Setting(lambda: _("environment variables"), lambda: dict(os.environ), _set_environment),
    _Setting(lambda: _("Python's recursion limit"), sys.getrecursionlimit, sys.setrecursionlimit),
)


class Surroundings:
    """Inside ``with``, gradients, dtype and device are torch's defaults; after it, all is as it was before.

    Covers what a learner's code may set for the whole process: torch's and NumPy's settings, the working
    folder, the environment, the filters of warnings. Chance is `vislearn.seeding`'s business.

    Attributes:
        changed: after the block, the names of what was left otherwise than it was found inside, in the
            learner's language.

    >>> with Surroundings() as around:
    ...     torch.set_default_dtype(torch.float64)
    >>> around.changed, torch.get_default_dtype()
    (('the default dtype',), torch.float32)
    """

    def __init__(self) -> None:
        self.changed: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        self._outside = [setting.read() for setting in _SETTINGS]
        self._warnings = warnings.catch_warnings()
        self._warnings.__enter__()
        self._inference = torch.inference_mode(False)
        self._inference.__enter__()
        torch.set_grad_enabled(True)
        torch.set_default_dtype(torch.float32)
        if _device() != "cpu":
            _set_device("cpu")
        self._inside = [setting.read() for setting in _SETTINGS]
        self._filters = list(warnings.filters)
        return self

    def __exit__(self, *error: object) -> None:
        left = [setting.read() for setting in _SETTINGS]
        triples = zip(_SETTINGS, self._inside, left, strict=True)
        self.changed = tuple(setting.name() for setting, inside, now in triples if now != inside)
        if warnings.filters != self._filters:
            self.changed += (_("the filters of warnings"),)
        self._inference.__exit__(None, None, None)
        self._warnings.__exit__(None, None, None)
        for setting, outside in zip(_SETTINGS, self._outside, strict=True):
            if setting.read() != outside:
                setting.write(outside)
