"""Three ways to forget, that differ from the example, and one that is none."""

import pytest
import torch

BROKEN = {
    "only once an epoch": """
for epoch in range(3):
    optimizer.zero_grad()
    for x, y in loader:
        criterion = nn.CrossEntropyLoss()
        criterion(model(x), y).backward()
        optimizer.step()
""",
    "the other optimizer's": """
backbone = torch.optim.Adam(model.features.parameters(), lr=1e-3)
head = torch.optim.Adam(model.head.parameters(), lr=1e-3)
with watch(model, backbone, head):
    for batch in loader:
        head.zero_grad()
        F.cross_entropy(model(batch[0]), batch[1]).backward()
        head.step()
        backbone.step()
""",
    "accumulated for ever": """
count = 0
while count < 24:
    for images, target in loader:
        (F.cross_entropy(model(images), target) / 2).backward()
        count += 1
        if count % 2 == 0:
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
""",
    "with a scaler": """
scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
for images, target in loader:
    with torch.autocast("cpu", torch.bfloat16):
        loss = F.cross_entropy(model(images), target)
    scaler.scale(loss).backward()
    scaler.step(optimizer)
    scaler.update()
""",
    "in a closure": """
def closure():
    loss = F.cross_entropy(model(images), target)
    loss.backward()
    return loss
for images, target in loader:
    optimizer.step(closure)
""",
    "an optimizer that is none of torch's": """
class Mine:
    def step(self):
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.05 * p.grad
mine = Mine()
for images, target in loader:
    F.cross_entropy(model(images), target).backward()
    mine.step()
""",
    "every fourth step": """
for i, (images, target) in enumerate(loader):
    if i % 4 == 0:
        model.zero_grad(set_to_none=False)
    F.cross_entropy(model(images), target).backward()
    optimizer.step()
""",
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN)
def test_forgotten(code, found):
    assert found(code) == ["zero_grad_forgotten"]


def test_cleared_after_the_backward_is_another_mistake(found):
    assert found("""
for images, labels in loader:
    F.cross_entropy(model(images), labels).backward()
    optimizer.zero_grad()
    optimizer.step()
""") == ["steps_without_gradients"]


def test_a_gradient_that_is_left_from_before_counts_once(found):
    assert (
        found("""
F.cross_entropy(model(torch.rand(2, 3, 8, 8)), torch.tensor([0, 1])).backward()
with watch(model, optimizer):
    for number, (images, labels) in enumerate(loader):
        if number:
            optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()
""")
        == []
    )


def test_a_sparse_gradient_is_no_sample(found):
    table = torch.nn.Embedding(5, 2, sparse=True)
    assert (
        found(
            """
with watch(table, torch.optim.SGD(table.parameters(), lr=0.1)):
    for _ in range(4):
        table(torch.tensor([1])).sum().backward()
""",
            table=table,
        )
        == []
    )


BY_HAND = """
def step(net):
    with torch.no_grad():
        for p in net.parameters():
            p -= 0.05 * p.grad
{}
"""
RIGHT = {
    "stepped by hand, and cleared": """
for images, target in loader:
    F.cross_entropy(model(images), target).backward()
    step(model)
    model.zero_grad()
""",
    "zeros": """
for images, target in loader:
    for p in model.parameters():
        if p.grad is not None: p.grad.zero_()
    F.cross_entropy(model(images), target).backward()
    step(model)
""",
    "two batches for a step": """
for number, (images, target) in enumerate(loader):
    F.cross_entropy(model(images), target).backward()
    if number % 2:
        step(model)
        model.zero_grad()
""",
    "four batches for a step of torch's": """
for number, (images, target) in enumerate([*loader, *loader]):
    F.cross_entropy(model(images), target).backward()
    if number % 4 == 3:
        optimizer.step()
        optimizer.zero_grad()
""",
    "a critic that the drawer's gradients reach": """
critic, drawer = nn.Sequential(nn.Flatten(), nn.Linear(192, 1)), nn.Conv2d(3, 3, 1)
with watch(critic, drawer):
    for images, _labels in loader:
        critic.zero_grad()
        critic(drawer(images).detach()).mean().backward()
        step(critic)
        drawer.zero_grad()
        critic(drawer(images)).mean().backward()
        step(drawer)
""",
}


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_steps_by_hand_that_are_right_are_silent(code, found):
    assert found(BY_HAND.format(code)) == []
