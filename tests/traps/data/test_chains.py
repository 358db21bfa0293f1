import pytest
import torch
import torchvision
from PIL import Image
from torch import nn
from torch.utils.data import ConcatDataset, Subset
from torchvision.transforms import v2

from vislearn.traps.data.chains import pipelines_of, steps_of


def names(transform):
    return [step.name for step in steps_of(transform)]


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        (None, []),
        (v2.Compose([v2.Compose([v2.Resize(8)]), v2.ToImage()]), ["Resize", "ToImage"]),
        (nn.Sequential(v2.Resize(8), v2.Grayscale()), ["Resize", "Grayscale"]),
        ([v2.RandomOrder([v2.Resize(8)])], ["RandomOrder", "Resize"]),
        (torchvision.transforms.Compose([torchvision.transforms.ToTensor()]), ["ToTensor"]),
        (abs, ["builtin_function_or_method"]),
    ],
)
def test_chains_in_chains(transform, expected):
    assert names(transform) == expected


@pytest.mark.parametrize(
    ("transform", "chance"),
    [
        (v2.RandomHorizontalFlip(), True),
        (v2.RandomHorizontalFlip(p=1), False),
        (v2.RandomHorizontalFlip(p=0), False),
        (v2.RandomCrop(8), True),
        (v2.RandomPerspective(p=1), True),
        (v2.ColorJitter(0.1), True),
        (v2.RandAugment(), True),
        (v2.CenterCrop(8), False),
        (v2.Resize(8), False),
        (v2.Lambda(abs), False),
        (torchvision.transforms.RandomErasing(), True),
    ],
)
def test_chance(transform, chance):
    assert any(step.chance for step in steps_of(transform)) == chance


def test_what_is_applied_by_chance_only():
    [apply, inside] = steps_of(v2.RandomApply([v2.Normalize([0.5], [0.5])]))
    assert not apply.optional
    assert inside.optional


@pytest.mark.parametrize(
    ("transform", "scales", "casts", "opaque"),
    [
        (v2.ToDtype(torch.float32, scale=True), True, False, False),
        (v2.ToDtype(torch.float32), False, True, False),
        (v2.ToDtype({torch.Tensor: torch.float32, "others": None}), False, True, False),
        (v2.ToDtype(torch.uint8), False, False, False),
        (torchvision.transforms.ToTensor(), True, False, False),
        (v2.ConvertImageDtype(torch.float32), True, False, False),
        (torchvision.models.ResNet18_Weights.DEFAULT.transforms(), True, False, False),
        (v2.Lambda(abs), False, False, True),
        (abs, False, False, True),
        (nn.Identity(), False, False, False),
        (v2.Resize(8), False, False, False),
    ],
)
def test_what_becomes_of_bytes(transform, scales, casts, opaque):
    [step] = steps_of(transform)
    assert (step.scales, step.only_casts, step.opaque) == (scales, casts, opaque)


def test_pipelines_of_parts_and_unions():
    class Whole:
        transform = "pictures"

        def __len__(self):
            return 2

    class Joint(Whole):
        transform, transforms = None, "both"

    assert list(pipelines_of(None)) == []
    assert list(pipelines_of(Subset(Subset(Whole(), [0]), [0]))) == [("pictures", False)]
    assert list(pipelines_of(ConcatDataset([Whole(), Joint()]))) == [("pictures", False), ("both", True)]


def test_the_pair_of_torchvisions_data_sets_is_no_joint_transform(tmp_path):
    (tmp_path / "a").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "a" / "1.png")
    dataset = torchvision.datasets.ImageFolder(tmp_path, v2.Resize(8))
    assert [joint for _, joint in pipelines_of(dataset)] == [False]
