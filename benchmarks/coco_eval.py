"""COCO's twelve numbers three ways: vislearn's own, faster-coco-eval behind vislearn's door, and pycocotools.

    python -m benchmarks.coco_eval --json coco_eval.json

All score the same detections in the same run, take turns, and must agree to 1e-9. What they start from is a
list of tensors, as a detector returns it: turning that into COCO's form is part of each one's work.
"""

import argparse
import contextlib
import io
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from benchmarks.machine import keep, machine, options_of
from vislearn.metrics import coco_scores, coco_scores_by_library

__all__ = ["Row", "main", "make_detections", "measure"]

OWN = "vislearn, from scratch"
LIBRARY = "vislearn, by faster-coco-eval"
REFERENCE = "pycocotools"
SIDE = 640
AGREEMENT = 1e-9

Entries = list[dict[str, torch.Tensor]]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    median_s: float
    best_s: float
    cpu_s: float
    times_faster: float
    largest_difference: float


def main(arguments: list[str] | None = None) -> int:
    options = _parse(arguments)
    threads = torch.get_num_threads()
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        predictions, targets = make_detections(options.images, options.detections, options.classes)
        rows = measure(predictions, targets, options.classes, options.repeats)
        record = {
            "benchmark": "coco_eval",
            "images": options.images,
            "detections_per_image": options.detections,
            "objects": sum(len(target["labels"]) for target in targets),
            "classes": options.classes,
            "repeats": options.repeats,
            "machine": machine("pycocotools", "faster-coco-eval"),
            "rows": [asdict(row) for row in rows],
        }
    finally:
        torch.set_num_threads(threads)
    _print_table(record, rows)
    keep(record, options.json)
    return int(any(row.largest_difference > AGREEMENT for row in rows))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = options_of(__doc__, repeats=7)
    parser.add_argument("--images", type=int, default=500, help="how many pictures (default: 500)")
    parser.add_argument("--detections", type=int, default=20, help="per picture (default: 20)")
    parser.add_argument("--classes", type=int, default=10, help="how many classes (default: 10)")
    return parser.parse_args(arguments)


def make_detections(images: int, detections: int, classes: int) -> tuple[Entries, Entries]:
    """A fair detector's boxes on pictures of up to ten objects: near ones, duplicates, false alarms.

    Args:
        images: how many pictures; some hold no object.
        detections: on each picture.
        classes: labels are 1 ... classes.
    """
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator)

    def boxes(count: int) -> torch.Tensor:
        corner, size = draw(count, 2) * 0.8 * SIDE, 8 + draw(count, 2) ** 2 * 0.5 * SIDE
        return torch.cat([corner, corner + size], dim=1)

    predictions, targets = [], []
    for _ in range(images):
        count = int(draw(1) * 11)
        true, labels = boxes(count), 1 + (draw(count) * classes).long()
        near = (draw(int(0.6 * detections)) * count).long() if count else torch.empty(0, dtype=torch.int64)
        moved = true[near] + 0.05 * SIDE * (draw(len(near), 4) - 0.5) * draw(len(near), 1)
        moved = torch.cat([moved[:, :2].minimum(moved[:, 2:]), moved[:, :2].maximum(moved[:, 2:])], dim=1)
        rest = detections - len(near)
        targets.append({"boxes": true, "labels": labels})
        predictions.append(
            {
                "boxes": torch.cat([moved, boxes(rest)]),
                "labels": torch.cat([labels[near], 1 + (draw(rest) * classes).long()]),
                "scores": torch.cat([0.3 + 0.7 * draw(len(near)), 0.6 * draw(rest)]),
            }
        )
    return predictions, targets


def measure(predictions: Entries, targets: Entries, classes: int, repeats: int) -> list[Row]:
    """Every contender ``repeats`` times, taking turns, after one turn each that doesn't count.

    Args:
        predictions: one dictionary per picture.
        targets: likewise.
        classes: labels are 1 ... classes.
        repeats: turns that count.
    """
    labels = range(1, classes + 1)
    contenders: dict[str, Callable[[], list[float]]] = {
        OWN: lambda: list(coco_scores(predictions, targets, classes=labels).twelve.values()),
        LIBRARY: lambda: list(coco_scores_by_library(predictions, targets, classes=labels).twelve.values()),
        REFERENCE: lambda: _by_pycocotools(predictions, targets, labels),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    cpu_seconds: dict[str, list[float]] = {name: [] for name in contenders}
    numbers: dict[str, list[float]] = {}
    for turn in range(repeats + 1):
        for name, run in contenders.items():
            began, cpu_began = time.perf_counter(), time.process_time()
            numbers[name] = run()
            elapsed, cpu = time.perf_counter() - began, time.process_time() - cpu_began
            if turn:
                seconds[name].append(elapsed)
                cpu_seconds[name].append(cpu)
    reference = statistics.median(seconds[REFERENCE])
    return [
        Row(
            name=name,
            median_s=round(statistics.median(seconds[name]), 4),
            best_s=round(min(seconds[name]), 4),
            cpu_s=round(statistics.median(cpu_seconds[name]), 4),
            times_faster=round(reference / statistics.median(seconds[name]), 2),
            largest_difference=max(
                abs(one - other) for one, other in zip(numbers[name], numbers[REFERENCE], strict=True)
            ),
        )
        for name in contenders
    ]


def _by_pycocotools(predictions: Entries, targets: Entries, labels: range) -> list[float]:
    with contextlib.redirect_stdout(io.StringIO()):
        truth = _index(targets, labels, len(targets))
        evaluation = COCOeval(truth, _index(predictions, labels, len(targets)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats.tolist()


def _index(entries: Entries, labels: range, images: int) -> COCO:
    """The entries as a COCO index, whose annotations count from 1: it takes 0 for "no match"."""
    notes = []
    for image, entry in enumerate(entries):
        scores = entry["scores"].tolist() if "scores" in entry else [None] * len(entry["labels"])
        rows = zip(entry["boxes"].double().tolist(), entry["labels"].tolist(), scores, strict=True)
        for (x0, y0, x1, y1), label, score in rows:
            width, height = x1 - x0, y1 - y0
            note = {"id": len(notes) + 1, "image_id": image, "category_id": label, "iscrowd": 0}
            note |= {"bbox": [x0, y0, width, height], "area": width * height}
            notes.append(note if score is None else note | {"score": score})
    index = COCO()
    index.dataset = {
        "images": [{"id": image} for image in range(images)],
        "categories": [{"id": label} for label in labels],
        "annotations": notes,
    }
    index.createIndex()
    return index


def _print_table(record: dict, rows: list[Row]) -> None:
    machine = record["machine"]
    print(f"{record['images']} pictures × {record['detections_per_image']} detections", end=", ")
    print(f"{record['objects']} objects of {record['classes']} classes", end=", ")
    print(f"median of {record['repeats']} turns, {machine['cpus']} CPUs", end=", ")
    print(f"{machine['torch_threads']} torch threads")
    print(f"\n{'':34}{'seconds':>9}{'best':>9}{'CPU s':>9}{'ratio':>8}{'difference':>13}")
    for row in rows:
        speed = f"{row.median_s:9.3f}{row.best_s:9.3f}{row.cpu_s:9.3f}{row.times_faster:8.1f}"
        print(f"{row.name:34}{speed}{row.largest_difference:13.1e}")
    agree = all(row.largest_difference <= AGREEMENT for row in rows)
    print(f"\nAll twelve numbers {'agree' if agree else 'do NOT agree'} to {AGREEMENT:g}.")


if __name__ == "__main__":
    sys.exit(main())
