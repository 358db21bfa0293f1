"""Pictures of one size as uint8 tensors, decoded once into a file that is mapped into memory ever after."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from filelock import FileLock
from torch.utils.data import Dataset, get_worker_info
from torchvision.datasets import ImageFolder

from vislearn.datasets.batches import Finish
from vislearn.datasets.bundled.store import data_root
from vislearn.datasets.gathered import gathered
from vislearn.datasets.memory import Memory
from vislearn.datasets.one_size import decode_all, how_it_reads, require_plain
from vislearn.datasets.parallel import default_threads, each
from vislearn.errors import FileError
from vislearn.files import disk_trouble, replaced_whole
from vislearn.language import N_

__all__ = ["CachedImages", "cached"]

_VERSION = 1  # of how pixels are made; raise it and every cache is built again
_FIX = N_("Set VISLEARN_DATA to a folder on a larger disk.")


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
        transform: Callable[[Any], Any] | None = None,
    ) -> None:
        self.file, self.size_hw, self.transform = file, (size_hw[0], size_hw[1]), transform
        self.classes, self.class_to_idx = folder.classes, folder.class_to_idx
        self.samples, self.targets = folder.samples, folder.targets
        self.memory = Memory()
        self._pixels: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        image = self.open()[index].clone()  # a copy: the cache stays as it is
        return image if self.transform is None else self.transform(image), self.targets[index]

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Any, int]]:
        """What a DataLoader asks for: a batch in one gulp, in the order asked for.

        Args:
            indices: positions of the samples.
        """
        labels = [self.targets[index] for index in indices]
        if isinstance(self.transform, Finish) and get_worker_info() is None:
            return gathered(torch.from_numpy(self._finished(self.transform, indices)), labels)
        batch = torch.from_numpy(np.take(self.open().numpy(), indices, axis=0))  # (B, 3, H, W), a copy
        if self.transform is None:
            return gathered(batch, labels)
        return list(zip(map(self.transform, batch), labels, strict=True))

    def _finished(self, finish: Finish, indices: Sequence[int]) -> np.ndarray:
        pixels, batch = self.open().numpy(), self.memory.lend((len(indices), 3, *self.size_hw), np.float32)
        each(finish.finishing(lambda place: pixels[indices[place]], batch), len(batch), default_threads())
        return batch

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pixels": None}  # pickling the map would send its contents

    def open(self) -> torch.Tensor:
        """All pictures, uint8 (N, 3, H, W), which nobody should change.

        Raises:
            FileError: a newer cache has taken its place.
        """
        if self._pixels is None:  # "c", copy on write: torch wants memory it could write to; nobody does
            try:
                self._pixels = torch.from_numpy(np.load(self.file, mmap_mode="c"))
            except FileNotFoundError:  # swept away, before this worker had opened it
                problem = N_("is gone: a newer cache of the same pictures has taken its place")
                raise FileError(self.file, problem, fix=N_("Call cached() again.")) from None
        return self._pixels


def cached(
    folder: ImageFolder, size_hw: tuple[int, int], transform: Callable[[Any], Any] | None = None
) -> CachedImages:
    """The same tensors as :func:`resized`, decoded once into one file and mapped into memory ever after.

    The file lies in ``cache`` of the data folder. Its name depends on every picture's name, size and times:
    change one, and the next call builds a new cache; what was cached before stays as it was. 3·H·W bytes per
    picture (150 kB at 224×224).

    Args:
        folder: from :func:`image_folder`, without a transform.
        size_hw: height and width of what comes out, pixels; the picture is squeezed, not cropped.
        transform: from a uint8 tensor (3, H, W) to whatever the training wants; applied after the cache.

    Raises:
        InputError: ``folder`` has a transform of its own, or a side is below 1 pixel.
        FileError: a picture is damaged (nothing is cached then), or the disk is full.
    """
    require_plain(folder, size_hw)
    root = Path(folder.root).resolve()
    family = hashlib.sha256(str(root).encode()).hexdigest()[:8]
    scale = how_it_reads(folder).get("scale")
    stem = f"{root.name}-{family}-{size_hw[0]}x{size_hw[1]}" + (f"s{scale:g}" if scale else "")
    file = data_root() / "cache" / f"{stem}-{_fingerprint(folder, size_hw)}.npy"
    if not _is_whole(file, folder, size_hw):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(file.with_name(f"{stem}.lock")):
                if not _is_whole(file, folder, size_hw):  # another process may have just built it
                    _sweep(file.parent, stem)
                    file.with_name(f"{stem}.source").write_text(str(root), encoding="utf-8")
                    _write_cache(file, folder, size_hw)
        except OSError as trouble:
            raise disk_trouble(trouble, file, fix=_FIX) or trouble from None
    images = CachedImages(file, folder, size_hw, transform)
    images.open()  # now: a mapped file stays, also for forked workers, when a newer cache replaces it
    return images


def _fingerprint(folder: ImageFolder, size_hw: tuple[int, int]) -> str:
    scale = how_it_reads(folder).get("scale")
    digest = hashlib.sha256(f"{_VERSION} {tuple(size_hw)}{f' {scale}' if scale else ''}".encode())
    for path, label in folder.samples:
        try:
            found = Path(path).stat()
        except FileNotFoundError:
            raise FileError(
                path, N_("does not exist any more"), fix=N_("Call image_folder() again.")
            ) from None
        name = Path(path).relative_to(folder.root).as_posix()
        # the second time is that of the entry: whoever copies a picture over another may set the first
        times = f"{found.st_mtime_ns} {found.st_ctime_ns}"
        digest.update(f"\0{name}\0{label} {found.st_size} {times}".encode())
    return digest.hexdigest()[:16]


def _is_whole(file: Path, folder: ImageFolder, size_hw: tuple[int, int]) -> bool:
    header = BytesIO()
    _write_header(header, (len(folder), 3, *size_hw))
    expected = header.tell() + len(folder) * 3 * size_hw[0] * size_hw[1]
    if not file.exists() or file.stat().st_size != expected:
        return False
    with file.open("rb") as found:  # after a power failure it can be all zeros
        return found.read(header.tell()) == header.getvalue()


def _write_cache(file: Path, folder: ImageFolder, size_hw: tuple[int, int]) -> None:
    """Written front to back, not through a map: a full disk is then an error instead of a crash."""
    from tqdm import tqdm

    with replaced_whole(file, fix=_FIX) as draft, draft.open("wb") as out:
        _write_header(out, (len(folder), 3, *size_hw))
        pictures = decode_all([path for path, _ in folder.samples], size_hw, reading=how_it_reads(folder))
        title = f"caching {size_hw[0]}×{size_hw[1]}"
        for picture in tqdm(pictures, total=len(folder), desc=title, disable=None):
            out.write(picture.numpy().tobytes())


def _write_header(out: BinaryIO, shape: tuple[int, ...]) -> None:
    descr = np.lib.format.dtype_to_descr(np.dtype(np.uint8))
    np.lib.format.write_array_header_1_0(out, {"descr": descr, "fortran_order": False, "shape": shape})


def _sweep(caches: Path, stem: str) -> None:
    """Remove what nobody can use any more: this folder's older caches and drafts, and all caches of
    folders that are gone (lessons and tests make temporary ones).
    """  # noqa: D205 - one sentence
    _remove(caches, stem, keep_lock=True)
    for note in caches.glob("*.source"):
        with suppress(OSError):
            if note.stem != stem and not Path(note.read_text(encoding="utf-8")).exists():
                _remove(caches, note.stem, keep_lock=False)


def _remove(caches: Path, stem: str, *, keep_lock: bool) -> None:
    ends = {".npy"} if keep_lock else {".npy", ".lock", ".source"}
    for file in list(caches.iterdir()):
        if file.name.startswith((f"{stem}-", f".{stem}-", f"{stem}.")) and file.suffix in ends:
            with suppress(OSError):  # on Windows, while another process maps it: the next sweep will do
                file.unlink()
