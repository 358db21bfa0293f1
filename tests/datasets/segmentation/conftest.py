import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def camvid(tmp_path):
    """Three pictures of 12×16 (height×width) and their label images of 0, 1, 2, as gray PNGs."""
    for folder in ("pictures", "labels"):
        (tmp_path / folder).mkdir()
    for at, name in enumerate(["a", "b[1]", "c d"]):
        labels = np.zeros((12, 16), np.uint8)
        labels[2:6, 3:9], labels[8:, :] = 1, 2
        labels[:, at] = 1
        Image.fromarray(labels).save(tmp_path / "labels" / f"{name}.png")
        shade = np.repeat(labels[..., None] * 100 + 20, 3, axis=2)
        Image.fromarray(shade).save(tmp_path / "pictures" / f"{name}.png")
    (tmp_path / "labels" / ".DS_Store").write_bytes(b"litter")
    (tmp_path / "pictures" / "Thumbs.db").write_bytes(b"litter")
    return tmp_path
