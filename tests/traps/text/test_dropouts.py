"""Dropout that is always on, in other ways than the example."""

import pytest

NET = """
from torch import nn
import torch.nn.functional as F
import torch.nn.functional as func
from torch.nn.functional import dropout2d
class Net(nn.Module):
    def forward(self, x):
        return {}
"""
BROKEN = {
    "by word": NET.format("self.head(F.dropout(self.hidden(x), p=0.3))"),
    "with its own share": NET.format("func.dropout(x, self.p, inplace=True)"),
    "imported, of whole channels": NET.format("dropout2d(x)"),
    "written out": "import torch\nclass N(torch.nn.Module):\n    def forward(self, x):\n"
    "        return torch.nn.functional.alpha_dropout(x, 0.1)\n",
}
RIGHT = {
    "told by place": NET.format("F.dropout(x, 0.3, self.training)"),
    "always on, and said so": NET.format("F.dropout(x, 0.3, training=True)"),
    "by options": NET.format("F.dropout(x, **self.options)"),
    "by more of them": NET.format("F.dropout(x, *self.options)"),
    "nothing is dropped": NET.format("F.dropout(x, 0)"),
    "in train mode only": NET.format("F.dropout(x, 0.3) if self.training else x"),
    "outside of a network": "import torch.nn.functional as F\ndef forward(x):\n    return F.dropout(x)\n",
    "in another method": NET.format("x") + "    def sampled(self, x):\n        return F.dropout(x, 0.3)\n",
    "of somebody else": "from flax import linen as F\nfrom torch import nn\nclass N(nn.Module):\n"
    "    def forward(self, x):\n        return F.dropout(x)\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_found(name, found):
    assert found(BROKEN[name]) == ["dropout_always_on"]


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_meant_is_passed_over(name, found):
    assert found(RIGHT[name]) == []
