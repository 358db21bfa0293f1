"""What tests of several rooms need."""

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def noise_tree():
    """``noise_tree(root, {"dark": 30, "light": 200}, spread=30, train=4, val=3)`` fills and returns a folder.

    Pictures of 32 × 32 in ``root/PART/CLASS``, noise around each class's brightness: how far apart they lie
    decides how easily a network tells them apart.
    """

    def fill(root, classes, *, spread, **parts):
        rng = np.random.default_rng(0)
        for part, count in parts.items():
            for name, base in classes.items():
                (root / part / name).mkdir(parents=True)
                for index in range(count):
                    pixels = rng.integers(base - spread, base + spread, (32, 32, 3), dtype=np.uint8)
                    Image.fromarray(pixels).save(root / part / name / f"{index}.png")
        return root

    return fill
