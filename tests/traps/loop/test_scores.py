import pytest
import torch

from vislearn.traps.loop.scores import Scores, _kind_of

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


PLAIN = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, 3.0]])
LIKELY = PLAIN.softmax(1)
CROSS, BINARY = "cross_entropy", "binary_cross_entropy_with_logits"


@pytest.mark.parametrize(
    ("loss", "scores", "kind"),
    [
        (CROSS, PLAIN, "scores"),
        (CROSS, LIKELY, "probabilities"),
        (CROSS, LIKELY.log(), "log"),
        (CROSS, LIKELY[:, :2], "scores"),  # they don't add up to one
        (CROSS, LIKELY[0], "probabilities"),  # one picture, without its axis
        (CROSS, PLAIN[:, :2].softmax(1), "probabilities"),
        (CROSS, torch.ones(4, 1), "scores"),  # one class is always sure
        (CROSS, torch.zeros(4, 1), "scores"),
        (BINARY, LIKELY, "scores"),
        (BINARY, PLAIN.requires_grad_().sigmoid(), "sigmoid"),
        (CROSS, PLAIN.requires_grad_().sigmoid(), "sigmoid"),
        ("nll_loss", LIKELY.half(), "probabilities"),
        (CROSS, LIKELY + 0.004, "scores"),
        (CROSS, LIKELY + 0.003, "probabilities"),  # as half precision leaves it
        (CROSS, torch.randn(2, 5, 6, 6).softmax(1), "probabilities"),  # of every pixel
        (CROSS, torch.randn(2, 5, 6, 6).log_softmax(1), "log"),
        (CROSS, torch.randn(2, 5, 6, 6).softmax(2), "scores"),
    ],
)
def test_what_a_loss_is_given_is_known_by_its_values(loss, scores, kind):
    assert _kind_of(loss, scores) == kind


def seen(*given, loss=CROSS):
    found = Scores([], [], [])
    for scores in given:
        found.loss(loss, scores.detach().requires_grad_())
    return found


@pytest.mark.parametrize(
    ("mistakes", "others", "told"), [(2, 0, False), (3, 0, True), (3, 1, True), (3, 2, False), (7, 1, True)]
)
def test_a_mistake_is_told_where_nearly_every_call_makes_it(mistakes, others, told):
    found = seen(*[LIKELY] * mistakes, *[PLAIN.detach()] * others)
    assert found.mistaken(CROSS, "probabilities") is told
    assert not found.mistaken(CROSS, "log")
    assert not found.mistaken("nll_loss", "probabilities")


def test_eight_calls_of_each_loss_are_looked_at():
    found = seen(*[LIKELY] * 8, *[PLAIN] * 8)
    assert (found.looks[CROSS], found.strikes[CROSS, "probabilities"], found.beyond[CROSS]) == (8, 8, 0)
    assert seen(torch.zeros(0, 3)).looks[CROSS] == 0
    judged = Scores([], [], [])
    for _ in range(9):
        judged.loss(CROSS, LIKELY)
    assert (judged.judged[CROSS], judged.inside[CROSS], judged.looks[CROSS]) == (8, 8, 0)


@pytest.mark.parametrize(
    ("learned", "judged", "size", "told"),
    [
        (3, 2, 6, True),  # 2 × 6 × 3 = 36 numbers
        (2, 2, 6, False),
        (3, 1, 12, False),
        (3, 2, 5, False),  # 30 numbers may all lie in 0..1 by chance
    ],
)
def test_probabilities_in_the_evaluation_alone_are_told(learned, judged, size, told):
    found = seen(*[torch.randn(size, 3) * 9] * learned)
    for _ in range(judged):
        found.loss(CROSS, torch.randn(size, 3).softmax(1))
    assert found.changes(CROSS) is told
    found.loss(CROSS, torch.randn(size, 3) * 9)
    assert not found.changes(CROSS)
