"""Small sets to convert."""

import pytest
from PIL import Image

from vislearn.datasets import DetectionDS


@pytest.fixture
def make(tmp_path):
    """A set of pictures of 60×40, one for each annotation that is given."""

    def of(*annotations, classes=("ant", "bee"), names=None):
        (tmp_path / "in").mkdir(exist_ok=True)
        items = []
        for place, annotation in enumerate(annotations):
            path = tmp_path / "in" / (names[place] if names else f"{place}.png")
            path.parent.mkdir(exist_ok=True)
            Image.new("RGB", (60, 40)).save(path)
            items.append((path, annotation))
        return DetectionDS(items, classes=classes)

    return of


@pytest.fixture
def one(make):
    """One picture with one box."""
    return make({"boxes": [[10, 5, 30.5, 15]], "labels": [2]})
