import pytest
import torch
from torch import nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator

LEARN = """
with watch({model}):
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy({model}({pictures}), y).backward()
        optimizer.step()
"""
JUDGE = """
    {model}.eval()
    with torch.inference_mode():
        for x, y in val_loader:
            {model}({pictures})
"""
FLAT = "net = nn.Sequential(nn.Flatten(), nn.Linear(192, 16), nn.ReLU(), nn.Linear(16, 3))\n"
FLAT += "optimizer = torch.optim.SGD(net.parameters(), lr=1e-6)\n"
IMAGENET = """
mean = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
std = torch.tensor([0.229, 0.224, 0.225])[:, None, None]
"""
GRAY = "model.features[0] = nn.Conv2d(1, 4, 3)\noptimizer = torch.optim.SGD(model.parameters(), lr=0.01)\n"


def learn(pictures, model="model"):
    return LEARN.format(model=model, pictures=pictures)


def both(train, judge, model="model"):
    return learn(train, model) + JUDGE.format(model=model, pictures=judge)


ONCE, TWICE = "(x - mean) / std", "((x - mean) / std - mean) / std"
DIGIT = "(x.mean(1, keepdim=True) > 0.5).float()"
HALVES = "(x - 0.5) / 0.5"

BROKEN = {
    "bytes as floats": ("never_scaled", learn("(x * 255).byte().float()")),
    "bytes, resized": ("never_scaled", learn("F.interpolate((x * 255).round(), (6, 6), mode='bilinear')")),
    "bytes, normalised by halves of 0..1": ("never_scaled", learn("((x * 255).round() - 0.5) / 0.5")),
    "bytes, normalised by ImageNet's of 0..1": (
        "never_scaled",
        IMAGENET + learn("((x * 255).round() - mean) / std"),
    ),
    "bytes, flattened": ("never_scaled", FLAT + learn("(x * 255).round()", "net")),
    "ImageNet's twice": ("normalized_twice", IMAGENET + learn(TWICE)),
    "MNIST's twice": ("normalized_twice", GRAY + learn(f"(({DIGIT} - 0.1307) / 0.3081 - 0.1307) / 0.3081")),
    "halves twice, in the data and in the model": (
        "normalized_twice",
        f"net = nn.Sequential(nn.Identity(), model)\nnet.forward = lambda x: model({HALVES})\n"
        + learn(HALVES, "net"),
    ),
    "divided twice": ("scaled_twice", learn("(x * 255).byte().float() / 255 / 255")),
    "divided twice, normalised by ImageNet's": (
        "scaled_twice",
        IMAGENET + learn("(x / 255 - mean) / std"),
    ),
    "divided twice, gray, by halves": (
        "scaled_twice",
        GRAY + learn("(x.mean(1, keepdim=True) / 255 - 0.5) / 0.5"),
    ),
    "only scaled where judged": ("scaled_otherwise", IMAGENET + both(ONCE, "x")),
    "bytes where judged": ("scaled_otherwise", both("x", "(x * 255).round()")),
    "only normalised where judged": ("scaled_otherwise", both("x", HALVES)),
    "of a scanner, standardised to learn from": ("scaled_otherwise", both("x * 4 - 2", "x * 1500 - 700")),
    "divided twice where judged": ("scaled_otherwise", both(HALVES, "x / 255")),
}

RIGHT = {
    "0..1": both("x", "x"),
    "ImageNet's": IMAGENET + both(ONCE, ONCE),
    "halves": both(HALVES, HALVES),
    "0..255 with their mean taken away, as SSD's VGG wants them": both("x * 255 - 120", "x * 255 - 120"),
    "noise": both("torch.randn(4, 3, 8, 8)", "torch.randn(4, 3, 8, 8)"),
    "every picture by its own mean and std": both("(x - x.mean()) / x.std()", "(x - x.mean()) / x.std()"),
    "a night": learn("x / 100"),
    "small noise": learn("torch.randn(4, 3, 8, 8) / 400"),
    "thermometers": both("x * 40", "x * 40"),
    "heights": both("x * 4000", "x * 4000"),
    "a little darker where judged": both("x", "x * 0.7"),
    "black pictures": both("x * 0", "x * 0"),
}


@pytest.mark.parametrize(("trap", "code"), BROKEN.values(), ids=BROKEN)
def test_it_is_found(trap, code, found):
    assert found(code) == [trap]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, found):
    assert found(code) == []


DETECT = """
with watch(model, optimizer):
    for number in range(4):
        model.train()
        losses = model([{train}, {train}], [target] * 2)
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            model(({judge}, {judge}))
"""
UNIT, BYTES = "torch.rand(3, 32, 40)", "torch.rand(3, 32, 40).mul(255).round()"
SIGNED = "(torch.rand(3, 32, 40) - 0.45) / 0.225"
DETECTORS = {
    "bytes": (BYTES, BYTES, ["never_scaled"]),
    "bytes, resized": (f"F.avg_pool2d({BYTES}, 2)", f"F.avg_pool2d({BYTES}, 2)", ["never_scaled"]),
    "bytes to learn from only": (BYTES, UNIT, ["never_scaled", "scaled_otherwise"]),
    "bytes to judge only": (UNIT, BYTES, ["scaled_otherwise"]),
    "normalised to judge only": (UNIT, SIGNED, ["scaled_otherwise"]),
    "as it should be": (UNIT, UNIT, []),
    "dark pictures": (f"{UNIT} * 0.3", UNIT, []),
}


def small_detector(**named):
    body = nn.Sequential(nn.Conv2d(3, 8, 3, 4, 1), nn.ReLU())
    body.out_channels = 8
    anchors = AnchorGenerator(((16,),), ((1.0,),))
    return FasterRCNN(body, 3, rpn_anchor_generator=anchors, min_size=32, max_size=48, **named)


def detect(found, train, judge, model):
    target = {"boxes": torch.tensor([[4.0, 4.0, 20.0, 20.0]]), "labels": torch.tensor([1])}
    if "avg_pool" in train:
        target["boxes"] /= 2
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    return found(DETECT.format(train=train, judge=judge), model=model, optimizer=optimizer, target=target)


@pytest.mark.parametrize("name", DETECTORS)
def test_what_a_detector_gets_is_seen_before_it_normalises(name, found):
    train, judge, traps = DETECTORS[name]
    assert detect(found, train, judge, small_detector()) == traps


def test_a_detector_inside_another_module_is_seen(found):
    class Wrapper(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = small_detector()

        def forward(self, *arguments):
            return self.inner(*arguments)

    assert detect(found, BYTES, BYTES, Wrapper()) == ["never_scaled"]


def test_a_detector_with_constants_for_bytes_wants_bytes(found):
    model = small_detector(image_mean=[123.7, 116.3, 103.5], image_std=[58.4, 57.1, 57.4])
    assert detect(found, BYTES, BYTES, model) == []
