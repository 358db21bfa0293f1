"""Parameters that are not frozen, or not known, in other ways than the examples."""

import pytest

from vislearn.traps.text.parameters import LAYERS_IN_A_LIST
from vislearn.traps.text.source import Source

_TORCH = "import torch\nfrom torch import nn\nimport torch.nn.functional as F\n"
_NET = """
class Net(nn.Module):
    def __init__(self, depth):
        super().__init__()
        {made}
    def forward(self, x):
        {used}
        return x
"""
_LOOPS = "for layer in self.layers:\n            x = layer(x)"


def _net(made: str, used: str = _LOOPS) -> str:
    return _TORCH + _NET.format(made=made.replace("\n", "\n        "), used=used)


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
        "appended": _net(
            "self.layers = []\nfor _ in range(depth):\n    self.layers.append(nn.Linear(8, 8))\n"
            "    self.layers.append(nn.ReLU())"
        ),
        "a tuple": _net("self.layers = (nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))"),
        "a dict": _net("self.heads = {'a': nn.Linear(8, 8)}", "x = self.heads['a'](x)"),
        "a dict's values": _net(
            "self.layers = {i: nn.Linear(8, 8) for i in range(depth)}",
            "for name, layer in self.layers.items():\n            x = layer(x)",
        ),
        "a local list": _net("layers = [nn.Linear(8, 8)]\nself.layers = layers"),
        "a local list appended to": _net(
            "layers = []\nfor _ in range(depth):\n    layers.append(nn.Linear(8, 8))\nself.layers = layers"
        ),
        "beside a network that is right": _net("self.layers = [nn.Linear(8, 8)]")
        + _NET.replace("Net", "Right").format(
            made="self.layers = nn.Sequential(nn.Linear(8, 8))", used="x = self.layers(x)"
        ),
    },
}

REGISTERED = {
    "appended, then modules": _net(
        "self.layers = []\nself.layers.append(nn.Linear(8, 8))\nself.all = nn.ModuleList(self.layers)"
    ),
    "appended under another name": _net(
        "self.layers = []\nself.first = nn.Linear(8, 8)\nself.layers.append(self.first)"
    ),
    "appended to what is registered": _net(
        "self.layers = nn.ModuleList()\nself.layers.append(nn.Linear(8, 8))"
    ),
    "a local list, then modules": _net(
        "layers = []\nlayers.append(nn.Linear(8, 8))\nself.body = nn.Sequential(*layers)\n"
        "self.layers = layers"
    ),
    "a local list made modules": _net(
        "layers = [nn.Linear(8, 8)]\nlayers = nn.ModuleList(layers)\nself.layers = layers"
    ),
    "a local list given away": _net("layers = [nn.Linear(8, 8)]\nkeep(self, layers)\nself.layers = layers"),
    "a tuple taken apart": _net("self.a, self.b = nn.Linear(8, 8), nn.Linear(8, 8)", "x = self.b(self.a(x))"),
    "a tuple of registered layers": _net("self.a = nn.Linear(8, 8)\nself.layers = (self.a, nn.ReLU())"),
    "a dict, then modules": _net(
        "self.heads = {'a': nn.Linear(8, 8)}\nself.all = nn.ModuleList(self.heads.values())",
        "x = self.heads['a'](x)",
    ),
    "a dict of classes": _net("self.kinds = {'a': nn.Linear}", "x = self.kinds['a'](8, 8)(x)"),
    "one of a dict": _net("self.head = {'a': nn.Linear(8, 8), 'b': nn.Identity()}['a']", "x = self.head(x)"),
    "made modules by a class derived from it": _net("self.layers = [nn.Linear(8, 8)]")
    + _NET.replace("Net(nn.Module)", "Derived(Net)").format(
        made="self.layers = nn.ModuleList(self.layers)", used=_LOOPS
    ),
    "made modules from outside": _net("self.layers = [nn.Linear(8, 8)]")
    + "net = Net(3)\nnet.all = nn.ModuleList(net.layers)\n",
    "no layers": _net("self.seen = []\nself.pools = (nn.ReLU(), nn.MaxPool2d(2))", "self.seen.append(x)"),
}


@pytest.mark.parametrize(("trap", "name"), [(trap, name) for trap, ways in BROKEN.items() for name in ways])
def test_each_is_found(trap, name, found):
    assert found(BROKEN[trap][name]) == [trap]


@pytest.mark.parametrize("name", REGISTERED)
def test_layers_that_are_registered_or_may_be_are_passed_over_in_silence(name, found):
    assert found(REGISTERED[name]) == []


def test_every_kind_is_told_with_the_lines_and_the_modules_that_replace_it(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    script = _net("self.layers = [nn.Linear(8, 8)]\nself.heads = {'a': nn.Linear(8, 8)}")
    problem = LAYERS_IN_A_LIST.find(Source(script, "net.py"))
    assert problem.where == "net.py:8, 9"
    assert "in a plain `list` (8), `dict` (9), where" in problem.what
    assert "`self.layers = nn.ModuleList([...])` (8), `self.heads = nn.ModuleDict({...})` (9)" in problem.fix
