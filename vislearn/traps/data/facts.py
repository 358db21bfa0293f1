"""What a check looks at, gathered once."""

from collections.abc import Iterator, Mapping, Sized
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import Subset, default_collate

from vislearn.language import translate as _
from vislearn.traps.data.chains import Step, pipelines_of, steps_of, target_pipelines_of

__all__ = ["Facts", "are_boxes", "base_of", "files_of"]

_BATCH = 8  # samples to be made a batch
Constants = tuple[tuple[float, ...], tuple[float, ...]]


class Facts:
    """Loaders, transforms and a model, and a few samples of each part.

    Args:
        train_loader: batches to learn from, the data set of such, or None.
        val_loader: batches to judge by, likewise.
        transform: one more to look at, for example of predictions.
        model: that gets the pictures.
        weights: of torchvision, that the model began with.
        samples: how many of each part are looked at, evenly spread over it; 0: none is drawn.
    """

    def __init__(
        self, train_loader: Any, val_loader: Any, transform: Any, model: Any, weights: Any, samples: int
    ) -> None:
        self.train_loader, self.val_loader = train_loader, val_loader
        self.train, self.val = _set_of(train_loader), _set_of(val_loader)
        self.training = [steps_of(one) for one, _joint in pipelines_of(self.train)]
        self.validation = [steps_of(one) for one, _joint in pipelines_of(self.val)]
        self.alone = steps_of(transform)
        self.model_constants = _inside(model)
        self.weight_constants = _with(weights)
        self.train_samples, self.val_samples = (list(_some(one, samples)) for one in (self.train, self.val))
        self.train_fed = _fed(train_loader, self.train_samples)
        self.val_fed = _fed(val_loader, self.val_samples)

    @property
    def chains(self) -> Iterator[tuple[str, list[Step]]]:
        """Every chain with its name."""
        for steps in self.training:
            yield _("The training's transform"), steps
        for steps in self.validation:
            yield _("The validation's transform"), steps
        if self.alone:
            yield _("The transform"), self.alone

    @property
    def pictures_only(self) -> list[list[Step]]:
        """Chains that no target passes through."""
        parts = (self.train, self.val)
        return [steps_of(one) for part in parts for one, joint in pipelines_of(part) if not joint]

    @property
    def targets_only(self) -> list[list[Step]]:
        """Chains that no picture passes through."""
        return [steps_of(one) for part in (self.train, self.val) for one in target_pipelines_of(part)]

    @property
    def samples(self) -> list[tuple[int, Any, Any]]:
        """Of both parts: index, picture, target."""
        return self.train_samples + self.val_samples

    @property
    def has_places(self) -> bool:
        """Whether targets say where something is: boxes or a mask of the picture."""
        return any(_is_place(target) for _index, _picture, target in self.samples)


def _set_of(loader: Any) -> Any:
    """A loader's data set; a data set, or a list of samples, may stand for a loader."""
    return loader if hasattr(loader, "__getitem__") else getattr(loader, "dataset", None)


def are_boxes(target: torch.Tensor) -> bool:
    """Whether a plain tensor is (N, 4) of floats: boxes of whatever format, and no mask.

    Args:
        target: of a sample.
    """
    return target.ndim == 2 and target.shape[1] == 4 and target.is_floating_point()


def _is_place(target: Any) -> bool:
    if isinstance(target, Mapping):
        return "boxes" in target or "masks" in target
    return isinstance(target, torch.Tensor) and target.ndim >= 2


def _some(dataset: Any, count: int) -> Iterator[tuple[int, Any, Any]]:
    """Samples (index, picture, target), evenly spread; what can't be read is told by another trap."""
    if not count or not isinstance(dataset, Sized) or not hasattr(dataset, "__getitem__") or not len(dataset):
        return
    for index in range(0, len(dataset), max(1, len(dataset) // count)):
        try:
            item = dataset[index]
        except Exception:  # whatever a damaged file raises, in whatever data set
            continue
        if isinstance(item, (tuple, list)) and len(item) >= 2:
            yield index, item[0], item[1]
        elif isinstance(item, torch.Tensor):  # pictures without an answer, to learn from themselves
            yield index, item, None


def _fed(loader: Any, samples: list[tuple[int, Any, Any]]) -> list[tuple[int, Any, Any]]:
    """Samples as a ``collate_fn`` of one's own hands them on, where only that makes floats of them."""
    collate = getattr(loader, "collate_fn", default_collate)
    if not samples or collate is default_collate or _is_of_floats(samples[0][1]):
        return samples
    some = samples[:_BATCH]
    try:
        pictures, targets = collate([(picture, target) for _index, picture, target in some])
    except Exception:  # whatever it misses in samples of two: its loader will say so
        return samples
    whole = isinstance(pictures, torch.Tensor) and pictures.ndim == 4 and len(pictures) == len(some)
    if not whole or len(targets) != len(some):
        return samples
    return [(index, *fed) for (index, _, _), *fed in zip(some, pictures, targets, strict=True)]


def _is_of_floats(picture: Any) -> bool:
    return isinstance(picture, torch.Tensor) and picture.is_floating_point()


def _inside(model: Any) -> Constants | None:
    """By what a detector of torchvision normalises inside."""
    transform = getattr(model, "transform", None)
    mean, std = (getattr(transform, name, None) for name in ("image_mean", "image_std"))
    return None if mean is None or std is None else (tuple(mean), tuple(std))


def _with(weights: Any) -> Constants | None:
    """By what the pictures were normalised that made these weights."""
    if weights is None or not hasattr(weights, "transforms"):
        return None
    return next((step.constants for step in steps_of(weights.transforms()) if step.constants), None)


def base_of(dataset: Any) -> tuple[Any, list[int] | None]:
    """A data set and the part of it, None for all: subsets of subsets are followed to the whole.

    Args:
        dataset: any.
    """
    indices: list[int] | None = None
    while isinstance(dataset, Subset):
        own = list(map(int, dataset.indices))
        indices = own if indices is None else [own[at] for at in indices]
        dataset = dataset.dataset
    return dataset, indices


def files_of(dataset: Any) -> list[Path]:
    """The pictures of an ImageFolder, of any data set that keeps a path for each item, or of a part of one.

    Args:
        dataset: any.
    """
    whole, indices = base_of(dataset)
    paths = _paths(whole)
    return paths if indices is None or not paths else [paths[at] for at in indices]


def _paths(dataset: Any) -> list[Path]:
    samples = getattr(dataset, "samples", None) or []
    if isinstance(samples, (list, tuple)):
        paths = [one[0] for one in samples if isinstance(one, tuple) and isinstance(one[0], str | Path)]
        if paths:
            return list(map(Path, paths))
    size = len(dataset) if isinstance(dataset, Sized) else 0
    for name, kept in getattr(dataset, "__dict__", {}).items():
        of_targets = any(word in name.lower() for word in ("mask", "label", "target", "annot"))
        one_each = isinstance(kept, (list, tuple)) and 0 < len(kept) == size
        if one_each and not of_targets and all(map(_is_picture, kept)):
            return list(map(Path, kept))
    return []


def _is_picture(path: Any) -> bool:
    from torchvision.datasets.folder import IMG_EXTENSIONS  # a second that no training should pay

    named = isinstance(path, str | Path) and str(path).lower().endswith(IMG_EXTENSIONS)
    return named and Path(path).is_file()
