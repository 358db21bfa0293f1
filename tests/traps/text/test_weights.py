"""Weights of another network, in other ways than the example."""

import pytest

from vislearn.traps.text.source import Source
from vislearn.traps.text.weights import WEIGHTS_OF_ANOTHER_MODEL

BROKEN = {
    "at once": "from torchvision.models import resnet34, ResNet18_Weights\n"
    "m = resnet34(weights=ResNet18_Weights.DEFAULT)\n",
    "as text": "from torchvision import models\nm = models.vgg16(weights='VGG19_Weights.IMAGENET1K_V1')\n",
    "a detector": "import torchvision.models.detection as d\n"
    "m = d.fasterrcnn_resnet50_fpn(weights=d.FasterRCNN_ResNet50_FPN_V2_Weights.DEFAULT)\n",
    "by a name": "import torchvision\nw = torchvision.models.ResNet34_Weights.DEFAULT\n"
    "m = torchvision.models.resnet18(weights=w)\n",
    "of a model got by its name": "import torchvision.models as t\n"
    "m = t.get_model('resnet18', weights='ResNet50_Weights.DEFAULT')\n",
    "as text of the default": "from torchvision.models import resnet18\n"
    "m = resnet18(weights='ResNet50_Weights.DEFAULT')\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_found(name, found):
    assert found(BROKEN[name]) == ["weights_of_another_model"]


def test_every_network_is_told_with_its_own_line(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    script = "".join(
        [
            "from torchvision import models\n",
            "a = models.resnet50(weights=models.ResNet18_Weights.DEFAULT)\n",
            "w = models.ResNet34_Weights.DEFAULT\n",
            "b = models.resnet18(weights=w), models.resnet34(weights=w)\n",
            "c = models.resnet18(weights='ResNet50_Weights.DEFAULT')\n",
        ]
    )
    problem = WEIGHTS_OF_ANOTHER_MODEL.find(Source(script, "net.py"))
    assert problem.where == "net.py:2, 4, 5"
    told = "`ResNet18_Weights` (2), `ResNet34_Weights` (4), `ResNet50_Weights` (5)"
    assert problem.what == f"gives {told} to another network"
    assert "`ResNet50_Weights.DEFAULT` (2), `ResNet18_Weights.DEFAULT` (4, 5)" in problem.fix
