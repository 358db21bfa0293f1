"""Pictures that somebody names on the command line, and one piece of work for each."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from vislearn.errors import FileError
from vislearn.language import translate as _

__all__ = ["for_each", "pictures_named", "require_own_names"]

Result = TypeVar("Result")


def pictures_named(places: Iterable[Path]) -> list[Path]:
    """The pictures themselves, and those in folders with all that is below; each once.

    Args:
        places: files, whatever their endings, and folders.

    Raises:
        FileError: a place that is not there, or a folder without pictures.
    """
    found: dict[Path, None] = {}
    for place in places:
        inside = _pictures_below(place) if place.is_dir() else [place]
        if not place.exists():
            raise FileError(place, "does not exist", fix=_("Check the name and the folder."))
        if not inside:
            raise FileError(place, "has no pictures in it", fix=_("Give the folder that holds the pictures."))
        found |= dict.fromkeys(inside)
    return list(found)


def _pictures_below(folder: Path) -> list[Path]:
    from vislearn.files import is_litter
    from vislearn.io.names import has_picture_ending

    below = sorted(path for path in folder.rglob("*") if path.is_file() and has_picture_ending(path))
    return [path for path in below if not is_litter(path.relative_to(folder))]


def require_own_names(pictures: Iterable[Path], what: str) -> None:
    """Refuse pictures of which two would be written to one file, named like them but for the ending.

    Args:
        pictures: files.
        what: is written for each, as in "would have the mask of a.png too".

    Raises:
        FileError: two of them.
    """
    owners: dict[str, Path] = {}
    for picture in pictures:
        other = owners.setdefault(picture.stem.casefold(), picture)
        if other != picture:
            raise FileError(
                picture, f"would have the {what} of {other.name} too", fix=_("Rename one of them.")
            )


def for_each(
    pictures: Sequence[Path], work: Callable[[Path], Result]
) -> tuple[dict[Path, Result], list[str]]:
    """What ``work`` gives for each picture, and a sentence for each that can't be read; a bar meanwhile.

    Args:
        pictures: files.
        work: reads one of them; what it raises as FileError ends nothing.
    """
    from tqdm import tqdm

    results: dict[Path, Result] = {}
    troubles = []
    for picture in tqdm(pictures, unit="picture", disable=None):
        try:
            results[picture] = work(picture)
        except FileError as trouble:
            troubles.append(str(trouble))
    return results, troubles
