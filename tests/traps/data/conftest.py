"""Data sets in small that are right, unless a test says otherwise."""

import random

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset
from torchvision import tv_tensors
from torchvision.models import ResNet18_Weights
from torchvision.transforms import v2

from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD
from vislearn.traps import check


class Pictures(Dataset):
    """PIL pictures with a label, as ImageFolder gives them."""

    def __init__(self, transform=None):
        self.transform = transform
        self.targets = [0, 1] * 4

    def __len__(self):
        return 8

    def __getitem__(self, index):
        picture = Image.fromarray(np.full((16, 20, 3), 20 * index, np.uint8))
        return picture if self.transform is None else self.transform(picture), self.targets[index]


class Boxes(Dataset):
    """Pictures with one object each."""

    def __init__(self, label=1, box=(2.0, 2.0, 7.0, 7.0), transform=None, transforms=None):
        self.label, self.box, self.transform, self.transforms = label, box, transform, transforms

    def __len__(self):
        return 6

    def __getitem__(self, index):
        image = tv_tensors.Image(torch.full((3, 16, 16), 20 * index, dtype=torch.uint8))
        boxes = torch.tensor(self.box, dtype=torch.float32).reshape(-1, 4)
        boxes = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=(16, 16))
        target = {"boxes": boxes, "labels": torch.full((len(boxes),), self.label)}
        if self.transform is not None:
            image = self.transform(image)
        if self.transforms is not None:
            image, target = self.transforms(image, target)
        return image, target


class Drawing(Dataset):
    """Has a generator of its own."""

    def __init__(self, chance=None):
        self.chance = chance or torch.Generator()

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return torch.rand(3, 8, 8), index % 2


_AROUND = """
class Set(torch.utils.data.Dataset):
    box, label, at = [[2, 2, 9, 9]], torch.tensor([1]), 0
    def __len__(self): return 6
    def __getitem__(self, index):
        self.at = index
        boxes = torch.as_tensor(self.box, dtype=torch.float32)
        return torch.rand(3, 16, 16), {"boxes": boxes, "labels": self.label}
def Plain(): return TensorDataset(torch.rand(8, 3, 8, 8), torch.tensor([0, 1] * 4))
loader, val = DataLoader(Set()), None
%s
found = check(loader, val)
"""


def collate(batch):
    return tuple(zip(*batch, strict=True))


@pytest.fixture
def checked(tmp_path):
    """Run code that ends in ``found = check(…)``: the names of traps found."""

    def folder(damaged=False, turned=False):
        for number in range(4):
            path = tmp_path / "set" / f"class{number % 2}" / f"{number}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            picture = Image.fromarray(np.random.default_rng(number).integers(0, 255, (12, 16, 3), np.uint8))
            exif = picture.getexif()
            exif[0x0112] = 6 if turned and number == 3 else 1
            picture.save(path, exif=exif)
            if damaged and number == 1:
                path.write_bytes(path.read_bytes()[:200])
        return torchvision.datasets.ImageFolder(tmp_path / "set", v2.Compose([v2.PILToTensor()]))

    names = {
        "torch": torch,
        "np": np,
        "random": random,
        "v2": v2,
        "v1": torchvision.transforms,
        "nn": torch.nn,
    }
    names |= {"check": check, "IMAGENET_MEAN": IMAGENET_MEAN, "IMAGENET_STD": IMAGENET_STD, "folder": folder}
    names |= {
        one.__name__: one for one in (DataLoader, Subset, TensorDataset, ConcatDataset, ResNet18_Weights)
    }
    names |= {one.__name__: one for one in (Pictures, Boxes, Drawing, collate)}
    names |= {"torchvision": torchvision, "tv_tensors": tv_tensors}

    def run(code):
        known = dict(names)
        exec(compile(code, "<check>", "exec"), known)
        return [one.trap.name for one in known["found"].found]

    return run


@pytest.fixture
def checked_set(checked):
    """Run code that spoils a set with one object in every picture, and check it: the names of traps found."""
    return lambda code: checked(_AROUND % code)
