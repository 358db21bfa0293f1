"""One call that makes a run repeatable, loaders and their workers included."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

__all__ = [
    "Chance",
    "chance_now",
    "generator",
    "kept_chance",
    "seed_everything",
    "seed_worker",
    "set_chance",
]


def seed_everything(seed: int, *, deterministic: bool = True) -> torch.Generator:
    """Seed Python, NumPy and torch (all devices), and return a generator for a DataLoader.

    Args:
        seed: any integer from 0 to 2**32 - 1 (NumPy's range).
        deterministic: also ask torch for algorithms that give the same bits every time. An operation
            that has none warns instead of failing; on CPU there is nothing to lose.

    Returns:
        A fresh generator with the same seed, for ``DataLoader(generator=...)``: the loader then shuffles
        the same way however much chance was used up elsewhere.

    Raises:
        ValueError: ``seed`` is out of range (NumPy's own message).

    Source: PyTorch's notes on reproducibility.

    >>> first = (seed_everything(1), torch.rand(2))[1]
    >>> bool((first == (seed_everything(1), torch.rand(2))[1]).all())
    True
    """
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - other people's code draws from the global generator
    torch.manual_seed(seed)
    torch.backends.cudnn.benchmark = not deterministic
    torch.backends.cudnn.deterministic = deterministic
    if deterministic:  # cuBLAS reads this when it starts; later calls change nothing, earlier ones rule
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(deterministic, warn_only=True)
    return generator(seed)


def generator(seed: int) -> torch.Generator:
    """A CPU generator of its own, seeded: chance that nobody else can use up.

    >>> torch.randint(100, (3,), generator=generator(0)).tolist()
    [44, 39, 33]
    """
    return torch.Generator().manual_seed(seed)


def seed_worker(worker_id: int) -> None:
    """``worker_init_fn`` for a DataLoader: give NumPy and ``random`` the seed torch gave this worker.

    torch seeds itself in every worker, and since 1.9 its loaders seed ``random`` and NumPy too where
    they can; this makes it certain for every version and start method.

    Args:
        worker_id: 0 ... num_workers - 1; unused, because ``torch.initial_seed()`` already differs by it.
    """
    seed = torch.initial_seed() % 2**32
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - as above


@contextmanager
def kept_chance(*generators: torch.Generator) -> Iterator[None]:
    """Undo on leaving whatever chance was used up inside: in torch, NumPy, ``random``, and ``generators``.

    >>> with kept_chance():
    ...     peeked = torch.rand(1)
    >>> bool(peeked == torch.rand(1))
    True
    """
    global_state, own_states = chance_now(), [generator.get_state() for generator in generators]
    try:
        yield
    finally:
        set_chance(global_state)
        for generator, state in zip(generators, own_states, strict=True):
            generator.set_state(state)


class Chance:
    """A dice cup of its own: inside ``with``, chance comes from ``seed``; outside, nobody notices.

    Covers torch (CPU, and CUDA where it is in use), NumPy and ``random``. Entered again, it goes on where
    it left off, so that a process can be walked stage by stage and still draw what it would draw in one go.

    Args:
        seed: as for :func:`seed_everything`; None leaves chance alone, for callers with an optional seed.
        cpu_only: don't seed other devices. For what stays on the CPU and is done hundreds of times: to note
            down a seed for a CUDA that isn't in use takes torch a millisecond.

    >>> chance = Chance(0)
    >>> with chance:
    ...     first = torch.rand(1)
    >>> with chance:
    ...     second = torch.rand(1)
    >>> with Chance(0):
    ...     both = torch.rand(1), torch.rand(1)
    >>> (first, second) == both
    True
    """

    def __init__(self, seed: int | None, *, cpu_only: bool = False) -> None:
        self._seed, self._cpu_only = seed, cpu_only
        self._inner: tuple[Any, ...] | None = None
        self._outside: tuple[Any, ...] = ()

    def __enter__(self) -> "Chance":
        if self._seed is None:
            return self
        self._outside = chance_now()
        if self._inner is not None:
            self._go_on(self._inner)
            return self
        random.seed(self._seed)
        np.random.seed(self._seed)  # noqa: NPY002 - as above
        (torch.default_generator if self._cpu_only else torch).manual_seed(self._seed)
        return self

    def __exit__(self, *error: Any) -> None:
        if self._seed is not None:
            self._inner = chance_now()
            self._go_on(self._outside)

    def _go_on(self, state: tuple[Any, ...]) -> None:
        set_chance(state)
        *_, cuda = state
        if not cuda and not self._cpu_only:  # not in use then: it will begin from the seed that rules here
            torch.cuda.manual_seed_all(torch.initial_seed())


def chance_now() -> tuple[Any, ...]:
    """Where chance stands: ``random``'s state, NumPy's, torch's, and a list for CUDA's devices.

    >>> state = chance_now()
    >>> first = torch.rand(1)
    >>> set_chance(state)
    >>> bool(first == torch.rand(1))
    True
    """
    # Asking for CUDA's state would start CUDA; where it has not run there is nothing to keep.
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    return random.getstate(), np.random.get_state(), torch.get_rng_state(), cuda  # noqa: NPY002


def set_chance(state: tuple[Any, ...]) -> None:
    """Put chance back to where it stood.

    Args:
        state: from :func:`chance_now`.
    """
    python, numpy, cpu, cuda = state
    random.setstate(python)
    np.random.set_state(numpy)  # noqa: NPY002
    torch.set_rng_state(cpu)
    if cuda:
        torch.cuda.set_rng_state_all(cuda)
