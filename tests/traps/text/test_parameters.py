"""Parameters that are not frozen, or not known, in other ways than the examples."""

import pytest

_TORCH = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"

BROKEN = {
    "freezes_nothing": {
        "another slip": "for p in net.parameters():\n    p.requires_grads = False\n",
        "the whole network": "from torchvision import models\nm = models.resnet18()\n"
        "m.requires_grad = False\n",
        "a part of it": "import torchvision\nnet = torchvision.models.vgg16()\n"
        "net.features.requires_grad = False\n",
    },
    "layers_in_a_list": {
        "written out": _TORCH
        + "class A(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        + "        self.convs = [nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)]\n"
        + "    def forward(self, x):\n        for c in self.convs:\n            x = c(x)\n        return x\n",
        "by number": _TORCH
        + "class B(nn.Module):\n    def __init__(self, n):\n        super().__init__()\n"
        + "        self.heads = [nn.Linear(8, 1) for _ in range(n)]\n"
        + "    def forward(self, x, task):\n        return self.heads[task](x)\n",
        "enumerated": "import torch\nclass C(torch.nn.Module):\n    def __init__(self):\n"
        "        super().__init__()\n        self.norms = [torch.nn.BatchNorm2d(8) for _ in range(4)]\n"
        "    def forward(self, x):\n        for i, n in enumerate(self.norms):\n            x = n(x) + i\n"
        "        return x\n",
    },
}


@pytest.mark.parametrize(("trap", "name"), [(trap, name) for trap, ways in BROKEN.items() for name in ways])
def test_each_is_found(trap, name, found):
    assert found(BROKEN[trap][name]) == [trap]
