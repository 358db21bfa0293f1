"""ReduceLROnPlateau given an accuracy, in other ways than the example; and given what it waits for."""

import pytest

LOOP = """
from torch.optim import lr_scheduler
scheduler = lr_scheduler.ReduceLROnPlateau(optimizer{mode})
with watch(model, optimizer, scheduler):
    for epoch in range({epochs}):
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        with torch.no_grad():
            for x, y in val_loader:
                model.eval()(x)
            model.train()
        {step}
"""


def loop(step, mode="", epochs=5):
    return LOOP.format(step=step, mode=mode, epochs=epochs)


BROKEN = {
    "in per cent": loop("scheduler.step(100.0 * (4 + epoch) / 12)"),
    "by name, and as a tensor": loop(
        "scheduler.step(metrics=torch.tensor([5, 5, 6, 8, 9])[epoch] / 12)", ", 'min'"
    ),
    "of the training pictures, with a fall": loop("scheduler.step([12, 16, 15, 20, 24][epoch] / 32)"),
    "of whole batches": loop("scheduler.step((3 + 2 * epoch) / 12)").replace(
        "from torch", "loader = torch.utils.data.DataLoader(loader.dataset, 12, drop_last=True)\nfrom torch"
    ),
}
RIGHT = {
    "a rising loss": loop("scheduler.step(0.4137 + 0.1511 * epoch)"),
    "a loss that is a whole number now and then": loop("scheduler.step([0.5, 0.61, 0.75, 0.8, 1.0][epoch])"),
    "errors, which fall": loop("scheduler.step((9 - epoch) / 12)"),
    "errors of a network that learns nothing": loop("scheduler.step([8, 6, 9, 7, 8][epoch] / 12)"),
    "an accuracy, waited for from above": loop("scheduler.step((4 + epoch) / 12)", ", mode='max'"),
    "an accuracy below zero": loop("scheduler.step(-(4 + epoch) / 12)"),
    "too few to tell": loop("scheduler.step((4 + 2 * epoch) / 12)", epochs=3),
    "another schedule, told the epoch": loop("scheduler.step()").replace(
        "ReduceLROnPlateau(optimizer)", "StepLR(optimizer, 2)"
    ),
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN)
def test_it_is_found(code, found):
    assert found(code) == ["plateau_of_accuracy"]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, found):
    assert found(code) == []
