"""Which format a folder is in, by looking, and the set that is in it."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

from vislearn.datasets.detection.coco import coco_detection
from vislearn.datasets.detection.coco_file import read_coco, read_json
from vislearn.datasets.detection.coco_folder import coco_files, home_of, json_files
from vislearn.datasets.detection.cvat import cvat_detection
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.labelme import labelme_detection
from vislearn.datasets.detection.roboflow import COCO_FILE, roboflow_detection
from vislearn.datasets.detection.voc import voc_detection
from vislearn.datasets.detection.yolo import yolo_detection
from vislearn.datasets.detection.yolo_yaml import SPLITS, read_yaml, yaml_in
from vislearn.errors import FileError, InputError, require_one_of
from vislearn.files import is_litter
from vislearn.io.names import ENDINGS, has_picture_ending
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import joined

__all__ = [
    "SOURCES",
    "has_lists_of_parts",
    "open_detection",
    "parts_of",
    "signs_of",
    "source_of",
    "stand_ins",
    "without_annotation",
]

_NAMED = 5  # pictures in a sentence
_FOUND_BY = N_(
    "Known by: data.yaml or classes.txt (yolo), annotations.xml (cvat), *.json with shapes (labelme), "
    "annotations/instances_*.json, or one JSON file with images, annotations and categories (coco), "
    "Annotations/*.xml (voc), train/_annotations.coco.json (roboflow)."
)


def open_detection(
    folder: str | Path,
    split: str = "train",
    *,
    source: str | None = None,
    skip: Collection[str] = (),
    **how: Any,
) -> DetectionDS:
    """A set with boxes from a folder in any of the formats that are read here.

    Args:
        folder: as its program wrote it.
        split: the part, where the format has parts.
        source: one of :data:`SOURCES`; None finds it by looking.
        skip: kinds of shapes to leave out, as for :func:`labelme_detection` and :func:`cvat_detection`.
        **how: ``transforms``, ``masks`` and so on, for the format's own reader.

    Raises:
        FileError: no such folder; a folder that could be of no known format, or of several.
        InputError: another source, or one without such shapes.
    """
    folder = Path(folder)
    source = source_of(folder) if source is None else source
    require_one_of("source", source, SOURCES)
    if skip and source not in _WITH_SHAPES:
        raise InputError("skip", f"is for {' and '.join(_WITH_SHAPES)}, which have such shapes", got=source)
    return _READERS[source](folder, split, **how, **({"skip": skip} if skip else {}))


def source_of(folder: str | Path) -> str:
    """Which program's, or whose format, a folder is.

    Args:
        folder: of the set.

    Raises:
        FileError: none, or several.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileError(folder, N_("is not a folder"), fix=N_("Name the folder of a set with boxes."))
    found = signs_of(folder)
    if len(found) > 1:
        raise FileError(
            folder,
            N_("could be {kinds}"),
            fix=N_("Say which: source=, or --from."),
            kinds=joined(found, either=True),
        )
    if not found:
        raise FileError(folder, N_("is in no format with boxes that is known here"), fix=_FOUND_BY)
    return found[0]


def signs_of(folder: Path) -> list[str]:
    """All formats that a folder could be in, by the names of its files.

    Args:
        folder: of the set.
    """
    return [name for name, is_so in _SIGNS.items() if is_so(folder)]


def without_annotation(pictures: Collection[Path]) -> Iterator[str]:
    """A sentence about pictures that lie beside those of a set, and of which its files say nothing.

    Args:
        pictures: of all parts of the set.
    """
    known = set(pictures)
    beside = sorted(
        path
        for folder in {path.parent for path in pictures}
        for path in folder.iterdir()
        if has_picture_ending(path) and path not in known and not is_litter(Path(path.name))
    )
    if beside:
        names = ", ".join(path.name for path in beside[:_NAMED]) + (" ..." if len(beside) > _NAMED else "")
        told = {"names": names, "count": len(beside)}
        yield _("Left out, because no annotation is about them: {names} (pictures: {count}).", **told)


def has_lists_of_parts(folder: Path) -> bool:
    """Do files of the set say which of its pictures are in which part? Then a part needn't have them all.

    Args:
        folder: of the set.
    """
    return (folder / "ImageSets").is_dir() or len(_instances(folder)) > 1


def parts_of(folder: Path, source: str) -> list[str]:
    """The parts of a set that has a file or folder for each, training first; only "train" where it has not.

    Args:
        folder: of the set.
        source: as :func:`source_of` tells it.

    Raises:
        FileError: a YAML file that can't be read.
    """
    if file := _yaml_of(folder, source):
        named = _lines(file)
        return [split for split in named if split not in stand_ins(folder, source)] or ["train"]
    there = [split for split, keys in SPLITS.items() if any((folder / key).is_dir() for key in keys)]
    return there if source == "roboflow" and there else ["train"]


def stand_ins(folder: Path, source: str) -> dict[str, str]:
    """Parts without pictures of their own -> the part whose pictures a YAML file names for them.

    Ultralytics wants a ``val`` named: where there is none, its line is often that of ``train``.

    Args:
        folder: of the set.
        source: as :func:`source_of` tells it.

    Raises:
        FileError: a YAML file that can't be read.
    """
    named = _lines(file) if (file := _yaml_of(folder, source)) else {}
    first = {split: next(one for one in named if named[one] == line) for split, line in named.items()}
    return {split: other for split, other in first.items() if split != other}


def _yaml_of(folder: Path, source: str) -> Path | None:
    return yaml_in(folder) if source in ("yolo", "roboflow") else None


def _lines(file: Path) -> dict[str, Any]:
    """Part -> what the YAML file names for it, of the parts that it names."""
    content = read_yaml(file)
    lines = {
        split: next((content[key] for key in keys if content.get(key)), None)
        for split, keys in SPLITS.items()
    }
    return {split: line for split, line in lines.items() if line is not None}


def _coco(folder: Path, split: str, **how: Any) -> DetectionDS:
    """Of files called as COCO's own the part's; else the one file there is, whatever the part."""
    if not (named := _instances(folder)):
        file = _only_coco_file(folder)
        return coco_detection(file, home_of(file, folder), **how)
    file = _part_among(named, folder, split)
    part = file.stem.removeprefix("instances_")
    places = (folder / "images" / part, folder / part, folder / "images")
    pictures = next((place for place in places if place.is_dir()), folder)
    return coco_detection(file, pictures, **how)


def _instances(folder: Path) -> list[Path]:
    """``annotations/instances_train.json``, ``instances_val2017.json`` …, as COCO calls its own."""
    found = [*folder.glob("annotations/instances_*.json"), *folder.glob("instances_*.json")]
    return [path for path in found if not is_litter(Path(path.name))]


def _part_among(named: Collection[Path], folder: Path, split: str) -> Path:
    for place in (folder / "annotations", folder):
        found = sorted(
            path for path in named if path.parent == place and path.match(f"instances_{split}*.json")
        )
        if len(found) > 1:
            raise FileError(
                place,
                N_("has several files for {split}: {names}"),
                split=split,
                names=", ".join(path.name for path in found),
            )
        if found:
            return found[0]
    raise FileError(
        folder, N_("has no annotations/instances_{split}.json"), fix=N_("Is it another part?"), split=split
    )


def _unnamed_coco(folder: Path) -> list[Path]:
    """COCO's files under other names, but for those that lie in Roboflow's parts."""
    return [path for path in coco_files(folder) if path.name != COCO_FILE or path.parent == folder]


def _only_coco_file(folder: Path) -> Path:
    if len(found := _unnamed_coco(folder)) == 1:
        return found[0]
    for path in () if found else json_files(folder):
        read_coco(path)  # says why it is none
    fix = N_("Call the file of each part as COCO does, such as annotations/instances_train.json.")
    if not found:
        raise FileError(folder, N_("has no file in COCO's format"), fix=fix)
    names = ", ".join(path.relative_to(folder).as_posix() for path in found)
    raise FileError(folder, N_("has several files in COCO's format: {names}"), fix=fix, names=names)


def _voc(folder: Path, split: str, *, masks: bool = False, **how: Any) -> DetectionDS:
    if masks:
        raise InputError("masks", "must be False for VOC's XML files, which hold boxes", got=masks)
    listed = folder / "ImageSets" / "Main" / f"{split}.txt"
    if (folder / "ImageSets").is_dir():
        return voc_detection(folder / "Annotations", folder / "JPEGImages", names=listed, **how)
    if (folder / "Annotations").is_dir():
        return voc_detection(folder / "Annotations", folder / "JPEGImages", **how)
    return voc_detection(folder, folder, **how)


def _has(folder: Path, pattern: str) -> bool:
    return any(not is_litter(Path(path.name)) for path in folder.glob(pattern))


def _is_labelme(folder: Path) -> bool:
    """Is a JSON file there with shapes, or a damaged one that belongs to a picture beside it?"""
    files = (path for path in sorted(folder.glob("*.json")) if not is_litter(Path(path.name)))
    return any(map(_has_shapes, files))


def _has_shapes(file: Path) -> bool:
    try:
        content = read_json(file)
    except FileError:
        return any(file.with_suffix(ending).is_file() for ending in ENDINGS)
    return isinstance(content, dict) and "shapes" in content


_SIGNS: dict[str, Callable[[Path], bool]] = {
    "yolo": lambda folder: any(
        _has(folder, name) for name in ("*.yaml", "*.yml", "classes.txt", "labels/classes.txt")
    ),
    "coco": lambda folder: bool(_instances(folder) or _unnamed_coco(folder)),
    "voc": lambda folder: (
        _has(folder, "Annotations/*.xml") or (_has(folder, "*.xml") and not _has(folder, "annotations.xml"))
    ),
    "labelme": _is_labelme,
    "cvat": lambda folder: _has(folder, "annotations.xml"),
    "roboflow": lambda folder: _has(folder, f"*/{COCO_FILE}") or _has(folder, "train/*.xml"),
}
_READERS: dict[str, Callable[..., DetectionDS]] = {
    "coco": _coco,
    "voc": _voc,
    "yolo": yolo_detection,
    "labelme": lambda folder, split, **how: labelme_detection(folder, **how),
    "cvat": lambda folder, split, **how: cvat_detection(folder, **how),
    "roboflow": roboflow_detection,
}
SOURCES = tuple(_READERS)
_WITH_SHAPES = ("labelme", "cvat")
