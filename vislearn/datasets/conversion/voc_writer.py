"""A set with boxes as Pascal VOC's XML files."""

import shutil
from pathlib import Path
from xml.etree import ElementTree

from vislearn.datasets.conversion.digits import voc_edges
from vislearn.datasets.conversion.losses import losses
from vislearn.datasets.conversion.samples import Sample, samples_of
from vislearn.datasets.conversion.staging import staged
from vislearn.datasets.conversion.telling import Tell, require_part, warn
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.errors import InputError

__all__ = ["write_voc"]


def write_voc(
    dataset: DetectionDS,
    folder: str | Path,
    split: str = "train",
    *,
    pictures: bool = True,
    tell: Tell = warn,
) -> Path:
    """``Annotations/*.xml``, the pictures in ``JPEGImages``, the part in ``ImageSets/Main/SPLIT.txt``.

    :func:`voc_detection` reads the same boxes from it, bit by bit; crowds are marked difficult. Boxes between
    whole pixels keep their decimals.

    Args:
        dataset: any of this package's sets with boxes; it is read whole, and checked, first.
        folder: may hold other parts; nothing in it is replaced.
        split: the part's name.
        pictures: whether to copy them too.
        tell: is called with a sentence for each kind of thing that the format can't hold, before anything is
            written; a warning by default.

    Returns:
        The list of the part's names.

    Raises:
        InputError: no set of files with names of classes, or a name that no part, or no class, can have.
        FileError: what the set's own reading raises; a file that is there already; a full disk.

    Source: the Pascal VOC development kit.
    """
    require_part(split)
    samples, classes = samples_of(dataset)
    for name in classes:
        if name != name.strip() or not name.isprintable():
            raise InputError(
                "classes", "must be words that XML can hold, without spaces around", got=repr(name)
            )
    for problem in losses(samples, classes, "voc", dataset):
        tell(str(problem))
    last = f"ImageSets/Main/{split}.txt"
    with staged(folder, last=last) as draft:
        for place in ("Annotations", "JPEGImages", "ImageSets/Main"):
            (draft / place).mkdir(parents=True)
        stems = [Path(sample.name).stem for sample in samples]
        (draft / last).write_text("".join(map(_listed, stems)), encoding="utf-8", newline="\n")
        for stem, sample in zip(stems, samples, strict=True):
            tree = ElementTree.ElementTree(_annotation(sample, classes))
            tree.write(draft / "Annotations" / f"{stem}.xml", encoding="utf-8", xml_declaration=True)
            if pictures:
                shutil.copyfile(sample.picture, draft / "JPEGImages" / sample.name)
    return Path(folder) / last


def _listed(stem: str) -> str:
    """A line of a list; VOC's may have a second column, and ``photo 1`` must not be taken for one."""
    return f"{stem} 1\n" if stem.rsplit(maxsplit=1)[-1] in {"-1", "0", "1"} and " " in stem else f"{stem}\n"


def _annotation(sample: Sample, classes: list[str]) -> ElementTree.Element:
    root = ElementTree.Element("annotation")
    _add(root, "folder", "JPEGImages")
    _add(root, "filename", sample.name)
    size = ElementTree.SubElement(root, "size")
    for key, number in zip(("width", "height", "depth"), (*sample.size_hw[::-1], 3), strict=True):
        _add(size, key, str(number))
    for edges, label, crowd in zip(sample.boxes, sample.labels, sample.iscrowd, strict=True):
        thing = ElementTree.SubElement(root, "object")
        _add(thing, "name", classes[label - 1])
        _add(thing, "difficult", str(crowd))
        box = ElementTree.SubElement(thing, "bndbox")
        for key, text in zip(("xmin", "ymin", "xmax", "ymax"), voc_edges(edges.tolist()), strict=True):
            _add(box, key, text)
    ElementTree.indent(root)
    return root


def _add(parent: ElementTree.Element, key: str, text: str) -> None:
    ElementTree.SubElement(parent, key).text = text
