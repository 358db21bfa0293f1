"""Statements without effect, in other ways than the examples."""

import pytest

from vislearn.traps.text.source import Source
from vislearn.traps.text.statements import BRACKETS_FORGOTTEN

BROKEN = {
    "brackets_forgotten": {
        "backward": "for x, y in loader:\n    loss = f(x, y)\n    loss.backward\n    optimizer.step()\n",
        "eval of a part": "class T:\n    def test(self):\n        self.model.eval\n"
        "        return self.model(x)\n",
        "step of a schedule": "for epoch in range(9):\n    train(loader)\n    scheduler.step\n",
    },
    "context_never_entered": {
        "imported": "from torch import no_grad\ndef test(m):\n    no_grad()\n    return m(x)\n",
        "inference": "import torch\ntorch.inference_mode()\nprint(model(x))\n",
        "autocast": "import torch\nfor x in loader:\n    torch.autocast('cuda')\n    model(x)\n",
    },
    "cuda_amp": {
        "imported": "from torch.cuda.amp import GradScaler, autocast\nwith autocast():\n    model(x)\n",
        "the module": "from torch.cuda import amp\nwith amp.autocast():\n    model(x)\n",
        "written out": "import torch\nscaler = torch.cuda.amp.GradScaler()\n",
    },
}


@pytest.mark.parametrize(("trap", "name"), [(trap, name) for trap, ways in BROKEN.items() for name in ways])
def test_each_is_found(trap, name, found):
    assert found(BROKEN[trap][name]) == [trap]


def test_every_method_is_told_with_its_own_lines(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    script = "for x in loader:\n    opt.zero_grad\n    f(x).backward()\n    opt.step\nnet.eval\nopt.step\n"
    problem = BRACKETS_FORGOTTEN.find(Source(script, "train.py"))
    told = "`opt.zero_grad` (2), `opt.step` (4, 6), `net.eval` (5)"
    assert problem.where == "train.py:2, 4, 5, 6"
    assert problem.what == f"names {told} without a call"
    assert problem.fix == "Write `opt.zero_grad()` (2), `opt.step()` (4, 6), `net.eval()` (5)."
