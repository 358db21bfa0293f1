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
    assert (
        found("""
for images, labels in loader:
    F.cross_entropy(model(images), labels).backward()
    optimizer.zero_grad()
    optimizer.step()
""")
        == []
    )


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
