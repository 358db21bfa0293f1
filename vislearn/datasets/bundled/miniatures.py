"""A handful of pictures in the very files of famous sets: FashionMNIST, CIFAR, Cityscapes, CelebA, Kinetics.

MNIST's form has :func:`vislearn.datasets.digits_mnist`, those of VOC and COCO have
:func:`vislearn.datasets.scenes`.
"""

import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from vislearn.datasets.bundled import textures
from vislearn.datasets.bundled.clip import clip_frames
from vislearn.datasets.bundled.digits import write_mnist
from vislearn.datasets.bundled.faces import write_celeba
from vislearn.datasets.bundled.store import Recipe, ensure_built
from vislearn.datasets.bundled.streets import write_cityscapes

__all__ = ["COARSE", "RECIPE", "TEN", "miniatures"]

# The first ten materials stand for the ten classes of FashionMNIST and CIFAR10.
TEN = tuple(textures.REGIONS)[:10]
# CIFAR100 names each picture twice, finely and coarsely.
COARSE = {
    "animal": ("fur",),
    "building": ("bricks", "lattice", "temple"),
    "plant": ("bokeh", "grass", "lawn", "petals", "trees", "wood"),
    "other": ("dusk", "galaxies", "gravel", "retina", "sky", "water"),
}
_EACH = {"train": 20, "val": 4}  # of each of the ten materials in CIFAR10
_FILM_SIDES = (160, 120)


def miniatures() -> Path:
    """The folder that torchvision's own classes take as ``root``, one for all of them.

    ============================ ==================================================================
    ``FashionMNIST(root)``       ten materials, gray, 28×28: 200 to train on, 40 to test
    ``CIFAR10(root)``            the same in colour, 32×32. Its checksums are its own: see lesson 14
    ``CIFAR100(root)``           sixteen materials, with coarse names too; own checksums likewise
    ``Cityscapes(root)``         one photograph in two parts, ``"train"`` and ``"val"``, outlined by hand
    ``CelebA(root)``             eight portraits of three, 178×218, a cat among them; own checksums
    ``Kinetics(root, …)``        two films of one second: a camera pans to the right, and to the left
    ============================ ==================================================================

    Small enough to look at everything, and nothing to train on.

    >>> sorted(path.name for path in (miniatures() / "cifar-10-batches-py").iterdir())[:2]
    ['batches.meta', 'data_batch_1']
    """
    return ensure_built(RECIPE)


def _build(folder: Path) -> Iterator[None]:
    for split, part in (("train", "train"), ("val", "t10k")):
        pixels, labels = _cutouts(split, TEN, _EACH[split], 28)
        gray = np.stack([np.asarray(Image.fromarray(one).convert("L")) for one in pixels])
        write_mnist(folder / "FashionMNIST" / "raw", part, gray, labels)
    yield
    _write_cifar10(folder / "cifar-10-batches-py")
    yield
    _write_cifar100(folder / "cifar-100-python")
    yield
    write_cityscapes(folder)
    yield
    write_celeba(folder / "celeba")
    yield
    _write_kinetics(folder)
    yield


def _cutouts(split: str, names: tuple[str, ...], each: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Materials, shuffled: uint8 (N, side, side, 3), labels (N,) by their places in ``names``."""
    root = ensure_built(textures.RECIPE) / split
    pixels, labels = [], []
    for label, name in enumerate(names):
        for file in sorted((root / name).iterdir())[:each]:
            with Image.open(file) as picture:
                pixels.append(np.asarray(picture.convert("RGB").resize((side, side), Image.Resampling.BOX)))
            labels.append(label)
    order = np.random.default_rng(2024).permutation(len(labels))
    return np.stack(pixels)[order], np.array(labels, dtype=np.uint8)[order]


def _write_cifar10(folder: Path) -> None:
    folder.mkdir()
    pixels, labels = _cutouts("train", TEN, _EACH["train"], 32)
    batches = zip(np.split(pixels, 5), np.split(labels, 5), strict=True)
    for number, (some_pixels, some_labels) in enumerate(batches, start=1):
        _pickle(folder / f"data_batch_{number}", data=_rows(some_pixels), labels=some_labels.tolist())
    pixels, labels = _cutouts("val", TEN, _EACH["val"], 32)
    _pickle(folder / "test_batch", data=_rows(pixels), labels=labels.tolist())
    _pickle(folder / "batches.meta", label_names=list(TEN), num_cases_per_batch=40, num_vis=3072)


def _write_cifar100(folder: Path) -> None:
    folder.mkdir()
    names = tuple(textures.REGIONS)
    coarse_of = {fine: place for place, fines in enumerate(COARSE.values()) for fine in fines}
    for split, file, each in (("train", "train", 10), ("val", "test", 2)):
        pixels, labels = _cutouts(split, names, each, 32)
        coarse = [coarse_of[names[label]] for label in labels]
        _pickle(folder / file, data=_rows(pixels), fine_labels=labels.tolist(), coarse_labels=coarse)
    _pickle(folder / "meta", fine_label_names=list(names), coarse_label_names=list(COARSE))


def _rows(pixels: np.ndarray) -> np.ndarray:
    """CIFAR's rows, uint8 (N, 3072): all of red, then green, then blue."""
    return pixels.transpose(0, 3, 1, 2).reshape(len(pixels), 3072)


def _pickle(file: Path, **entries: object) -> None:
    file.write_bytes(pickle.dumps(entries, protocol=2))  # what Python 2 wrote, and CIFAR's files are


def _write_kinetics(folder: Path) -> None:
    """Two films with the same pictures, in two orders: only motion tells them apart."""
    from vislearn.io import write_video

    frames = [
        np.asarray(Image.fromarray(frame[40:]).resize(_FILM_SIDES, Image.Resampling.BOX))
        for frame in list(clip_frames())[::3]  # one second; the counter is cut off, which would tell too
    ]
    for name, some in (("panning_right", frames), ("panning_left", frames[::-1])):
        place = folder / "train" / name
        place.mkdir(parents=True)
        write_video(place / f"{name[8:]:-<11}_000000_000001.mp4", some, fps=24)  # YouTube's name, begin, end


RECIPE = Recipe("miniatures", version=1, units=6, build=_build)
