"""Digits on photographs, pixel by pixel: from the bundled backbone, from scratch, and with masks of objects.

    python -m benchmarks.segmentation_training --json segmentation_training.json

LR-ASPP and Mask R-CNN learn from 400 scenes and are judged on 100 others after every epoch, LR-ASPP by mIoU,
Mask R-CNN by mask mAP at IoU .5. ``scene`` and ``scratch`` differ in nothing but where the backbone starts
and, of LR-ASPP, that from scratch everything learns. Seconds are of a whole training, with what is computed
once and with judging.

Results that stand in the JSON file already are kept, unless they came from other weights or settings: an
interrupted run goes on.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import torch
from torch.utils.data import Dataset, Subset

import vislearn as vl
from benchmarks.beginnings import beginning
from benchmarks.machine import keep, kept, machine
from benchmarks.runs import answered, by_way, options_of_ways, span

__all__ = ["WAYS", "Run", "Setting", "main", "measure", "summary"]

BACKBONE = "scene"
SEEDS = (0, 1, 2)
SCORES = {"lraspp": "val_miou", "mask_rcnn": "val_mask_map50"}


@dataclass(frozen=True)
class Setting:
    """How one way learns."""

    kind: str = "lraspp"
    backbone: str = BACKBONE
    epochs: int = 9
    lr: float = 3e-3
    batch_size: int = 4  # steps are the limit: small batches give more of them
    loss: str = "ce+dice"  # of LR-ASPP
    background: float = 0.1  # its weight in cross-entropy
    strides: tuple[int, int] = (2, 8)
    trainable_from: int = 4  # of "scene": what is before passes once


WAYS = {
    "scene": Setting(),
    "scratch": Setting(backbone="scratch", trainable_from=1),
    "scene, cross-entropy alone": Setting(loss="ce"),
    "scene, background counts alike": Setting(background=1.0),
    "scene, frozen": Setting(trainable_from=100),
    "Mask R-CNN, scene": Setting(kind="mask_rcnn", epochs=6, lr=2e-3, batch_size=8),
    "Mask R-CNN, scratch": Setting("mask_rcnn", "scratch", epochs=6, lr=2e-3, batch_size=8),
}
COMPARED = ("scene", "scratch", "Mask R-CNN, scene", "Mask R-CNN, scratch")  # over all seeds; others over one


@dataclass(frozen=True)
class Run:
    """One training, and what came of it."""

    way: str
    seed: int
    setting: Setting
    weights: str  # SHA-256 of the backbone's file; from scratch the class of the network
    score: float = 0.0
    by_epoch: tuple[float, ...] = ()
    seconds: float = 0.0  # by the clock
    cpu_seconds: float = 0.0  # of all processors together
    threads: int = 1

    @property
    def question(self) -> tuple:
        """Everything that decides the answer."""
        return (self.way, self.seed, self.setting, self.weights)


def measure(question: Run, *, pictures: int | None = None) -> Run:
    """Answer one question; ``pictures`` takes only so many of each split, to try the script."""
    setting = question.setting
    vl.seeding.seed_everything(question.seed)
    train, val = (scenes(setting.kind, split, pictures) for split in ("train", "val"))
    how = {"epochs": setting.epochs, "batch_size": setting.batch_size, "lr": setting.lr}
    clock, cpu = time.perf_counter(), time.process_time()
    if setting.kind == "mask_rcnn":
        model = vl.models.detector("mask_rcnn", 10, setting.backbone)
        history = vl.training.fit_detector(model, train, val, seed=question.seed, **how)
    else:
        model = vl.models.segmenter(
            setting.kind, 11, setting.backbone, strides=setting.strides, trainable_from=setting.trainable_from
        )
        weights = [setting.background] + [1.0] * 10
        history = vl.training.fit_segmenter(
            model, train, val, loss=setting.loss, class_weights=weights, seed=question.seed, **how
        )
    by_epoch = tuple(round(score, 4) for score in history[SCORES[setting.kind]])
    return Run(
        *question.question,
        by_epoch[-1],
        by_epoch,
        seconds=round(time.perf_counter() - clock, 1),
        cpu_seconds=round(time.process_time() - cpu, 1),
        threads=torch.get_num_threads(),
    )


def scenes(kind: str, split: str, pictures: int | None) -> Dataset:
    """Scenes with their masks, of objects or of classes."""
    found: Dataset = (
        vl.datasets.scene_detection(split, masks=True)
        if kind == "mask_rcnn"
        else vl.datasets.scene_segmentation(split)
    )
    return found if pictures is None else Subset(found, range(pictures))


def questions(ways: Iterable[str], seeds: Iterable[int], epochs: int | None) -> Iterator[Run]:
    """All runs of the table."""
    for way in ways:
        setting = WAYS[way] if epochs is None else replace(WAYS[way], epochs=epochs)
        start = beginning(BACKBONE, scratch=setting.backbone == "scratch")
        for seed in seeds if way in COMPARED else list(seeds)[:1]:
            yield Run(way, seed, setting, start)


def summary(runs: list[Run]) -> list[str]:
    """Mean and range over the seeds, a line for each way."""
    lines = [f"{'way':32} seeds  mIoU, mask mAP@.5: mean (range)  seconds  CPU-seconds"]
    for way, members, clock, cpu in by_way(runs):
        scores = span(run.score for run in members)
        lines.append(f"{way:32} {len(members):5}  {scores:33}  {clock:7.1f} {cpu:12.1f}")
    return lines


def read(path: Path | None) -> dict[tuple, Run]:
    """Runs that were made before, but for those that started from something else."""
    found = {}
    for row in kept(path).get("runs", []):
        setting = row["setting"] | {"strides": tuple(row["setting"]["strides"])}
        run = Run(**row | {"setting": Setting(**setting), "by_epoch": tuple(row["by_epoch"])})
        if run.weights == beginning(BACKBONE, scratch=run.setting.backbone == "scratch"):
            found[run.question] = run
    return found


def write(path: Path | None, runs: list[Run]) -> None:
    """All runs as JSON, the file never half written."""
    record = {
        "benchmark": "segmentation_training",
        "backbone": BACKBONE,
        "weights": vl.models.card(BACKBONE).sha256,
        "machine": machine("torchvision"),
        "runs": [asdict(run) for run in runs],
    }
    keep(record, path)


def main(arguments: list[str] | None = None) -> int:
    """Run what isn't known yet, print the table."""
    options = options_of_ways(__doc__, WAYS, SEEDS, None).parse_args(arguments)
    runs = answered(
        questions(options.ways, options.seeds, options.epochs),
        read(options.json),
        partial(measure, pictures=options.pictures),
        partial(write, options.json),
        threads=options.threads,
    )
    print("\n".join(summary(runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
