"""Handwritten digits, as an ImageFolder tree and as MNIST's own files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from vislearn.datasets.bundled.store import Recipe, ensure_built
from vislearn.errors import require_one_of

__all__ = ["RECIPE", "digits", "digits_mnist", "load_split", "write_mnist"]

SIDE = 32
SPLITS = ("train", "val")
_VAL_EVERY = 5  # within each class, every fifth digit validates: stratified, and nothing to draw


def digits(split: Literal["train", "val"] = "train") -> Path:
    """The root of an ImageFolder tree: 1797 handwritten digits, 32×32 gray PNGs, in folders 0 ... 9.

    Args:
        split: ``"train"`` (1442 digits) or ``"val"`` (355 others), each class shared alike.

    Raises:
        InputError: an unknown split.

    Source: UCI, Optical Recognition of Handwritten Digits (Alpaydin and Kaynak 1998), from scikit-learn.

    >>> sorted(path.name for path in digits("val").iterdir())
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
    """
    require_one_of("split", split, SPLITS)
    return ensure_built(RECIPE) / split


def digits_mnist() -> Path:
    """The root for ``torchvision.datasets.MNIST(root, download=False)``: the same digits, 28×28.

    As in MNIST each digit fills a 20×20 box in the middle; MNIST's "test" part holds the digits of
    ``digits("val")``.
    """
    return ensure_built(RECIPE) / "mnist"


def load_split(split: str) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's digits of one split: uint8 (N, 8, 8) ink in 0..255, labels (N,) in 0..9.

    Args:
        split: ``"train"`` or ``"val"``.
    """
    from sklearn.datasets import load_digits  # a second, and only building needs it

    bunch = load_digits()
    ink = np.round(bunch.images * (255 / 16)).astype(np.uint8)
    order = np.zeros(len(ink), dtype=int)  # the how-manieth of its class each digit is
    for label in range(10):
        order[bunch.target == label] = np.arange((bunch.target == label).sum())
    chosen = (order % _VAL_EVERY == _VAL_EVERY - 1) == (split == "val")
    return ink[chosen], bunch.target[chosen]


def _build(folder: Path) -> Iterator[None]:
    for split, part in (("train", "train"), ("val", "t10k")):
        ink, labels = load_split(split)
        for label in range(10):
            (folder / split / str(label)).mkdir(parents=True)
        for index, (pixels, label) in enumerate(zip(ink, labels, strict=True)):
            _enlarged(pixels, SIDE).save(folder / split / str(label) / f"{index:04d}.png")
            yield
        write_mnist(folder / "mnist" / "MNIST" / "raw", part, _framed(ink), labels)


def _enlarged(pixels: np.ndarray, side: int) -> Image.Image:
    return Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC)


def _framed(ink: np.ndarray) -> np.ndarray:
    """Digits (N, 8, 8) as MNIST has them: uint8 (N, 28, 28), each filling 20×20 pixels in the middle."""
    framed = np.zeros((len(ink), 28, 28), dtype=np.uint8)
    for index, pixels in enumerate(ink):
        framed[index, 4:24, 4:24] = np.asarray(_enlarged(pixels, 20))
    return framed


def write_mnist(folder: Path, part: str, images: np.ndarray, labels: np.ndarray) -> None:
    """Write pictures and labels as MNIST's two files of one part.

    Args:
        folder: the one called raw; made where it isn't there.
        part: ``"train"`` or ``"t10k"``, as MNIST calls its test part.
        images: uint8 (N, 28, 28).
        labels: (N,) in 0..9.

    Source: LeCun, Cortes and Burges, the MNIST database.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{part}-images-idx3-ubyte").write_bytes(_idx(images))
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(_idx(labels.astype(np.uint8)))


def _idx(values: np.ndarray) -> bytes:
    """uint8 values in MNIST's file format: 0, 0, type 8 (uint8), rank, big-endian sizes, values."""
    return bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes() + values.tobytes()


RECIPE = Recipe("digits", version=1, units=1797, build=_build)
