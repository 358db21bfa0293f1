"""Exercise of lesson 01, its project: from two folders of pictures to two loaders, observed at work."""

import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torchvision import datasets
from torchvision.transforms import v2

from vislearn.datasets import digits
from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["folder_loaders"]

Pair = tuple[DataLoader, DataLoader]
_SIZE, _BATCH, _NEAR = 24, 32, 0.2
_OF_EACH = {"train": 16, "val": 6}  # pictures of each digit: enough to see, quick to read


@exercise(
    "pipeline.folder_loaders",
    trials=1,
    hints=[
        N_(
            "Four steps: measure mean and std, build two transforms, two `ImageFolder`s, two `DataLoader`s. "
            "Sections 1.1 and 1.3 have all of them."
        ),
        N_(
            "To measure, read the training folder once without augmentation or Normalize, and `torch.stack` "
            "its pictures: mean and std over `dim=(0, 2, 3)`."
        ),
        N_(
            "Training: `shuffle=True` and a small random change, such as "
            "`v2.RandomAffine(5, translate=(0.05, 0.05))`, before `v2.ToImage()`. Validation: the same chain "
            "without it."
        ),
    ],
)
def folder_loaders(
    train_folder: Path, val_folder: Path, size: int, batch_size: int
) -> tuple[DataLoader, DataLoader]:
    """Build the loaders for training and validation from two folders of pictures.

    Args:
        train_folder: one folder per class, to learn from.
        val_folder: the same classes, to judge by.
        size: height and width of the pictures in a batch.
        batch_size: pictures per batch.

    Returns:
        Two loaders: training, shuffled and augmented, and validation, neither. Both give float32
        (N, 3, size, size), normalised by mean and std of the training pictures, and labels (N,).
    """
    plain = [v2.Resize((size, size)), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
    pixels = torch.stack([image for image, _label in datasets.ImageFolder(train_folder, v2.Compose(plain))])
    mean, std = pixels.mean(dim=(0, 2, 3)).tolist(), pixels.std(dim=(0, 2, 3)).tolist()
    evaluation = v2.Compose([*plain, v2.Normalize(mean, std)])
    training = v2.Compose([v2.RandomAffine(5, translate=(0.05, 0.05)), evaluation])
    train_loader = DataLoader(datasets.ImageFolder(train_folder, training), batch_size, shuffle=True)
    return train_loader, DataLoader(datasets.ImageFolder(val_folder, evaluation), batch_size)


@folder_loaders.inputs
def _digits(_generator: torch.Generator) -> tuple[Path, Path, int, int]:
    return _some_digits("train"), _some_digits("val"), _SIZE, _BATCH


@cache
def _some_digits(split: Literal["train", "val"]) -> Path:
    """A folder with the first pictures of each digit."""
    target = Path(tempfile.mkdtemp()) / split
    for folder in sorted(digits(split).iterdir()):
        (target / folder.name).mkdir(parents=True)
        for file in sorted(folder.iterdir())[: _OF_EACH[split]]:
            shutil.copy(file, target / folder.name / file.name)
    return target


@folder_loaders.observe
def _facts_of_loaders(
    function: Callable[..., Any], train_folder: Path, val_folder: Path, size: int, batch_size: int
) -> dict[str, Any]:
    pair = function(train_folder, val_folder, size, batch_size)
    if not (isinstance(pair, tuple | list) and len(pair) == 2):
        raise Unusable(_("two loaders expected; {got} returned.", got=describe(pair)))
    for loader in pair:
        if not isinstance(loader, DataLoader):
            raise Unusable(_("a DataLoader expected, {got} returned.", got=describe(loader)))
    (images, labels), (images_2, _labels) = _epoch(pair[0]), _epoch(pair[0])
    (val_images, val_labels), (val_images_2, _val_labels) = _epoch(pair[1]), _epoch(pair[1])
    shape = (3, size, size)
    return {
        N_("Both give float32 pictures of the asked size"): (
            images.dtype == val_images.dtype == torch.float32
            and images.shape[1:] == val_images.shape[1:] == shape
        ),
        N_("Training and validation serve every picture of their folder once"): (
            labels.bincount().tolist() == [_OF_EACH["train"]] * 10
            and val_labels.bincount().tolist() == [_OF_EACH["val"]] * 10
        ),
        N_("Training is shuffled"): labels.tolist() != sorted(labels.tolist()),
        N_("Training pictures change from epoch to epoch"): not _same_set(images, images_2),
        N_("Validation gives the same pictures every time"): _same_set(val_images, val_images_2),
        N_("The mean of each channel is near 0 in training"): _near(images.mean(dim=(0, 2, 3)), 0),
        N_("The std of each channel is near 1 in training"): _near(images.std(dim=(0, 2, 3)), 1),
        N_("Validation is normalised with the same two numbers"): (
            _near(val_images.mean(dim=(0, 2, 3)), 0) and _near(val_images.std(dim=(0, 2, 3)), 1)
        ),
    }


def _epoch(loader: DataLoader) -> tuple[Tensor, Tensor]:
    """All that a loader serves in one epoch."""
    batches = [(torch.as_tensor(images), torch.as_tensor(labels)) for images, labels in loader]
    return torch.cat([images for images, _l in batches]), torch.cat([labels for _i, labels in batches])


def _same_set(first: Tensor, second: Tensor) -> bool:
    """Are these the same pictures, in whatever order?"""
    return first.shape == second.shape and torch.allclose(
        _sorted_sums(first), _sorted_sums(second), atol=1e-4
    )


def _sorted_sums(images: Tensor) -> Tensor:
    """One number per picture that depends on where its pixels are, sorted."""
    flat = images.flatten(1).double()
    return (flat * torch.linspace(0, 1, flat.shape[1], dtype=torch.double)).mean(dim=1).sort().values


def _near(values: Tensor, aim: float) -> bool:
    return bool(((values - aim).abs() <= _NEAR).all())


@folder_loaders.mistake(
    N_(
        "Training comes in the order of the folder, one class after the other: the model would forget the "
        "first digit before it sees the last. The training loader needs `shuffle=True`."
    )
)
def _unshuffled(train_folder: Path, val_folder: Path, size: int, batch_size: int) -> Pair:
    train_loader, val_loader = folder_loaders(train_folder, val_folder, size, batch_size)
    return DataLoader(train_loader.dataset, batch_size), val_loader


@folder_loaders.mistake(
    N_(
        "Every epoch shows the very same training pictures: there is no augmentation. Put a small random "
        "change at the front of the training transform."
    )
)
def _not_augmented(train_folder: Path, val_folder: Path, size: int, batch_size: int) -> Pair:
    _train, val_loader = folder_loaders(train_folder, val_folder, size, batch_size)
    plain = datasets.ImageFolder(train_folder, val_loader.dataset.transform)
    return DataLoader(plain, batch_size, shuffle=True), val_loader


@folder_loaders.mistake(
    N_(
        "The validation pictures change from time to time: they get the augmentation too. Build a second "
        "transform without chance for them."
    )
)
def _augmented_validation(train_folder: Path, val_folder: Path, size: int, batch_size: int) -> Pair:
    train_loader, _val = folder_loaders(train_folder, val_folder, size, batch_size)
    both = train_loader.dataset.transform
    return train_loader, DataLoader(datasets.ImageFolder(val_folder, both), batch_size)


@folder_loaders.mistake(
    N_(
        "Pictures come in the range 0 to 1 or are normalised with the numbers of other pictures, such as "
        "ImageNet's: mean and std are not near 0 and 1. Measure them on the training folder."
    )
)
def _imagenets_numbers(train_folder: Path, val_folder: Path, size: int, batch_size: int) -> Pair:
    plain = [v2.Resize((size, size)), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
    normalize = v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    training = v2.Compose([v2.RandomAffine(5, translate=(0.05, 0.05)), *plain, normalize])
    evaluation = v2.Compose([*plain, normalize])
    train_loader = DataLoader(datasets.ImageFolder(train_folder, training), batch_size, shuffle=True)
    return train_loader, DataLoader(datasets.ImageFolder(val_folder, evaluation), batch_size)


@folder_loaders.mistake(
    N_("The last, smaller batch is left out, and its pictures with it. Keep `drop_last` off here.")
)
def _last_dropped(train_folder: Path, val_folder: Path, size: int, batch_size: int) -> Pair:
    train_loader, val_loader = folder_loaders(train_folder, val_folder, size, batch_size)
    return (
        DataLoader(train_loader.dataset, batch_size, shuffle=True, drop_last=True),
        DataLoader(val_loader.dataset, batch_size, drop_last=True),
    )
