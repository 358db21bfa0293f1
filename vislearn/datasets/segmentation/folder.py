"""A folder of pictures beside a folder of label images, as CamVid has them."""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from vislearn.datasets.detection.pairing import (
    listed_lines,
    named_together,
    pictures_by_stem,
    pictures_in,
    require_unshared,
    the_picture,
)
from vislearn.datasets.segmentation.class_list import VOID, Classes, class_list
from vislearn.datasets.segmentation.dataset import SegmentationDS
from vislearn.datasets.segmentation.label_files import Stored, labels_of
from vislearn.errors import FileError, InputError, Words, require_one_of
from vislearn.io import read_image
from vislearn.io.names import plain_name
from vislearn.language import N_

__all__ = ["label_pairs", "segmentation_folder"]

_PAIRS = N_("Pictures and label images lie in two folders, and are called alike: images/1.jpg, labels/1.png.")


def segmentation_folder(
    pictures: str | Path,
    labels: str | Path,
    transforms: Callable[..., Any] | None = None,
    *,
    classes: Classes,
    colors: Sequence[Sequence[int]] | None = None,
    void: Collection[str] | str = VOID,
    stored: Stored = None,
    suffix: str = "",
    names: str | Path | Iterable[str] | None = None,
    reader: Callable[[Path], torch.Tensor] = read_image,
) -> SegmentationDS:
    """A data set from a folder of pictures and a folder of label images that are called alike.

    Samples are a picture (3, H, W) and a mask (H, W), as :class:`SegmentationDS` describes them.

    Label images hold a number per pixel (gray of up to 16 bits, or the indices of a palette), or a colour per
    class. Which one is found out file by file, by what ``classes`` knows; ``stored`` decides where both are
    possible. 255 is void, unless a class has that number. Every picture must have its label image, and every
    label image its picture.

    Args:
        pictures: the folder of pictures.
        labels: the folder of label images, of a format that loses nothing.
        transforms: as for :class:`SegmentationDS`.
        classes: what the numbers or colours stand for. A text file: ``R G B name`` on each line (CamVid's
            ``label_colors.txt``), ``number name``, ``name,r,g,b``, CVAT's ``labelmap.txt``, or names alone.
            Or a list of names of 0, 1, 2 ...; number → name; (red, green, blue) → name. Numbers without
            gaps stay, others are counted in the order in which they are named.
        colors: one (red, green, blue) per name, where ``classes`` brings none.
        void: names that are no class, or the only such name; their pixels become 255.
        stored: ``"numbers"`` or ``"colours"``; None finds out.
        suffix: what names of label images have beyond their pictures', such as CamVid's ``"_L"``.
        names: which pictures, such as one part of a split: a text file with a name per line, or the names,
            with or without ending; None takes all. A line ``photo 1`` names that picture where it is there,
            else ``photo``: VOC's lists of one class end with a mark.
        reader: as for :class:`SegmentationDS`.

    Raises:
        FileError: no such folder; a foreign file in it; pictures or label images without partner; a list of
            classes that can't be understood. What is wrong with a single label image is told when it is read,
            or by :func:`check_segmentation`.
        InputError: ``classes`` names one twice, ``stored`` is another word, or ``names`` is empty.

    Source: section 5 of the course's text; Brostow et al. 2009, CamVid.
    """
    require_one_of("stored", stored, ("numbers", "colours", None))
    known = class_list(classes, colors, void=void)
    pairs = label_pairs(Path(pictures), Path(labels), suffix)
    if names is not None:
        pairs = _chosen(pairs, names, Path(pictures))
    return SegmentationDS(
        pairs,
        partial(labels_of, classes=known, stored=stored),
        transforms,
        classes=known.names,
        colors=known.colors,
        reader=reader,
    )


def label_pairs(pictures: Path, labels: Path, suffix: str = "") -> list[tuple[Path, Path]]:
    """Each picture with its label image, in the order of the pictures' names.

    Args:
        pictures: the folder of pictures.
        labels: the folder of label images.
        suffix: as for :func:`segmentation_folder`.

    Raises:
        FileError: as :func:`segmentation_folder` does.
    """
    found, files = pictures_in(pictures, fix=_PAIRS), pictures_in(labels, fix=_PAIRS)
    if not found:
        raise FileError(pictures, N_("has no pictures in it"), fix=_PAIRS)
    by_stem, partners, owners = pictures_by_stem(pictures), dict[Path, Path](), dict[Path, str]()
    orphans = []
    for file in files:
        stem = file.stem.removesuffix(suffix) if suffix else file.stem
        if plain_name(stem) not in by_stem:
            orphans.append(file)
            continue
        picture = the_picture(pictures, file.with_stem(stem), "", by_stem)
        require_unshared(owners, picture, file.name, file)
        owners[picture], partners[picture] = file.name, file
    alone = [picture for picture in found if picture not in partners]
    if orphans or alone:
        raise FileError(
            labels,
            Words(
                N_("doesn't fit {pictures}: {unpaired}"),
                pictures=pictures,
                unpaired=_unpaired(orphans, alone),
            ),
            fix=_guess(orphans, by_stem),
        )
    return [(picture, partners[picture]) for picture in found]


def _unpaired(orphans: Sequence[Path], alone: Sequence[Path]) -> str:
    """All that is wrong at once: who mends one file at a time would start the program as many times."""
    faults = (
        (N_("label images without a picture ({count}): {files}"), orphans),
        (N_("pictures without a label image ({count}): {files}"), alone),
    )
    told = [Words(what, count=len(files), files=named_together(files)) for what, files in faults if files]
    return told[0] if len(told) == 1 else Words("{first}; {second}", first=told[0], second=told[1])


def _guess(orphans: Sequence[Path], pictures: Collection[str]) -> str:
    """What to do about files without partner: many tools add a word to the picture's name."""
    for stem in (plain_name(file.stem) for file in orphans):
        if longest := max((name for name in pictures if stem.startswith(name)), key=len, default=""):
            added = stem.removeprefix(longest)
            return Words(
                N_(
                    "suffix={added!r} (--suffix {added} of a command) takes {stem} for the labels of "
                    "{picture}."
                ),
                added=added,
                stem=stem,
                picture=longest,
            )
    if orphans:
        return N_("Move out of the folders what has no partner, or name the right folders.")
    return N_("Label them, or move them out of the folder.")


def _chosen(
    pairs: Sequence[tuple[Path, Path]], names: str | Path | Iterable[str], folder: Path
) -> list[tuple[Path, Path]]:
    """The pairs that are named, in that order; a name may lack the ending."""
    by_name = {plain_name(pair[0].stem): pair for pair in pairs}
    by_name |= {plain_name(pair[0].name): pair for pair in pairs}
    if isinstance(names, str | Path):
        file: Path | None = Path(names)
        lines = listed_lines(Path(names))
    else:
        file, lines = None, [(0, [name]) for name in names]
    if not lines:
        raise InputError("names", "must name at least one picture", got="none")
    chosen = []
    for number, called in lines:
        there = [name for name in map(plain_name, called) if name in by_name]
        if not there:
            what = Words(N_("it is named"))
            if file:
                what = Words(N_("line {line} of {file} names it"), line=number, file=file.name)
            raise FileError(
                folder / called[-1],
                N_("is not there, but {what}"),
                fix=N_("Is {folder} the right folder?"),
                what=what,
                folder=folder,
            )
        chosen.append(by_name[there[0]])
    return chosen
