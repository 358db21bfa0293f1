import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from torchvision.datasets import MNIST, ImageFolder

from vislearn.datasets import digits, digits_mnist
from vislearn.datasets.bundled.digits import RECIPE, load_split
from vislearn.errors import InputError

COUNTS = {"train": 1442, "val": 355}


@pytest.mark.parametrize("split", COUNTS)
def test_torchvisions_image_folder_loads_the_tree(bundled, split):
    folder = ImageFolder(digits(split))
    assert folder.classes == [str(digit) for digit in range(10)]
    assert len(folder) == COUNTS[split]
    with Image.open(folder.samples[0][0]) as image:
        assert (image.mode, image.size) == ("L", (32, 32))


def test_splits_are_stratified_complete_and_apart():
    (train, train_labels), (val, val_labels) = load_split("train"), load_split("val")
    shares = np.bincount(val_labels) / np.bincount(np.concatenate([train_labels, val_labels]))
    assert np.abs(shares - 0.2).max() < 0.01
    both = np.concatenate([train, val]).reshape(-1, 64)
    assert len(both) == 1797
    assert len(np.unique(both, axis=0)) == len(np.unique(load_digits().data, axis=0)) == 1797  # no twins


def test_a_digit_file_is_the_digit_enlarged(bundled):
    folder = ImageFolder(digits("val"))
    ink, labels = load_split("val")
    order = np.argsort(labels, kind="stable")
    for index in range(0, len(folder), 37):
        path, label = folder.samples[index]
        assert label == labels[order[index]]
        with Image.open(path) as image:
            small = image.resize((8, 8), Image.Resampling.BOX)
        assert np.abs(np.asarray(small, dtype=int) - ink[order[index]]).mean() < 16


@pytest.mark.parametrize(("train", "split"), [(True, "train"), (False, "val")])
def test_torchvisions_mnist_loads_the_same_digits(bundled, train, split):
    mnist = MNIST(digits_mnist(), train=train, download=False)
    ink, labels = load_split(split)
    assert mnist.targets.tolist() == labels.tolist()
    assert mnist.data.shape == (COUNTS[split], 28, 28)
    framed = mnist.data.numpy()
    assert framed[:, 4:24, 4:24].sum() == framed.sum() > 0
    shrunk = framed[:, 4:24, 4:24].reshape(-1, 4, 5, 4, 5).mean((2, 4))
    assert np.abs(shrunk - ink.reshape(-1, 4, 2, 4, 2).mean((2, 4))).mean() < 8


def test_an_unknown_split_is_answered_with_a_guess(bundled):
    with pytest.raises(InputError, match="Did you mean 'train'"):
        digits("trian")


@pytest.mark.parametrize(("split", "look"), [("train", (78.82, 88.97)), ("val", (78.98, 88.83))])
def test_enlarged_digits_change_only_together_with_the_version(bundled, brightness, split, look):
    assert RECIPE.version == 1
    assert brightness(sorted(digits(split).glob("*/*.png"))) == look
