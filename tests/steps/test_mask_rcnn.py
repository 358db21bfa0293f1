"""One box's way to its mask ends with what torchvision returns."""

import pytest
import torch
from torchvision.models.detection.roi_heads import expand_boxes

from vislearn.errors import InputError
from vislearn.models import SmallResNet, detector
from vislearn.steps import mask_rcnn as walk
from vislearn.viz import filmstrip


def small(kind="mask_rcnn", **changes):
    torch.manual_seed(0)
    settings = {"num_classes": 3, "backbone": SmallResNet(2, width=8), "channels": 32, "min_score": 0.001}
    return detector(kind, **(settings | changes))


def picture():
    return torch.rand(3, 40, 60, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("changes", [{}, {"size": 64}], ids=["as it is", "resized"])
@pytest.mark.parametrize("box", [0, 3])
def test_what_is_pasted_is_torchvisions_own_mask(changes, box):
    model = small(**changes)
    steps = {step.title: step.value for step in walk(model, picture(), box=box)}
    assert model.training  # as it was
    with torch.no_grad():
        expected = model.eval()([picture()])[0]
    assert torch.equal(steps["Box"], expected["boxes"][box])
    assert torch.equal(steps["Pasted"], expected["masks"][box, 0])
    assert torch.equal(steps["Mask"], expected["masks"][box, 0] > 0.5)
    assert steps["RoI features"].shape == (32, 14, 14)
    assert steps["Mask logits"].shape == (4, 28, 28)
    height, width = steps["Stretched"].shape
    x0, y0, x1, y1 = expand_boxes(expected["boxes"][box][None], 30 / 28).long()[0].tolist()
    assert (height, width) == (y1 - y0 + 1, x1 - x0 + 1)
    inside = slice(max(0, -y0), 40 - y0), slice(max(0, -x0), 60 - x0)
    below = slice(max(0, y0), y1 + 1), slice(max(0, x0), x1 + 1)
    assert torch.equal(steps["Stretched"][inside], expected["masks"][box, 0][below])
    label = expected["labels"][box]
    assert torch.equal(steps["Mask of the class"], steps["Mask logits"].sigmoid()[label])


def test_it_can_be_printed():
    assert filmstrip(list(walk(small(), picture(), ["a", "b", "c"]))).alt


def test_other_models_and_boxes_are_refused():
    with pytest.raises(InputError, match="must be a Mask R-CNN of torchvision, got FasterRCNN"):
        next(walk(small("faster_rcnn"), picture()))
    with pytest.raises(InputError, match="box must be one of the 0 boxes found, counted from 0, got 0"):
        next(walk(small(min_score=0.999), picture()))
