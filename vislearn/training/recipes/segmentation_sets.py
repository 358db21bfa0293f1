"""The two sets of a folder with pictures and masks: to learn from, and to judge by."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch.utils.data import Dataset, Subset

from vislearn.datasets import check_segmentation, foreground_folder, segmentation_folder
from vislearn.errors import FileError

__all__ = ["segmentation_sets"]

_HELD_OUT = 5
_PARTS = ("train", "val")


def segmentation_sets(
    root: str | Path,
    *,
    classes: Any = None,
    objects: str | None = None,
    suffix: str = "",
    transforms: Callable[..., Any] | None = None,
) -> tuple[Dataset, Dataset]:
    """Pictures with masks to learn from and others to judge by, every one of them looked at.

    Args:
        root: holds ``train`` and ``val``, each with ``images`` and ``labels``, as
            :func:`vislearn.datasets.segmentation_folder` reads them; or ``images`` and ``labels`` alone: then
            every fifth picture, by name, is judged by.
        classes: as for ``segmentation_folder``; None: ``classes.txt`` in ``root``.
        objects: there is a mask per object instead, as :func:`vislearn.datasets.foreground_folder` reads it:
            what they are called.
        suffix: as for ``segmentation_folder``.
        transforms: of both sets, called as ``transforms(image, mask)``.

    Raises:
        FileError: folders are missing, too few pictures, or something is wrong with some: all are named.
    """
    root = Path(root)

    def read(folder: Path) -> Dataset:
        if objects is not None:
            return foreground_folder(folder, transforms, label=objects)
        known = root / "classes.txt" if classes is None else classes
        return segmentation_folder(
            folder / "images", folder / "labels", transforms, classes=known, suffix=suffix
        )

    if (root / "train").is_dir():
        parts = tuple(read(root / part) for part in _PARTS)
        whole: list[Any] = list(parts)
    else:
        whole = [read(root)]
        parts = _held_out(whole[0], root)
    if problems := [str(problem) for one in whole for problem in check_segmentation(one)]:
        raise FileError(root, "can't be learned from as it is", fix="\n".join(problems))
    return parts[0], parts[1]


def _held_out(dataset: Any, root: Path) -> tuple[Dataset, ...]:
    if len(dataset) < _HELD_OUT:
        raise FileError(
            root, f"has {len(dataset)} pictures; learning and judging need at least 5", fix="Add some."
        )
    judged = [index for index in range(len(dataset)) if index % _HELD_OUT == _HELD_OUT - 1]
    learned = [index for index in range(len(dataset)) if index % _HELD_OUT != _HELD_OUT - 1]
    return Subset(dataset, learned), Subset(dataset, judged)
