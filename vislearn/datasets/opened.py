"""A folder of unknown layout: which of the known ones it has, and its parts, opened."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from vislearn.datasets.conversion.opening import (
    open_detection,
    parts_of,
    signs_of,
    stand_ins,
    without_annotation,
)
from vislearn.datasets.detection import checks, coco, cvat, voc, voc_checks
from vislearn.datasets.detection.classes import alike_names
from vislearn.datasets.detection.coco_file import read_coco
from vislearn.datasets.detection.coco_folder import coco_files, home_of, json_files
from vislearn.datasets.detection.coco_outlines import check_outlines
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.masks import mask_detection
from vislearn.datasets.folders import check_folder
from vislearn.datasets.layout import class_folders, pictures_below
from vislearn.datasets.segmentation.checks import check_segmentation
from vislearn.datasets.segmentation.class_list import IGNORE
from vislearn.datasets.segmentation.dataset import SegmentationDS
from vislearn.datasets.segmentation.folder import segmentation_folder
from vislearn.errors import FileError, Words
from vislearn.files import is_litter
from vislearn.io import read_image
from vislearn.io.names import has_picture_ending
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.problems import Problem, joined, problem_of, told_in

__all__ = ["Opened", "open_parts"]

_PARTS = ("train", "training", "val", "valid", "validation", "test", "testing")  # train first
_LABELS = ("labels", "masks", "annotations")
Reader = Callable[[Path], torch.Tensor]
_PROGRAMS = {"labelme": "LabelMe", "roboflow": "Roboflow"}


@dataclass(frozen=True)
class Opened:
    """A part of a set.

    Attributes:
        name: of the part; "" where there is one only.
        kind: what the layout is called.
        unit: what labels count: ``"pictures"`` or ``"objects"``.
        classes: names, in order.
        items: each picture, and the classes of it or of its objects.
        problems: looks for all that is wrong; slow.
        notes: sentences about the whole set, the same with each part: nothing is wrong, but worth knowing.
    """

    name: str
    kind: str
    unit: str
    classes: list[str]
    items: list[tuple[Path, list[str]]]
    problems: Callable[[], list[Problem]]
    notes: tuple[str, ...] = ()


def open_parts(root: Path, *, suffix: str = "", scale: float | None = None) -> list[Opened]:
    """The parts of a set, training first.

    Args:
        root: the folder.
        suffix: as for :func:`segmentation_folder`; only label images have one.
        scale: as for :func:`vislearn.io.read_image`.

    Raises:
        FileError: no such folder, a layout that isn't known, or one that has no ``suffix``.
    """
    reader = partial(read_image, scale=scale)
    if not root.is_dir():
        raise FileError(root, N_("is not a folder"), fix=N_("Name the folder that holds the data set."))
    if suffix:
        return _suffixed(root, suffix, reader)
    layouts: tuple[Callable[[Path], Iterator[Opened]], ...] = (
        *(partial(layout, reader=reader) for layout in (_coco, _voc, _label_images, _programs)),
        *(_nameless, _damaged_coco, partial(_objects, reader=reader), _unnamed_masks),
        partial(_folders, scale=scale),
    )
    for layout in layouts:
        if parts := list(layout(root)):
            return parts
    raise FileError(
        root,
        N_("has no layout that is known"),
        fix=N_(
            "Known are: a folder per class, COCO's JSON beside its pictures, VOC's Annotations "
            "and JPEGImages, images and labels with a text file of classes, NAME/images and "
            "NAME/masks, YOLO's data.yaml, LabelMe's, CVAT's and Roboflow's exports."
        ),
    )


def _suffixed(root: Path, suffix: str, reader: Reader) -> list[Opened]:
    """Label images whose names have more than their pictures'."""
    if parts := list(_label_images(root, suffix, reader=reader)):
        return parts
    raise FileError(
        root,
        N_("has no images and labels with a text file of classes, and suffix ({suffix}) is for these alone"),
        fix=N_("Leave --suffix out, or write classes.txt."),
        suffix=suffix,
    )


def _folders(root: Path, scale: float | None) -> Iterator[Opened]:
    first: tuple[str, set[str]] | None = None
    for name, folder in _parts_or_whole(root).items():
        try:
            folders = class_folders(folder)
        except FileError:
            continue
        first = first or (name, set(folders))
        items = [
            (item, [label])
            for label, place in folders.items()
            for item in pictures_below(place, folder)
            if isinstance(item, Path)
        ]
        if items:
            yield Opened(
                name,
                "ImageFolder",
                "pictures",
                list(folders),
                items,
                partial(_folder_problems, folder, set(folders), *first, scale=scale),
            )


def _folder_problems(
    folder: Path, classes: set[str], first: str, wanted: set[str], scale: float | None
) -> list[Problem]:
    """Those of a part; a training would refuse one whose classes are not those of the first."""
    alone = {folder.name: classes - wanted, first: wanted - classes}
    odd = "; ".join(
        _("{names} only in {part}", names=", ".join(map(repr, sorted(names))), part=part)
        for part, names in alone.items()
        if names
    )
    what = _("has other class folders than {first}: {odd}", first=first, odd=odd)
    fix = _("Give both the same, written in one way; {first} decides.", first=first)
    return ([Problem(str(folder), what, fix)] if odd else []) + check_folder(folder, scale=scale)


def _coco(root: Path, reader: Reader) -> Iterator[Opened]:
    files = coco_files(root)
    unread: list[Problem] = []
    for path in json_files(root):
        if path not in files and _is_called_as_coco(path):
            with told_in(unread):
                read_coco(path)
    stems = [path.stem for path in files]
    parts = {
        path.stem if stems.count(path.stem) == 1 else path.relative_to(root).parent.as_posix(): path
        for path in files
    }
    openers = {
        name: partial(_coco_part, path, home_of(path, root))
        for name, path in sorted(parts.items(), key=lambda part: "train" not in part[0])
    }
    first: Opened | None = None
    for part in _opened("COCO", openers, reader, unread):
        first = first or part
        yield _numbered_as(first, part, parts)


def _numbered_as(first: Opened, part: Opened, files: Mapping[str, Path]) -> Opened:
    """Tells of a part whose labels mean other classes than the first one's; one may end before the other."""
    names = zip(first.classes, part.classes, strict=False)
    found = next(((at, *both) for at, both in enumerate(names, start=1) if both[0] != both[1]), None)
    if found is None:
        return part
    label, there, here = found
    told = {"label": label, "here": here, "there": there, "file": files[first.name].name}
    trouble = Problem(
        str(files[part.name]),
        _("counts its classes otherwise than {file}: {label} is {here!r} here and {there!r} there", **told),
        _("Give both files the same categories, or say them where both are read: classes=[...]."),
    )
    return replace(part, problems=lambda: [trouble, *part.problems()])


def _coco_part(path: Path, home: Path, *, problems: list[Problem]) -> DetectionDS:
    """Boxes alone, and what is wrong with outlines: where there are some, masks may be wanted of them."""
    data = coco.coco_detection(path, home, masks=True, problems=problems)
    problems += check_outlines(data)
    items = [
        (picture, {key: value for key, value in noted.items() if key != "masks"})
        for picture, noted in data.items
    ]
    return DetectionDS(items, classes=data.classes)


def _damaged_coco(root: Path) -> Iterator[Opened]:
    """COCO's file that can't be read: its pictures would be taken for a class called images."""
    alone = [entry.name for entry in root.iterdir() if entry.is_dir()] == ["images"]
    for path in json_files(root):
        if alone or _is_called_as_coco(path):
            read_coco(path)
    yield from ()


def _is_called_as_coco(path: Path) -> bool:
    return path.stem.startswith("instances") or path.stem.endswith(".coco")


def _voc(root: Path, reader: Reader) -> Iterator[Opened]:
    notes, pictures = root / "Annotations", root / "JPEGImages"
    if not (notes.is_dir() and pictures.is_dir()):
        return
    lists = root / "ImageSets" / "Main"
    parts: dict[str, Any] = {
        name: lists / f"{name}.txt" for name in ("train", "val", "test") if (lists / f"{name}.txt").is_file()
    }
    openers = {
        name: partial(_voc_part, notes, pictures, names) for name, names in (parts or {"": None}).items()
    }
    yield from _opened("VOC", openers, reader)


def _voc_part(notes: Path, pictures: Path, names: Path | None, *, problems: list[Problem]) -> DetectionDS:
    data = voc.voc_detection(notes, pictures, names=names, problems=problems)
    problems += voc_checks.check_counting(notes, names)
    return data


def _programs(root: Path, reader: Reader) -> Iterator[Opened]:
    """Sets with boxes as programs for annotating write them."""
    found = signs_of(root)
    if "yolo" in found and not any(root.glob("*.y*ml")) and not any(_rows_of_boxes(root)):
        found.remove("yolo")  # a list of classes alone stands beside folders of any kind
    if not found:
        return
    kinds = [_PROGRAMS.get(source, source.upper()) for source in found]
    if len(found) > 1:
        fix = N_("Move the files of all but one into folders of their own.")
        raise FileError(root, Words(N_("could be {kinds}"), kinds=joined(kinds, either=True)), fix=fix)
    openers = {part: partial(_programs_part, root, part, found[0]) for part in parts_of(root, found[0])}
    notes = tuple(
        _("There is no {part} yet: its line names the pictures of {other}.", part=part, other=other)
        for part, other in stand_ins(root, found[0]).items()
    )
    yield from (replace(part, notes=part.notes + notes) for part in _opened(kinds[0], openers, reader))


def _programs_part(root: Path, part: str, source: str, *, problems: list[Problem]) -> DetectionDS:
    data = open_detection(root, part, source=source, problems=problems)
    problems += cvat.check_turned(root / "annotations.xml") if source == "cvat" else []
    return data


def _opened(
    kind: str,
    openers: Mapping[str, Callable[..., DetectionDS]],
    reader: Reader,
    absent: Sequence[Problem] = (),
) -> Iterator[Opened]:
    """Parts with all that is wrong with them; one that can't be opened is told where another can.

    Args:
        kind: what the layout is called.
        openers: of each part, by name; called with a list that takes problems.
        reader: of the pictures.
        absent: what is known already of parts that aren't there.

    Raises:
        FileError: the first part's, where none can be opened.
    """
    found: list[tuple[str, DetectionDS, list[Problem]]] = []
    troubles: list[FileError] = []
    for name, open_part in openers.items():
        problems: list[Problem] = []
        try:
            found.append((name, open_part(problems=problems), problems))
        except FileError as trouble:
            troubles.append(trouble)
    if troubles and not found:
        raise troubles[0]
    others = [*absent, *map(problem_of, troubles)]  # stand with the first part
    whole = not others and not any(problems for _name, _data, problems in found)
    pictures = [picture for _name, data, _problems in found for picture, _noted in data.items]
    notes = tuple(without_annotation(pictures)) if whole else ()  # else those of wrong files are among them
    for name, data, problems in found:
        data.reader = reader
        part = _boxes(name if len(openers) > 1 else "", kind, data, others + problems)
        yield replace(part, notes=notes)
        others = []


def _nameless(root: Path) -> Iterator[Opened]:
    """YOLO's files without names: taken for folders of classes, these would be ``images`` and ``labels``."""
    if (file := next(_rows_of_boxes(root), None)) is not None:
        raise FileError(
            root,
            N_("holds YOLO's boxes ({place}), and no names of classes"),
            fix=N_("Write them into classes.txt, one a line, or into a data.yaml with names, train and val."),
            place=file.relative_to(root),
        )
    yield from ()


def _rows_of_boxes(root: Path) -> Iterator[Path]:
    """Text files of YOLO's: in ``labels``, below or beside the parts, or each beside its picture."""
    for path in (*root.glob("labels/**/*.txt"), *root.glob("*/labels/**/*.txt"), *_beside_pictures(root)):
        if path.name != "classes.txt" and not is_litter(Path(path.name)) and _has_a_row(path):
            yield path


def _beside_pictures(root: Path) -> Iterator[Path]:
    pictures = {path.stem for path in root.iterdir() if has_picture_ending(path)}
    return (path for path in sorted(root.glob("*.txt")) if path.stem in pictures)


def _has_a_row(path: Path) -> bool:
    """Does it begin with a class's number and fractions: at least four, for a box?"""
    try:
        with path.open(encoding="utf-8-sig") as file:
            words = next((line.split() for line in file if line.strip()), [])
        return len([float(word) for word in words]) >= 5
    except (OSError, ValueError):
        return False


def _boxes(name: str, kind: str, data: DetectionDS, found: Sequence[Problem] = ()) -> Opened:
    """A part with boxes.

    Args:
        name: of the part.
        kind: what the layout is called.
        data: the part, opened.
        found: what is known to be wrong already.
    """
    classes = data.classes or []
    known = [*found, *alike_names(classes)]
    items = [
        (Path(path), [classes[int(label) - 1] for label in noted["labels"]]) for path, noted in data.items
    ]
    called = _("The part {part}", part=name) if name else _("The data set")
    look = partial(checks.check_detection, data, whole=not found, called=called)
    return Opened(name, kind, "objects", classes, items, lambda: known + look())


def _label_images(root: Path, suffix: str = "", *, reader: Reader) -> Iterator[Opened]:
    """``images`` and ``labels`` with a text file of classes, with or without ``train`` and ``val`` above."""
    found: list[tuple[str, SegmentationDS]] = []
    troubles: list[FileError] = []
    for name, folder, labels in _beside_images(root):
        if texts := sorted(root.glob("*.txt")) or sorted(folder.glob("*.txt")):
            how: dict[str, Any] = {"classes": texts[0], "suffix": suffix, "reader": reader}
            try:
                found.append((name, segmentation_folder(folder / "images", labels, **how)))
            except FileError as trouble:
                troubles.append(trouble)
    if troubles and not found:
        raise troubles[0]
    others = [*map(problem_of, troubles)]  # stand with the first part
    for name, data in found:
        names = data.classes or []
        look = partial(_told_too, others, data)
        yield Opened(name, N_("label images"), "pictures", names, _masks(data, names), look)
        others = []


def _told_too(others: list[Problem], data: SegmentationDS) -> list[Problem]:
    return others + check_segmentation(data)


def _unnamed_masks(root: Path) -> Iterator[Opened]:
    """Masks without names of classes: taken for an ImageFolder, they would be a class called ``masks``."""
    for _name, folder, labels in _beside_images(root):
        pictures = tuple(path.stem for path in (folder / "images").iterdir() if has_picture_ending(path))
        if pictures and any(path.stem.startswith(pictures) for path in labels.iterdir()):
            raise FileError(
                root,
                N_("holds pictures and masks ({place}), and no names of classes"),
                fix=N_(
                    "Write classes.txt, the name of number 0 on its first line. Black and white masks "
                    "need none: vislearn train-segmenter --foreground WORD looks at all of them before "
                    "it trains."
                ),
                place=labels.relative_to(root),
            )
    yield from ()


def _beside_images(root: Path) -> Iterator[tuple[str, Path, Path]]:
    """Parts in which masks lie beside ``images``: name, folder, and the folder of masks."""
    for name, folder in _parts_or_whole(root).items():
        labels = next((folder / one for one in _LABELS if (folder / one).is_dir()), None)
        if labels and (folder / "images").is_dir() and _has_pictures(labels):
            yield name, folder, labels


def _parts_or_whole(root: Path) -> dict[str, Path]:
    inside = {path.name.lower(): path for path in root.iterdir() if path.is_dir()}
    return {name: inside[name] for name in _PARTS if name in inside} or {"": root}


def _objects(root: Path, reader: Reader) -> Iterator[Opened]:
    """``NAME/images`` with one picture and ``NAME/masks`` with a mask for each object, as for Mask R-CNN."""
    openers: dict[str, Callable[..., DetectionDS]] = {}
    for name, folder in _parts_or_whole(root).items():
        each = [path for path in folder.iterdir() if path.is_dir() and not is_litter(Path(path.name))]
        if each and all((one / "images").is_dir() and (one / "masks").is_dir() for one in each):
            openers[name] = partial(mask_detection, folder)
    yield from _opened(N_("masks of objects"), openers, reader)


def _has_pictures(folder: Path) -> bool:
    return any(has_picture_ending(path) and not is_litter(Path(path.name)) for path in folder.iterdir())


def _masks(data: SegmentationDS, names: list[str]) -> list[tuple[Path, list[str]]]:
    """Each picture with the classes of which it has a pixel; none where the mask can't be read."""
    items = []
    for index, (path, _mask) in enumerate(data.items):
        try:
            numbers = torch.unique(data.read(index)[1]).tolist()
        except FileError:  # check_segmentation tells
            numbers = []
        items.append((Path(path), [names[number] for number in numbers if number != IGNORE]))
    return items
