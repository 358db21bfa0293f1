"""Every miniature is read by torchvision's own class, checksums included, and says what it shows."""

import hashlib

import av
import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import CIFAR10, CIFAR100, DatasetFolder, FashionMNIST

from vislearn.datasets import miniatures, textures
from vislearn.datasets.bundled.miniatures import COARSE, TEN
from vislearn.datasets.bundled.textures import REGIONS


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def own_sums(kind):
    """CIFAR's class with the checksums of the files that lie here."""
    folder = miniatures() / kind.base_folder

    def renewed(entries):
        return [[name, md5(folder / name)] for name, _sum in entries if (folder / name).exists()]

    parts = {"train_list": renewed(kind.train_list), "test_list": renewed(kind.test_list)}
    return type("Own", (kind,), parts | {"meta": kind.meta | {"md5": md5(folder / kind.meta["filename"])}})


def test_fashion_mnist(bundled):
    train, test = (FashionMNIST(miniatures(), train=part) for part in (True, False))
    assert (len(train), len(test), train[0][0].size, train[0][0].mode) == (200, 40, (28, 28), "L")
    assert train.targets.bincount().tolist() == [20] * 10
    assert train.targets.tolist() != sorted(train.targets.tolist())


@pytest.mark.parametrize("part", [True, False])
def test_cifar10_holds_the_materials_it_names(bundled, part):
    data = own_sums(CIFAR10)(miniatures(), train=part)
    assert data.classes == list(TEN)
    assert len(data) == (200 if part else 40)
    image, label = data[7]
    folder = textures("train" if part else "val") / data.classes[label]
    sources = [Image.open(file).resize((32, 32), Image.Resampling.BOX) for file in sorted(folder.iterdir())]
    assert any(np.array_equal(np.asarray(image), np.asarray(source)) for source in sources)


def test_cifar100_names_everything_twice(bundled):
    data = own_sums(CIFAR100)(miniatures())
    assert (len(data), data.classes) == (160, list(REGIONS))
    assert sorted(fine for fines in COARSE.values() for fine in fines) == sorted(REGIONS)


def test_cifar_with_its_published_checksums_refuses_these_files(bundled):
    with pytest.raises(RuntimeError, match="corrupted"):
        CIFAR10(miniatures())


def frames(path):
    with av.open(path) as film:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]).astype(int)


def test_kinetics_films_differ_by_their_order_alone(bundled):
    films = DatasetFolder(miniatures() / "train", frames, extensions=(".mp4",))
    assert films.classes == ["panning_left", "panning_right"]
    (left, _), (right, _) = films
    assert left.shape == right.shape
    assert len(left) == 24
    assert np.abs(left - right[::-1]).mean() < 6 < np.abs(left - right).mean()
