"""A detector at work: from the picture to boxes, through the real model's own parts."""

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.transform import resize_boxes
from torchvision.transforms.v2 import functional as transform_functions

from vislearn.errors import InputError
from vislearn.labels import ClassNames, class_names
from vislearn.language import translate as _
from vislearn.models import detector_classes
from vislearn.models.features import quiet
from vislearn.sample import Prediction
from vislearn.steps.detector_pictures import (
    MOST,
    anchors_at_one_place,
    crowd,
    features_beside,
    lying_apart,
    spotlight,
)
from vislearn.steps.step import Step
from vislearn.viz import boxed

__all__ = ["Walk", "as_model_takes", "detector"]

_ALL = 10**6  # more boxes than any picture has
_NEVER = 2.0  # no two boxes overlap so much: NMS then keeps them all, the surest first


def detector(model: nn.Module, image: Any, names: ClassNames | None = None) -> Iterator[Step]:
    """Walk a picture through a detector of torchvision, one stage at a time.

    Faster R-CNN (and Mask R-CNN): picture, prepared, feature maps, anchors, objectness, proposals before and
    after NMS, RoI features, class scores, boxes before and after NMS. RetinaNet, FCOS and SSD have one stage:
    feature maps, anchors, class scores, boxes before and after NMS.

    The last step's value is what ``model([image])`` returns for the picture, to the last bit: each stage is
    the model's own part, fed with what the one before gave.

    Args:
        model: used in eval mode, and left in the mode it was in.
        image: a PIL image, a uint8 tensor (3, H, W), or a float one in 0..1.
        names: of the labels 1 ... K as a list, or label → name; None shows numbers.

    Yields:
        One step per stage; boxes are xyxy in pixels of ``image``.

    Raises:
        InputError: not a detector of torchvision, an image it can't take, or a list of names that is shorter
            than its classes.

    Source: section 4 of the course's text; Ren et al. 2015, Faster R-CNN.
    """
    classes = detector_classes(model)
    if classes is None:
        raise InputError(
            "model",
            "must be a detector of torchvision",
            got=type(model).__name__,
            fix="vislearn.models.detector builds one.",
        )
    picture = as_model_takes(image).to(next(model.parameters()).device)
    class_names(names, [classes], what="the model's labels")  # a list too short is refused before the walk
    with quiet(model):
        yield from (Walk(model, picture, names).steps())


def as_model_takes(image: Any) -> torch.Tensor:
    """A picture as detectors take it: float (3, H, W) in 0..1.

    Args:
        image: a PIL image, a uint8 tensor (3, H, W), or a float one in 0..1.

    Raises:
        InputError: anything else.
    """
    tensor = image if isinstance(image, torch.Tensor) else transform_functions.pil_to_tensor(image)
    tensor = tensor.as_subclass(torch.Tensor)
    if tensor.dtype == torch.uint8:
        tensor = tensor.to(torch.float32) / 255
    low, high = (bound.item() for bound in tensor.aminmax()) if tensor.numel() else (0, 0)
    if tensor.ndim != 3 or not tensor.is_floating_point() or low < 0 or high > 1:
        raise InputError(
            "image",
            "must be uint8, or float in 0..1, of shape (3, H, W)",
            got=f"{tensor.dtype} {tuple(tensor.shape)}, {low:g}…{high:g}",
            fix="Detectors normalise pictures themselves.",
        )
    return tensor


class Walk:
    """What all stages share. Boxes inside a model are in pixels of the prepared picture."""

    def __init__(self, model: Any, picture: torch.Tensor, names: ClassNames | None) -> None:
        self.model, self.picture, self.names = model, picture, names
        self.prepared, _targets = model.transform([picture])
        maps = model.backbone(self.prepared.tensors)
        self.maps: dict[str, torch.Tensor] = {"0": maps} if isinstance(maps, torch.Tensor) else maps
        self.sizes = self.prepared.image_sizes

    def steps(self) -> Iterator[Step]:
        """Every stage in order; boxes are on the original picture."""
        yield Step(_("Picture"), self.picture, _("What goes in: numbers in 0…1."))
        yield Step(_("Prepared"), self.prepared.tensors[0], self._prepared_note())
        first = next(iter(self.maps.values()))[0]
        sizes = ", ".join(f"{one.shape[-2]}×{one.shape[-1]}" for one in self.maps.values())
        note = _(
            "The backbone sees {channels} patterns at each place; maps of {sizes}.",
            channels=first.shape[0],
            sizes=sizes,
        )
        yield Step(_("Feature maps"), first, note)
        yield from self._two_stages() if isinstance(self.model, FasterRCNN) else self._one_stage()

    def _prepared_note(self) -> str:
        height, width = self.sizes[0]
        note = _("Each colour minus its mean, divided by its spread.")
        if (height, width) != tuple(self.picture.shape[-2:]):
            note += " " + _("Resized to {height}×{width} pixels.", height=height, width=width)
        if tuple(self.prepared.tensors.shape[-2:]) != (height, width):
            note += " " + _("Padded, so that its sides can be halved often enough.")
        return note

    def _anchors(self, generator: Any) -> Step:
        anchors = self.back(generator(self.prepared, list(self.maps.values()))[0])
        note = _(
            "{count} boxes to start from, of a few sizes and shapes, at every place of every map. "
            "Here: those of one place.",
            count=len(anchors),
        )
        if max(generator.num_anchors_per_location()) == 1:  # FCOS
            note = _(
                "No anchors, only points: {count}, one at every place of every map. "
                "Here: the one in the middle.",
                count=len(anchors),
            )
        return Step(_("Anchors"), anchors, note, picture=anchors_at_one_place(self.picture, anchors))

    def _two_stages(self) -> Iterator[Step]:
        yield self._anchors(self.model.rpn.anchor_generator)
        proposals = self.model.rpn(self.prepared, self.maps)[0]
        yield from self._first_stage(self.model.rpn, self.back(proposals[0]))
        yield from self._second_stage(self.model.roi_heads, proposals)

    def _first_stage(self, rpn: Any, proposals: torch.Tensor) -> Iterator[Step]:
        """Where is anything? ``proposals`` (N, 4) as the proposal network ends, on the original picture."""
        logits, _deltas = rpn.head(list(self.maps.values()))
        objectness = logits[0][0].sigmoid()  # (anchors per place, h, w) of the first map
        note = _("The proposal network asks at each anchor: is anything here? Bright: yes.")
        yield Step(_("Objectness"), objectness, note, picture=self._lit(objectness.amax(0)))

        loose = _without_nms(rpn)
        loose._post_nms_top_n = {"training": _ALL, "testing": _ALL}
        before = self.back(loose(self.prepared, self.maps)[0][0])
        note = _(
            "The surest anchors, moved and stretched as the network says: {count} boxes, most of them "
            "nearly the same.",
            count=len(before),
        )
        yield Step(
            _("Proposals before NMS"), before, note + _drawn(before), picture=crowd(self.picture, before)
        )
        note = _(
            "NMS keeps the surest of boxes that overlap by more than {iou}: {count} are left.",
            iou=f"{rpn.nms_thresh:g}",
            count=len(proposals),
        )
        yield Step(
            _("Proposals"), proposals, note + _drawn(proposals), picture=crowd(self.picture, proposals)
        )

    def _second_stage(self, heads: Any, proposals: list[torch.Tensor]) -> Iterator[Step]:
        """What is it? ``proposals``: (N, 4) on the prepared picture."""
        there = self.back(proposals[0])
        features = heads.box_roi_pool(self.maps, proposals, self.sizes)  # (N, C, 7, 7)
        note = _(
            "RoIAlign cuts a {side}×{side} piece out of all {channels} feature maps for each proposal. "
            "Here up to four proposals, a row each: the piece of the picture, beside it that of three maps.",
            side=features.shape[-1],
            channels=features.shape[1],
        )
        yield Step(_("RoI features"), features, note, picture=features_beside(self.picture, there, features))
        logits, deltas = heads.box_predictor(heads.box_head(features))
        scores = logits.softmax(-1)
        note = _(
            "Each piece is judged: one share per class, and one for the background. "
            "Here: the surest of those proposals that overlap little."
        )
        yield Step(_("Class scores"), scores, note, picture=self._judged(there, scores))

        loose = _without_nms(heads)
        loose.detections_per_img = _ALL
        boxes = loose.postprocess_detections(logits, deltas, proposals, self.sizes)[0][0]
        yield self._before_nms(self.back(boxes), heads)
        yield self._last(heads(self.maps, proposals, self.sizes)[0], heads)

    def _one_stage(self) -> Iterator[Step]:
        yield self._anchors(self.model.anchor_generator)
        first = next(iter(self.maps.values()))
        logits = self.model.head(list(self.maps.values()))["cls_logits"][0]  # (all anchors, outputs)
        softmax = not hasattr(self.model.head.classification_head, "num_anchors")  # SSD alone
        scores = logits.softmax(-1)[:, 1:] if softmax else logits.sigmoid()
        places = first.shape[-2] * first.shape[-1]
        each = self.model.anchor_generator.num_anchors_per_location()[0]
        best = scores[: places * each].reshape(*first.shape[-2:], -1).amax(-1)
        note = _("Every anchor is judged at once: one score per class. Bright: a high one.")
        yield Step(_("Class scores"), scores, note, picture=self._lit(best))
        loose = _without_nms(self.model)
        loose.detections_per_img = _ALL
        yield self._before_nms(loose([self.picture])[0]["boxes"], self.model)
        yield self._last(self.model([self.picture]), self.model, finished=True)

    def _before_nms(self, boxes: torch.Tensor, part: Any) -> Step:
        note = _(
            "Boxes moved once more, one for each class, where the score is above {score}: {count}.",
            score=f"{part.score_thresh:g}",
            count=len(boxes),
        )
        return Step(_("Boxes before NMS"), boxes, note + _drawn(boxes), picture=crowd(self.picture, boxes))

    def _last(self, found: list[Prediction], part: Any, *, finished: bool = False) -> Step:
        if not finished:
            original = [(self.picture.shape[-2], self.picture.shape[-1])]
            found = self.model.transform.postprocess(found, self.sizes, original)
        result = found[0]
        note = _(
            "NMS class by class (IoU above {iou}): {count} boxes are the answer.",
            iou=f"{part.nms_thresh:g}",
            count=len(result["boxes"]),
        )
        sure = result["scores"] >= min(0.5, result["scores"].max().item() if len(result["scores"]) else 0)
        if not sure.all():
            note += " " + _("Drawn: those with a score of at least one half.")
        drawn = {key: result[key][sure] for key in ("boxes", "labels", "scores")}
        picture = boxed(self.picture, drawn["boxes"], drawn["labels"], drawn["scores"], self.names)
        return Step(_("Boxes"), result, note, picture=picture)

    def _judged(self, boxes: torch.Tensor, scores: torch.Tensor) -> Any:
        """The proposals that are most surely something, where their tags don't cover each other."""
        best, label = scores[:, 1:].max(-1)
        top = lying_apart(boxes, best).flip(0)
        return boxed(self.picture, boxes[top], label[top] + 1, best[top], self.names)

    def _lit(self, chances: torch.Tensor) -> torch.Tensor:
        """``chances`` (h, w) over the whole padded picture, shown on the picture."""
        return spotlight(self.picture, chances, self.sizes[0], tuple(self.prepared.tensors.shape[-2:]))

    def back(self, boxes: torch.Tensor) -> torch.Tensor:
        """From the prepared picture to the original one."""
        return resize_boxes(boxes, list(self.sizes[0]), list(self.picture.shape[-2:]))


def _drawn(boxes: torch.Tensor) -> str:
    return " " + _("Drawn: the {count} surest.", count=min(len(boxes), MOST))  # the same words for any number


def _without_nms(part: Any) -> Any:
    """The same module, sharing all weights, whose NMS drops nothing."""
    loose = copy.copy(part)
    loose.nms_thresh = _NEVER
    return loose
