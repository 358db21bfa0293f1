"""Exercise of lesson 14: checksums in the form that torchvision's data sets keep them in."""

import hashlib
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import torch

from vislearn.exercises.registry import N_, exercise

__all__ = ["checksums"]

_SIZES = (0, 1, 300, 70_000)  # an empty file, and one that nobody reads in one piece


@exercise(
    "sets.checksums",
    trials=4,
    hints=[
        N_(
            "`hashlib.md5(some_bytes)` computes the sum. Which method of a `Path` gives you the file's bytes?"
        ),
        N_(
            "`file.read_bytes()` gives the bytes, `file.name` the name alone, `.hexdigest()` the sum as text."
        ),
        N_("`return [[file.name, hashlib.md5(file.read_bytes()).hexdigest()] for file in files]`"),
    ],
)
def checksums(files: list[Path]) -> list[list[str]]:
    """The name and the MD5 checksum of each file, as `CIFAR10.train_list` has them.

    Args:
        files: some files, in any order.

    Returns:
        A list with one pair for each file, in the same order: its name without folders, and its checksum
        in 32 hexadecimal letters.
    """
    import hashlib

    return [[file.name, hashlib.md5(file.read_bytes()).hexdigest()] for file in files]


@checksums.inputs
def _some_files(generator: torch.Generator, trial: int) -> tuple[list[Path]]:
    sizes = [_SIZES[(trial + step) % len(_SIZES)] for step in range(3)]
    files = []
    for place, size in enumerate(sizes):
        data = torch.randint(256, (size,), generator=generator, dtype=torch.uint8).numpy().tobytes()
        file = _folder() / f"batch_{trial}_{2 - place}.bin"  # not in the order of their names
        file.write_bytes(data)
        files.append(file)
    return (files,)


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp())


@checksums.mistake(
    N_("These are the sums of the file *names*. Read what is in the files: `file.read_bytes()`.")
)
def _of_names(files: list[Path]) -> list[list[str]]:
    return [[file.name, hashlib.md5(file.name.encode()).hexdigest()] for file in files]


@checksums.mistake(
    N_("These are the sums of the files' *paths*. Read what is in the files: `file.read_bytes()`.")
)
def _of_paths(files: list[Path]) -> list[list[str]]:
    return [[file.name, hashlib.md5(str(file).encode()).hexdigest()] for file in files]


@checksums.mistake(N_("The sums are right, but torchvision wants them as text: `.hexdigest()`."))
def _bytes(files: list[Path]) -> Any:
    return [[file.name, hashlib.md5(file.read_bytes()).digest()] for file in files]


@checksums.mistake(
    N_("The sums are right. The names should come without their folders: `file.name`, not `str(file)`.")
)
def _whole_paths(files: list[Path]) -> list[list[str]]:
    return [[str(file), hashlib.md5(file.read_bytes()).hexdigest()] for file in files]


@checksums.mistake(
    N_("That is SHA-256, a better sum, but torchvision's data sets compare MD5: `hashlib.md5`.")
)
def _another_sum(files: list[Path]) -> list[list[str]]:
    return [[file.name, hashlib.sha256(file.read_bytes()).hexdigest()] for file in files]


@checksums.mistake(N_("One sum runs on from file to file. Begin a new `hashlib.md5` for each of them."))
def _running_on(files: list[Path]) -> list[list[str]]:
    running, pairs = hashlib.md5(), []
    for file in files:
        running.update(file.read_bytes())
        pairs.append([file.name, running.hexdigest()])
    return pairs


@checksums.mistake(N_("The pairs are right, but sorted. Keep the order in which the files were given."))
def _in_order(files: list[Path]) -> list[list[str]]:
    return checksums(sorted(files))


@checksums.mistake(N_("Sum and name have changed places: the name comes first, `[file.name, …]`."))
def _turned(files: list[Path]) -> list[list[str]]:
    return [[total, name] for name, total in checksums(files)]
