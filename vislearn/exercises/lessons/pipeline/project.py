"""Exercise of lesson 01, its project: from two folders of pictures to two loaders, observed at work."""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import torch
from PIL import Image, ImageChops, ImageOps
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
_NEAR_OF_VALIDATION = 0.3  # in 0..1; who cuts the black bars off, instead of squeezing them, comes to .15
_LARGEST = 10  # after one Normalize of what was in 0..1; a second makes 15 of it
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
    """A folder with the first pictures of each digit, in which nothing is alike that must not be confused.

    They are wider than high. Their channels differ. Validation is dark on white, so its mean is another one.
    """
    target = Path(tempfile.mkdtemp()) / split
    for folder in sorted(digits(split).iterdir()):
        (target / folder.name).mkdir(parents=True)
        for file in sorted(folder.iterdir())[: _OF_EACH[split]]:
            _coloured(file, inverted=split == "val").save(target / folder.name / file.name)
    return target


def _coloured(file: Path, *, inverted: bool) -> Image.Image:
    with Image.open(file) as picture:
        wide = ImageOps.pad(picture.convert("RGB"), (44, 32))
    tinted = ImageChops.multiply(wide, Image.new("RGB", wide.size, (255, 178, 102)))
    return ImageChops.invert(tinted.point(lambda value: value // 2)) if inverted else tinted


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
    batch = next(iter(pair[0]))
    (images, labels), (images_2, labels_2) = _epoch(pair[0]), _epoch(pair[0])
    (val_images, val_labels), (val_images_2, val_labels_2) = _epoch(pair[1]), _epoch(pair[1])
    shape, missing = (3, size, size), [_missing(labels, "train"), _missing(val_labels, "val")]
    return {
        N_("Both give float32 pictures of the asked size"): (
            images.dtype == val_images.dtype == torch.float32
            and images.shape[1:] == val_images.shape[1:] == shape
        ),
        N_("A batch has the asked number of pictures"): len(batch[0]) == batch_size,
        N_("Labels are the places of the classes in the folder, from 0"): _are_classes(labels)
        and _are_classes(val_labels),
        N_("No picture of either folder is left out"): max(missing) <= 0,
        N_("No picture comes twice in an epoch, or from the other folder"): min(missing) >= 0,
        N_("Training is shuffled"): labels.tolist() != sorted(labels.tolist()),
        N_("Each epoch of training has another order"): labels.tolist() != labels_2.tolist(),
        N_("Training pictures change from epoch to epoch"): not _same_set(images, images_2),
        N_("Validation gives the same pictures every time"): _same_set(val_images, val_images_2),
        N_("Validation comes in the same order every time"): val_labels.tolist() == val_labels_2.tolist(),
        N_("No number is above 10: scaled to 0..1 first, then normalised, once"): (
            float(max(images.max(), val_images.max())) <= _LARGEST
        ),
        N_("The mean of each channel is near 0 in training"): _near(images.mean(dim=(0, 2, 3)), 0, _NEAR),
        N_("The std of each channel is near 1 in training"): _near(images.std(dim=(0, 2, 3)), 1, _NEAR),
        N_("Validation is normalised with the same two numbers"): (
            not _same_set(val_images, val_images_2) or _as_expected(images, val_images, size)
        ),  # of pictures that chance changes nothing is expected
    }


def _missing(labels: Tensor, split: Literal["train", "val"]) -> int:
    """How many pictures of a folder were not served; below 0, how many came besides."""
    return 10 * _OF_EACH[split] - len(labels)


def _are_classes(labels: Tensor) -> bool:
    return not labels.is_floating_point() and set(labels.tolist()) <= set(range(10))


def _as_expected(images: Tensor, val_images: Tensor, size: int) -> bool:
    """Do black and white lie as far apart as one over the std of the training pictures?

    Most of a training picture is black, most of a validation picture white, however it is cut.
    """
    if images.shape[1] != val_images.shape[1] or images.shape[1] != len(_std(size)):
        return False
    apart = _median(val_images) - _median(images)
    return _near(apart * _std(size), 1, _NEAR_OF_VALIDATION)


def _median(images: Tensor) -> Tensor:
    return images.transpose(0, 1).flatten(1).median(dim=1).values


@cache
def _std(size: int) -> Tensor:
    """The std of each channel of the training pictures, (3,), in 0..1."""
    small = v2.Compose([v2.Resize((size, size)), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
    pixels = torch.stack([image for image, _label in datasets.ImageFolder(_some_digits("train"), small)])
    return pixels.std(dim=(0, 2, 3))


def _epoch(loader: DataLoader) -> tuple[Tensor, Tensor]:
    """All that a loader serves in one epoch."""
    batches = [(torch.as_tensor(images), torch.as_tensor(labels)) for images, labels in loader]
    images, labels = (torch.cat(part) for part in zip(*batches, strict=True))
    if labels.ndim != 1:
        raise Unusable(
            _("labels (N,), a whole number for each picture, expected; {got} came.", got=describe(labels))
        )
    return images, labels


def _same_set(first: Tensor, second: Tensor) -> bool:
    """Are these the same pictures, in whatever order?"""
    return first.shape == second.shape and torch.allclose(
        _sorted_sums(first), _sorted_sums(second), atol=1e-4 * float(first.std())
    )


def _sorted_sums(images: Tensor) -> Tensor:
    """One number per picture that depends on where its pixels are, sorted."""
    flat = images.flatten(1).double()
    return (flat * torch.linspace(0, 1, flat.shape[1], dtype=torch.double)).mean(dim=1).sort().values


def _near(values: Tensor, aim: Tensor | float, at_most: float) -> bool:
    return bool(((values - aim).abs() <= at_most).all())


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
        "Validation is shuffled as well: each time another picture comes first, and you can't tell any more "
        "which answer belongs to which file. Leave `shuffle` out there."
    )
)
def _shuffled_validation(train_folder: Path, val_folder: Path, size: int, batch_size: int) -> Pair:
    train_loader, val_loader = folder_loaders(train_folder, val_folder, size, batch_size)
    return train_loader, DataLoader(val_loader.dataset, batch_size, shuffle=True)


@folder_loaders.mistake(
    N_(
        "Pictures come in the range 0 to 1 or are normalised with the numbers of other pictures, such as "
        "ImageNet's, or mean and std have changed places: mean and std are not near 0 and 1. Measure them on "
        "the training folder."
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
