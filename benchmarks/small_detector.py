"""Lesson 12's detector, in plain torchvision: its recipe against other anchors, beginnings and optimizers.

    python -m benchmarks.small_detector --json small_detector.json

Faster R-CNN around the bundled backbone learns from 400 scenes for three epochs, two pictures per batch. It
is judged on 100 others after every epoch. The anchors of ``recipe`` were measured: sizes and ratios that 10,
50 and 90 % of the digits stay below. The old ones are those of lesson 4. Every way with 7 bins changes one
thing of ``old anchors, 7 bins``.
"""

import argparse
import sys
import time
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.ops import FrozenBatchNorm2d, MultiScaleRoIAlign

import vislearn as vl
from benchmarks.machine import keep, machine

__all__ = ["WAYS", "Way", "main", "measure"]

EPOCHS = 3


@dataclass(frozen=True)
class Way:
    """How a detector learns; the defaults are lesson 12's."""

    scratch: bool = False
    sizes: tuple[float, ...] = (17.0, 24.0, 31.0)  # of the anchors
    ratios: tuple[float, ...] = (1.3, 1.5, 1.8)  # height over width
    bins: int = 5  # of RoIAlign, along each side of a proposal
    optimizer: str = "AdamW"
    lr: float = 0.001
    one_cycle: bool = True
    clip: float = 0.0  # longest gradient; 0 for any
    seeds: tuple[int, ...] = (0, 1)


_OLD = Way(sizes=(15.0, 24.0, 36.0), ratios=(0.6, 1.0, 1.6), seeds=(0, 1, 2))  # anchors of lesson 4
_WIDE = replace(_OLD, bins=7)  # as torchvision has it

WAYS = {
    "recipe": Way(seeds=(0, 1, 2, 3, 4)),
    "old anchors": replace(_OLD, seeds=(0, 1)),
    "old anchors, 7 bins": _WIDE,
    "old anchors, 7 bins, scratch": replace(_WIDE, scratch=True),
    "old anchors, 7 bins, SGD": replace(_WIDE, optimizer="SGD", lr=0.02, clip=5.0, seeds=(0, 1)),
    "old anchors, 7 bins, SGD as in tutorials": replace(
        _WIDE, optimizer="SGD", lr=0.005, one_cycle=False, seeds=(0,)
    ),
    "small anchors, 7 bins": replace(_WIDE, sizes=(5.0, 8.0, 12.0)),
    "large anchors, 7 bins": replace(_WIDE, sizes=(45.0, 72.0, 108.0)),
}


@dataclass(frozen=True)
class Run:
    """One training: its scores after each epoch, and the seconds of one processor that it took."""

    way: str
    seed: int
    map50: list[float]
    map: list[float]
    cpu_seconds: float


@cache
def scenes(split: str) -> list:
    """All samples of a split, read once."""
    return list(vl.datasets.scene_detection(split))


def backbone(scratch: bool) -> nn.Sequential:
    """The lesson's: three stages and two convolutions; trained ones come with a frozen beginning."""
    network = vl.models.SmallResNet(5) if scratch else vl.models.pretrained("scene")
    stages = [network.conv1, network.bn1, network.relu, network.layer1, network.layer2, network.layer3]
    body = nn.Sequential(*stages, nn.Conv2d(128, 64, 1), nn.Conv2d(64, 64, 3, padding=1))
    body.out_channels = 64  # type: ignore[assignment]  # an attribute of torchvision's making
    if not scratch:
        body[:5].requires_grad_(False)
        norms = [(name, part) for name, part in body.named_modules() if isinstance(part, nn.BatchNorm2d)]
        for name, module in norms:
            frozen = FrozenBatchNorm2d(module.num_features)
            frozen.load_state_dict(module.state_dict())
            body.set_submodule(name, frozen)
    return body


def detector(way: Way) -> FasterRCNN:
    """The lesson's Faster R-CNN."""
    return FasterRCNN(
        backbone(way.scratch),
        min_size=96,
        max_size=96,
        rpn_anchor_generator=AnchorGenerator((way.sizes,), (way.ratios,)),
        rpn_pre_nms_top_n_train=300,
        rpn_pre_nms_top_n_test=300,
        rpn_post_nms_top_n_train=100,
        rpn_post_nms_top_n_test=100,
        rpn_batch_size_per_image=64,
        box_batch_size_per_image=32,
        box_roi_pool=MultiScaleRoIAlign(["0"], output_size=way.bins, sampling_ratio=1),
        box_head=TwoMLPHead(64 * way.bins**2, 256),
        box_predictor=FastRCNNPredictor(256, 11),
    )


def measure(name: str, seed: int, *, epochs: int = EPOCHS, pictures: int | None = None) -> Run:
    """Train once.

    Args:
        name: of the way.
        seed: of everything drawn at random.
        epochs: how many.
        pictures: only so many of each split, to try the script.
    """
    way = WAYS[name]
    torch.manual_seed(seed)
    samples, val_samples = (scenes(split)[:pictures] for split in ("train", "val"))
    model = detector(way)
    loader = DataLoader(samples, 2, shuffle=True, collate_fn=vl.datasets.detection_collate, drop_last=True)
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = _optimizer(learning, way)
    schedule = None
    if way.one_cycle:
        total = epochs * len(loader)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, way.lr, total_steps=total, pct_start=0.1)
    lenient, strict, seconds = [], [], 0.0
    for _epoch in range(epochs):
        begin = time.process_time()
        for images, targets in loader:
            _learn(model.train(), images, targets, optimizer, learning, way.clip)
            if schedule:
                schedule.step()
        seconds += time.process_time() - begin
        scores = _judge(model, val_samples)
        lenient.append(round(scores.ap50, 3))
        strict.append(round(scores.ap, 3))
    return Run(name, seed, lenient, strict, round(seconds, 1))


def _optimizer(learning: list[nn.Parameter], way: Way) -> torch.optim.Optimizer:
    if way.optimizer == "SGD":
        return torch.optim.SGD(learning, lr=way.lr, momentum=0.9, weight_decay=1e-4)
    return torch.optim.AdamW(learning, lr=way.lr, weight_decay=0.05)


def _learn(
    model: nn.Module,
    images: list,
    targets: list,
    optimizer: torch.optim.Optimizer,
    learning: list[nn.Parameter],
    clip: float,
) -> None:
    loss = sum(model(images, targets).values())
    optimizer.zero_grad()
    loss.backward()
    if clip:
        nn.utils.clip_grad_norm_(learning, clip)
    optimizer.step()


def _judge(model: nn.Module, samples: list) -> vl.metrics.CocoScores:
    model.eval()
    with torch.inference_mode():
        said = [model([image])[0] for image, _target in samples]
    return vl.metrics.coco_scores(said, [target for _image, target in samples], classes=range(1, 11))


def main(arguments: list[str] | None = None) -> int:
    """Train every way with each of its seeds, write the JSON after each run, print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="keep the figures here")
    parser.add_argument("--ways", nargs="+", choices=[*WAYS], default=[*WAYS])
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--pictures", type=int, help="only so many of each split, to try the script")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    threads, runs = torch.get_num_threads(), []
    torch.set_num_threads(options.threads)
    try:
        for name in options.ways:
            for seed in WAYS[name].seeds:
                runs.append(asdict(measure(name, seed, epochs=options.epochs, pictures=options.pictures)))
                record = {"benchmark": "small_detector", "machine": machine("torchvision"), "runs": runs}
                keep(record, options.json)
                print(runs[-1], flush=True)
    finally:
        torch.set_num_threads(threads)
    return 0


if __name__ == "__main__":
    sys.exit(main())
