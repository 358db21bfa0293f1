import pytest
import torchvision

LOOP = """
with watch(model, optimizer):
    for epoch in range(2):
        model.train()
        {rest}
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
"""

RESNET = """
model = torchvision.models.resnet18(weights=None, num_classes=3)
for name, parameter in model.named_parameters():
    parameter.requires_grad = name.startswith(({learning}))
optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.01)
"""

BROKEN = {
    "a ResNet but for its head": RESNET.format(learning='"fc.",') + LOOP.format(rest="pass"),
    "a ResNet but for its last stage": RESNET.format(learning='"fc.", "layer4."') + LOOP.format(rest="pass"),
    "frozen inside the block": """
with watch(model, optimizer):
    model.features.requires_grad_(False)
    for x, y in loader:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
""",
    "one layer, accumulated": """
model.features[0].requires_grad_(False)
model.features[1].requires_grad_(False)
with watch(model):
    for i, (x, y) in enumerate(loader):
        F.cross_entropy(model.head(model.features(x)), y).backward()
        if i % 2:
            optimizer.step()
            optimizer.zero_grad()
""",
    "put to rest inside the block, once": """
with watch(model, optimizer):
    [layer.eval() for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]
    for epoch in range(2):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
""",
    "put to rest by name before it": "model.features[1].eval()" + LOOP.format(rest="pass"),
}

RIGHT = {
    "put to rest at first, and woken when it shall learn": """
model.features[1].eval()
with watch(model, optimizer):
    for epoch in range(2):
        model.train(epoch == 1)
        model.head.train()
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
""",
    "a backbone that came in eval mode": "model.features.eval()" + LOOP.format(rest="pass"),
    "put to rest": RESNET.format(learning='"fc.",')
    + LOOP.format(rest="[layer.eval() for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]"),
    "BatchNorm of torchvision's detectors": """
norm = torchvision.ops.FrozenBatchNorm2d
model = torchvision.models.resnet18(weights=None, num_classes=3, norm_layer=norm)
for name, parameter in model.named_parameters():
    parameter.requires_grad = name.startswith("fc.")
optimizer = torch.optim.SGD(model.fc.parameters(), lr=0.01)
"""
    + LOOP.format(rest="pass"),
    "only scale and shift are frozen": """
for layer in model.modules():
    if isinstance(layer, nn.BatchNorm2d):
        layer.requires_grad_(False)
"""
    + LOOP.format(rest="pass"),
    "without scale and shift": """
model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, affine=False), nn.Flatten(), nn.Linear(144, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
"""
    + LOOP.format(rest="pass"),
}


@pytest.mark.parametrize("code", BROKEN.values(), ids=BROKEN)
def test_they_move(code, found):
    assert found(code, torchvision=torchvision) == ["frozen_batchnorm_moves"]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_they_rest(code, found):
    assert found(code, torchvision=torchvision) == []
