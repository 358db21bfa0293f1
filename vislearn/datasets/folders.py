"""A folder of pictures, one sub-folder per class, read strictly: nothing skipped, nothing half read."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from torchvision.datasets import ImageFolder
from torchvision.datasets.folder import IMG_EXTENSIONS

from vislearn.errors import FileError
from vislearn.files import is_litter
from vislearn.io import read_pil
from vislearn.io.reading import read_array
from vislearn.problems import Problem, problem_of

__all__ = ["StrictImageFolder", "check_folder", "image_folder"]

_LAYOUT = "Put the pictures of each class into a folder of its own: ROOT/cat/1.jpg, ROOT/dog/2.jpg."


class StrictImageFolder(ImageFolder):
    """torchvision's ``ImageFolder`` that refuses what the original skips or reads halfway."""

    def __init__(self, root: str | Path, transform: Callable[[Any], Any] | None = None) -> None:
        super().__init__(str(root), transform=transform, loader=read_pil)

    def find_classes(self, directory: str | Path) -> tuple[list[str], dict[str, int]]:
        """Class names, sorted, and their numbers; folders that file managers leave behind don't count.

        Args:
            directory: the root.

        Raises:
            FileError: no such folder, or no class folder in it.
        """
        classes = [folder.name for folder in _class_folders(Path(directory))]
        return classes, {name: index for index, name in enumerate(classes)}

    @staticmethod
    def make_dataset(
        directory: str | Path, class_to_idx: dict[str, int], *rest: object, **more: object
    ) -> list[tuple[str, int]]:
        """Files and labels, in torchvision's order.

        Args:
            directory: the root.
            class_to_idx: label of each class folder.
            *rest: torchvision's filters; this class has its own rules.
            **more: likewise.

        Raises:
            FileError: an empty class folder, or a file that is no picture.
        """
        samples = []
        for name, label in sorted(class_to_idx.items()):
            for item in _walk(Path(directory) / name):
                if isinstance(item, Problem):
                    raise FileError(item.where, item.what, fix=item.fix)
                samples.append((str(item), label))
        return samples


def image_folder(root: str | Path, transform: Callable[[Any], Any] | None = None) -> StrictImageFolder:
    """A torchvision ``ImageFolder`` over ``root/class/picture`` that never trains on damage.

    Pictures arrive upright, in RGB, as :func:`vislearn.io.read_image` decides. A file that isn't a picture
    is an error here and now; a damaged picture is one when it is read, in loader workers too.

    Args:
        root: holds one folder per class.
        transform: from a PIL image (RGB) to whatever the training wants.

    Returns:
        A data set of (picture, label) with ``classes``, ``class_to_idx`` and ``samples``.

    Raises:
        FileError: no such folder, no class folders, an empty class folder, or a foreign file.

    Source: section 1.1 of the course's text.
    """
    return StrictImageFolder(root, transform)


def check_folder(root: str | Path) -> list[Problem]:
    """Everything wrong with a folder of pictures; ``[]`` means: train on it.

    Looks at every file and decodes every picture, one at a time.

    Args:
        root: holds one folder per class.
    """
    try:
        folders = _class_folders(Path(root))
    except FileError as trouble:
        return [problem_of(trouble)]
    problems = [
        Problem(
            str(path), "lies beside the class folders and would never be used", "Move it into one of them."
        )
        for path in sorted(Path(root).iterdir())
        if path.is_file() and _has_ending(path)
    ]
    for folder in folders:
        for item in _walk(folder):
            problems += [item] if isinstance(item, Problem) else _decoding_problems(item)
    return problems


def _class_folders(root: Path) -> list[Path]:
    if not root.exists():
        raise FileError(root, "does not exist", fix="Check the name; it is relative to the notebook.")
    if not root.is_dir():
        raise FileError(root, "is a file, not a folder", fix=_LAYOUT)
    folders = sorted(entry for entry in root.iterdir() if entry.is_dir() and not is_litter(Path(entry.name)))
    if not folders:
        raise FileError(root, "has no class folders", fix=_LAYOUT)
    return folders


def _walk(folder: Path) -> Iterator[Path | Problem]:
    """Pictures of one class, in torchvision's order; a problem in place of each file that is none."""
    pictures = 0
    for parent, _folders, names in sorted(os.walk(folder, followlinks=True)):
        for path in (Path(parent) / name for name in sorted(names)):
            if is_litter(path.relative_to(folder)):
                continue
            pictures += 1
            if _has_ending(path):
                yield path
            else:
                known = ", ".join(ending[1:] for ending in IMG_EXTENSIONS)
                yield Problem(
                    str(path),
                    f"is not a picture (known endings: {known})",
                    "Move it out of the class folder.",
                )
    if not pictures:
        yield Problem(str(folder), "is an empty class folder", "Put pictures into it, or delete it.")


def _has_ending(path: Path) -> bool:
    return path.suffix.lower() in IMG_EXTENSIONS


def _decoding_problems(path: Path) -> list[Problem]:
    try:
        read_array(path)
    except FileError as trouble:
        return [problem_of(trouble)]
    return []
