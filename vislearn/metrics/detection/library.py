"""The same numbers from a well-kept library in C++: what to use on large validation sets."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch

from vislearn.labels import ClassNames
from vislearn.metrics.detection.mistakes import names_of, require_plausible
from vislearn.metrics.detection.scores import CocoScores, summarise
from vislearn.metrics.detection.tables import Detections, Kind, Objects, one_thread, tabulate
from vislearn.ops.boxes import box_convert

__all__ = ["annotations", "coco_scores_by_library", "evaluated"]


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
        masks, true_masks = (
            {"segmentation": [mask.as_coco() for mask in table.masks or []]} if kind == "segm" else {}
            for table in (found, true)
        )
        tables = evaluated(
            annotations(true, **true_masks), annotations(found, **masks), labels, _sizes(found, true), kind
        )
        precision, recall = (torch.from_numpy(tables[name]) for name in ("precision", "recall"))
    return summarise(precision, recall, labels, counts, names)


def evaluated(
    truth: list[dict[str, Any]],
    results: list[dict[str, Any]],
    labels: list[int],
    sizes: list[tuple[int, int]],
    kind: str,
    **options: Any,
) -> dict[str, Any]:
    """The library's whole tables, ``"precision"`` and ``"recall"``.

    Args:
        truth: what :func:`annotations` makes of the objects.
        results: and of the detections.
        labels: all classes.
        sizes: height and width of each picture; only masks need them.
        kind: ``"bbox"``, ``"segm"`` or ``"keypoints"``.
        options: further ones of the library's evaluation.
    """
    from faster_coco_eval import COCOeval_faster  # only here: the room loads without it

    evaluation = COCOeval_faster(
        _index(truth, labels, sizes),
        _index(results, labels, sizes),
        iouType=kind,
        print_function=_say_nothing,
        rle_iou_max_workers=1,  # its threads, one per core, would take them from loaders
        **options,
    )
    evaluation.evaluate()
    evaluation.accumulate()
    return evaluation.eval


def _say_nothing(*_words: object) -> None:
    """Takes the place of the library's print."""


def annotations(table: Detections | Objects, **more: list) -> list[dict[str, Any]]:
    """The rows of a table as entries of COCO's files.

    Args:
        table: detections or objects.
        more: further columns by name.
    """
    columns = {
        "image_id": table.image.tolist(),
        "category_id": table.label.tolist(),
        "bbox": box_convert(table.boxes, "xyxy", "xywh").tolist(),
        "area": table.area.tolist(),
    } | more
    if isinstance(table, Objects):
        columns["iscrowd"] = table.crowd.long().tolist()
    else:
        columns["score"] = table.score.tolist()
    return [
        {"id": number, "iscrowd": 0} | dict(zip(columns, row, strict=True))
        for number, row in enumerate(
            zip(*columns.values(), strict=True), start=1
        )  # id 0 would mean "no match"
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
