"""A data set of nothing but chance: what workers do to it can be counted."""

import random

import numpy as np
import torch
from torch.utils.data import Dataset

__all__ = ["Draws"]


class Draws(Dataset[dict[str, float]]):
    """Eight items, each a number from each of four sources of chance.

    Three are global: ``random``, NumPy's and torch's, which the loader seeds anew in every worker. The
    fourth is a generator of the data set's own, of which every worker gets a copy.

    >>> sorted(Draws()[0])
    ['numpy', 'own generator', 'random', 'torch']
    """

    def __init__(self) -> None:
        self.chance = torch.Generator().manual_seed(0)

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> dict[str, float]:
        return {
            "random": random.random(),
            "numpy": float(np.random.rand()),  # noqa: NPY002 - the global one is what is looked at
            "torch": torch.rand(()).item(),
            "own generator": torch.rand((), generator=self.chance).item(),
        }
