"""Pictures of one size as uint8 tensors: decoded on the fly, or once and for all."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from filelock import FileLock
from torch.utils.data import Dataset, get_worker_info
from torchvision.datasets import ImageFolder
from torchvision.transforms.v2 import functional as transform_functions

from vislearn.datasets.store import data_root
from vislearn.errors import InputError
from vislearn.io.files import disk_trouble, replaced_whole
from vislearn.io.reading import read_array

__all__ = ["CachedImages", "ResizedImages", "cached", "resized"]

_VERSION = 1  # of how pixels are made; raise it and every cache is built again
_THREADS = 8  # decoding in one process gains little from more
_CHUNK = 64  # pictures decoded ahead of the file while a cache is written
_FIX = "Set VISLEARN_DATA to a folder on a larger disk."


class ResizedImages(Dataset):
    """(uint8 tensor (3, H, W), label), decoded and resized when asked for.

    A DataLoader without workers asks for whole batches; these are decoded on several threads.
    """

    def __init__(
        self,
        folder: ImageFolder,
        size_hw: tuple[int, int],
        transform: Callable[[Any], Any] | None = None,
        *,
        threads: int | None = None,
    ) -> None:
        _require_plain(folder, size_hw)
        self.threads = threads or min(_THREADS, os.cpu_count() or 1)
        self.size_hw, self.transform = (size_hw[0], size_hw[1]), transform
        self.classes, self.class_to_idx = folder.classes, folder.class_to_idx
        self.samples, self.targets = folder.samples, folder.targets

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        path, label = self.samples[index]
        return _transformed(_decode(path, self.size_hw), self.transform), label

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Any, int]]:
        """What a DataLoader asks for: a batch, in the order asked for.

        Args:
            indices: positions of the samples.
        """
        if self.threads == 1 or get_worker_info() is not None:  # workers share the cores already
            return [self[index] for index in indices]
        paths = [self.samples[index][0] for index in indices]
        images = _pool(self.threads, os.getpid()).map(lambda path: _decode(path, self.size_hw), paths)
        labels = [self.targets[index] for index in indices]
        return [
            (_transformed(image, self.transform), label) for image, label in zip(images, labels, strict=True)
        ]


class CachedImages(Dataset):
    """(uint8 tensor (3, H, W), label) out of one memory-mapped file.

    Every process opens the file for itself, so that loader workers share one copy in memory, however
    they were started.
    """

    def __init__(
        self,
        file: Path,
        folder: ImageFolder,
        size_hw: tuple[int, int],
        transform: Callable[[Any], Any] | None,
    ) -> None:
        self.file, self.size_hw, self.transform = file, (size_hw[0], size_hw[1]), transform
        self.classes, self.class_to_idx = folder.classes, folder.class_to_idx
        self.samples, self.targets = folder.samples, folder.targets
        self._pixels: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        image = self._mapped()[index].clone()  # a copy: the cache stays as it is
        return _transformed(image, self.transform), self.targets[index]

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Any, int]]:
        """What a DataLoader asks for: a batch in one gulp, in the order asked for.

        Args:
            indices: positions of the samples.
        """
        images = self._mapped().index_select(0, torch.tensor(indices, dtype=torch.int64))  # (B, 3, H, W)
        labels = [self.targets[index] for index in indices]
        return [
            (_transformed(image, self.transform), label) for image, label in zip(images, labels, strict=True)
        ]

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pixels": None}  # pickling the map would send its contents

    def _mapped(self) -> torch.Tensor:
        if self._pixels is None:  # "c", copy on write: torch wants memory it could write to; nobody does
            self._pixels = torch.from_numpy(np.load(self.file, mmap_mode="c"))
        return self._pixels


def resized(
    folder: ImageFolder,
    size_hw: tuple[int, int],
    transform: Callable[[Any], Any] | None = None,
    *,
    threads: int | None = None,
) -> ResizedImages:
    """The fast way from files to tensors: JPEGs decoded no larger than needed, resized as uint8.

    Scaling to 0..1, normalising and mirroring are left to the batch, where they cost a tenth.

    Args:
        folder: from :func:`image_folder`, without a transform.
        size_hw: height and width of what comes out, pixels; the picture is squeezed, not cropped.
        transform: from a uint8 tensor (3, H, W) to whatever the training wants.
        threads: how many decode at once in a loader without workers; by default one per core, 8 at most.

    Raises:
        InputError: ``folder`` has a transform of its own, or a side is below 1 pixel.
    """
    return ResizedImages(folder, size_hw, transform, threads=threads)


def cached(
    folder: ImageFolder, size_hw: tuple[int, int], transform: Callable[[Any], Any] | None = None
) -> CachedImages:
    """The same tensors as :func:`resized`, decoded once into one file and mapped into memory ever after.

    The file lies in ``cache`` of the data folder. Its name depends on every picture's name, size and time:
    change one and a new cache is built. 3·H·W bytes per picture (150 kB at 224×224).

    Args:
        folder: from :func:`image_folder`, without a transform.
        size_hw: height and width of what comes out, pixels; the picture is squeezed, not cropped.
        transform: from a uint8 tensor (3, H, W) to whatever the training wants; applied after the cache.

    Raises:
        InputError: ``folder`` has a transform of its own, or a side is below 1 pixel.
        FileError: a picture is damaged (nothing is cached then), or the disk is full.
    """
    _require_plain(folder, size_hw)
    height, width = size_hw
    family = hashlib.sha256(f"{Path(folder.root).resolve()}".encode()).hexdigest()[:8]
    stem = f"{Path(folder.root).resolve().name}-{family}-{height}x{width}"
    file = data_root() / "cache" / f"{stem}-{_fingerprint(folder, size_hw)}.npy"
    if not _is_whole(file, folder, size_hw):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(file.with_suffix(".lock")):
                if not _is_whole(file, folder, size_hw):  # another process may have just built it
                    _write_cache(file, folder, (height, width))
                    _remove_older(file, stem)
        except OSError as trouble:
            raise disk_trouble(trouble, file, fix=_FIX) or trouble from None
    return CachedImages(file, folder, size_hw, transform)


def _require_plain(folder: ImageFolder, size_hw: tuple[int, int]) -> None:
    if len(size_hw) != 2 or min(size_hw) < 1:
        raise InputError("size_hw", "must be (height, width) in pixels", got=size_hw, fix="Try (224, 224).")
    if folder.transform is not None or folder.target_transform is not None:
        raise InputError(
            "folder", "must have no transform of its own", got=folder.transform or folder.target_transform,
            fix="Pass the transform here instead; it then gets uint8 tensors.",
        )  # fmt: skip


def _transformed(image: torch.Tensor, transform: Callable[[Any], Any] | None) -> Any:
    return image if transform is None else transform(image)


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor:
    """One pool for all data sets of a process; a forked child, whose threads are gone, gets its own."""
    return ThreadPoolExecutor(threads, thread_name_prefix=f"decode-{process}")


def _decode(path: str | Path, size_hw: tuple[int, int]) -> torch.Tensor:
    """File -> uint8 (3, H, W). Channels-last, as arrays have it, resizes three times as fast: keep it so."""
    pixels = torch.from_numpy(read_array(path, min_size_hw=size_hw)).permute(2, 0, 1)
    pixels = transform_functions.resize(pixels, list(size_hw), antialias=True)
    # NumPy's copy: torch's would start a team of OpenMP threads for each decoding thread, and idle teams spin
    return torch.from_numpy(np.ascontiguousarray(pixels.numpy()))


def _fingerprint(folder: ImageFolder, size_hw: tuple[int, int]) -> str:
    digest = hashlib.sha256(f"{_VERSION} {tuple(size_hw)}".encode())
    for path, label in folder.samples:
        found = Path(path).stat()
        name = Path(path).relative_to(folder.root).as_posix()
        digest.update(f"\0{name}\0{label} {found.st_size} {found.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def _is_whole(file: Path, folder: ImageFolder, size_hw: tuple[int, int]) -> bool:
    header = BytesIO()
    _write_header(header, (len(folder), 3, *size_hw))
    expected = header.tell() + len(folder) * 3 * size_hw[0] * size_hw[1]
    return file.exists() and file.stat().st_size == expected


def _write_cache(file: Path, folder: ImageFolder, size_hw: tuple[int, int]) -> None:
    """Written front to back, not through a map: a full disk is then an error instead of a crash."""
    from tqdm import tqdm

    shape = (len(folder), 3, *size_hw)
    with replaced_whole(file, fix=_FIX) as draft, draft.open("wb") as out:
        _write_header(out, shape)
        pictures = _decoded([path for path, _ in folder.samples], size_hw)
        for picture in tqdm(
            pictures, total=len(folder), desc=f"caching {size_hw[0]}×{size_hw[1]}", disable=None
        ):
            out.write(picture.numpy().tobytes())


def _write_header(out: BinaryIO, shape: tuple[int, ...]) -> None:
    descr = np.lib.format.dtype_to_descr(np.dtype(np.uint8))
    np.lib.format.write_array_header_1_0(out, {"descr": descr, "fortran_order": False, "shape": shape})


def _decoded(paths: Sequence[str], size_hw: tuple[int, int]) -> Iterator[torch.Tensor]:
    """In order, a few at a time on all cores: decoders release Python's lock."""
    pool = _pool(min(_THREADS, os.cpu_count() or 1), os.getpid())
    for start in range(0, len(paths), _CHUNK):
        yield from pool.map(lambda path: _decode(path, size_hw), paths[start : start + _CHUNK])


def _remove_older(file: Path, stem: str) -> None:
    """Caches of the same folder and size as it was before a picture changed."""
    for old in file.parent.glob(f"{stem}-*.npy"):
        if old != file:
            try:
                old.unlink()
            except OSError:  # still mapped by another process, on Windows: the next build removes it
                continue
