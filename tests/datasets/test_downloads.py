import urllib.error

import numpy as np
import pytest
from torchvision import datasets

from vislearn.datasets.downloads import cifar10
from vislearn.errors import MissingError


class Published:
    """What torchvision's class offers, without its 170 MB."""

    classes = ["airplane", "automobile"]  # noqa: RUF012

    def __init__(self, root, train, download):
        self.data = np.arange(2 * 32 * 32 * 3).reshape(2, 32, 32, 3).astype(np.uint8)
        self.targets = [1, 0] if train else [0, 1]
        assert download


@pytest.mark.parametrize(("split", "labels"), [("train", [1, 0]), ("test", [0, 1])])
def test_pictures_arrive_channels_first(monkeypatch, split, labels):
    monkeypatch.setattr(datasets, "CIFAR10", Published)
    pixels, found, classes = cifar10(split)
    assert pixels.shape == (2, 3, 32, 32)
    assert pixels[0, :, 0, 1].tolist() == [3, 4, 5]
    assert found.tolist() == labels
    assert classes == Published.classes


@pytest.mark.parametrize("trouble", [urllib.error.URLError("no route"), RuntimeError("corrupted")])
def test_without_network_it_says_what_to_do(monkeypatch, tmp_path, trouble):
    def fails(*_, **__):
        raise trouble

    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path))
    monkeypatch.setattr(datasets, "CIFAR10", fails)
    with pytest.raises(MissingError, match=r"CIFAR-10 is not in .*--images FOLDER"):
        cifar10("train")
