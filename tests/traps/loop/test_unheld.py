"""Parts that no optimizer holds, in other ways than the example; and those that may rest."""

import pytest

PARTS = """
from torch.utils.data import DataLoader, TensorDataset
encoder = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU())
decoder = nn.Conv2d(4, 3, 1)
maps = DataLoader(TensorDataset(torch.rand(16, 3, 8, 8), torch.randint(0, 3, (16, 8, 8))), 4)
optimizer = torch.optim.Adam({held})
with watch({given}):
    for epoch in range(2):
        {train}
        for x, y in maps:
            optimizer.zero_grad()
            F.cross_entropy(decoder({features}), y).backward()
            optimizer.step()
"""
BOTH = "encoder.train(), decoder.train()"


def parts(held, given="encoder, decoder, optimizer", train=BOTH, features="encoder(x)"):
    return PARTS.format(held=held, given=given, train=train, features=features)


WHOLE = """
class Whole(nn.Module):
    def __init__(self):
        super().__init__()
        self.{first} = nn.Linear(192, 8) if "{first}" == "body" else nn.Linear(8, 3)
        self.{second} = nn.Linear(192, 8) if "{second}" == "body" else nn.Linear(8, 3)
    def forward(self, x): return self.head(self.body(x.flatten(1)).relu())
net = Whole().train()
optimizer = torch.optim.SGD(net.{held}.parameters(), lr=0.1)
with watch(net, optimizer):
    net.train()
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step(){after}
"""


def whole(held, first="body", second="head", after=""):
    return WHOLE.format(held=held, first=first, second=second, after=after)


BROKEN = {
    "an encoder beside its decoder": parts("decoder.parameters()"),
    "a decoder beside its encoder, in a list": parts("encoder.parameters()", "[encoder, decoder], optimizer"),
    "the head, named last": whole("body"),
    "the head, named first": whole("body", "head", "body"),
}
RIGHT = {
    "both are held": parts("[*encoder.parameters(), *decoder.parameters()]"),
    "an encoder that is frozen": parts("decoder.parameters()").replace(
        "optimizer =", "encoder.requires_grad_(False)\noptimizer =", 1
    ),
    "an encoder at rest": parts("decoder.parameters()", train="encoder.eval(), decoder.train()"),
    "an encoder that is at rest in the first eight steps, which are looked at": parts(
        "decoder.parameters()", train="encoder.train(); encoder.train(epoch > 1); decoder.train()"
    ).replace("range(2)", "range(4)"),
    "an encoder of which nobody says that it trains": parts("decoder.parameters()", train="decoder.train()"),
    "features without gradients": parts("decoder.parameters()", features="encoder(x).detach()"),
    "a head on a body that nobody holds": whole("head"),
    "the same, the head named first": whole("head", "head", "body"),
    "a head that is moved by hand": whole(
        "body",
        after="""
        with torch.no_grad():
            for p in net.head.parameters():
                p -= 0.1 * p.grad
                p.grad = None""",
    ),
    "a second optimizer, given to nobody": whole("body")
    .replace("with watch", "other = torch.optim.SGD(net.head.parameters(), lr=0.1)\nwith watch")
    .replace("optimizer.step()", "optimizer.step()\n        other.step()\n        other.zero_grad()"),
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN)
def test_it_is_found(code, found):
    assert found(code) == ["part_nobody_holds"]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, found):
    assert found(code) == []


def test_no_hook_stays_on_the_parts(right):
    from vislearn.traps import watch

    model = right["Net"]()
    with watch(model, say=None):
        pass
    assert not any(one._forward_pre_hooks for one in model.modules())
