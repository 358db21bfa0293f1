"""The same numbers from a well-kept library in C++: what to use on large validation sets."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch

from vislearn.labels import ClassNames
from vislearn.metrics.detection.mistakes import names_of, require_plausible
from vislearn.metrics.detection.scores import CocoScores, summarise
from vislearn.metrics.detection.tables import Detections, Kind, Objects, one_thread, tabulate
from vislearn.ops.boxes import box_convert

__all__ = ["coco_scores_by_library"]


@one_thread()
def coco_scores_by_library(
    predictions: Sequence[Mapping],
    targets: Sequence[Mapping],
    *,
    classes: ClassNames | Iterable[int] | None = None,
    kind: Kind = "bbox",
) -> CocoScores:
    """What :func:`coco_scores` returns, computed by faster-coco-eval; arguments and errors are the same."""
    found, true = tabulate(predictions, targets, kind)
    names = names_of(classes)
    require_plausible(found, true, None if classes is None else set(names))
    labels = sorted(set(true.label.tolist()) | set(names))
    counts = [int((~true.crowd & (true.label == label)).sum()) for label in labels]
    precision, recall = torch.full((10, 101, 0, 4, 3), -1.0), torch.full((10, 0, 4, 3), -1.0)
    if labels:
        tables = _evaluate(found, true, labels, kind)
        precision, recall = (torch.from_numpy(tables[name]) for name in ("precision", "recall"))
    return summarise(precision, recall, labels, counts, names)


def _evaluate(found: Detections, true: Objects, labels: list[int], kind: Kind) -> dict[str, Any]:
    from faster_coco_eval import COCOeval_faster  # only here: the room loads without it

    sizes = _sizes(found, true)
    truth = _index(_annotations(true, iscrowd=true.crowd.to(torch.int64)), labels, sizes)
    results = _index(_annotations(found, score=found.score), labels, sizes)
    evaluation = COCOeval_faster(
        truth, results, iouType=kind, print_function=_say_nothing, rle_iou_max_workers=1
    )  # its threads, one per core, would take them from loaders
    evaluation.evaluate()
    evaluation.accumulate()
    return evaluation.eval


def _say_nothing(*_words: object) -> None:
    """Takes the place of the library's print."""


def _annotations(table: Detections | Objects, **more: torch.Tensor) -> list[dict[str, Any]]:
    columns = {
        "image_id": table.image,
        "category_id": table.label,
        "bbox": box_convert(table.boxes, "xyxy", "xywh"),
        "area": table.area,
    } | more
    names, values = list(columns), [column.tolist() for column in columns.values()]
    if table.masks is not None:
        names, values = [*names, "segmentation"], [*values, [mask.as_coco() for mask in table.masks]]
    return [
        {"id": number, "iscrowd": 0} | dict(zip(names, row, strict=True))
        for number, row in enumerate(zip(*values, strict=True), start=1)  # id 0 would mean "no match"
    ]


def _sizes(found: Detections, true: Objects) -> list[tuple[int, int]]:
    """Height and width of each picture that has masks; of others nobody asks."""
    sizes = [(1, 1)] * true.images
    for table in (found, true):
        for place, mask in zip(table.image.tolist(), table.masks or [], strict=False):
            sizes[place] = mask.size_hw
    return sizes


def _index(annotations: list[dict[str, Any]], labels: list[int], sizes: list[tuple[int, int]]) -> Any:
    from faster_coco_eval import COCO

    index = COCO(print_function=_say_nothing)
    index.dataset = {
        "images": [
            {"id": image, "height": height, "width": width} for image, (height, width) in enumerate(sizes)
        ],
        "categories": [{"id": label, "name": str(label)} for label in labels],
        "annotations": annotations,
    }
    index.createIndex()
    return index
