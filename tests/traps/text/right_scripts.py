"""Right scripts of the usual shapes, near the traps: name -> text."""

_HEAD = """import torch
from torch import nn
import torch.nn.functional as F
from torch.utils.data import DataLoader
"""
_TRAIN = """
def train(model, loader, optimizer, criterion):
    model.train()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
"""

RIGHT = {
    "the usual training": _HEAD
    + _TRAIN
    + """
def main():
    loader = DataLoader(data, 8, shuffle=True, num_workers=2)
    train(net, loader, optimizer, nn.CrossEntropyLoss())

if __name__ == "__main__":
    main()
""",
    "a loader made at the top, walked below the guard": _HEAD
    + """
loader = DataLoader(data, 8, num_workers=2)

def main():
    for x, y in loader:
        print(x)

if '__main__' == __name__:
    main()
""",
    "no workers": _HEAD + "loader = DataLoader(data, 8, num_workers=0)\nfor x, y in loader:\n    print(x)\n",
    "workers from the command line": _HEAD
    + "loader = DataLoader(data, num_workers=args.workers)\nfor x in loader:\n    print(x)\n",
    "workers where they fork": _HEAD
    + "loader = DataLoader(data, num_workers=2, multiprocessing_context='fork')\n"
    + "for x in loader:\n    print(x)\n",
    "a way to start chosen": _HEAD
    + "torch.multiprocessing.set_start_method('fork')\nloader = DataLoader(data, num_workers=2)\n"
    + "for x in loader:\n    print(x)\n",
    "workers in a module that others import": _HEAD
    + "loader = DataLoader(data, num_workers=2)\nsize = len(loader)\n"
    + "for i in range(len(loader)):\n    print(i)\n",
    "names of loaders": _HEAD
    + "loaders = {'train': DataLoader(data, num_workers=2)}\nfor name in loaders:\n    print(name)\n"
    + "sizes = {k: len(v) for k, v in loaders.items()}\n",
    "probabilities beside the loss": _HEAD
    + """
criterion = nn.CrossEntropyLoss()
for x, y in loader:
    scores = model(x)
    loss = criterion(scores, y)
    scores = F.softmax(scores, dim=1)
    print(scores.max())
""",
    "distillation": _HEAD
    + "soft = F.softmax(teacher(x) / 4, dim=1)\nscores = student(x)\n"
    + "loss = F.cross_entropy(scores / 4, soft) + F.cross_entropy(scores, y)\n",
    "softmax while answering only": _HEAD
    + """
class Net(nn.Module):
    def forward(self, x):
        scores = self.head(x)
        if self.training:
            return scores
        return scores.softmax(1)

net = Net()
loss = nn.CrossEntropyLoss()(net(x), y)
""",
    "attention inside": _HEAD
    + """
class Attention(nn.Module):
    def forward(self, q, k, v):
        weights = torch.softmax(q @ k.mT, dim=-1)
        return self.head((weights @ v).mean(1))

net = Attention()
loss = F.cross_entropy(net(q, k, v), y)
""",
    "log of probabilities": _HEAD
    + "net = nn.Sequential(nn.Linear(4, 2), nn.LogSoftmax(1))\nloss = nn.NLLLoss()(net(x), y)\n"
    + "loss = F.cross_entropy(torch.log(torch.softmax(z, 1)), y)\n",
    "one name, two models": _HEAD
    + """
def calibrated():
    model = nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))
    return model

def train(model):
    return F.cross_entropy(model(x), y)

net = nn.Linear(4, 2)
train(net)
""",
    "two losses under one name": _HEAD
    + "criterion = nn.BCELoss() if binary else nn.CrossEntropyLoss()\n"
    + "loss = criterion(torch.softmax(net(x), 1), y)\n",
    "a branch with probabilities": _HEAD
    + "out = net(x)\nif show:\n    out = out.softmax(1)\nelse:\n    loss = F.cross_entropy(out, y)\n",
    "contexts entered": _HEAD
    + """
@torch.no_grad()
def test(model):
    model.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        return model(x)

torch.set_grad_enabled(False)
""",
    "old and new torch": """
try:
    from torch.amp import GradScaler
except ImportError:
    from torch.cuda.amp import GradScaler
import torch
scaler = GradScaler() if hasattr(torch, "amp") else torch.cuda.amp.GradScaler()
""",
    "frozen": """
from torchvision import models
model = models.resnet18(weights=models.ResNet18_Weights.DEFAULT)
for p in model.parameters():
    p.requires_grad = False
model.layer4.requires_grad_(True)
model.fc.weight.requires_grad = True
""",
    "lists that become modules": _HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Linear(4, 4), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.blocks = [nn.Linear(4, 4) for _ in range(2)]
        self.all = nn.ModuleList(self.blocks)
        self.losses = [nn.CrossEntropyLoss(), nn.MSELoss()]
        self.sizes = [3, 4]
""",
    "lists whose layers are given to the optimizer": _HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [nn.Linear(4, 4) for _ in range(2)]
        for number, block in enumerate(self.blocks):
            self.add_module(str(number), block)
""",
    "an attribute of one's own": """
class Value:
    def __init__(self, require_grad):
        self.require_grad = require_grad

value = Value(True)
value.require_grad = False
if value.require_grad:
    print(value)
""",
    "lists whose layers somebody else holds": _HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [nn.Linear(4, 4) for _ in range(2)]
        self.first = nn.Sequential(*self.blocks[:1])

net = Net()
optimizer = torch.optim.SGD([p for block in net.blocks for p in block.parameters()], lr=0.1)
""",
    "lists whose layers get names": _HEAD
    + """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = [nn.Linear(4, 4) for _ in range(2)]
        for number, block in enumerate(self.blocks):
            setattr(self, f"block{number}", block)
""",
    "weights that a caller chooses": """
from torchvision.models import ResNet18_Weights, ResNet50_Weights, resnet18, resnet50

def small(weights):
    return resnet18(weights=weights)

weights = ResNet50_Weights.DEFAULT
model, teacher = small(ResNet18_Weights.DEFAULT), resnet50(weights=weights)
""",
    "weights by other ways": """
from torchvision import models
from torchvision.models import ResNet18_Weights, ResNet50_Weights
name = "resnet50"
model = getattr(models, name)(weights=ResNet50_Weights.DEFAULT)
other = models.get_model("resnet18", weights=ResNet18_Weights.DEFAULT)
plain = models.resnet34(weights=None), models.resnet34(weights="DEFAULT")
detector = models.detection.fasterrcnn_resnet50_fpn(weights_backbone=ResNet50_Weights.IMAGENET1K_V1)
weights = ResNet18_Weights.DEFAULT if small else ResNet50_Weights.DEFAULT
""",
    "a GAN": _HEAD
    + """
bce = nn.BCEWithLogitsLoss()
for real, _ in loader:
    d_optimizer.zero_grad()
    bce(discriminator(real), ones).backward()
    d_optimizer.step()
    g_optimizer.zero_grad()
    bce(discriminator(generator(noise)), ones).backward()
    g_optimizer.step()
""",
}
