import pytest

BROKEN = {
    "a layer of the model": (
        "softmax_before_cross_entropy",
        """
net = nn.Sequential(model, nn.Softmax(dim=-1))
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
with watch(net, optimizer):
    for x, y in loader:
        optimizer.zero_grad()
        criterion(net(x), y).backward()
        optimizer.step()
""",
    ),
    "by a loss that was taken before the watch": (
        "softmax_before_cross_entropy",
        """
from torch.nn.functional import cross_entropy
with watch(model, optimizer):
    for x, y in loader:
        optimizer.zero_grad()
        cross_entropy(model(x).softmax(1), y).backward()
        optimizer.step()
""",
    ),
    "of every pixel": (
        "softmax_before_cross_entropy",
        """
net = nn.Conv2d(3, 4, 1)
optimizer = torch.optim.Adam(net.parameters())
with watch(net, optimizer):
    for x, _ in loader:
        optimizer.zero_grad()
        F.cross_entropy(input=net(x).softmax(1), target=(x[:, 0] > 0.5).long()).backward()
        optimizer.step()
""",
    ),
    "in half precision": (
        "softmax_before_cross_entropy",
        """
for x, y in loader:
    with torch.autocast("cpu", torch.bfloat16):
        loss = F.cross_entropy(torch.softmax(model(x), 1).bfloat16(), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
""",
    ),
    "a sigmoid before cross-entropy": (
        "sigmoid_before_loss",
        """
for x, y in loader:
    optimizer.zero_grad()
    F.cross_entropy(torch.sigmoid(model(x)), y).backward()
    optimizer.step()
""",
    ),
    "a sigmoid in the model": (
        "sigmoid_before_loss",
        """
net = nn.Sequential(model, nn.Linear(3, 1), nn.Sigmoid())
criterion = nn.BCEWithLogitsLoss()
with watch(net):
    for x, y in loader:
        optimizer.zero_grad()
        criterion(net(x), (y > 1).float()[:, None]).backward()
        optimizer.step()
""",
    ),
    "a sigmoid of masks": (
        "sigmoid_before_loss",
        """
net = nn.Conv2d(3, 1, 1)
optimizer = torch.optim.Adam(net.parameters())
with watch(net, optimizer):
    for x, _ in loader:
        optimizer.zero_grad()
        F.binary_cross_entropy_with_logits(net(x).sigmoid(), (x[:, :1] > 0.5).float()).backward()
        optimizer.step()
""",
    ),
    "NLLLoss of scores": (
        "nll_without_log_softmax",
        """
criterion = nn.NLLLoss()
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
""",
    ),
    "NLLLoss of probabilities": (
        "nll_without_log_softmax",
        """
for x, y in loader:
    optimizer.zero_grad()
    F.nll_loss(model(x).softmax(1), y).backward()
    optimizer.step()
""",
    ),
    "NLLLoss of pixels": (
        "nll_without_log_softmax",
        """
net = nn.Conv2d(3, 4, 1)
optimizer = torch.optim.Adam(net.parameters())
with watch(net, optimizer):
    for x, _ in loader:
        optimizer.zero_grad()
        nn.NLLLoss()(net(x), (x[:, 0] > 0.5).long()).backward()
        optimizer.step()
""",
    ),
}

TAUGHT = """
with watch(net, optimizer):
    for x, y in loader:
        optimizer.zero_grad()
        {loss}.backward()
        optimizer.step()
    net.eval()
    for x, y in val_loader:
        with torch.inference_mode():
            {judged}
"""
WHILE_JUDGING = {
    "softmax of the whole model in eval mode": "class Net(type(model)):\n"
    "    def forward(self, x):\n"
    "        scores = super().forward(x)\n"
    "        return scores if self.training else scores.softmax(1)\n"
    "net = Net()\noptimizer = torch.optim.Adam(net.parameters())\n"
    + TAUGHT.format(loss="F.cross_entropy(net(x), y)", judged="F.cross_entropy(net(x), y)"),
    "a sigmoid by hand": "net = model\n"
    + TAUGHT.format(
        loss="F.binary_cross_entropy_with_logits(net(x), F.one_hot(y, 3).float())",
        judged="F.binary_cross_entropy_with_logits(net(x).sigmoid(), F.one_hot(y, 3).float())",
    ),
    "pixels": "net = nn.Conv2d(3, 4, 1)\noptimizer = torch.optim.Adam(net.parameters())\n"
    + TAUGHT.format(
        loss="nn.CrossEntropyLoss()(net(x), x.argmax(1))",
        judged="nn.CrossEntropyLoss()(F.softmax(net(x), dim=1), x.argmax(1))",
    ),
}

RIGHT = {
    "log_softmax twice changes nothing": "F.cross_entropy(F.log_softmax(model(x), 1), y)",
    "log_softmax, then NLLLoss": "nn.NLLLoss()(F.log_softmax(model(x), 1), y)",
    "scores through ReLU": "F.cross_entropy(F.relu(model(x)), y)",
    "one class per pixel, one score": "F.binary_cross_entropy_with_logits(model(x)[:, 0], (y > 0).float())",
    "a sigmoid before plain BCE": "F.binary_cross_entropy(model(x).sigmoid(), F.one_hot(y, 3).float())",
    "scores of no batch": "sum(F.cross_entropy(one, number) for one, number in zip(model(x), y))",
}


@pytest.mark.parametrize(("trap", "code"), BROKEN.values(), ids=BROKEN)
def test_the_wrong_thing_is_given(trap, code, found):
    assert found(code) == [trap]


@pytest.mark.parametrize("loss", RIGHT.values(), ids=RIGHT)
def test_the_right_thing_is_given(loss, found):
    assert (
        found(f"""
for x, y in loader:
    optimizer.zero_grad()
    loss = {loss}
    loss.backward()
    optimizer.step()
""")
        == []
    )


def test_probabilities_that_are_only_judged_are_nobodys_mistake(found):
    assert (
        found("""
model.eval()
with torch.no_grad():
    for x, y in loader:
        F.cross_entropy(model(x).softmax(1), y)
""")
        == []
    )


@pytest.mark.parametrize("code", WHILE_JUDGING.values(), ids=WHILE_JUDGING)
def test_probabilities_in_the_evaluation_only(code, found):
    assert found(code) == ["probabilities_while_judging"]
    alike = code.replace("scores.softmax(1)", "scores").replace(".sigmoid()", "")
    assert found(alike.replace("F.softmax(net(x), dim=1)", "net(x)")) == []
