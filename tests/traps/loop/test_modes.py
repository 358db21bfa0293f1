import pytest

STEP = """
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
"""

BROKEN = {
    "in a function, inside the loop": (
        ["missing_eval"],
        """
@torch.no_grad()
def evaluate(net, batches):
    return sum((net(x).argmax(1) == y).sum() for x, y in batches)
for i, (x, y) in enumerate(loader):
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    optimizer.step()
    if i % 3 == 2:
        evaluate(model, val_loader)
""",
    ),
    "back in train mode too early": (
        ["missing_eval"],
        "for epoch in range(2):"
        + STEP
        + """
    model.eval()
    model.train()
    with torch.inference_mode():
        for x, y in val_loader:
            model(x)
""",
    ),
    "one tensor": (
        ["missing_eval"],
        "kept = torch.rand(9, 3, 8, 8)\nfor epoch in range(3):"
        + STEP
        + """
    with torch.no_grad():
        guess = model(kept).argmax(1)
""",
    ),
    "with gradients, too": (
        ["missing_no_grad", "missing_eval"],
        "for epoch in range(2):"
        + STEP
        + "    losses = [F.cross_entropy(model(x), y) for x, y in val_loader]\n",
    ),
    "answers gathered with their graphs": (
        ["missing_no_grad"],
        "for epoch in range(2):" + STEP + "    model.eval()\n    kept = [model(x) for x, _ in val_loader]\n",
    ),
    "set_grad_enabled the wrong way round": (
        ["missing_no_grad"],
        "for epoch in range(2):"
        + STEP
        + """
    model.eval()
    with torch.set_grad_enabled(True):
        for batch in val_loader:
            F.cross_entropy(model(batch[0]), batch[1]).item()
""",
    ),
    "train once, before all epochs": (
        ["missing_train"],
        "model.train()\nfor epoch in range(3):"
        + STEP.replace("    model.train()\n", "")
        + "    model.eval()\n    with torch.no_grad():\n        for x, _ in val_loader: model(x)\n",
    ),
    "left by an evaluation in the middle": (
        ["missing_train"],
        """
for i, (x, y) in enumerate(loader):
    optimizer.zero_grad()
    F.cross_entropy(model(x), y).backward()
    optimizer.step()
    if i == 3:
        model.eval()
        with torch.no_grad():
            [model(x) for x, _ in val_loader]
""",
    ),
    "left by one picture": (
        ["missing_train"],
        """
one = torch.rand(1, 3, 8, 8)
for epoch in range(2):
    for x, y in loader:
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
    with torch.no_grad():
        model(one)
""",
    ),
}

AT_REST = """
def helper(net):
    net.{mode}()
    return net
for epoch in range(2):
    model.train()
    for x, y in loader:
        {before}
        optimizer.zero_grad()
        F.cross_entropy(helper(model)(x), y).backward()
        optimizer.step()
"""

RIGHT = {
    "a dry run, for shapes": "with torch.no_grad():\n    model(torch.rand(2, 3, 8, 8))\nif True:" + STEP,
    "training pictures are judged as they were learned": "for epoch in range(2):"
    + STEP
    + "    with torch.no_grad():\n        for x, _ in loader: model(x)\n",
    "no layer cares": """
model = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
with watch(model):
    for x, y in loader:
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        for x, _ in val_loader: model(x)
""",
    "nothing is learned at all": "for x, _ in val_loader: model(x)\n",
    "a finished network, at rest": "model.eval()\nwith watch(model), torch.no_grad():\n"
    "    for x, _ in val_loader: model(x)\n",
    "statistics made anew": "from torch.optim.swa_utils import update_bn\nwith watch(model):\n"
    "    update_bn(val_loader, model)\n",
    "chance while judging": "model.eval().head.train()\nwith watch(model), torch.no_grad():\n"
    "    for x, _ in val_loader: model(x)\n",
    "worker processes": "val_loader = torch.utils.data.DataLoader(val_loader.dataset, 4, num_workers=1)\n"
    + "if True:"
    + STEP
    + "    model.eval()\n    with torch.no_grad():\n        for x, _ in val_loader: model(x)\n",
}


@pytest.mark.parametrize(("traps", "code"), BROKEN.values(), ids=BROKEN)
def test_it_is_found(traps, code, found):
    assert found(code) == traps


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, found):
    assert found(code) == []


@pytest.mark.parametrize("before", ["pass", "model.train()", "model.train(True)"])
def test_something_puts_the_model_to_rest_before_every_step(before, found):
    assert found(AT_REST.format(mode="eval", before=before)) == ["missing_train"]
    assert found(AT_REST.format(mode="train", before=before)) == []


@pytest.mark.parametrize("asked", ["for x, _ in val_loader:", "for x in torch.rand(4, 1, 3, 8, 8):"])
def test_a_finished_network_is_shown_in_train_mode(asked, found):
    code = f"with watch(model.train()), torch.no_grad():\n    {asked}\n        model(x)\n"
    assert found(code) == ["missing_eval"]
