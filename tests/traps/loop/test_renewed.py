"""Optimizers and schedules made anew in every epoch, in other ways than the example."""

import pytest

STEP = """
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
"""
SGD, ADAM = "torch.optim.SGD(model.parameters(), lr=0.01)", "torch.optim.AdamW(model.parameters(), lr=0.01)"
STEPS = "torch.optim.lr_scheduler.StepLR(optimizer, 2)"


def loop(*lines, epochs=3, before="", after=""):
    inside = "".join(f"        {line}\n" for line in lines)
    return f"{before}with watch(model):\n    for epoch in range({epochs}):\n{inside}{STEP}        {after}\n"


BROKEN = {
    "with all that Adam knows": loop(f"optimizer = {ADAM}"),
    "with its schedule": loop(f"optimizer = {SGD}", f"scheduler = {STEPS}", after="scheduler.step()"),
    "the schedule alone": loop(
        f"scheduler = {STEPS}", before=f"optimizer = {SGD}\n", after="scheduler.step()", epochs=4
    ),
    "in a function, judged after each epoch": """
def train():
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)
    for x, y in loader:
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
with watch(model):
    for epoch in range(4):
        model.train()
        train()
        model.eval()
        with torch.no_grad():
            for x, y in val_loader:
                model(x)
""",
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_is_found(name, found):
    assert found(BROKEN[name]) == ["made_anew"]


RIGHT = {
    "two phases": loop(f"optimizer = {ADAM}", epochs=2),
    "nothing is remembered": loop(f"optimizer = {SGD}"),
    "smaller steps each time": loop(
        "optimizer = torch.optim.Adam(model.parameters(), lr=0.01 * 0.5**epoch)", epochs=4
    ),
    "another beginning each time": loop(
        "model.load_state_dict(state)",
        f"optimizer = {ADAM}",
        before="state = copy.deepcopy(model.state_dict())\n",
        epochs=4,
    ),
    "other pictures each time": loop(
        "loader = torch.utils.data.DataLoader(list(loader.dataset), 4, shuffle=True)",
        f"optimizer = {ADAM}",
        epochs=4,
    ),
    "a cycle each": loop(
        f"optimizer = {ADAM}",
        "scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=20)",
        after="[scheduler.step() for _ in range(8)]",
    ),
    "several epochs each": loop(f"optimizer = optimizer if epoch % 2 else {ADAM}", epochs=8),
    "schedules that take turns": loop(
        before=f"optimizer = {SGD}\nschedules = [{', '.join([STEPS] * 2)}]\n",
        epochs=4,
        after="schedules[epoch % 2].step()",
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_meant_is_passed_over(name, found):
    assert found(RIGHT[name]) == []


def test_a_schedule_is_named_beside_its_optimizer(monkeypatch):
    from vislearn.traps.examples import found_in_loop

    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    [one] = found_in_loop(BROKEN["with its schedule"])
    assert one.problem.where == "SGD"
    assert "and StepLR with it" in one.problem.what


def test_no_more_optimizers_are_remembered_than_needed(found):
    code = "with watch(model) as watched:\n    for epoch in range(70):\n        optimizer = " + SGD
    code += "\n        for x, y in loader:\n            F.cross_entropy(model(x), y).backward()\n"
    code += "            optimizer.step()\n            optimizer.zero_grad()\n            break\n"
    code += "    assert len(watched.renewed.lives) == 64\n"
    assert found(code) == []
