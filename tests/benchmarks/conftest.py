import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def script():
    """A benchmark by name, imported from the repository's root, as ``python -m benchmarks.NAME`` does."""
    root = str(Path(__file__).parents[2])
    sys.path.insert(0, root)
    yield lambda name: importlib.import_module(f"benchmarks.{name}")
    sys.path.remove(root)


@pytest.fixture
def folder(tmp_path):
    """Two classes that differ, dark and light, six pictures of each."""
    random = np.random.default_rng(0)
    for split in ("train", "val"):
        for number, name in enumerate(("dark", "light")):
            place = tmp_path / "data" / split / name
            place.mkdir(parents=True)
            for at in range(6):
                pixels = random.integers(120 * number, 120 * number + 100, (20, 20, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(place / f"{at}.png")
    return tmp_path / "data"
