"""A detector of digits on photographs: from the bundled backbone, from scratch, and with other choices.

    python -m benchmarks.detection_training --json detection_training.json

Faster R-CNN learns from 400 scenes and is judged on 100 others after every epoch. ``scene`` and ``scratch``
differ in nothing but where the backbone starts. The other ways each change one thing of ``scene``: the
optimizer, the size of a batch, BatchNorm at rest, and the mistake of the course's text, which transforms a
picture and leaves its boxes where they were.

Results that stand in the JSON file already are kept, unless they came from other weights, settings or another
network: an interrupted run goes on.
"""

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import tv_tensors
from torchvision.transforms import v2

import vislearn as vl
from benchmarks.beginnings import beginning
from benchmarks.machine import keep, kept, machine
from benchmarks.runs import answered, by_way, options_of_ways, span

__all__ = ["WAYS", "Run", "Setting", "main", "measure", "summary"]

BACKBONE = "scene"
SEEDS = (0, 1, 2)
CPU = torch.device("cpu")
EPOCHS = 6


@dataclass(frozen=True)
class Setting:
    """How one way learns; the defaults are the recipe of lesson 12."""

    backbone: str = BACKBONE
    epochs: int = EPOCHS
    optimizer: str = "AdamW"
    lr: float = 2e-3
    one_cycle: bool = True  # False: the learning rate stays what it is
    batch_size: int = 8
    frozen_norm: bool = False
    mirror: str = "never"  # or "picture and boxes", or "picture alone"


WAYS = {
    "scene": Setting(),
    "scratch": Setting(backbone="scratch"),
    "SGD": Setting(optimizer="SGD", lr=0.02),
    "SGD, as in the text": Setting(optimizer="SGD", lr=0.005, one_cycle=False, batch_size=2),
    "BatchNorm at rest": Setting(frozen_norm=True),
    "batches of 2": Setting(batch_size=2, lr=1e-3),
    "batches of 2, BatchNorm at rest": Setting(batch_size=2, lr=1e-3, frozen_norm=True),
    "mirrored with its boxes": Setting(mirror="picture and boxes"),
    "mirrored without its boxes": Setting(mirror="picture alone"),
}
COMPARED = ("scene", "scratch")  # over all seeds; the others over the first


@dataclass(frozen=True)
class Run:
    """One training, and what came of it."""

    way: str
    seed: int
    setting: Setting
    weights: str  # SHA-256 of the backbone's file; from scratch the class of the network
    map50: float = 0.0
    map: float = 0.0
    map50_by_epoch: tuple[float, ...] = ()
    map_by_epoch: tuple[float, ...] = ()
    seconds: float = 0.0  # of training alone, by the clock
    cpu_seconds: float = 0.0  # the same, of all processors together
    threads: int = 1

    @property
    def question(self) -> tuple:
        """Everything that decides the answer."""
        return (self.way, self.seed, self.setting, self.weights)


class JudgedApart(vl.training.DetectionTask):
    """The usual task, with the time it takes to judge kept apart from training's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.clock = self.cpu = 0.0

    def evaluate(self, model: nn.Module, loader: Iterable) -> dict[str, float]:
        """COCO's scores."""
        clock, cpu = time.perf_counter(), time.process_time()
        scores = super().evaluate(model, loader)
        self.clock += time.perf_counter() - clock
        self.cpu += time.process_time() - cpu
        return scores


def measure(question: Run, *, pictures: int | None = None) -> Run:
    """Answer one question; ``pictures`` takes only so many of each split, to try the script."""
    setting = question.setting
    chance = vl.seeding.seed_everything(question.seed)
    samples, val_samples = (scenes(split)[:pictures] for split in ("train", "val"))
    together = vl.datasets.detection_collate
    loader = DataLoader(
        Mirrored(samples, setting.mirror),
        setting.batch_size,
        shuffle=True,
        generator=chance,
        collate_fn=together,
    )
    model = vl.models.detector("faster_rcnn", 10, setting.backbone, frozen_norm=setting.frozen_norm)
    optimizer = new_optimizer(model, setting)
    schedule = (
        torch.optim.lr_scheduler.OneCycleLR(
            optimizer, setting.lr, total_steps=setting.epochs * len(loader), pct_start=0.1
        )
        if setting.one_cycle
        else None
    )
    task = JudgedApart(classes=range(1, 11))
    clock, cpu = time.perf_counter(), time.process_time()
    history = vl.training.fit(
        model,
        task,
        loader,
        epochs=setting.epochs,
        optimizer=optimizer,
        scheduler=schedule,
        device=CPU,
        amp="bf16",
        channels_last=True,
        clip_norm=5,
        val_loader=DataLoader(val_samples, 20, collate_fn=together),
    )
    clock, cpu = time.perf_counter() - clock - task.clock, time.process_time() - cpu - task.cpu
    by_epoch = [tuple(round(score, 4) for score in history[name]) for name in ("val_map50", "val_map")]
    return Run(
        *question.question,
        by_epoch[0][-1],
        by_epoch[1][-1],
        by_epoch[0],
        by_epoch[1],
        seconds=round(clock, 1),
        cpu_seconds=round(cpu, 1),
        threads=torch.get_num_threads(),
    )


@cache
def scenes(split: str) -> list:
    """All samples of a split, read once."""
    return list(vl.datasets.scene_detection(split))


class Mirrored(torch.utils.data.Dataset):
    """Samples of which half are mirrored: with their boxes, without, or none at all."""

    def __init__(self, samples: list, mirror: str) -> None:
        self.samples, self.mirror = samples, mirror

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple:
        image, target = self.samples[index]
        if self.mirror == "never" or torch.rand(()) < 0.5:
            return image, target
        if self.mirror == "picture alone":
            return image.flip(-1), target
        boxes = v2.functional.horizontal_flip_bounding_boxes(
            target["boxes"], tv_tensors.BoundingBoxFormat.XYXY, image.shape[-2:]
        )
        return image.flip(-1), target | {"boxes": torch.as_tensor(boxes)}


def new_optimizer(model: nn.Module, setting: Setting) -> torch.optim.Optimizer:
    """For what learns in the model."""
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if setting.optimizer == "SGD":
        return torch.optim.SGD(learning, lr=setting.lr, momentum=0.9, weight_decay=1e-4)
    return torch.optim.AdamW(learning, lr=setting.lr, weight_decay=0.05)


def start(setting: Setting) -> str:
    """What a way starts from, as a run names it."""
    return beginning(BACKBONE, scratch=setting.backbone == "scratch")


def questions(ways: Iterable[str], seeds: Iterable[int], epochs: int) -> Iterator[Run]:
    """All runs of the table."""
    for way in ways:
        setting = replace(WAYS[way], epochs=epochs)
        for seed in seeds if way in COMPARED else list(seeds)[:1]:
            yield Run(way, seed, setting, start(setting))


def summary(runs: list[Run]) -> list[str]:
    """Mean and range over the seeds, a line for each way."""
    lines = [f"{'way':34} seeds  mAP@.5: mean (range)    mAP: mean (range)       seconds  CPU-seconds"]
    for way, members, clock, cpu in by_way(runs):
        spans = [span(getattr(run, name) for run in members) for name in ("map50", "map")]
        lines.append(f"{way:34} {len(members):5}  {spans[0]}    {spans[1]}  {clock:8.1f} {cpu:12.1f}")
    return lines


def read(path: Path | None) -> dict[tuple, Run]:
    """Runs that were made before, but for those that started from something else."""
    rows = kept(path).get("runs", [])
    known = [Run(**row | {"setting": Setting(**row["setting"])}) for row in rows]
    return {run.question: run for run in known if run.weights == start(run.setting)}


def write(path: Path | None, runs: list[Run]) -> None:
    """All runs as JSON, the file never half written."""
    record = {
        "benchmark": "detection_training",
        "backbone": BACKBONE,
        "weights": vl.models.card(BACKBONE).sha256,
        "machine": machine("torchvision"),
        "runs": [asdict(run) for run in runs],
    }
    keep(record, path)


def main(arguments: list[str] | None = None) -> int:
    """Run what isn't known yet, print the table."""
    options = options_of_ways(__doc__, WAYS, SEEDS, EPOCHS).parse_args(arguments)
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
