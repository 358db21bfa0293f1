"""Lesson 05's losses: which finds one small object, after how many steps; and what a background weight does.

    python -m benchmarks.segmentation_losses --json segmentation_losses.json

The lesson's LR-ASPP on the frozen backbone ``scene``, whose feature maps are computed once, in batches of 8.
240 scenes are learned from, 100 judge. In ``small`` the digit 3 is sought, .65 % of all pixels, in ``three``
the digits 2, 3 and 4 as one object, in ``all`` any digit: more and more of the picture. In ``eleven`` each
digit is a class. Results that stand in the JSON file already are kept: an interrupted run goes on.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import OneCycleLR
from torchvision.datasets import VOCSegmentation
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.models.segmentation.lraspp import LRASPPHead
from torchvision.ops import sigmoid_focal_loss
from torchvision.transforms import v2

import vislearn as vl
from benchmarks.machine import keep, kept, machine

__all__ = ["LOSSES", "SEEDS", "SOUGHT", "STEPS", "WEIGHTS", "Run", "main", "measure"]

SEEDS = (0, 1, 2)
STEPS = (60, 300)
WEIGHTS = (1.0, 0.1)  # of the background, in `eleven`
SOUGHT = {"small": [4], "three": [3, 4, 5], "all": [*range(1, 11)]}  # classes: the digits 0 ... 9, plus 1
BATCH, LEARNED = 8, 240


@dataclass(frozen=True)
class Run:
    """One training: the IoU it is judged by on the validation scenes, and its pixel accuracy.

    Attributes:
        experiment: one of :data:`SOUGHT`, whose ``iou`` is that of the one object, or ``"eleven"``: mean IoU.
        way: the loss, or the weight of the background.
        steps: of the optimizer.
        seed: of the head's weights and of the order of pictures.
        iou: in 0…1.
        pixel_accuracy: in 0…1.
    """

    experiment: str
    way: str
    steps: int
    seed: int
    iou: float
    pixel_accuracy: float


def dice_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """The lesson's: areas of the whole batch."""
    p = logits.sigmoid()
    return 1 - (2 * (p * truth).sum() + 1) / (p.sum() + truth.sum() + 1)


def _bce_and_dice(logits: Tensor, truth: Tensor) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, truth) + dice_loss(logits, truth)


LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "cross-entropy": lambda logits, truth: F.cross_entropy(logits, truth.long()),
    "BCE": F.binary_cross_entropy_with_logits,
    "focal": partial(sigmoid_focal_loss, reduction="mean"),
    "BCE + Dice": _bce_and_dice,
    "BCE, pos_weight 30": partial(F.binary_cross_entropy_with_logits, pos_weight=torch.tensor(30.0)),
    "Dice": dice_loss,
}


@cache
def maps(split: str, pictures: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """Both feature maps of all scenes, (N, 128, 32, 32) and (N, 256, 16, 16); their labels, (N, 128, 128)."""
    backbone = create_feature_extractor(
        vl.models.pretrained("scene"), {"layer3": "low", "layer4": "high"}
    ).eval()
    about = vl.models.card("scene")
    scenes = VOCSegmentation(vl.datasets.scenes(split).voc_root, image_set=split)
    images, labels, low, high = [], [], [], []
    for at in range(min(len(scenes), pictures or LEARNED)):
        image, mask = scenes[at]
        images.append(v2.functional.pil_to_tensor(image))
        labels.append(v2.functional.pil_to_tensor(mask)[0].long())
    for some in torch.stack(images).split(20):
        with torch.no_grad():
            found = backbone(v2.functional.normalize(some / 255, list(about.mean), list(about.std)))
        low.append(found["low"])
        high.append(found["high"])
    return _channels_last(torch.cat(low)), _channels_last(torch.cat(high)), torch.stack(labels)


def _channels_last(found: Tensor) -> Tensor:
    return found.contiguous(memory_format=torch.channels_last)


def measure(experiment: str, way: str, steps: int, seed: int, *, pictures: int | None = None) -> Run:
    """Train one head.

    Args:
        experiment: one of :data:`SOUGHT`, or ``"eleven"``.
        way: a name in :data:`LOSSES`, or the weight of the background as text.
        steps: of the optimizer.
        seed: of everything drawn at random.
        pictures: only so many of each split, to try the script.
    """
    low, high, labels = maps("train", pictures)  # before the seed: the first call builds the backbone
    torch.manual_seed(seed)
    one = experiment in SOUGHT and way != "cross-entropy"
    head = LRASPPHead(128, 256, 1 if one else 2 if experiment in SOUGHT else 11, 64)
    head = head.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(head.parameters(), lr=0.01)
    schedule = OneCycleLR(optimizer, 0.01, total_steps=steps)
    for _step in range(steps):
        some = torch.randint(len(labels), (BATCH,))
        loss = _loss(experiment, way, _logits(head, low[some], high[some]), labels[some])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    iou, accuracy = _judge(head.eval(), experiment, pictures)
    return Run(experiment, way, steps, seed, round(iou, 3), round(accuracy, 4))


def _logits(head: nn.Module, low: Tensor, high: Tensor) -> Tensor:
    return F.interpolate(head({"low": low, "high": high}), size=(128, 128), mode="bilinear")


def _loss(experiment: str, way: str, logits: Tensor, labels: Tensor) -> Tensor:
    if experiment == "eleven":
        weight = torch.ones(11)
        weight[0] = float(way)
        return F.cross_entropy(logits, labels, weight=weight)
    truth = _sought(labels, experiment).float()
    return LOSSES[way](logits if way == "cross-entropy" else logits[:, 0], truth)


def _sought(labels: Tensor, experiment: str) -> Tensor:
    """Where the object of an experiment is."""
    return torch.isin(labels, torch.tensor(SOUGHT[experiment]))


@torch.no_grad()
def _judge(head: nn.Module, experiment: str, pictures: int | None) -> tuple[float, float]:
    """IoU of the one object, or the mean over all classes; and pixel accuracy."""
    low, high, labels = maps("val", pictures)
    labels = _sought(labels, experiment).long() if experiment in SOUGHT else labels
    classes = 2 if experiment in SOUGHT else 11
    counts = torch.zeros(classes, classes, dtype=torch.int64)
    for at in range(0, len(labels), 20):
        logits = _logits(head, low[at : at + 20], high[at : at + 20])
        answer = (logits[:, 0] > 0).long() if logits.shape[1] == 1 else logits.argmax(1)
        pairs = (labels[at : at + 20] * classes + answer).flatten()
        counts += torch.bincount(pairs, minlength=classes**2).view(classes, classes)
    found = counts.diag()
    iou = found / (counts.sum(0) + counts.sum(1) - found)
    score = iou[1] if experiment in SOUGHT else iou.nanmean()
    return score.item(), (found.sum() / counts.sum()).item()


def _wanted() -> list[tuple[str, str, int]]:
    small = [("small", way, steps) for steps in STEPS for way in LOSSES]
    larger = [(experiment, way, STEPS[0]) for experiment in ("three", "all") for way in LOSSES]
    eleven = [("eleven", f"{weight:g}", steps) for steps in STEPS for weight in WEIGHTS]
    return small + eleven + larger


def main(arguments: list[str] | None = None) -> int:
    """Train what is not kept yet, write the JSON after each run, print a line for it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="keep the figures here")
    parser.add_argument("--pictures", type=int, help="only so many of each split, to try the script")
    parser.add_argument("--steps", type=int, help="no training longer than that, to try the script")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    threads = torch.get_num_threads()
    torch.set_num_threads(options.threads)
    runs = kept(options.json).get("runs", [])
    try:
        for experiment, way, steps in _wanted():
            for seed in SEEDS:
                key = (experiment, way, steps, seed)
                known = {(run["experiment"], run["way"], run["steps"], run["seed"]) for run in runs}
                if key in known or (options.steps and steps > options.steps):
                    continue
                runs.append(asdict(measure(*key, pictures=options.pictures)))
                keep(
                    {"benchmark": "segmentation_losses", "machine": machine("torchvision"), "runs": runs},
                    options.json,
                )
                print(runs[-1], flush=True)
    finally:
        torch.set_num_threads(threads)
    return 0


if __name__ == "__main__":
    sys.exit(main())
