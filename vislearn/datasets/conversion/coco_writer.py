"""A set with boxes, and masks where it has them, as a file in COCO's format."""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from vislearn.datasets.conversion.digits import coco_box, shortest
from vislearn.datasets.conversion.losses import losses
from vislearn.datasets.conversion.samples import Sample, samples_of
from vislearn.datasets.conversion.staging import staged
from vislearn.datasets.conversion.telling import Tell, require_part, warn
from vislearn.datasets.detection.dataset import DetectionDS

__all__ = ["write_coco"]


def write_coco(
    dataset: DetectionDS,
    folder: str | Path,
    split: str = "train",
    *,
    pictures: bool = True,
    tell: Tell = warn,
) -> Path:
    """``annotations/instances_SPLIT.json``, and the pictures in ``images/SPLIT``.

    :func:`coco_detection` reads the same boxes from it, bit by bit, and classes, crowds, areas, ids and
    masks; categories keep the ids and supercategories that a file in COCO's form gave them. Masks are
    written as run lengths: the same pixels, but no outline to edit any more.

    Args:
        dataset: any of this package's sets with boxes; it is read whole, and checked, first.
        folder: may hold other parts; nothing in it is replaced.
        split: the part's name.
        pictures: whether to copy them too.
        tell: is called with a sentence for each kind of thing that the format can't hold, before anything is
            written; a warning by default.

    Returns:
        The JSON file.

    Raises:
        InputError: no set of files with names of classes, or a name that no part can have.
        FileError: what the set's own reading raises; a file that is there already; a full disk.

    Source: cocodataset.org/#format-data.
    """
    require_part(split)
    samples, classes = samples_of(dataset)
    for problem in losses(samples, classes, "coco", dataset):
        tell(str(problem))
    last = f"annotations/instances_{split}.json"
    with staged(folder, last=last) as draft:
        file = draft / last
        file.parent.mkdir()
        text = json.dumps(_content(samples, classes, dataset.categories), ensure_ascii=False)
        file.write_text(text, encoding="utf-8", newline="\n")
        if pictures:
            place = draft / "images" / split
            place.mkdir(parents=True)
            for sample in samples:
                shutil.copyfile(sample.picture, place / sample.name)
    return Path(folder) / last


def _content(
    samples: Sequence[Sample], classes: Sequence[str], known: list[dict[str, Any]] | None
) -> dict[str, Any]:
    # its own parent: some exports name a class only to hold others together, and this is none of those
    categories: list[dict[str, Any]] = [
        {"id": label, "name": name, "supercategory": name} for label, name in enumerate(classes, start=1)
    ]
    if known and [entry["name"] for entry in known] == list(classes):
        categories = known
    numbers = [entry["id"] for entry in categories]
    ids = _ids(samples)
    return {
        "categories": categories,
        "images": [
            {
                "id": sample.image_id,
                "file_name": sample.name,
                "height": sample.size_hw[0],
                "width": sample.size_hw[1],
            }
            for sample in samples
        ],
        "annotations": [
            {"id": identity} | entry
            for identity, entry in zip(
                ids, (entry for sample in samples for entry in _entries(sample, numbers)), strict=True
            )
        ],
    }


def _ids(samples: Sequence[Sample]) -> list[int]:
    """Of all objects: their own where all have some, and none is there twice; else they are counted."""
    own = [identity for sample in samples for identity in sample.ids or ()]
    count = sum(len(sample.labels) for sample in samples)
    return own if len(own) == len(set(own)) == count else list(range(1, count + 1))


def _entries(sample: Sample, numbers: Sequence[int]) -> Iterator[dict[str, Any]]:
    for index, (box, label) in enumerate(zip(sample.boxes, sample.labels, strict=True)):
        entry: dict[str, Any] = {
            "image_id": sample.image_id,
            "category_id": numbers[label - 1],
            "bbox": coco_box(box.tolist()),
            "area": shortest(sample.area[index]),
            "iscrowd": sample.iscrowd[index],
        }
        if sample.runs is not None:
            entry["segmentation"] = {"size": list(sample.size_hw), "counts": sample.runs[index]}
        yield entry
