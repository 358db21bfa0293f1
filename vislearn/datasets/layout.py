"""Where the classes of a folder of pictures are, and whether they are what they seem."""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from vislearn.errors import FileError
from vislearn.files import is_litter
from vislearn.io.names import ENDINGS, plain_name, pretty_endings
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem

__all__ = ["class_folders", "folders_below", "layout_problems", "pictures_below"]

_LAYOUT = N_("Put the pictures of each class into a folder of its own: ROOT/cat/1.jpg, ROOT/dog/2.jpg.")
_PARTS = {"train", "training", "val", "valid", "validation", "test", "testing", "dev"}


def class_folders(root: Path) -> dict[str, Path]:
    """Class name, in one Unicode form, -> its folder; in the order of the names.

    Args:
        root: holds one folder per class.

    Raises:
        FileError: no such folder, or no class folders in it.
    """
    if not root.exists():
        raise FileError(root, N_("does not exist"), fix=N_("Check the name; it is relative to the notebook."))
    if not root.is_dir():
        raise FileError(root, N_("is a file, not a folder"), fix=_LAYOUT)
    folders = [entry for entry in root.iterdir() if entry.is_dir() and not is_litter(Path(entry.name))]
    if not folders:
        raise FileError(root, N_("has no class folders"), fix=_LAYOUT)
    # two that differ in their Unicode form only stay two, for layout_problems to tell
    forms = [plain_name(folder.name) for folder in folders]
    names = {
        folder.name if forms.count(form) > 1 else form: folder
        for form, folder in zip(forms, folders, strict=True)
    }
    return dict(sorted(names.items()))


def layout_problems(root: Path, folders: Iterable[Path]) -> Iterator[Problem]:
    """Classes that are hardly meant: two with nearly one name, or all of them one level further down.

    Args:
        root: holds the class folders.
        folders: from :func:`class_folders`.
    """
    seen: dict[str, Path] = {}
    for folder in folders:
        if folder.name != folder.name.strip():
            yield Problem(str(folder), _("has a space at one end of its name"), _("Rename it."))
        key = plain_name(folder.name).strip().casefold()
        if key in seen:
            yield Problem(
                str(folder),
                _(
                    "is called nearly as {name!r} beside it: {difference}",
                    name=seen[key].name,
                    difference=_difference(folder, seen[key]),
                ),
                _("If they are one class, put the pictures into one folder; else rename one."),
            )
        seen.setdefault(key, folder)
    names = {folder.name.lower() for folder in folders}
    if (len(names) == 1 or names <= _PARTS) and all(map(_has_folders_only, folders)):
        first = next(iter(folders))
        yield Problem(
            str(root),
            _(
                "has only folders in {names}, so that each would be one class",
                names=", ".join(sorted(names)),
            ),
            _("If the classes lie there, name {first} instead.", first=first),
        )


def _difference(one: Path, other: Path) -> str:
    if plain_name(one.name) == plain_name(other.name):
        return _("the same letters, stored as other code points")
    return _("only spaces or upper and lower case differ")


def _has_folders_only(folder: Path) -> bool:
    entries = [entry for entry in folder.iterdir() if not is_litter(Path(entry.name))]
    return bool(entries) and all(entry.is_dir() for entry in entries)


def pictures_below(
    folder: Path, root: Path, *, endings: Collection[str] = ENDINGS, films: bool = False
) -> Iterator[Path | Problem]:
    """Pictures (or films) of one class, in torchvision's order; a problem in place of each file that is none.

    Args:
        folder: of the class.
        root: the folder around it; links that lead back there or into ``folder`` are told.
        endings: of the files that count.
        films: whether they are called films in a sentence.
    """
    count = 0
    found = folders_below(folder, frozenset([os.path.realpath(root)]))
    for place, names in sorted(found, key=lambda entry: entry[0]):
        if isinstance(names, Problem):
            count += 1
            yield names
            continue
        for path in (Path(place) / name for name in names if not is_litter(Path(name))):
            count += 1
            if path.suffix.lower() in endings:
                yield path
            else:
                known = pretty_endings(endings)
                what = (
                    _("is not a film (known endings: {endings})", endings=known)
                    if films
                    else _("is not a picture (known endings: {endings})", endings=known)
                )
                yield Problem(str(path), what, _("Move it out of the class folder."))
    if not count:
        fix = _("Put films into it, or delete it.") if films else _("Put pictures into it, or delete it.")
        yield Problem(str(folder), _("is an empty class folder"), fix)


def folders_below(
    folder: Path, above: frozenset[str] = frozenset()
) -> Iterator[tuple[str, list[str] | Problem]]:
    """Each folder with its files, links that lead nowhere among them, or with what is wrong with it.

    Args:
        folder: the first of them; links to folders are followed.
        above: folders, as they really are called, to which no link may lead back.
    """
    here = os.path.realpath(folder)
    if here in above:
        yield (
            str(folder),
            Problem(str(folder), _("is a link that leads back to {here}", here=here), _("Remove the link.")),
        )
        return
    try:
        entries = sorted(os.listdir(folder))  # noqa: PTH208 - names, as they are sorted
    except OSError as trouble:
        what = _("can't be opened ({reason})", reason=trouble.strerror)
        yield str(folder), Problem(str(folder), what, _("Check its permissions."))
        return
    yield str(folder), [name for name in entries if not (folder / name).is_dir()]
    for name in entries:
        if (folder / name).is_dir() and not is_litter(Path(name)):
            yield from folders_below(folder / name, above | {here})
