"""Schedules that wait the wrong way, in other ways than the example; and names that don't tell."""

import pytest

HEAD = "import torch\nfrom torch.optim import lr_scheduler\n"
MADE = """import torch
from torch.optim import lr_scheduler
schedule = lr_scheduler.ReduceLROnPlateau(optimizer{mode})
for epoch in range(9):
    schedule.step({given})
"""
BROKEN = {
    "in per cent, said aloud": MADE.format(mode=", 'min'", given="test_acc"),
    "an item": MADE.format(mode=", factor=0.5", given="metrics['val_iou']"),
    "a loss, from above": MADE.format(mode=", mode='max'", given="val_loss"),
    "of a class": HEAD
    + "class Trainer:\n    def __init__(self):\n"
    + "        self.sched = torch.optim.lr_scheduler.ReduceLROnPlateau(self.opt, patience=3)\n"
    + "    def epoch(self):\n        self.sched.step(self.val_f1)\n",
}
RIGHT = {
    "a loss": MADE.format(mode="", given="val_loss"),
    "an accuracy, from above": MADE.format(mode=", mode='max'", given="val_acc"),
    "turned": MADE.format(mode="", given="-val_acc"),
    "turned, by name": MADE.format(mode="", given="neg_val_acc"),
    "what is left": MADE.format(mode="", given="1 - accuracy"),
    "a name that doesn't tell": MADE.format(mode="", given="score"),
    "a name that says both": MADE.format(mode="", given="accuracy_loss"),
    "a mode from elsewhere": MADE.format(mode=", mode=args.mode", given="val_acc"),
    "options": MADE.format(mode=", **options", given="val_acc"),
    "another schedule": HEAD + "schedule = lr_scheduler.StepLR(optimizer, 3)\nschedule.step(acc)\n",
    "somebody else's": "from mine import ReduceLROnPlateau\ns = ReduceLROnPlateau(o)\ns.step(acc)\n",
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_it_is_found(script, found):
    assert found(script) == ["plateau_the_wrong_way"]


@pytest.mark.parametrize("script", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(script, found):
    assert found(script) == []
