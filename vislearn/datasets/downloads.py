"""Data that others publish. The one module of datasets that uses the network."""

from typing import Any

import numpy as np

from vislearn.datasets.bundled.store import data_root
from vislearn.errors import MissingError

__all__ = ["cifar10"]


def cifar10(split: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """CIFAR-10 through torchvision, which downloads 170 MB the first time and checks them.

    Args:
        split: ``"train"`` (50 000 pictures) or ``"test"`` (10 000).

    Returns:
        uint8 (N, 3, 32, 32), labels int64 (N,), and the names of the ten classes.

    Raises:
        MissingError: it isn't on this machine, and can't be downloaded.

    Source: Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    """
    from torchvision.datasets import CIFAR10

    folder = data_root() / "cifar10"
    try:
        found: Any = CIFAR10(folder, train=split == "train", download=True)
    except (OSError, RuntimeError) as trouble:
        raise MissingError(
            f"CIFAR-10 is not in {folder} and can't be downloaded ({trouble}).",
            fix="Connect to the internet, or pass a folder of your own: --images FOLDER.",
        ) from None
    pixels = np.ascontiguousarray(found.data.transpose(0, 3, 1, 2))
    return pixels, np.array(found.targets, dtype=np.int64), list(found.classes)
