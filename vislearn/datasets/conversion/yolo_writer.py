"""A set with boxes in Ultralytics' form."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from vislearn.datasets.conversion.digits import fractions
from vislearn.datasets.conversion.losses import losses
from vislearn.datasets.conversion.samples import Sample, samples_of
from vislearn.datasets.conversion.staging import staged
from vislearn.datasets.conversion.telling import Tell, warn
from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.datasets.detection.yolo_yaml import SPLITS, class_list, read_yaml
from vislearn.errors import FileError, Words, require_one_of
from vislearn.language import N_

__all__ = ["write_yolo"]

_FILE = "data.yaml"
_REQUIRED = ("train", "val")  # Ultralytics refuses a YAML file without either, and one whose val is not there


def write_yolo(
    dataset: DetectionDS,
    folder: str | Path,
    split: str = "train",
    *,
    pictures: bool = True,
    tell: Tell = warn,
) -> Path:
    """``labels/SPLIT/*.txt``, the pictures in ``images/SPLIT``, and the part in ``data.yaml``.

    :func:`yolo_detection` reads the same boxes from it, bit by bit: each line has as many digits as that
    takes, six or more. Crowds are left out. Ultralytics wants both ``train`` and ``val``: until both are
    written, the one that is there stands for the other, and a comment says so.

    Args:
        dataset: any of this package's sets with boxes; it is read whole, and checked, first.
        folder: may hold other parts with the same classes; nothing in it is replaced but ``data.yaml``.
        split: ``"train"``, ``"val"`` or ``"test"``.
        pictures: whether to copy them too.
        tell: is called with a sentence for each kind of thing that the format can't hold, before anything is
            written; a warning by default.

    Returns:
        The YAML file.

    Raises:
        InputError: no set of files with names of classes, or another part.
        FileError: what the set's own reading raises; a file that is there already; other classes in
            ``data.yaml``; a full disk.

    Source: docs.ultralytics.com/datasets/detect.
    """
    require_one_of("split", split, SPLITS)
    samples, classes = samples_of(dataset)
    content = _content(Path(folder) / _FILE, classes, split)
    for problem in losses(samples, classes, "yolo", dataset):
        tell(str(problem))
    with staged(folder, last=_FILE) as draft:
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
        (draft / _FILE).write_text(_comment(content) + text, encoding="utf-8", newline="\n")
        labels = draft / "labels" / split
        labels.mkdir(parents=True)
        for sample in samples:
            place = labels / Path(sample.name).with_suffix(".txt")
            place.write_text("".join(_lines(sample)), encoding="utf-8", newline="\n")
        if pictures:
            (draft / "images" / split).mkdir(parents=True)
            for sample in samples:
                shutil.copyfile(sample.picture, draft / "images" / split / sample.name)
    return Path(folder) / _FILE


def _content(file: Path, classes: Sequence[str], split: str) -> dict[str, Any]:
    """What the YAML file shall say; a part that is there stands for one that Ultralytics wants."""
    here = f"images/{split}"
    content: dict[str, Any] = dict.fromkeys(_REQUIRED, here)
    if file.exists():
        content = read_yaml(file)
        if class_list(file, content) != list(classes):
            what = Words(N_("has other classes: {names}"), names=", ".join(class_list(file, content)))
            raise FileError(
                file, what, fix=N_("Parts of one set count alike: convert them with the same classes.")
            )
    content |= {split: here}
    absent = _absent(content)
    stand_in = here if "train" in absent else content["train"]
    return content | dict.fromkeys(absent, stand_in) | {"names": dict(enumerate(classes))}


def _absent(content: Mapping[str, Any]) -> list[str]:
    """Parts that Ultralytics wants and that have no pictures of their own."""
    return [key for key in _REQUIRED if not _has_own(content, key)]


def _has_own(content: Mapping[str, Any], key: str) -> bool:
    places = [content[word] for word in SPLITS[key] if content.get(word)]
    others = [f"images/{other}" for other in SPLITS if other != key]
    return any(place not in others for place in places)


def _comment(content: Mapping[str, Any]) -> str:
    return "".join(
        f"# There is no {key} yet. Ultralytics wants its line; {content[key]} only stands in.\n"
        for key in _absent(content)
    )


def _lines(sample: Sample) -> list[str]:
    return [
        f"{label - 1} {' '.join(fractions(box.tolist(), sample.size_hw))}\n"
        for box, label, crowd in zip(sample.boxes, sample.labels, sample.iscrowd, strict=True)
        if not crowd
    ]
