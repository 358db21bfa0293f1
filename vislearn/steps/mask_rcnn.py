"""How Mask R-CNN draws the mask of one box, through the real model's own parts."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.functional import interpolate
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.roi_heads import expand_boxes, expand_masks, paste_mask_in_image

from vislearn.errors import InputError
from vislearn.labels import ClassNames
from vislearn.language import translate as _
from vislearn.models.features import quiet
from vislearn.steps.detector import Walk, as_model_takes
from vislearn.steps.segmenter_pictures import overlaid
from vislearn.steps.step import Step
from vislearn.viz import boxed

__all__ = ["mask_rcnn"]


def mask_rcnn(
    model: nn.Module, image: Any, names: ClassNames | None = None, *, box: int = 0
) -> Iterator[Step]:
    """Walk one box of Mask R-CNN to its mask: what ``steps.detector`` does before is one stage here.

    Box, RoI features, one mask per class of 28×28 cells, the mask of the box's class, stretched to the box,
    pasted into the picture, and what is above one half.

    The value of "Pasted" is ``model([image])[0]["masks"][box, 0]``, to the last bit.

    Args:
        model: used in eval mode, and left in the mode it was in.
        image: a PIL image, a uint8 tensor (3, H, W), or a float one in 0..1.
        names: of the labels 1 ... K as a list, or label → name; None shows numbers.
        box: which of the boxes that are found, the surest is 0.

    Yields:
        One step per stage.

    Raises:
        InputError: not a Mask R-CNN, an image it can't take, or fewer boxes than that.

    Source: section 5 of the course's text; He et al. 2017, Mask R-CNN.
    """
    if not isinstance(model, MaskRCNN):
        fix = "vislearn.models.detector('mask_rcnn', ...) builds one."
        raise InputError("model", "must be a Mask R-CNN of torchvision", got=type(model).__name__, fix=fix)
    picture = as_model_takes(image).to(next(model.parameters()).device)
    with quiet(model):
        walk = Walk(model, picture, names)
        heads: Any = model.roi_heads
        proposals = walk.model.rpn(walk.prepared, walk.maps)[0]
        found = heads(walk.maps, proposals, walk.sizes)[0][0]
        if not 0 <= box < len(found["boxes"]):
            raise InputError(
                "box", f"must be one of the {len(found['boxes'])} boxes found, counted from 0", got=box
            )
        features = heads.mask_roi_pool(walk.maps, [found["boxes"]], walk.sizes)  # (N, C, 14, 14)
        logits = heads.mask_predictor(heads.mask_head(features))  # (N, K + 1, 28, 28)
        there, label = walk.back(found["boxes"]), found["labels"][box]
        drawn = boxed(picture, there[box : box + 1], label[None], found["scores"][box : box + 1], names)
        yield Step(_("Box"), there[box], _("One of the boxes that the detector found."), picture=drawn)
        yield from _mask_steps(features[box], logits[box], int(label), there[box], picture)


def _mask_steps(
    features: torch.Tensor, logits: torch.Tensor, label: int, box: torch.Tensor, picture: torch.Tensor
) -> Iterator[Step]:
    note = _(
        "RoIAlign cuts a {side}×{side} piece out of all {channels} feature maps, finer than for the class.",
        side=features.shape[-1],
        channels=len(features),
    )
    yield Step(_("RoI features"), features, note)
    note = _("The mask head draws one mask per class, {side}×{side} cells each.", side=logits.shape[-1])
    yield Step(_("Mask logits"), logits, note)
    chances = logits.sigmoid()[label]  # (28, 28)
    note = _("Only the mask of the box's class counts: how surely does each cell belong to the object?")
    yield Step(_("Mask of the class"), chances, note)
    framed, scale = expand_masks(chances[None, None], padding=1)
    x0, y0, x1, y1 = (int(edge) for edge in expand_boxes(box[None], scale).to(torch.int64)[0])
    height, width = max(y1 - y0 + 1, 1), max(x1 - x0 + 1, 1)
    stretched = interpolate(framed, size=(height, width), mode="bilinear", align_corners=False)[0, 0]
    note = _(
        "Framed by zeros and stretched to the box, {height}×{width} pixels, with its frame.",
        height=height,
        width=width,
    )
    yield Step(_("Stretched"), stretched, note)
    frame = torch.tensor([x0, y0, x1, y1])
    pasted = paste_mask_in_image(framed[0, 0], frame, picture.shape[-2], picture.shape[-1])
    yield Step(_("Pasted"), pasted, _("At its place in an empty picture: what the model returns."))
    mask = pasted > 0.5
    yield Step(_("Mask"), mask, _("Above one half: the object."), picture=overlaid(picture, mask.long() * 2))
