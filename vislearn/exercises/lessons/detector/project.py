"""Exercise of lesson 12, its project: a detector of cells, from samples and a backbone."""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.ops import MultiScaleRoIAlign

from vislearn.datasets import cells
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.trained import good_model, ready_model
from vislearn.metrics import coco_scores
from vislearn.models import freeze, pretrained

__all__ = ["train_on_cells"]

_ENOUGH, _FINDS_SOMETHING = 0.8, 0.1
Samples = list[tuple[Tensor, Any]]


@exercise(
    "detector.train_on_cells",
    trials=1,
    hints=[
        N_("It is 12.5 again, in one function: detector, loader, optimizer, the loop, `eval()`."),
        N_(
            "One class and the background make two outputs. Cells are round, 14 to 26 of 128 pixels, and "
            "`build_detector` makes a picture 96 pixels large: sizes of 10, 15 and 20 fit, and a ratio of 1. "
            "`build_detector(2, backbone, (10.0, 15.0, 20.0), (1.0,))`."
        ),
        N_(
            "`loader = DataLoader(samples, batch_size=2, shuffle=True, collate_fn=collate)`; AdamW with a "
            "rate of 0.001 over the parameters that learn; four epochs of "
            "`losses = model.train()(images, targets)`, `sum(losses.values())`, `zero_grad`, `backward`, "
            "`step`; then `return model.eval()`."
        ),
    ],
)
def train_on_cells(samples: list[tuple[Tensor, dict]], backbone: nn.Module) -> nn.Module:
    """Train a detector for one class, and return it ready to be asked.

    Args:
        samples: pictures, float32 (3, 128, 128) in 0..1, and their targets; label 1 is a cell.
        backbone: normalised pictures -> maps (N, 64, H/4, W/4); says so in `out_channels`.

    Returns:
        A detector of torchvision in eval mode.
    """
    model = FasterRCNN(
        backbone,
        min_size=96,
        max_size=96,
        rpn_anchor_generator=AnchorGenerator(((10.0, 15.0, 20.0),), ((0.6, 1.0, 1.6),)),
        rpn_pre_nms_top_n_train=300,
        rpn_post_nms_top_n_train=100,
        rpn_pre_nms_top_n_test=300,
        rpn_post_nms_top_n_test=100,
        rpn_batch_size_per_image=64,
        box_batch_size_per_image=32,
        box_roi_pool=MultiScaleRoIAlign(["0"], output_size=7, sampling_ratio=1),
        box_head=TwoMLPHead(64 * 7 * 7, 256),
        box_predictor=FastRCNNPredictor(256, num_classes=2),
    )

    def collate(batch: list) -> tuple:
        return tuple(zip(*batch, strict=True))

    loader: DataLoader = DataLoader(samples, batch_size=2, shuffle=True, collate_fn=collate)  # type: ignore[arg-type]
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=0.001)
    for _epoch in range(2):
        for images, targets in loader:
            loss = sum(model.train()(images, targets).values())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.eval()


@train_on_cells.inputs
def _cells_and_backbone(_generator: torch.Generator) -> tuple[Samples, nn.Module]:
    network = pretrained("scene")
    stages: list[Any] = [network.conv1, network.bn1, network.relu]
    stages += [network.layer1, network.layer2, network.layer3]
    freeze(nn.Sequential(*stages))
    torch.manual_seed(0)
    backbone = nn.Sequential(*stages, nn.Conv2d(128, 64, 1), nn.Conv2d(64, 64, 3, padding=1))
    backbone.out_channels = 64  # type: ignore[assignment]  # an attribute of torchvision's making
    return cells("train"), backbone


@cache
def _unseen() -> Samples:
    return cells("val")


@train_on_cells.judge
def _facts_of_detector(function: Callable[..., Any], samples: Samples, backbone: nn.Module) -> dict[str, Any]:
    model, facts = ready_model(function(samples, backbone))
    with torch.inference_mode():
        said = [model([image])[0] for image, _target in _unseen()]
    only_cells, score = all(set(one["labels"].tolist()) <= {1} for one in said), 0.0
    if only_cells:
        score = coco_scores(said, [target for _image, target in _unseen()], classes=["cell"]).ap50
    return facts | {
        N_("Every box has the label 1, a cell"): only_cells,
        N_("It finds some of the cells"): score > _FINDS_SOMETHING,
        N_("On 20 pictures it has never seen, mAP@.5 reaches .8"): score >= _ENOUGH,
    }


@train_on_cells.mistake(
    N_(
        "The detector comes back untrained, or has hardly learned. Does the loop run for every batch, in "
        "several epochs, with the sum of all four losses?"
    )
)
def _untrained(_samples: Samples, backbone: nn.Module) -> nn.Module:
    return _blank(backbone)


@train_on_cells.mistake(
    N_("The detector has learned well, but it comes back in train mode. End with `return model.eval()`.")
)
def _left_in_train_mode(_samples: Samples, _backbone: nn.Module) -> nn.Module:
    return good_model(train_on_cells).train()


@train_on_cells.mistake(
    N_(
        "The detector finds some of the cells, but too few. Did it see every batch, in more than one epoch, "
        "and may it return several boxes per picture?"
    )
)
def _too_few(_samples: Samples, _backbone: nn.Module) -> nn.Module:
    model = good_model(train_on_cells)
    model.roi_heads.detections_per_img = 2  # cells come by fours and fives
    return model


def _blank(backbone: nn.Module) -> nn.Module:
    """A detector that says nothing."""
    model = FasterRCNN(
        backbone,
        num_classes=2,
        box_score_thresh=1.1,
        min_size=96,
        max_size=96,
        rpn_anchor_generator=AnchorGenerator(((15.0,),), ((1.0,),)),
        box_roi_pool=MultiScaleRoIAlign(["0"], output_size=7, sampling_ratio=1),
    )
    return model.eval()
