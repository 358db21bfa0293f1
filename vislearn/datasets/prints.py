"""What tells one picture from another: its file's bytes, its pixels, and what is left of it at 32×32."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Subset

from vislearn.errors import FileError, InputError
from vislearn.files import is_litter
from vislearn.io import read_pil
from vislearn.io.names import has_picture_ending
from vislearn.language import N_

__all__ = ["Prints", "closest", "prints_of"]

SIDE = 32
_BLOCK = 512  # rows of the table of likenesses at a time: 100 MB for 50,000 pictures


@dataclass(frozen=True)
class Prints:
    """The prints of N pictures, in order.

    Attributes:
        names: paths, or positions where there are none.
        files: digest of each file's bytes; b"" where there is no file.
        pixels: digest of each picture's size and pixels, or empty if none was decoded.
        small: float32 (N, 1024), gray at 32×32, its mean 0 and its length 1; a picture of one colour is 0.
        sizes_wh: int (N, 2), width and height in pixels.
        brightness: float (N,), the mean of all pixels in the picture's own range; 0..255 of files.
    """

    names: list[str]
    files: list[bytes]
    pixels: list[bytes]
    small: np.ndarray
    sizes_wh: np.ndarray
    brightness: np.ndarray

    @classmethod
    def joined(cls, several: Sequence["Prints"]) -> "Prints":
        """The prints of several sets, one after the other.

        Args:
            several: of :func:`prints_of`, all decoded.
        """
        whole = [_none(), *several]
        return cls(
            [name for one in whole for name in one.names],
            [digest for one in whole for digest in one.files],
            [digest for one in whole for digest in one.pixels],
            np.concatenate([one.small for one in whole]),
            np.concatenate([one.sizes_wh for one in whole]),
            np.concatenate([one.brightness for one in whole]),
        )


def _none() -> Prints:
    """Of no picture: tables of nothing have their shapes."""
    empty = (np.empty((0, SIDE * SIDE), np.float32), np.empty((0, 2), int), np.empty(0))
    return Prints([], [], [], *empty)


def prints_of(source: Any, *, decode: bool = True, reader: Callable[[Path], Any] = read_pil) -> Prints:
    """Prints of every picture of a set.

    Args:
        source: a folder, pictures anywhere below it; a data set (an ImageFolder, a Subset of one, any other
            that gives a picture or a tuple that begins with one); or a sequence of paths or pictures. A
            picture is a PIL image, a tensor (C, H, W) or (H, W), or an array (H, W) or (H, W, C).
        decode: read pixels, too, not only bytes.
        reader: from a path to a picture.

    Raises:
        FileError: no such folder, or a file that can't be read.
        InputError: something that is no picture.
    """
    known = _none()
    tables: list[tuple[np.ndarray, tuple[int, int], float]] = []
    for name, path, picture in _pictures(source):
        known.names.append(name)
        known.files.append(b"" if path is None else _file_digest(path))
        if decode:
            whole = _pixels(reader(path) if picture is None and path else picture, name)
            known.pixels.append(_digest(repr(whole.shape).encode() + np.ascontiguousarray(whole).tobytes()))
            tables.append((_small(whole), (whole.shape[1], whole.shape[0]), float(whole.mean())))
    if not tables:
        return known
    small, sizes, brightness = (np.array(column) for column in zip(*tables, strict=True))
    return Prints(known.names, known.files, known.pixels, small, sizes, brightness)


def closest(
    some: np.ndarray, others: np.ndarray, *, besides_itself: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """For each row of ``some`` the most alike of ``others``: its position (N,), and the correlation (N,).

    Args:
        some: (N, D), of :class:`Prints`.
        others: (M, D), likewise, M at least 1.
        besides_itself: both are one set, and no picture is its own neighbour.
    """
    where, best = np.zeros(len(some), dtype=int), np.full(len(some), -1.0)
    for start in range(0, len(some), _BLOCK):
        alike = some[start : start + _BLOCK] @ others.T
        if besides_itself:
            rows = np.arange(len(alike))
            alike[rows, rows + start] = -1
        where[start : start + _BLOCK] = alike.argmax(1)
        best[start : start + _BLOCK] = alike.max(1)
    return where, best


def _pictures(source: Any) -> Iterator[tuple[str, Path | None, Any]]:
    """Name, path if it has one, picture if it has none."""
    if isinstance(source, (str, Path)):
        source = _pictures_below(Path(source))
    elif paths := _paths_of(source):
        source = paths
    for index in range(len(source)):
        item = source[index]
        if isinstance(item, tuple):
            item = item[0]
        if isinstance(item, (str, Path)):
            yield str(item), Path(item), None
        else:
            yield str(index), None, item


def _paths_of(source: Any) -> Sequence[Path]:
    """Of an ImageFolder, or of a Subset of one: files are read as they are, whatever its transform does."""
    if isinstance(source, Subset):
        paths = _paths_of(source.dataset)
        return [paths[index] for index in source.indices] if paths else []
    return [Path(sample[0]) for sample in getattr(source, "samples", None) or []]


def _pictures_below(root: Path) -> list[Path]:
    if not root.is_dir():
        raise FileError(root, N_("is not a folder"), fix=N_("Name the folder that holds the pictures."))
    found = [path for path in sorted(root.rglob("*")) if has_picture_ending(path) and path.is_file()]
    return [path for path in found if not is_litter(path.relative_to(root))]


def _pixels(picture: Any, name: str) -> np.ndarray:
    """Any picture -> (H, W) or (H, W, C), of its own type."""
    if isinstance(picture, torch.Tensor):
        pixels = picture.detach().cpu().numpy()
        pixels = np.moveaxis(pixels, 0, -1) if pixels.ndim == 3 else pixels
    else:
        pixels = np.asarray(picture)
    if pixels.ndim not in (2, 3) or pixels.dtype.kind not in "buif" or not pixels.size:
        raise InputError(
            f"picture {name}",
            "must be a PIL image, a tensor (C, H, W) or an array (H, W, C)",
            got=type(picture),
        )
    return pixels


def _small(pixels: np.ndarray) -> np.ndarray:
    """Gray, 32×32, so that the scalar product of two is their correlation."""
    gray = pixels.astype(np.float32) if pixels.ndim == 2 else pixels.mean(axis=2, dtype=np.float32)
    resized = Image.fromarray(gray).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    centred = np.asarray(resized).ravel()
    centred = centred - centred.mean()
    length = np.linalg.norm(centred)
    # rounding leaves a picture of one colour a little more than nothing, and that would be compared
    return centred / length if length > 1e-3 * SIDE else np.zeros_like(centred)


def _file_digest(path: Path) -> bytes:
    try:
        return _digest(path.read_bytes())
    except OSError as trouble:
        raise FileError(
            path,
            N_("can't be read ({reason})"),
            fix=N_("Check its name and permissions."),
            reason=trouble.strerror,
        ) from None


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
