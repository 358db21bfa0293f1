"""Broken otherwise than in the examples, and right otherwise."""

import pytest

SCALED = "v2.ToDtype(torch.float32, scale=True)"
NORMAL = "v2.Normalize(IMAGENET_MEAN, IMAGENET_STD)"
DETECTOR = """
made = torchvision.models.detection.fasterrcnn_mobilenet_v3_large_320_fpn
model = made(weights=None, weights_backbone=None)
"""


def alone(chain, more=""):
    return f"found = check(transform={chain}{more})\n"


def judged(chain, more=""):
    return f"found = check(val_loader=DataLoader(Pictures({chain}), 2){more})\n"


BROKEN = {
    "version 1, twice": (
        "two_normalize",
        alone("v1.Compose([v1.ToTensor(), v1.Normalize([0.5], [0.5]), v1.Normalize([0.1307], [0.3081])])"),
    ),
    "after the preset of the weights": (
        "two_normalize",
        alone(f"v2.Compose([ResNet18_Weights.DEFAULT.transforms(), {NORMAL}])"),
    ),
    "before a detector that does it": (
        "two_normalize",
        DETECTOR + alone(f"v2.Compose([v2.ToImage(), {SCALED}, {NORMAL}])", ", model=model"),
    ),
    "scaled behind it": ("normalized_before_scaling", alone(f"[v2.ToImage(), {NORMAL}, {SCALED}]")),
    "cast by a dictionary": (
        "normalized_before_scaling",
        alone(f"[v2.PILToTensor(), v2.ToDtype({{torch.Tensor: torch.float32}}), {NORMAL}]"),
    ),
    "in a Sequential": (
        "normalized_before_scaling",
        alone(f"nn.Sequential(v2.ToDtype(torch.float16), v2.Resize(8), {NORMAL})"),
    ),
    "half precision, unscaled": (
        "not_scaled",
        alone("v2.Compose([v2.PILToTensor(), v2.ToDtype(torch.float16)])"),
    ),
    "unscaled in a data set": ("not_scaled", judged("v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32)])")),
    "unscaled, nested": (
        "not_scaled",
        alone("[v2.ToImage(), v2.Compose([v2.Resize(8), v2.ToDtype(torch.float32)])]"),
    ),
    "a random crop is judged": (
        "chance_in_validation",
        judged("v1.Compose([v1.RandomResizedCrop(8), v1.ToTensor()])"),
    ),
    "jitter is judged": (
        "chance_in_validation",
        judged(f"v2.Compose([v2.ToImage(), v2.RandomApply([v2.ColorJitter(0.5)]), {SCALED}])"),
    ),
    "a part is judged with the whole's transform": (
        "chance_in_validation",
        f"whole = Pictures(v2.Compose([v2.ToImage(), v2.RandAugment(), {SCALED}]))\n"
        "parts = Subset(whole, range(4)), Subset(whole, range(4, 8))\n"
        "found = check(DataLoader(parts[0], shuffle=True), DataLoader(parts[1]))\n",
    ),
    "halves for ImageNet's weights": (
        "foreign_mean",
        alone(
            "v1.Compose([v1.ToTensor(), v1.Normalize([0.5] * 3, [0.5] * 3)])",
            ", weights=ResNet18_Weights.DEFAULT",
        ),
    ),
    "another set's, in a data set": (
        "foreign_mean",
        judged(
            f"v2.Compose([v2.ToImage(), {SCALED}, v2.Normalize([0.49, 0.48, 0.45], [0.25, 0.24, 0.26])])",
            ", weights=ResNet18_Weights.IMAGENET1K_V1",
        ),
    ),
    "BGR's order of the means": (
        "foreign_mean",
        alone(
            f"[v2.ToImage(), {SCALED}, v2.Normalize(IMAGENET_MEAN[::-1], IMAGENET_STD[::-1])]",
            ", weights=ResNet18_Weights.DEFAULT",
        ),
    ),
    "the validation's std": (
        "means_differ",
        f"train = Pictures(v2.Compose([v2.ToImage(), {SCALED}, {NORMAL}]))\n"
        f"val = Pictures(v2.Compose([v2.ToImage(), {SCALED}, v2.Normalize(IMAGENET_MEAN, [0.5] * 3)]))\n"
        "found = check(DataLoader(train, 2, shuffle=True), DataLoader(val, 2))\n",
    ),
    "preset for one, halves for the other": (
        "means_differ",
        "train = Pictures(v2.Compose([ResNet18_Weights.DEFAULT.transforms()]))\n"
        "val = Pictures(v1.Compose([v1.ToTensor(), v1.Normalize([0.5] * 3, [0.5] * 3)]))\n"
        "found = check(DataLoader(train, 2, shuffle=True), DataLoader(val, 2))\n",
    ),
    "normalised while learning only": (
        "means_differ",
        f"train = Pictures(v2.Compose([v2.ToImage(), v2.RandomHorizontalFlip(), {SCALED}, {NORMAL}]))\n"
        f"val = Pictures(v2.Compose([v2.ToImage(), {SCALED}]))\n"
        "found = check(DataLoader(train, 2, shuffle=True), DataLoader(val, 2))\n",
    ),
    "gray pictures": (
        "means_differ",
        f"gray = [v2.ToImage(), v2.Grayscale(), {SCALED}]\n"
        "train = Pictures(v2.Compose([*gray, v2.Normalize([0.1307], [0.3081])]))\n"
        "val = Pictures(v2.Compose([*gray, v2.Normalize([0.5], [0.5])]))\n"
        "found = check(DataLoader(train, 2, shuffle=True), DataLoader(val, 2))\n",
    ),
    "of bytes, in a preset's style": (
        "constants_of_another_range",
        alone("v1.Compose([v1.ToTensor(), v1.Normalize((127.5,) * 3, (127.5,) * 3)])"),
    ),
    "divided twice": (
        "constants_of_another_range",
        judged(f"v2.Compose([v2.ToImage(), {SCALED}, v2.Normalize([0.5 / 255] * 3, [0.25 / 255] * 3)])"),
    ),
    "of MNIST's bytes": (
        "constants_of_another_range",
        alone(f"[v2.ToImage(), v2.Grayscale(), {SCALED}, v2.Normalize([33.3], [78.6])]"),
    ),
    "a mirrored picture": (
        "boxes_left_behind",
        f"found = check(DataLoader(Boxes(transform=v2.Compose([v2.RandomHorizontalFlip(), {SCALED}])), 2))\n",
    ),
    "a part, turned": (
        "boxes_left_behind",
        f"whole = Boxes(transform=v2.Compose([v2.RandomRotation(20), {SCALED}]))\n"
        "found = check(DataLoader(Subset(whole, [0, 1, 2]), 2))\n",
    ),
    "a mask that stays": (
        "boxes_left_behind",
        """
class Plain(torch.utils.data.Dataset):
    transform = v2.RandomVerticalFlip()
    def __len__(self): return 4
    def __getitem__(self, index): return self.transform(torch.rand(3, 8, 8)), torch.ones(8, 8)
found = check(DataLoader(Plain(), 2))
""",
    ),
}

RIGHT = {
    "ImageNet's evaluation": judged(
        "ResNet18_Weights.DEFAULT.transforms()", ", weights=ResNet18_Weights.DEFAULT"
    ),
    "the source's chain, version 1": judged("v1.Compose([v1.Resize(8), v1.CenterCrop(8), v1.ToTensor()])"),
    "undone again, for a picture": alone(
        f"[{SCALED}, {NORMAL}, v2.Normalize([-2.1, -2.0, -1.8], [4.4, 4.5, 4.4])]"
    ),
    "back to bytes, as SSD's VGG wants them": alone(
        f"[v2.ToImage(), {SCALED}, v2.Normalize([0.48, 0.46, 0.41], [1 / 255] * 3)]"
    ),
    "normalised by nobody knows whom": f"train = Pictures(v2.Compose([v2.ToImage(), {SCALED}, {NORMAL}]))\n"
    f"val = Pictures(v2.Compose([v2.ToImage(), {SCALED}, lambda image: (image - 0.45) / 0.22]))\n"
    "found = check(DataLoader(train, 2, shuffle=True), DataLoader(val, 2))\n",
    "constants for bytes": alone("[v2.ToDtype(torch.float32), v2.Normalize([124, 116, 104], [58, 57, 57])]"),
    "scaled by a function": alone("[v2.ToImage(), v2.ToDtype(torch.float32), v2.Lambda(lambda x: x / 255)]"),
    "scaled by a function, normalised": alone(f"[v2.ToDtype(torch.float32), lambda x: x / 255, {NORMAL}]"),
    "one of two": alone(f"[v2.ToImage(), {SCALED}, v2.RandomChoice([{NORMAL}, v2.Normalize([0.5], [0.5])])]"),
    "a float already": alone(NORMAL),
    "mirrored for certain": judged(f"v2.Compose([v2.ToImage(), v2.RandomHorizontalFlip(p=1.0), {SCALED}])"),
    "a detector and pictures in 0..1": DETECTOR + alone(f"[v2.ToImage(), {SCALED}]", ", model=model"),
    "boxes move along": f"both = v2.Compose([v2.RandomHorizontalFlip(), {SCALED}])\n"
    "found = check(DataLoader(Boxes(transforms=both)))\n",
    "colours change, boxes stay": f"colours = v2.Compose([v2.ColorJitter(0.2), {SCALED}])\n"
    "found = check(DataLoader(Boxes(transform=colours)))\n",
    "chance while training": f"train = Pictures(v2.Compose([v2.ToImage(), v2.RandomCrop(8), {SCALED}]))\n"
    "found = check(DataLoader(train, 2, shuffle=True))\n",
}


@pytest.mark.filterwarnings("ignore:The transform `To:UserWarning")
@pytest.mark.parametrize(("trap", "code"), BROKEN.values(), ids=BROKEN)
def test_it_is_found(trap, code, checked):
    assert checked(code) == [trap]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
def test_it_is_silent(code, checked):
    assert checked(code) == []


FLOATS = """
class Floats(Dataset):
    def __init__(self, least=0.0, greatest=1.0): self.least, self.greatest = least, greatest
    def __len__(self): return 6
    def __getitem__(self, index):
        torch.manual_seed(index)
        picture = torch.rand(3, 16, 16 + index) * (self.greatest - self.least) + self.least
        return picture, {"boxes": torch.tensor([[2.0, 2.0, 9.0, 9.0]]), "labels": torch.tensor([1])}
def made(*span): return DataLoader(Floats(*span), 2, collate_fn=collate)
"""
OWN = "model = made_detector(weights=None, weights_backbone=None{})\n"
OWN = "made_detector = torchvision.models.detection.fasterrcnn_mobilenet_v3_large_320_fpn\n" + OWN
INSIDE = FLOATS + OWN.format("")
FOR_BYTES = FLOATS + OWN.format(", image_mean=[123.7] * 3, image_std=[58.4] * 3")
PICTURES = {
    "bytes for a detector": (INSIDE + "found = check(made(0, 255), model=model)", ["not_scaled"]),
    "to judge only": (
        INSIDE + "found = check(made(), made(0, 255), model=model)",
        ["means_differ", "not_scaled"],
    ),
    "of two parts, and no model": (FLOATS + "found = check(made(0, 255), made())", ["means_differ"]),
    "bytes and normalised": (FLOATS + "found = check(made(-2.0, 2.5), made(0, 255))", ["means_differ"]),
    "in 0..1": (INSIDE + "found = check(made(), made(), model=model)", []),
    "dark, and noise below 0": (FLOATS + "found = check(made(0, 0.3), made(-0.4, 1.4))", []),
    "bytes for who knows whom": (FLOATS + "found = check(made(0, 255), made(0, 255))", []),
    "bytes where the detector wants them": (FOR_BYTES + "found = check(made(0, 255), model=model)", []),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_looked_at_as_they_come_out(name, checked):
    code, traps = PICTURES[name]
    assert checked(code + "\n") == traps
