import warnings

import pytest

LOOP = """
scheduler = torch.optim.lr_scheduler.{made}
with watch(model, optimizer, scheduler):
    for epoch in range({epochs}):
        {begin}
        for x, y in loader:
            {before}
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            {between}
            optimizer.step()
            {after}
        {end}
"""
MOVE = "scheduler.step()"


def loop(made, epochs=3, **places):
    return LOOP.format(
        made=made,
        epochs=epochs,
        **{name: "pass" for name in ("begin", "before", "between", "after", "end")} | places,
    )


BROKEN = {
    "a rate that waits for a score": ("scheduler_never_moves", loop("ReduceLROnPlateau(optimizer)", 2)),
    "a cosine, made and forgotten": ("scheduler_never_moves", loop("CosineAnnealingLR(optimizer, 3)", 2)),
    "a cosine of one epoch's batches": (
        "cosine_stepped_per_epoch",
        loop("CosineAnnealingLR(optimizer, len(loader))", end=MOVE),
    ),
    "steps of a few batches, spent near the end": (
        "stepped_per_batch",
        loop("StepLR(optimizer, 6)", after=MOVE),
    ),
    "one of two schedules": (
        "scheduler_never_moves",
        """
heads = torch.optim.SGD(model.head.parameters(), lr=0.1)
moved, left = (torch.optim.lr_scheduler.StepLR(one, 2) for one in (heads, optimizer))
with watch(model, moved, left):
    for epoch in range(3):
        for x, y in loader:
            heads.zero_grad()
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            heads.step()
            optimizer.step()
        moved.step()
""",
    ),
    "first in the batch": ("scheduler_first", loop("ExponentialLR(optimizer, 0.999)", before=MOVE)),
    "between backward and step": (
        "scheduler_first",
        loop("LinearLR(optimizer, 0.5, total_iters=20)", between=MOVE),
    ),
    "first in the epoch": ("scheduler_first", loop("MultiStepLR(optimizer, [2])", begin=MOVE)),
    "one cycle by hand": (
        "onecycle_stepped_per_epoch",
        loop("OneCycleLR(optimizer, 0.1, total_steps=24)", end=MOVE),
    ),
    "one cycle for more epochs": (
        "onecycle_stepped_per_epoch",
        loop("OneCycleLR(optimizer, 0.1, epochs=10, steps_per_epoch=len(loader))", 4, end=MOVE),
    ),
    "one cycle of epochs of three batches": (
        "onecycle_stepped_per_epoch",
        "loader = [*loader][:3]\n" + loop("OneCycleLR(optimizer, 0.1, total_steps=9)", end=MOVE),
    ),
    "one cycle, accumulated": (
        "onecycle_stepped_per_epoch",
        """
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, epochs=3, steps_per_epoch=len(loader) // 2)
with watch(model, optimizer):
    for epoch in range(3):
        for i, (x, y) in enumerate(loader):
            F.cross_entropy(model(x), y).backward()
            if i % 2:
                optimizer.step()
                optimizer.zero_grad()
        scheduler.step()
""",
    ),
    "cosine of all batches": ("cosine_stepped_per_epoch", loop("CosineAnnealingLR(optimizer, 24)", end=MOVE)),
    "cosine with a floor": (
        "cosine_stepped_per_epoch",
        loop("CosineAnnealingLR(optimizer, T_max=5 * len(loader), eta_min=1e-4)", 5, end=MOVE),
    ),
    "cosine that is not given": (
        "cosine_stepped_per_epoch",
        loop("CosineAnnealingLR(optimizer, 32)", 4, end=MOVE).replace("optimizer, scheduler)", "optimizer)"),
    ),
    "cosine of epochs, per batch": ("stepped_per_batch", loop("CosineAnnealingLR(optimizer, 3)", after=MOVE)),
    "steps of epochs, per batch": ("stepped_per_batch", loop("StepLR(optimizer, 2, gamma=0.1)", after=MOVE)),
    "exponential, per batch": ("stepped_per_batch", loop("ExponentialLR(optimizer, 0.5)", after=MOVE)),
    "milestones of epochs, per batch": (
        "stepped_per_batch",
        loop("MultiStepLR(optimizer, [3, 5, 7])", 4, after=MOVE),
    ),
}

RIGHT = {
    "one epoch of a schedule of epochs": loop("StepLR(optimizer, 2)", 1),
    "parts of a chain": """
first = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=4)
then = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
both = torch.optim.lr_scheduler.SequentialLR(optimizer, [first, then], [4])
with watch(model, optimizer, first, then, both):
    for epoch in range(3):
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        both.step()
""",
    "one cycle per batch, not to its end": loop("OneCycleLR(optimizer, 0.1, total_steps=100)", after=MOVE),
    "one cycle of epochs": loop("OneCycleLR(optimizer, 0.1, total_steps=3)", end=MOVE),
    "one cycle of epochs of two batches": "loader = [*loader][:2]\n"
    + loop("OneCycleLR(optimizer, 0.1, total_steps=6)", end=MOVE),
    "cosine of epochs, after the first": loop("CosineAnnealingLR(optimizer, 3)", 1, end=MOVE),
    "cosine of epochs": loop("CosineAnnealingLR(optimizer, 3)", end=MOVE),
    "cosine of batches": loop("CosineAnnealingLR(optimizer, 24)", after=MOVE),
    "cosine of epochs, ended early": loop("CosineAnnealingLR(optimizer, 100)", end=MOVE),
    "warm restarts": loop("CosineAnnealingWarmRestarts(optimizer, 4)", after=MOVE),
    "a slow fall per batch": loop("ExponentialLR(optimizer, 0.9)", after=MOVE),
    "a rate per batch": loop("LambdaLR(optimizer, lambda step: 1 / (1 + step))", after=MOVE),
    "cycles": loop("CyclicLR(optimizer, 0.001, 0.1, step_size_up=4)", after=MOVE),
    "a cosine of as many epochs as an epoch has batches": loop(
        "CosineAnnealingLR(optimizer, 8)", 5, end=MOVE
    ),
    "small steps per batch": loop("StepLR(optimizer, 1, gamma=0.95)", 8, after=MOVE),
    "steps of several epochs, per batch": loop("StepLR(optimizer, 9, gamma=0.01)", after=MOVE),
    "steps of one epoch's batches, per batch": loop("StepLR(optimizer, 8, gamma=0.03)", after=MOVE),
    "steps of epochs": loop("StepLR(optimizer, 1, gamma=0.01)", end=MOVE),
    "moved forward before going on": """
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 4)
with watch(model, optimizer, scheduler):
    scheduler.step()
    scheduler.step()
    for epoch in range(2):
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
        scheduler.step()
""",
    "made inside, several, chained": """
with watch(model, optimizer):
    first = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=4)
    then = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    both = torch.optim.lr_scheduler.ChainedScheduler([first, then], optimizer=optimizer)
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        both.step()
""",
}


@pytest.mark.parametrize(("trap", "code"), BROKEN.values(), ids=BROKEN)
def test_it_is_found(trap, code, found):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
        assert found(code) == [trap]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, found):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected call of `lr_scheduler.step")
        assert found(code) == []
