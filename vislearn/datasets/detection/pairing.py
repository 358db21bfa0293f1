"""Which picture an annotation belongs to: by the name it gives, or by its own, and never by chance."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from vislearn.errors import FileError, Words
from vislearn.files import is_litter
from vislearn.io.names import find_named, has_picture_ending, plain_name, pretty_endings
from vislearn.language import N_
from vislearn.problems import joined

__all__ = [
    "listed_lines",
    "listed_names",
    "named_together",
    "pictures_by_stem",
    "pictures_in",
    "require_unshared",
    "some_of",
    "the_picture",
]

_MOST_NAMED = 10  # what a sentence can hold


def pictures_in(folder: Path, *, fix: str = "") -> list[Path]:
    """The pictures of one folder, sorted; a file that is neither a picture nor litter is an error.

    Args:
        folder: may not be there.
        fix: what to do if it isn't.

    Raises:
        FileError: no folder, or a foreign file in it.
    """
    if not folder.is_dir():
        raise FileError(folder, N_("is not a folder"), fix=fix)
    files = sorted(path for path in folder.iterdir() if path.is_file() and not is_litter(Path(path.name)))
    foreign = [path for path in files if not has_picture_ending(path)]
    known = Words(N_("known endings: {endings}"), endings=pretty_endings())
    if len(foreign) == 1:
        raise FileError(
            foreign[0], N_("is not a picture ({known})"), fix=N_("Move it out of the folder."), known=known
        )
    if foreign:
        what = Words(
            N_("holds {count} files that are no pictures ({known}): {files}"),
            count=len(foreign),
            known=known,
            files=named_together(foreign),
        )
        raise FileError(folder, what, fix=N_("Move them out of the folder."))
    return files


def named_together(files: Sequence[Path]) -> str:
    """The names of files in one line, the first ten of many.

    >>> named_together([Path("in/a.png"), Path("in/b.png")])
    'a.png, b.png'
    """
    return some_of([path.name for path in files])


def some_of(names: Sequence[str], most: int = _MOST_NAMED) -> str:
    """The first of many names in one line, and how many more there are, to be said in any language.

    >>> some_of(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    first, left = ", ".join(names[:most]), len(names) - most
    return Words(N_("{names} and {count} more"), names=first, count=left) if left > 0 else first


def pictures_by_stem(folder: Path) -> dict[str, list[Path]]:
    """The pictures of one folder by their names without the ending, in one Unicode form.

    Args:
        folder: may not be there.
    """
    found = defaultdict(list)
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if has_picture_ending(path) and not is_litter(Path(path.name)):
            found[plain_name(path.stem)].append(path)
    return dict(found)


def the_picture(folder: Path, file: Path, noted: str, pictures: Mapping[str, list[Path]]) -> Path:
    """The picture that an annotation belongs to: the one it notes, else the one that is called as it is.

    Many tools note the name that the picture had elsewhere, or none; that is no contradiction as long as no
    other picture has that name.

    Args:
        folder: of the pictures.
        file: the annotation.
        noted: the picture's name that stands in it, maybe with the folders of another machine; or ``""``.
        pictures: from :func:`pictures_by_stem`.

    Raises:
        FileError: there is no such picture, or there are several.
    """
    named, own = _noted(folder, noted), pictures.get(plain_name(file.stem), [])
    if named and own and named not in own:
        raise FileError(
            file,
            N_("notes the picture {noted}, but {own} is called as it is, and both are there"),
            fix=N_("Correct the name that stands in it, or rename one of the two."),
            noted=named.name,
            own=own[0].name,
        )
    if named:
        return named
    stem = plain_name(PurePosixPath(noted).stem)
    alike = own or pictures.get(stem, [])
    if len(alike) > 1:
        listed = joined([path.name for path in alike], either=True)
        raise FileError(
            file, N_("could belong to {listed}"), fix=N_("Keep one of them in the folder."), listed=listed
        )
    if alike:
        return alike[0]
    raise FileError(
        folder / (noted or file.stem),
        N_("is not there, but {file} names it"),
        fix=N_("Is {folder} the right folder?"),
        file=file.name,
        folder=folder,
    )


def _noted(folder: Path, noted: str) -> Path | None:
    """The picture of that name in the folder; what stands before its name belongs to another machine."""
    place = PurePosixPath(noted.replace("\\", "/"))
    for name in (
        (str(place), place.name) if not place.is_absolute() and ".." not in place.parts else (place.name,)
    ):
        if name and has_picture_ending(Path(name)) and (found := find_named(folder, name)):
            return found
    return None


def require_unshared(owners: Mapping[Path, str], picture: Path, owner: str, file: Path) -> None:
    """Refuse two annotations of one picture: each would be trained on as if the other weren't there.

    Args:
        owners: what each picture belongs to so far.
        picture: the picture in question.
        owner: what it belongs to now.
        file: where that stands.

    Raises:
        FileError: the picture has an owner already.
    """
    if picture in owners:
        raise FileError(
            file,
            N_("has two annotations of {picture}: {first} and {second}"),
            fix=N_("Merge them, or leave one out."),
            picture=picture.name,
            first=owners[picture],
            second=owner,
        )


def listed_names(file: str | Path) -> list[str]:
    """The pictures that a text file names, such as one part of a split: one on each line.

    VOC's own lists have a second column, whether a class is in the picture; it is left out.

    Args:
        file: text in UTF-8.

    Raises:
        FileError: it can't be read.
    """
    return [names[-1] for _line, names in listed_lines(file)]


def listed_lines(file: str | Path) -> list[tuple[int, list[str]]]:
    """The lines of such a list: their numbers, from 1, and what each may name, the likeliest first.

    ``photo 1`` is a picture of that name, or ``photo`` with VOC's mark: only the folder can tell.

    Args:
        file: text in UTF-8.

    Raises:
        FileError: it can't be read.
    """
    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise FileError(
            file, N_("can't be read"), fix=N_("Name a text file in UTF-8, one name per line.")
        ) from None
    return [(number, _names_in(line.strip())) for number, line in enumerate(lines, start=1) if line.strip()]


def _names_in(line: str) -> list[str]:
    row = line.rsplit(maxsplit=1)
    return [line, row[0]] if row[1:] and row[1] in {"-1", "0", "1"} else [line]
