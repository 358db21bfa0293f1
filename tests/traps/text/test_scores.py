"""Softmax on the way to the loss, in other ways than the example."""

import pytest

_TORCH = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"

BROKEN = {
    "in the loss": _TORCH + "loss = F.cross_entropy(F.softmax(model(x), dim=1), y)\n",
    "as a method": _TORCH
    + "crit = nn.CrossEntropyLoss()\nout = net(x)\nout = out.softmax(1)\nloss = crit(out, y)\n",
    "a last layer": _TORCH
    + "net = nn.Sequential(nn.Linear(4, 2), nn.Softmax(dim=1)).to('cpu')\ncrit = nn.CrossEntropyLoss()\n"
    + "for x, y in loader:\n    scores = net(x)\n    crit(scores, y).backward()\n",
    "handed to a function": _TORCH
    + "def train(model, lossf):\n    for x, y in loader:\n        lossf(model(x), y).backward()\n"
    + "mine = nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))\nl = nn.CrossEntropyLoss()\ntrain(mine, l)\n",
    "a layer of the class": _TORCH
    + "class N(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    + "        self.fc = nn.Linear(4, 2)\n        self.sm = nn.Softmax(dim=1)\n"
    + "    def forward(self, x):\n        x = self.fc(x)\n        x = self.sm(x)\n        return x\n"
    + "n = N()\nloss = nn.CrossEntropyLoss()(n(x), y)\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_found(name, found):
    assert found(BROKEN[name]) == ["softmax_then_loss"]
