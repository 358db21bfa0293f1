"""A look at each of VOC's XML files before they are a set: all that is wrong, not only the first."""

from collections.abc import Iterable
from pathlib import Path

from vislearn.datasets.detection.pairing import (
    named_together,
    pictures_by_stem,
    require_unshared,
    the_picture,
)
from vislearn.datasets.detection.voc import voc_files
from vislearn.datasets.detection.voc_file import VocFile, read_voc
from vislearn.errors import FileError
from vislearn.problems import Problem, problem_of

__all__ = ["check_voc"]


def check_voc(
    annotations: str | Path, images: str | Path, names: str | Path | Iterable[str] | None = None
) -> tuple[list[str], list[Problem]]:
    """The names of files that can be read, and what is wrong with the others and with all together.

    Args:
        annotations: as for :func:`voc_detection`.
        images: likewise.
        names: likewise.

    Raises:
        FileError: no folder, no files, or not one that can be read.
    """
    folder, pictures = Path(annotations), Path(images)
    by_stem, owners = pictures_by_stem(pictures), dict[Path, str]()
    sound: dict[Path, VocFile] = {}
    troubles: list[FileError] = []
    for file in voc_files(folder, names):
        try:
            found = read_voc(file)
            picture = the_picture(pictures, file, found.picture, by_stem)
            require_unshared(owners, picture, file.name, file)
        except FileError as trouble:
            troubles.append(trouble)
            continue
        owners[picture], sound[file] = file.name, found
    if not sound:
        raise troubles[0]
    problems = [problem_of(trouble) for trouble in troubles]
    return [file.stem for file in sound], problems + _counted_from_0(folder, sound)


def _counted_from_0(folder: Path, files: dict[Path, VocFile]) -> list[Problem]:
    """VOC's first pixel is 1: a 0 says that the program counted otherwise, and boxes may be off by one."""
    zeros = [
        file for file, found in files.items() if any(min(thing.numbers[:2]) == 0 for thing in found.objects)
    ]
    if not zeros:
        return []
    what = f"has boxes whose xmin or ymin is 0, and VOC counts from 1: {named_together(zeros)}"
    fix = "Find out how the program counted, and read them by voc_detection(…, counting='from 0') or 'edges'."
    return [Problem(str(folder), what, fix)]
