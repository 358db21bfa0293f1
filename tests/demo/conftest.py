import numpy as np
import pytest
from PIL import Image

from vislearn.deploy import Recipe


class Model:
    """Known answers, so that no test here needs a network."""

    def __init__(self, kind="classifier", *, resize=None):
        self.recipe = Recipe(kind, ("cat", "কুকুর"), resize=resize)
        self.seen = []

    def probabilities(self, images):
        self.seen += images
        return np.array([[0.75, 0.25]], np.float32)

    def mask(self, image):
        self.seen.append(image)
        return (np.arange(image.width * image.height) % 2).reshape(image.height, image.width).astype(np.uint8)

    def boxes(self, image, *, score):
        self.seen.append(image)
        sides = np.array([[0, 0, image.width, image.height]], np.float32)
        return {"boxes": sides, "labels": np.array([2]), "scores": np.array([score], np.float32)}


@pytest.fixture
def make():
    """``make(kind)``: a model whose answers are known."""
    return Model


@pytest.fixture
def picture():
    """A picture with every colour in it."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8))
