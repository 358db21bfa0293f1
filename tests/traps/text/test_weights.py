"""Weights of another network, in other ways than the example."""

import pytest

BROKEN = {
    "at once": "from torchvision.models import resnet34, ResNet18_Weights\n"
    "m = resnet34(weights=ResNet18_Weights.DEFAULT)\n",
    "as text": "from torchvision import models\nm = models.vgg16(weights='VGG19_Weights.IMAGENET1K_V1')\n",
    "a detector": "import torchvision.models.detection as d\n"
    "m = d.fasterrcnn_resnet50_fpn(weights=d.FasterRCNN_ResNet50_FPN_V2_Weights.DEFAULT)\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_found(name, found):
    assert found(BROKEN[name]) == ["weights_of_another_model"]
