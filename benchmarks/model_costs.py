"""What torchvision's networks cost on this machine: time for a picture, and memory while they work.

    python -m benchmarks.model_costs --json vislearn/datasets/measured/model_costs.json

Weights are random: a network takes as long to be wrong as to be right. A detector is the exception: its last
steps take longer the more boxes come out, and with random weights their number is an accident, so it is
written down. The proposals that Faster R-CNN's second stage works on are as many as ever, 1000.

Classifiers get one picture of the size that their scores are of, segmenters one of 520 pixels, detectors one
of 640, which each of them resizes as it is used to.
"""

import sys
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torchvision.models import get_model, get_model_builder, get_model_weights

from benchmarks.machine import keep, kept, machine, options_of
from vislearn.models.costs import measure
from vislearn.models.listed import Listed, catalog

__all__ = ["MODELS", "Row", "main"]

MODELS = (
    *("mobilenet_v3_small", "mobilenet_v3_large", "squeezenet1_1", "shufflenet_v2_x1_0", "efficientnet_b0"),
    *(
        "efficientnet_v2_s",
        "resnet18",
        "resnet50",
        "densenet121",
        "regnet_y_800mf",
        "convnext_tiny",
        "swin_t",
    ),
    "vit_b_16",
    *("fasterrcnn_resnet50_fpn", "fasterrcnn_mobilenet_v3_large_320_fpn", "retinanet_resnet50_fpn"),
    *("fcos_resnet50_fpn", "ssd300_vgg16", "ssdlite320_mobilenet_v3_large", "maskrcnn_resnet50_fpn"),
    "keypointrcnn_resnet50_fpn",
    *("deeplabv3_resnet50", "deeplabv3_mobilenet_v3_large", "fcn_resnet50", "lraspp_mobilenet_v3_large"),
)


@dataclass(frozen=True)
class Row:
    """One network."""

    name: str
    task: str
    score: float
    mb: float
    operations: float
    side: int  # of the square picture
    ms: float
    fastest_ms: float
    slowest_ms: float
    working_mb: float
    boxes: int | None = None  # that came out, where it is a detector


def built(listed: Listed) -> nn.Module:
    """The network with random weights, its backbone too, in eval mode."""
    builder = get_model_builder(listed.name)
    whole = {"weights_backbone": None} if "weights_backbone" in str(builder.__annotations__) else {}
    torch.manual_seed(0)
    return get_model(listed.name, weights=None, **whole).eval()


def side_of(listed: Listed) -> int:
    """Of the square picture, in pixels."""
    if listed.task == "classification":
        return get_model_weights(listed.name)["DEFAULT"].transforms().crop_size[0]
    return 520 if listed.task == "segmentation" else 640


def measured(listed: Listed, repeats: int) -> Row:
    """Time and memory for one picture."""
    side, detects = side_of(listed), listed.task in ("detection", "keypoints")
    torch.manual_seed(0)
    images: Any = [torch.rand(3, side, side)] if detects else torch.rand(1, 3, side, side)
    model = built(listed)
    cost = measure(model, images, repeats=repeats)
    with torch.inference_mode():
        boxes = len(model(images)[0]["boxes"]) if detects else None
    times = (round(number, 2) for number in (cost.ms, cost.fastest_ms, cost.slowest_ms, cost.working_mb))
    facts = (listed.name, listed.task, listed.score, listed.file_mb, listed.operations, side)
    return Row(*facts, *times, boxes)


def rows(names: Collection[str], repeats: int, known: dict[str, Row]) -> Iterator[Row]:
    """A row for each network, the ones measured before as they were."""
    for listed in catalog():
        if listed.name in names:
            yield known.get(listed.name) or measured(listed, repeats)


def main(arguments: list[str] | None = None) -> int:
    """Measure what isn't known yet, print the table."""
    parser = options_of(__doc__, 7)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS, metavar="NAME")
    parser.add_argument("--cpu", default="", help="the processor's name, to be written down")
    options, threads = parser.parse_args(arguments), torch.get_num_threads()
    known = {row["name"]: Row(**row) for row in kept(options.json).get("runs", [])}
    found: list[Row] = []
    try:
        torch.set_num_threads(options.threads or threads)
        about = machine("torchvision", cpu=options.cpu)
        for row in rows(options.models, options.repeats, known):
            found.append(row)
            print(
                f"{row.name:40}{row.fastest_ms:9.1f} ms{row.working_mb:9.1f} MB{row.boxes or '':>6}",
                flush=True,
            )
            record = {"benchmark": "model_costs", "machine": about, "runs": [asdict(one) for one in found]}
            keep(record, options.json)
    finally:
        torch.set_num_threads(threads)
    return 0


if __name__ == "__main__":
    sys.exit(main())
