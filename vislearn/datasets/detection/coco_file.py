"""A file in COCO's format, read strictly: whatever passes here raises nothing later."""

import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vislearn.errors import FileError, Words
from vislearn.io.names import plain_name
from vislearn.language import N_
from vislearn.problems import Problem, told_in

__all__ = ["CocoFile", "is_number", "is_whole", "read_coco", "read_json", "require_box"]

_LARGEST = 2**53  # ids beyond are rounded by programs that keep all numbers as floats
_FARTHEST = 1e6  # pixels; no picture is as wide


@dataclass(frozen=True)
class CocoFile:
    """What a file says, by id. Optional entries that are null are left out."""

    path: Path
    images: dict[int, dict[str, Any]]
    categories: dict[int, str]  # names, each once
    roots: frozenset[int]  # categories that others name as their supercategory
    annotations: dict[int, dict[str, Any]]
    supercategories: dict[int, str]  # what a category belongs to; its own name where nothing is said
    extras: tuple[str, ...]  # what else is in the file, such as "info" and "images: license"


def read_coco(
    path: str | Path, *, file_names: bool = True, problems: list[Problem] | None = None
) -> CocoFile:
    """An ``instances`` file.

    Args:
        path: JSON with the lists ``images``, ``categories`` and ``annotations``.
        file_names: whether its images need one; scores don't read pictures.
        problems: takes what is wrong with entries, instead of an error at the first. Those are left out then,
            and with each annotation its image: an object that is left out would be learned as background.

    Raises:
        FileError: missing, no JSON, or not as COCO's format wants it; the sentence names the entry.

    Source: cocodataset.org/#format-data.
    """
    path = Path(path)
    content = read_json(path)
    for key in ("images", "annotations", "categories"):
        if not isinstance(content, dict) or not isinstance(content.get(key), list):
            raise FileError(
                path,
                N_("is not in COCO's format: it has no list {key!r}"),
                fix=N_("Detection needs an instances file."),
                key=key,
            )
    needed: tuple[str, ...] = ("file_name",) if file_names else ()
    images = _by_id(path, content["images"], "images", needed, problems)
    categories = _by_id(path, content["categories"], "categories", ("name",), problems)
    needed = ("image_id", "category_id", "bbox")
    annotations = _by_id(path, content["annotations"], "annotations", needed, problems)
    images = _sound(images, lambda identity, image: _require_image(path, identity, image), problems)
    names = _names(path, categories, problems)
    known = {key: _ids(content[key]) for key in ("images", "categories")}
    annotations = _sound(
        annotations, lambda identity, entry: _require_annotation(path, identity, entry, known), problems
    )
    annotations = {at: entry for at, entry in annotations.items() if entry["category_id"] in names}
    images = _without_losses(images, annotations, content["annotations"])
    annotations = {at: entry for at, entry in annotations.items() if entry["image_id"] in images}
    parents = {at: plain_name(str(categories[at].get("supercategory", name))) for at, name in names.items()}
    roots = _roots(names, categories)
    return CocoFile(path, images, names, roots, annotations, parents, tuple(_extras(content)))


def read_json(path: Path) -> Any:
    """What a JSON file holds; a byte order mark is forgiven.

    Args:
        path: the file.

    Raises:
        FileError: missing, not UTF-8, no JSON (with line and column), or a key twice in one object, of which
            Python would keep the last without a word.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_with_single_keys)
    except _TwiceInOneObject as trouble:
        problem = Words(N_("says {key!r} twice in one object"), key=trouble.key)
        raise FileError(path, problem, fix=N_("Keep one of the two, or export it again.")) from None
    except FileNotFoundError:
        raise FileError(path, N_("does not exist"), fix=N_("Check the name and the folder.")) from None
    except OSError as trouble:
        raise FileError(
            path, N_("can't be read ({reason})"), fix=N_("Name a JSON file."), reason=trouble.strerror
        ) from None
    except json.JSONDecodeError as trouble:
        where = Words(N_("line {line}, column {column}"), line=trouble.lineno, column=trouble.colno)
        raise FileError(
            path,
            N_("is not JSON: {reason} at {where}"),
            fix=N_("Is it whole?"),
            reason=trouble.msg,
            where=where,
        ) from None
    except UnicodeDecodeError:
        raise FileError(path, N_("is not text in UTF-8"), fix=N_("Name a JSON file.")) from None
    except (ValueError, RecursionError):  # a number of thousands of digits; lists in lists in lists
        raise FileError(
            path, N_("holds JSON that no program means to write"), fix=N_("Export it again.")
        ) from None


class _TwiceInOneObject(Exception):
    def __init__(self, key: str) -> None:
        self.key = key


def _with_single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _value in pairs]
        raise _TwiceInOneObject(next(key for key in keys if keys.count(key) > 1))
    return found


_READ = {  # of each list; keypoints are told by themselves
    "images": {"id", "file_name", "height", "width"},
    "categories": {"id", "name", "supercategory"},
    "annotations": {
        *("id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation"),
        *("keypoints", "num_keypoints"),
    },
}


def _extras(content: Mapping[str, Any]) -> Iterator[str]:
    """What nobody here reads, but for what is empty."""
    yield from (key for key, value in content.items() if key not in _READ and value)
    for kind, read in _READ.items():
        entries = [entry for entry in content[kind] if isinstance(entry, dict)]
        keys = dict.fromkeys(key for entry in entries for key, value in entry.items() if value)
        yield from (f"{kind}: {key}" for key in keys if key not in read)


Entries = dict[int, dict[str, Any]]


def _by_id(
    path: Path, entries: Iterable[Any], kind: str, needed: tuple[str, ...], problems: list[Problem] | None
) -> Entries:
    """Entries by their id; each id once, each entry with what it needs."""
    found: Entries = {}
    for place, entry in enumerate(entries):
        with told_in(problems):
            for key in ("id", *needed):
                if not isinstance(entry, dict) or entry.get(key) is None:
                    what = Words(
                        N_("has an entry without {key!r}: number {place} of {kind!r}, from 0"),
                        key=key,
                        place=place,
                        kind=kind,
                    )
                    raise FileError(path, what, fix=N_("Add it to the entry, or take the entry out."))
            if not is_whole(entry["id"]):
                raise FileError(
                    path,
                    N_("has an id that is no whole number: {identity!r} in {kind!r}"),
                    identity=entry["id"],
                    kind=kind,
                )
            if entry["id"] in found:
                what = Words(N_("has the id {identity} twice in {kind!r}"), identity=entry["id"], kind=kind)
                raise FileError(path, what, fix=N_("Give each a number of its own."))
            found[entry["id"]] = {key: value for key, value in entry.items() if value is not None}
    return found


def _ids(entries: Iterable[Any]) -> set[int]:
    """All ids that are given, those of wrong entries too: who names one names nothing unknown."""
    return {entry["id"] for entry in entries if isinstance(entry, dict) and is_whole(entry.get("id"))}


def _sound(
    entries: Entries, require: Callable[[int, dict[str, Any]], None], problems: list[Problem] | None
) -> Entries:
    """Those that pass."""
    found: Entries = {}
    for identity, entry in entries.items():
        with told_in(problems):
            require(identity, entry)
            found[identity] = entry
    return found


def _without_losses(images: Entries, annotations: Entries, written: Iterable[Any]) -> Entries:
    """The images of which no annotation got lost."""
    sound = Counter(entry["image_id"] for entry in annotations.values())
    whole = Counter(
        entry["image_id"] for entry in written if isinstance(entry, dict) and is_whole(entry.get("image_id"))
    )
    return {identity: image for identity, image in images.items() if sound[identity] == whole[identity]}


def is_whole(value: Any) -> bool:
    """A whole number that every program keeps as it is; JSON's true is none.

    >>> is_whole(7), is_whole(True), is_whole("7"), is_whole(10**20)
    (True, False, False, False)
    """
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST


def is_number(value: Any) -> bool:
    """A finite number; JSON's true is none.

    >>> is_number(0.5), is_number(True), is_number(float("nan"))
    (True, False, False)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _names(
    path: Path, categories: Mapping[int, dict[str, Any]], problems: list[Problem] | None
) -> dict[int, str]:
    """Names by id, in one Unicode form; each name once."""
    names: dict[int, str] = {}
    owners: dict[str, int] = {}
    for identity, category in categories.items():
        with told_in(problems):
            if not isinstance(category["name"], str | int) or not str(category["name"]).strip():
                raise FileError(
                    path,
                    N_("has a category {identity} without a name: {name!r}"),
                    identity=identity,
                    name=category["name"],
                )
            name = plain_name(str(category["name"]))
            if name in owners:
                what = Words(
                    N_("calls two categories {name!r}: {other} and {identity}"),
                    name=name,
                    other=owners[name],
                    identity=identity,
                )
                raise FileError(path, what, fix=N_("Give each a name of its own, or merge them."))
            names[identity], owners[name] = name, identity
    return names


def _roots(names: Mapping[int, str], categories: Mapping[int, dict[str, Any]]) -> frozenset[int]:
    """Categories that only hold others together, as some exports write them: id 0, and the parent of all."""
    parents = {
        plain_name(str(entry["supercategory"])): identity
        for identity, entry in categories.items()
        if "supercategory" in entry  # a class may well be called None
    }
    return frozenset(identity for identity, name in names.items() if parents.get(name, identity) != identity)


def _require_image(path: Path, identity: int, image: Mapping[str, Any]) -> None:
    name = image.get("file_name", "none needed")
    if not isinstance(name, str) or not name.strip("/\\ "):
        raise FileError(
            path, N_("has no file name in image {identity}: {name!r}"), identity=identity, name=name
        )
    for key in ("height", "width"):
        if key in image and not (is_number(image[key]) and 1 <= image[key] <= _FARTHEST):
            raise FileError(
                path,
                N_("has a {key} that is no number of pixels in image {identity}: {value!r}"),
                key=key,
                identity=identity,
                value=image[key],
            )


def _require_annotation(
    path: Path, identity: int, entry: Mapping[str, Any], known: Mapping[str, Collection[int]]
) -> None:
    _require_known(path, identity, "image_id", entry["image_id"], known["images"], "images")
    _require_known(path, identity, "category_id", entry["category_id"], known["categories"], "categories")
    require_box(path, Words(N_("annotation {identity}"), identity=identity), entry["bbox"])
    _require_extras(path, identity, entry)


def _require_known(
    path: Path, identity: int, key: str, value: Any, known: Collection[int], kind: str
) -> None:
    if not is_whole(value) or value not in known:
        listed = sorted(known)
        some = ", ".join(str(entry) for entry in listed[:10]) + (" …" if len(listed) > 10 else "")
        raise FileError(
            path,
            Words(
                N_("has an unknown {key} {value!r} in annotation {identity}"),
                key=key,
                value=value,
                identity=identity,
            ),
            fix=Words(
                N_("{kind!r} has the ids {some}: write one of them, or add it there."), kind=kind, some=some
            )
            if listed
            else Words(N_("{kind!r} is empty: add what is named."), kind=kind),
        )


def require_box(path: Path, where: str, box: Any) -> None:
    """Refuse what is no box ``[x, y, width, height]``.

    Args:
        path: the file it stands in.
        where: and the entry.
        box: whatever stands there.

    Raises:
        FileError: it isn't four numbers, or they can't be one.
    """
    if not (isinstance(box, list) and len(box) == 4 and all(map(is_number, box))):
        raise FileError(
            path,
            N_("has a bbox that isn't four numbers in {where}: {box!r}"),
            fix=N_("COCO's boxes are [x, y, width, height]."),
            where=where,
            box=box,
        )
    if box[2] < 0 or box[3] < 0:
        raise FileError(
            path,
            N_("has a bbox of negative width or height in {where}: {box!r}"),
            fix=N_("If they are x1, y1, x2, y2, write [x1, y1, x2 - x1, y2 - y1]."),
            where=where,
            box=box,
        )
    if max(map(abs, box)) > _FARTHEST:
        raise FileError(
            path, N_("has a bbox far beyond any picture in {where}: {box!r}"), where=where, box=box
        )


def _require_extras(path: Path, identity: int, entry: Mapping[str, Any]) -> None:
    area, crowd = entry.get("area", 0), entry.get("iscrowd", 0)
    if not (is_number(area) and area >= 0):
        raise FileError(
            path,
            N_("has an area that is no number of pixels in annotation {identity}: {area!r}"),
            fix=N_("Leave it out: it is counted then."),
            identity=identity,
            area=area,
        )
    if crowd not in (0, 1) or not isinstance(crowd, int):
        raise FileError(
            path,
            N_("has an iscrowd that is neither 0 nor 1 in annotation {identity}: {crowd!r}"),
            identity=identity,
            crowd=crowd,
        )
