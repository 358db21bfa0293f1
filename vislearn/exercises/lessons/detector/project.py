"""Exercise of lesson 12, its project: a detector of cells, from samples and a backbone."""

from collections.abc import Callable
from functools import cache
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn.modules import module
from torch.utils.data import DataLoader
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.ops import MultiScaleRoIAlign
from torchvision.transforms.v2 import functional

from vislearn.datasets import cells
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.trained import good_model, ready_model
from vislearn.exercises.watch import Inputs
from vislearn.metrics import coco_scores
from vislearn.models import freeze, pretrained

__all__ = ["train_on_cells"]

_ENOUGH, _FINDS_SOMETHING = 0.8, 0.1
_MEAN, _STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]  # by which torchvision's detectors normalise
_NEAR = 2.0  # pixels by which a box may be mended
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
    return [
        (image.clone(), {key: value.clone() for key, value in target.items()}) for image, target in _drawn()
    ], backbone


@cache
def _drawn() -> Samples:
    return cells("train")


@cache
def _unseen() -> Samples:
    return cells("val")


class _Training:
    """Inside ``with``, what any detector of torchvision is trained with.

    Args:
        samples: what whoever trains it was given.

    Attributes:
        begun: has anything gone through a network in train mode, with gradients?
        seen: how many pictures have, with their targets.
        boxes_hold: does no box lie elsewhere than in the samples, of pictures that are as there, or mirrored?
        labels_hold: is each label 1?
    """

    def __init__(self, samples: Samples) -> None:
        self.begun, self.seen, self.boxes_hold, self.labels_hold = False, 0, True, True
        self._parts: set[str] = set()
        self._sent: set[str] = set()
        self._weights: list[tuple[Tensor, Tensor]] = []
        self._boxes = {}
        for image, target in samples:
            boxes, width = target["boxes"], image.shape[-1]
            self._boxes[_key(image)] = boxes
            mirrored = torch.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], 1)
            self._boxes[_key(image.flip(-1))] = mirrored

    def __enter__(self) -> Self:
        self._hook = module.register_module_forward_hook(self._note, with_kwargs=True)
        return self

    def __exit__(self, *_error: object) -> None:
        self._hook.remove()
        # torch forgets to: it would take any later network for one that is watched, and say so when compiling
        module._global_forward_hooks_with_kwargs.pop(self._hook.id, None)

    def all_sent(self) -> bool:
        """Has a gradient come back to each part of the loss?"""
        return self._parts == self._sent

    def changed(self) -> bool:
        """Is any weight another than at the first pass? Of a detector that never came by, nobody knows."""
        return not self._weights or any(not torch.equal(now, then) for now, then in self._weights)

    def _note(self, network: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
        if not network.training or not torch.is_grad_enabled():
            return
        self.begun = True
        batch = [*args, *(kwargs[name] for name in ("images", "targets") if name in kwargs)]
        if len(batch) != 2 or not _are_losses(output) or not isinstance(batch[1], list | tuple):
            return
        if not self._weights:
            learning = [weight for weight in network.parameters() if weight.requires_grad]
            self._weights = [(weight, weight.detach().clone()) for weight in learning]
        for name, loss in output.items():
            if loss.requires_grad:
                self._parts.add(name)
                loss.register_hook(lambda gradient, name=name: self._note_sent(name, gradient))
        for image, target in zip(*batch, strict=False):
            self._note_target(image, target)

    def _note_sent(self, name: str, gradient: Tensor | None) -> None:
        if gradient is not None and gradient.any():  # what was made along with another part is asked too
            self._sent.add(name)

    def _note_target(self, image: Tensor, target: dict[str, Tensor]) -> None:
        self.seen += 1
        self.labels_hold &= bool((target["labels"] == 1).all())
        known = self._boxes.get(_key(image))
        if known is not None and len(target["boxes"]):
            off = (target["boxes"][:, None] - known).abs().amax(2)  # (found, known)
            self.boxes_hold &= bool((off.amin(1) <= _NEAR).all())


def _key(image: Tensor) -> bytes:
    """What tells one picture from another: its middle row, as it is."""
    return image.detach().float()[:, image.shape[-2] // 2].contiguous().cpu().numpy().tobytes()


def _are_losses(output: Any) -> bool:
    """Is this what a detector of torchvision returns in train mode?"""
    return isinstance(output, dict) and all(isinstance(x, Tensor) and x.numel() == 1 for x in output.values())


@train_on_cells.judge
def _facts_of_detector(function: Callable[..., Any], samples: Samples, backbone: nn.Module) -> dict[str, Any]:
    as_due = functional.normalize(torch.stack([image for image, _target in samples]), _MEAN, _STD)
    with _Training(samples) as training, Inputs(3) as inputs:
        answer = function(samples, backbone)
    model, facts = ready_model(answer)
    with torch.inference_mode():
        said = [model([image])[0] for image, _target in _unseen()]
    only_cells, score = all(set(one["labels"].tolist()) <= {1} for one in said), 0.0
    if only_cells:
        score = coco_scores(said, [target for _image, target in _unseen()], classes=["cell"]).ap50
    good, seen_enough = score >= _ENOUGH, training.seen >= 2 * len(samples) or not training.seen
    # whoever gets there may have gone any way; of others it is asked where they left it
    causes = {
        N_("It is trained: pictures go through it in train mode"): good or training.begun,
        N_("Pictures enter it as they are, from 0 to 1"): good or inputs.are_like(as_due),
        N_("Boxes stay where the cells are: x1, y1, x2, y2 in pixels"): good or training.boxes_hold,
        N_("Labels stay as they are: a cell is 1"): good or training.labels_hold,
        N_("Every part of its loss is sent backward"): good or training.all_sent(),
        N_("Training changes its weights"): good or training.changed(),
        N_("It sees each picture at least twice"): good or seen_enough,
    }
    return {
        **facts,
        **causes,
        N_("Every box has the label 1, a cell"): only_cells,
        N_("It finds some of the cells"): score > _FINDS_SOMETHING or not all(causes.values()),
        N_("On 20 pictures it has never seen, mAP@.5 reaches .8"): good,
    }


class _Blind(nn.Module):
    """Trains as a detector of torchvision does, and finds nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.look, self.weights = nn.Conv2d(3, 1, 1), nn.Parameter(torch.ones(4))

    def forward(self, images: list[Tensor], targets: list[dict] | None = None) -> Any:
        if targets:
            size = self.look(functional.normalize(torch.stack(list(images)), _MEAN, _STD)).mean()
            return {f"loss_{number}": part + size for number, part in enumerate(self.weights)}
        none = {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0).long(), "scores": torch.zeros(0)}
        return [dict(none) for _image in images]


def _trained_blindly(
    samples: Samples,
    *,
    image: Callable[[Tensor], Tensor] = lambda image: image,
    changes: Callable[[Any], dict[str, Tensor]] = lambda target: {},
    total: Callable[[dict[str, Tensor]], Tensor] = lambda parts: torch.stack(list(parts.values())).sum(),
    rate: float = 0.001,
    epochs: int = 2,
) -> nn.Module:
    """A detector that finds nothing, though it was trained; and what else went wrong."""
    model = _Blind()
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for _epoch in range(epochs):
        for start in range(0, len(samples), 10):
            images, targets = zip(*samples[start : start + 10], strict=True)
            batch = [image(one) for one in images], [{**target, **changes(target)} for target in targets]
            loss = total(model.train()(*batch))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return model.eval()


@train_on_cells.mistake(
    N_(
        "The detector comes back untrained: no picture went through it in train mode. Does the loop run, "
        "with `model.train()` before it, and with pictures and targets?"
    )
)
def _untrained(_samples: Samples, _backbone: nn.Module) -> nn.Module:
    return _Blind().eval()


@train_on_cells.mistake(
    N_("The detector has learned well, but it comes back in train mode. End with `return model.eval()`.")
)
def _left_in_train_mode(_samples: Samples, _backbone: nn.Module) -> nn.Module:
    return good_model(train_on_cells).train()


@train_on_cells.mistake(
    N_(
        "Pictures enter the detector with other values than they came with. They are in 0 … 1, and the "
        "detector normalises them itself: no `* 255`, and no `Normalize` before it."
    )
)
def _otherwise_scaled(samples: Samples, _backbone: nn.Module) -> nn.Module:
    return _trained_blindly(samples, image=lambda image: 255 * image)


@train_on_cells.mistake(
    N_(
        "The boxes that it learns from aren't where the cells are. Give them as they come: x1, y1, x2, y2, "
        "in pixels. Whoever mirrors a picture mirrors its boxes too."
    )
)
def _other_boxes(samples: Samples, _backbone: nn.Module) -> nn.Module:
    return _trained_blindly(samples, changes=lambda target: {"boxes": target["boxes"] / 128})


@train_on_cells.mistake(
    N_(
        "A cell isn't 1 any more in the targets that it learns from. In torchvision's detectors 0 is the "
        "background, and classes begin at 1: leave the labels as they are."
    )
)
def _other_labels(samples: Samples, _backbone: nn.Module) -> nn.Module:
    return _trained_blindly(samples, changes=lambda target: {"labels": 0 * target["labels"]})


@train_on_cells.mistake(
    N_(
        "Not every part of the loss is sent backward, so something never learns: what there is, where it "
        "lies, or what to propose. Add up all of them: `sum(losses.values())`."
    )
)
def _parts_of_the_loss(samples: Samples, _backbone: nn.Module) -> nn.Module:
    return _trained_blindly(samples, total=lambda parts: parts["loss_0"])


@train_on_cells.mistake(
    N_(
        "Pictures go through the detector, and its weights stay as they are. Is `optimizer.step()` called, "
        "after `backward`, with nothing cleared between them, and does the optimizer hold *this* model's "
        "parameters?"
    )
)
def _never_stepped(samples: Samples, _backbone: nn.Module) -> nn.Module:
    return _trained_blindly(samples, rate=0.0)


@train_on_cells.mistake(
    N_(
        "The training is too short: some pictures were seen once, or never. Go over all batches, in several "
        "epochs, at a rate of about 0.001."
    )
)
def _too_short(samples: Samples, _backbone: nn.Module) -> nn.Module:
    return _trained_blindly(samples, epochs=1)


@train_on_cells.mistake(
    N_(
        "It has seen all pictures, often enough, and finds hardly any cell. Do the anchors fit, cells of 14 "
        "to 26 pixels in a picture of 128, which `build_detector` makes 96 large? Is the rate about 0.001?"
    )
)
def _hardly_learned(samples: Samples, _backbone: nn.Module) -> nn.Module:
    return _trained_blindly(samples)


@train_on_cells.mistake(
    N_(
        "The detector finds some of the cells, but too few. Do the anchors' sizes fit, and is the rate about "
        "0.001? May it return several boxes per picture, those too that it is less sure of?"
    )
)
def _too_few(samples: Samples, _backbone: nn.Module) -> nn.Module:
    _trained_blindly(samples)  # a training is seen; the good model's may have been long ago
    model = good_model(train_on_cells)
    model.roi_heads.detections_per_img = 2  # cells come by fours and fives
    return model
