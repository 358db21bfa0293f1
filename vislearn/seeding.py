"""One call that makes a run repeatable, loaders and their workers included."""

import os
import random

import numpy as np
import torch

__all__ = ["generator", "seed_everything", "seed_worker"]


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
