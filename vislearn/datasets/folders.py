"""A folder of pictures, one sub-folder per class, read strictly: nothing skipped, nothing half read."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from torchvision.datasets import ImageFolder

from vislearn.datasets.layout import class_folders, layout_problems, pictures_below
from vislearn.errors import FileError
from vislearn.io import read_pil
from vislearn.io.names import has_picture_ending
from vislearn.io.reading import MAX_MEGAPIXELS, doubt_about
from vislearn.language import translate as _
from vislearn.problems import Problem, problem_of, told_in

__all__ = ["StrictImageFolder", "check_folder", "image_folder"]


class StrictImageFolder(ImageFolder):
    """torchvision's ``ImageFolder`` that refuses what the original skips or reads halfway."""

    def __init__(
        self,
        root: str | Path,
        transform: Callable[[Any], Any] | None = None,
        *,
        scale: float | None = None,
        max_megapixels: float = MAX_MEGAPIXELS,
    ) -> None:
        self.reading: dict[str, Any] = {"scale": scale, "max_megapixels": max_megapixels}
        super().__init__(str(root), transform=transform, loader=partial(read_pil, **self.reading))

    def find_classes(self, directory: str | Path) -> tuple[list[str], dict[str, int]]:
        """Class names, sorted, and their numbers; folders that file managers leave behind don't count.

        Names are in one Unicode form, so that those of two folders can be compared.

        Args:
            directory: the root.

        Raises:
            FileError: no such folder, no class folder in it, two classes of nearly one name, or a folder of
                parts such as ``train`` and ``val``.
        """
        classes = class_folders(Path(directory))
        for problem in layout_problems(Path(directory), list(classes.values())):
            raise FileError(problem.where, problem.what, fix=problem.fix)
        return list(classes), {name: index for index, name in enumerate(classes)}

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
            FileError: an empty class folder, a file that is no picture, or a link that leads back.
        """
        samples, folders = [], class_folders(Path(directory))
        for name, label in sorted(class_to_idx.items()):
            for item in pictures_below(folders[name], Path(directory)):
                if isinstance(item, Problem):
                    raise FileError(item.where, item.what, fix=item.fix)
                samples.append((str(item), label))
        return samples


def image_folder(
    root: str | Path,
    transform: Callable[[Any], Any] | None = None,
    *,
    scale: float | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> StrictImageFolder:
    """A torchvision ``ImageFolder`` over ``root/class/picture`` that never trains on damage.

    Pictures arrive upright, in RGB, as :func:`vislearn.io.read_image` decides: what it reads counts, a GIF
    too, which the original skips; of several frames, the first. A file that isn't a picture is an error here
    and now; a damaged picture is one when it is read, in loader workers too.

    Args:
        root: holds one folder per class.
        transform: from a PIL image (RGB) to whatever the training wants.
        scale: as for :func:`vislearn.io.read_image`.
        max_megapixels: likewise.

    Returns:
        A data set of (picture, label) with ``classes``, ``class_to_idx`` and ``samples``.

    Raises:
        FileError: no such folder, no class folders, an empty class folder, a foreign file, two classes of
            nearly one name, classes that lie one level further down, or a link that leads back.

    Source: section 1.1 of the course's text.
    """
    return StrictImageFolder(root, transform, scale=scale, max_megapixels=max_megapixels)


def check_folder(
    root: str | Path,
    *,
    scale: float | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
    doubts: bool = True,
) -> list[Problem]:
    """Everything wrong with a folder of pictures; ``[]`` means: train on it.

    Looks at every file and decodes every picture, one at a time.

    Args:
        root: holds one folder per class.
        scale: as for :func:`image_folder`.
        max_megapixels: likewise.
        doubts: tell of pictures that can be read and are hardly what their owner thinks they are, too.
    """
    root = Path(root)
    try:
        folders = list(class_folders(root).values())
    except FileError as trouble:
        return [problem_of(trouble)]
    problems = [
        Problem(
            str(path),
            _("lies beside the class folders and would never be used"),
            _("Move it into one of them."),
        )
        for path in sorted(root.iterdir())
        if path.is_file() and has_picture_ending(path)
    ]
    problems += layout_problems(root, folders)
    for folder in folders:
        for item in pictures_below(folder, root):
            if isinstance(item, Problem):
                problems.append(item)
                continue
            with told_in(problems):
                doubt = doubt_about(item, scale=scale, max_megapixels=max_megapixels)
                problems += [doubt] if doubt and doubts else []
    return problems
