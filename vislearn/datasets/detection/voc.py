"""Boxes from a folder of Pascal VOC's XML files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import torch

from vislearn.datasets.detection.classes import numbered
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.origin import Origin
from vislearn.datasets.detection.pairing import listed_lines, pictures_by_stem, require_unshared, the_picture
from vislearn.datasets.detection.voc_file import VocFile, read_voc
from vislearn.errors import FileError, InputError, Words, require_one_of
from vislearn.files import is_litter
from vislearn.io import read_image
from vislearn.io.names import find_named
from vislearn.language import N_
from vislearn.problems import Problem, told_in

__all__ = ["voc_detection", "voc_files"]

Counting = Literal["from 1", "from 0", "edges"]


def voc_detection(
    annotations: str | Path,
    images: str | Path,
    transforms: Callable[..., Any] | None = None,
    *,
    names: str | Path | Iterable[str] | None = None,
    classes: Sequence[str] | None = None,
    counting: Counting = "from 1",
    reader: Callable[[Path], torch.Tensor] = read_image,
    repair: bool = False,
    problems: list[Problem] | None = None,
) -> DetectionDS:
    """A data set from VOC's XML files, as LabelImg and most annotation tools write them.

    Boxes are xyxy from 0 here, and the right and bottom edges lie just outside. What the numbers in the files
    mean depends on the program that wrote them, and nothing in them tells: see ``counting``. Objects marked
    difficult get ``iscrowd`` 1: not learned from, and left out of the scores, by COCO's rule for crowds or by
    VOC's own: ``vislearn.metrics.voc_average_precision``.

    Args:
        annotations: the folder of XML files, one per picture.
        images: the folder of pictures. A picture belongs to the file that is called as it is, or that notes
            its name; where the two disagree and both pictures are there, that is an error.
        transforms: as for :class:`DetectionDS`.
        names: which files, without their ending: a text file with one name per line (VOC's ``ImageSets``), or
            the names; None takes all. A line such as ``photo 1`` names ``photo 1.xml`` where that is there,
            else ``photo.xml``: VOC's lists of one class end with a mark.
        classes: names of the labels 1 ... K, in order; None takes every name that occurs, sorted. Say
            them where training and validation lie in different folders: both must count alike.
        counting: ``"from 1"``, as VOC itself: the first pixel is 1, and the last one inside is named (1 to 10
            are ten pixels). ``"from 0"``: likewise, but the first pixel is 0. ``"edges"``: the numbers lie
            between pixels and stay as they are (0 to 10 are ten pixels).
        reader: from a path to a picture, uint8 (3, H, W); as for :class:`DetectionDS`.
        repair: likewise.
        problems: a list that takes what is wrong with files and their objects, instead of an error at the
            first; pictures of such files are left out. None raises.

    Raises:
        FileError: a file is missing, isn't XML (with its line), lacks a part, has a box that isn't numbers or
            a class that isn't in ``classes``; a picture that isn't there. Boxes that lie wrong are told when
            their picture is read, or by :func:`check_detection`.
        InputError: ``names`` is empty, ``classes`` names one twice, or ``counting`` is another word.

    Source: the Pascal VOC development kit.
    """
    require_one_of("counting", counting, ("from 1", "from 0", "edges"))
    folder, pictures = Path(annotations), Path(images)
    parsed = [
        (file, found) for file in voc_files(folder, names, problems) if (found := read_voc(file, problems))
    ]
    if classes is None:
        classes = sorted({thing.name for _file, found in parsed for thing in found.objects})
    labels = numbered(classes)
    by_stem, owners, items = pictures_by_stem(pictures), dict[Path, str](), []
    for file, found in parsed:
        with told_in(problems):
            picture = the_picture(pictures, file, found.picture, by_stem)
            require_unshared(owners, picture, file.name, file)
            items.append((picture, _annotation(file, found, labels, counting)))
            owners[picture] = file.name
    return DetectionDS(items, transforms, classes=list(labels), reader=reader, repair=repair)


def _annotation(file: Path, found: VocFile, labels: Mapping[str, int], counting: Counting) -> dict[str, Any]:
    """One picture's annotation as :class:`DetectionDS` takes it."""
    for thing in found.objects:
        if thing.name not in labels:
            known = ", ".join(labels)
            raise FileError(
                file,
                N_("has an unknown class {name!r}"),
                fix=N_("Known: {known}."),
                name=thing.name,
                known=known,
            )
    annotation: dict[str, Any] = {
        "boxes": [_edges(thing.numbers, counting) for thing in found.objects],
        "labels": [labels[thing.name] for thing in found.objects],
        "iscrowd": [int(thing.difficult) for thing in found.objects],
        "origin": Origin(
            file, [Words(N_("object {place}"), place=number) for number in range(1, len(found.objects) + 1)]
        ),
    }
    return annotation | ({"size_hw": found.size_hw} if found.size_hw else {})


def _edges(numbers: tuple[float, float, float, float], counting: Counting) -> list[float]:
    left, top, right, bottom = numbers
    if counting == "edges":
        return [left, top, right, bottom]
    if counting == "from 0":
        return [left, top, right + 1, bottom + 1]
    return [_from_0(left), _from_0(top), right, bottom]


def _from_0(edge: float) -> float:
    """Some tools write zeros all the same, which VOC has none of: those edges stay where they are."""
    return max(edge - 1, 0.0) if edge >= 0 else edge


def voc_files(
    folder: Path,
    names: str | Path | Iterable[str] | None = None,
    problems: list[Problem] | None = None,
) -> list[Path]:
    """The XML files of a folder, all or those that are named.

    Args:
        folder: of XML files.
        names: as for :func:`voc_detection`.
        problems: takes lines of a list whose files aren't there, instead of an error at the first.

    Raises:
        FileError: no folder, or none in it; a list that names none, or one that isn't there, with its line.
        InputError: ``names`` is empty.
    """
    if not folder.is_dir():
        raise FileError(folder, N_("is not a folder"), fix=N_("Name the folder of VOC's XML files."))
    if names is None:
        files = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() == ".xml" and not is_litter(Path(path.name))
        )
        if not files:
            raise FileError(folder, N_("has no XML files"), fix=N_("Name the folder of VOC's XML files."))
        return files
    if isinstance(names, str | Path):
        return _listed_files(folder, Path(names), problems)
    files = [folder / f"{name}.xml" for name in names]
    if not files:
        raise InputError("names", "must name at least one file", got="none")
    return files


def _listed_files(folder: Path, listed: Path, problems: list[Problem] | None) -> list[Path]:
    files, lines = [], listed_lines(listed)
    if not lines:
        raise FileError(listed, N_("names no file"), fix=N_("Write one name a line, without its ending."))
    for line, names in lines:
        with told_in(problems):
            found = next(filter(None, (find_named(folder, f"{name}.xml") for name in names)), None)
            if found is None:
                what = Words(
                    N_("names {name!r} in line {line}, but {file}.xml does not exist"),
                    name=names[0],
                    line=line,
                    file=folder / names[-1],
                )
                raise FileError(listed, what, fix=N_("Correct the line, or add the file."))
            files.append(found)
    return files
