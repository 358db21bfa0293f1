"""Statements without effect, in other ways than the examples."""

import pytest

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
