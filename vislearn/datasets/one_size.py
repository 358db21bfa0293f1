"""Pictures of one size as uint8 tensors, decoded on the fly and on every core."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset, get_worker_info
from torchvision.datasets import ImageFolder

from vislearn.datasets.batches import Finish
from vislearn.datasets.gathered import gathered
from vislearn.datasets.memory import Memory
from vislearn.datasets.parallel import Crew, Job, default_threads, pool
from vislearn.errors import InputError
from vislearn.io.reading import read_array

__all__ = ["PlannedBatch", "ResizedImages", "decode_all", "how_it_reads", "require_plain", "resized"]

_resize: Any = torch._C._nn._upsample_bilinear2d_aa  # half the time of looking it up among torch.ops
_desk = threading.local()  # of each thread that decodes
_CHUNK = 64  # pictures decoded ahead of whoever takes them


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
        require_plain(folder, size_hw)
        if threads is not None and threads < 1:
            raise InputError("threads", "must be at least 1", got=threads)
        self.threads = threads or default_threads()
        self.size_hw, self.transform = (size_hw[0], size_hw[1]), transform
        self.classes, self.class_to_idx = folder.classes, folder.class_to_idx
        self.samples, self.targets = folder.samples, folder.targets
        self.reading = how_it_reads(folder)
        self.memory = Memory()

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        path, label = self.samples[index]
        image = torch.from_numpy(_decode(path, self.size_hw, self.reading))
        return image if self.transform is None else self.transform(image), label

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Any, int]]:
        """What a DataLoader asks for: a batch, in the order asked for.

        Args:
            indices: positions of the samples, with those of the next batch from :func:`read_ahead`.
        """
        if isinstance(indices, PlannedBatch):
            return indices.samples()
        if get_worker_info() is not None:  # workers share the cores already
            return [self[index] for index in indices]
        return PlannedBatch(self, indices, Crew(self.threads)).samples()


class PlannedBatch(list):
    """The positions of a batch's samples; while they are used, the batch after them is decoded.

    Attributes:
        following: that batch.
    """

    def __init__(
        self, pictures: ResizedImages, indices: Sequence[int], crew: Crew, seed: int | None = None
    ) -> None:
        super().__init__(indices)
        self.following: PlannedBatch | None = None
        self._pictures, self._crew = pictures, crew
        self._seed = seed
        self._begun: tuple[np.ndarray, Job] | None = None

    def __reduce__(self) -> tuple:
        return list, (list(self),)  # another process decodes by itself

    def samples(self) -> list[tuple[Any, int]]:
        """Image and label of each. Transforms other than :class:`Finish` run here, on this thread."""
        pixels, job = self._begun or self._begin()
        self._begun = None
        if self.following is not None:
            self.following._begun = self.following._begin()
        self._crew.finish(job)
        batch, transform = torch.from_numpy(pixels), self._pictures.transform
        labels = [self._pictures.targets[index] for index in self]
        if isinstance(transform, Finish | None):
            return gathered(batch, labels)
        return list(zip(map(transform, batch), labels, strict=True))

    def _begin(self) -> tuple[np.ndarray, Job]:
        finish = self._pictures.transform
        shape, lend = (len(self), 3, *self._pictures.size_hw), self._pictures.memory.lend
        if isinstance(finish, Finish):
            batch = lend(shape, np.float32)
            chance = None if self._seed is None else torch.Generator().manual_seed(self._seed)
            return batch, self._crew.begin(finish.finishing(self._decode, batch, chance), len(self))
        batch = lend(shape, np.uint8)

        def decode(place: int) -> None:
            _decode_into(torch.from_numpy(batch[place]), self._path(place), self._pictures.reading)

        return batch, self._crew.begin(decode, len(self))

    def _decode(self, place: int) -> np.ndarray:
        """uint8 (3, H, W), until the thread decodes the next one."""
        pixels, tensor = _scratch(self._pictures.size_hw)
        _decode_into(tensor, self._path(place), self._pictures.reading)
        return pixels

    def _path(self, place: int) -> str:
        return self._pictures.samples[self[place]][0]


def resized(
    folder: ImageFolder,
    size_hw: tuple[int, int],
    transform: Callable[[Any], Any] | None = None,
    *,
    threads: int | None = None,
) -> ResizedImages:
    """The fast way from files to tensors: JPEGs decoded no larger than needed, resized as uint8.

    Scaling to 0..1, normalising and mirroring cost a tenth where they are left to the batch
    (:func:`finish_batch`), and less where they are given as ``transform`` (:class:`Finish`).

    Args:
        folder: from :func:`image_folder`, without a transform.
        size_hw: height and width of what comes out, pixels; the picture is squeezed, not cropped.
        transform: from a uint8 tensor (3, H, W) to whatever the training wants, such as :class:`Finish`.
        threads: how many decode at once in a loader without workers; by default one per core, 8 at most.

    Raises:
        InputError: ``folder`` has a transform of its own, a side is below 1 pixel, or ``threads`` below 1.
    """
    return ResizedImages(folder, size_hw, transform, threads=threads)


def require_plain(folder: ImageFolder, size_hw: tuple[int, int]) -> None:
    """Refuse a folder that transforms by itself, and sizes that are none.

    Args:
        folder: the pictures.
        size_hw: height and width, pixels.

    Raises:
        InputError: one of the two is not as it should be.
    """
    if len(size_hw) != 2 or min(size_hw) < 1:
        raise InputError("size_hw", "must be (height, width) in pixels", got=size_hw, fix="Try (224, 224).")
    if folder.transform is not None or folder.target_transform is not None:
        raise InputError(
            "folder",
            "must have no transform of its own",
            got=folder.transform or folder.target_transform,
            fix="Pass the transform here instead; it then gets uint8 tensors.",
        )


def how_it_reads(folder: ImageFolder) -> dict[str, Any]:
    """The arguments of :func:`vislearn.io.read_image` that a folder was given; none for torchvision's own.

    Args:
        folder: the pictures.
    """
    return getattr(folder, "reading", {})


def decode_all(
    paths: Sequence[str],
    size_hw: tuple[int, int],
    threads: int | None = None,
    reading: Mapping[str, Any] | None = None,
) -> Iterator[torch.Tensor]:
    """Files -> uint8 (3, H, W) each, in order, a few at a time on every core.

    Decoders release Python's lock, so threads do what loader workers do, without their start-up time and
    without copying pictures between processes.

    Args:
        paths: picture files.
        size_hw: height and width of what comes out, pixels.
        threads: how many; by default one per core, 8 at most.
        reading: from :func:`how_it_reads`.
    """
    workers = pool(threads or default_threads())
    for start in range(0, len(paths), _CHUNK):
        chunk = paths[start : start + _CHUNK]
        yield from workers.map(lambda path: torch.from_numpy(_decode(path, size_hw, reading or {})), chunk)


def _decode(path: str | Path, size_hw: tuple[int, int], reading: Mapping[str, Any]) -> np.ndarray:
    """File -> uint8 (3, H, W)."""
    place = np.empty((3, *size_hw), np.uint8)
    _decode_into(torch.from_numpy(place), path, reading)
    return place


def _scratch(size_hw: tuple[int, int]) -> tuple[np.ndarray, torch.Tensor]:
    """This thread's place for one picture, uint8 (3, H, W), as an array and as a tensor."""
    if getattr(_desk, "size_hw", None) != size_hw:
        _desk.size_hw, pixels = size_hw, np.empty((3, *size_hw), np.uint8)
        _desk.place = (pixels, torch.from_numpy(pixels))
    return _desk.place


def _decode_into(place: torch.Tensor, path: str | Path, reading: Mapping[str, Any]) -> None:
    """File -> a place in a batch: uint8 (3, H, W), plane by plane.

    What ``interpolate(..., mode="bilinear", antialias=True)`` calls, and through it v2's ``resize``. It is
    called here because it alone writes where it is told to: copying its answer took a tenth of its time, and
    torch's copy would start OpenMP's threads. Channels-last, as arrays have it, goes in: resized three times
    as fast.
    """
    size_hw = (place.shape[1], place.shape[2])
    pixels = read_array(path, min_size_hw=size_hw, **reading).transpose(2, 0, 1)[None]
    _resize(torch.from_numpy(pixels), size_hw, False, None, None, out=place[None])
