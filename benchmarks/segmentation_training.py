"""Digits on photographs, pixel by pixel: from the bundled backbone, from scratch, and with masks of objects.

    python -m benchmarks.segmentation_training --json segmentation_training.json

LR-ASPP and Mask R-CNN learn from 400 scenes and are judged on 100 others after every epoch, LR-ASPP by mIoU,
Mask R-CNN by mask mAP at IoU .5. ``scene`` and ``scratch`` differ in nothing but where the backbone starts
and, of LR-ASPP, that from scratch everything learns. Torchvision's reference recipe trains the same LR-ASPP
from the same beginnings, as many epochs. Seconds are of a whole training, with what is computed once and with
judging.

Settings were chosen on the 100 scenes, so LR-ASPP is judged once more, at the end, on 100 scenes that have
chosen nothing: drawn anew, of the same digits and parts of the photographs, which nothing learns from.

Results that stand in the JSON file already are kept, unless they came from other weights or settings: an
interrupted run goes on.
"""

import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset, Subset

import vislearn as vl
from benchmarks.beginnings import beginning
from benchmarks.machine import keep, kept, machine
from benchmarks.reference_recipe import learned_by_reference, reference_transform
from benchmarks.runs import answered, by_way, options_of_ways, span
from vislearn.datasets.bundled.scenes import Scenes, write_scenes
from vislearn.training import History

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
    recipe: str = "vislearn"


REFERENCE = Setting(
    lr=0.01, batch_size=8, loss="ce", background=1.0, trainable_from=1, recipe="torchvision's reference"
)
WAYS = {
    "scene": Setting(),
    "scratch": Setting(backbone="scratch", trainable_from=1),
    "scene, cross-entropy alone": Setting(loss="ce"),
    "scene, background counts alike": Setting(background=1.0),
    "scene, frozen": Setting(trainable_from=100),
    "Mask R-CNN, scene": Setting(kind="mask_rcnn", epochs=6, lr=2e-3, batch_size=8),
    "Mask R-CNN, scratch": Setting("mask_rcnn", "scratch", epochs=6, lr=2e-3, batch_size=8),
    "torchvision's recipe, scene": REFERENCE,
    "torchvision's recipe, scratch": replace(REFERENCE, backbone="scratch"),
}
COMPARED = (  # over all seeds; others over one
    "scene",
    "scratch",
    "Mask R-CNN, scene",
    "Mask R-CNN, scratch",
    "torchvision's recipe, scene",
)
SIDE, CLASSES, SPLITS = 128, 11, ("train", "val")
UNSEEN = 2  # the seed of scenes that have chosen nothing


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
    unseen: float | None = None  # mIoU on scenes that chose no setting; None: not judged on them

    @property
    def question(self) -> tuple:
        """Everything that decides the answer."""
        return (self.way, self.seed, self.setting, self.weights)


def measure(question: Run, *, pictures: int | None = None) -> Run:
    """Answer one question; ``pictures`` takes only so many of each split, to try the script."""
    setting = question.setting
    vl.seeding.seed_everything(question.seed)
    clock, cpu = time.perf_counter(), time.process_time()
    learn = learned_boxes if setting.kind == "mask_rcnn" else learned_pixels
    model, history = learn(setting, question.seed, pictures)
    seconds, cpu_seconds = time.perf_counter() - clock, time.process_time() - cpu
    by_epoch = tuple(round(score, 4) for score in history[SCORES[setting.kind]])
    unseen = None if setting.kind == "mask_rcnn" else round(miou_unseen(model, pictures), 4)
    return Run(
        *question.question,
        by_epoch[-1],
        by_epoch,
        seconds=round(seconds, 1),
        cpu_seconds=round(cpu_seconds, 1),
        threads=torch.get_num_threads(),
        unseen=unseen,
    )


def learned_boxes(setting: Setting, seed: int, pictures: int | None) -> tuple[nn.Module, History]:
    """A Mask R-CNN, and how it went."""
    train, val = (first(vl.datasets.scene_detection(split, masks=True), pictures) for split in SPLITS)
    model = vl.models.detector("mask_rcnn", 10, setting.backbone)
    history = vl.training.fit_detector(
        model,
        train,
        val,
        epochs=setting.epochs,
        batch_size=setting.batch_size,
        lr=setting.lr,
        seed=seed,
    )
    return model, history


def learned_pixels(setting: Setting, seed: int, pictures: int | None) -> tuple[nn.Module, History]:
    """A segmenter, and how it went."""
    model = vl.models.segmenter(
        setting.kind,
        CLASSES,
        setting.backbone,
        strides=setting.strides,
        trainable_from=setting.trainable_from,
    )
    how: dict[str, Any] = {
        "epochs": setting.epochs,
        "batch_size": setting.batch_size,
        "lr": setting.lr,
        "seed": seed,
    }
    if setting.recipe != "vislearn":
        changes = reference_transform(SIDE), vl.transforms.segmentation_transform(train=False)
        train, val = (
            first(vl.datasets.scene_segmentation(split, change), pictures)
            for split, change in zip(SPLITS, changes, strict=True)
        )
        return model, learned_by_reference(model, train, val, classes=CLASSES, **how)
    train, val = (first(vl.datasets.scene_segmentation(split), pictures) for split in SPLITS)
    weights = [setting.background] + [1.0] * (CLASSES - 1)
    history = vl.training.fit_segmenter(model, train, val, loss=setting.loss, class_weights=weights, **how)
    return model, history


def first(dataset: Dataset, pictures: int | None) -> Dataset:
    """So many pictures of a set, or all."""
    return dataset if pictures is None else Subset(dataset, range(pictures))


def miou_unseen(model: nn.Module, pictures: int | None) -> float:
    """Mean IoU on scenes drawn anew."""
    with tempfile.TemporaryDirectory() as folder:
        for _scene in write_scenes(Path(folder), "val", pictures or 100, UNSEEN):
            pass
        found = Scenes(Path(folder), "val")
        names = vl.datasets.scene_segmentation("val").classes
        unseen = vl.datasets.segmentation_folder(found.images, found.semantic, classes=names)
        return vl.metrics.segmentation.mean_iou(vl.training.judge_segmenter(model, unseen).counts)


def questions(ways: Iterable[str], seeds: Iterable[int], epochs: int | None) -> Iterator[Run]:
    """All runs of the table."""
    for way in ways:
        setting = WAYS[way] if epochs is None else replace(WAYS[way], epochs=epochs)
        start = beginning(BACKBONE, scratch=setting.backbone == "scratch")
        for seed in seeds if way in COMPARED else list(seeds)[:1]:
            yield Run(way, seed, setting, start)


def summary(runs: list[Run]) -> list[str]:
    """Mean and range over the seeds, a line for each way."""
    lines = [f"{'way':34} seeds  mIoU, mask mAP@.5: mean (range)  mIoU, unseen scenes  seconds  CPU-seconds"]
    for way, members, clock, cpu in by_way(runs):
        scores = span(run.score for run in members)
        unseen = [run.unseen for run in members if run.unseen is not None]
        again = span(unseen) if unseen else "-"
        lines.append(f"{way:34} {len(members):5}  {scores:33}  {again:19}  {clock:7.1f} {cpu:12.1f}")
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
