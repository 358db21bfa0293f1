"""A look at data and transforms before the first step."""

from typing import Any

from vislearn.errors import InputError
from vislearn.language import translate as _
from vislearn.traps.data import masks, numbering, originals, pipelines, ranges, serving
from vislearn.traps.data import samples as in_samples
from vislearn.traps.data.facts import Facts
from vislearn.traps.trap import Found, Trap, found_in, wrapped

__all__ = ["DATA_TRAPS", "Checked", "check"]

DATA_TRAPS: tuple[Trap, ...] = (
    pipelines.TWO_NORMALIZE,
    pipelines.NORMALIZED_BEFORE_SCALING,
    pipelines.NOT_SCALED,
    pipelines.CHANCE_IN_VALIDATION,
    pipelines.MEANS_DIFFER,
    pipelines.FOREIGN_MEAN,
    pipelines.CONSTANTS_OF_ANOTHER_RANGE,
    ranges.PICTURES_SQUASHED,
    pipelines.BOXES_LEFT_BEHIND,
    in_samples.MASKS_LEFT_BEHIND,
    masks.MASK_INTERPOLATED,
    masks.MASK_OF_GRAY_LEVELS,
    in_samples.LABELS_FROM_ZERO,
    in_samples.WRONG_BOXES,
    in_samples.NO_OBJECTS,
    in_samples.CHANNELS_LAST,
    originals.CHANNELS_REVERSED,
    originals.CHANNELS_SCRAMBLED,
    serving.DAMAGED_FILES,
    originals.EXIF_IGNORED,
    serving.NOT_SHUFFLED,
    serving.IMBALANCE_HIDDEN,
    numbering.CLASSES_APART,
    serving.LEAKAGE,
    serving.NEAR_COPIES,
    serving.SHARED_GENERATOR,
)


class Checked:
    """What a check found; it prints itself, a sentence for each trap.

    Args:
        found: the traps, the surest first.
    """

    def __init__(self, found: list[Found]) -> None:
        self.found = found

    def __str__(self) -> str:
        return wrapped(self.found) or _("No trap found.")

    __repr__ = __str__


def check(
    train_loader: Any = None,
    val_loader: Any = None,
    transform: Any = None,
    *,
    model: Any = None,
    weights: Any = None,
    samples: int = 64,
) -> Checked:
    """Look at loaders and transforms for mistakes that crash nothing and make a model worse.

    Transforms are found in the data sets, inside subsets too, and walked step by step; files are opened, up
    to 500 of each part; samples are drawn through the transforms, which uses up some chance.

    Args:
        train_loader: batches to learn from; a data set, or a list of samples, will do.
        val_loader: batches to judge by, likewise.
        transform: one more to look at, for example of predictions.
        model: that gets the pictures; torchvision's detectors normalise inside.
        weights: of torchvision, that the model began with: mean and std must be theirs.
        samples: how many of each part to look at, at least 1.

    Raises:
        InputError: nothing to look at is given, or ``samples`` is below 1.

    >>> import torch
    >>> from torchvision.transforms import v2
    >>> scaled, halves = v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5], [0.5])
    >>> print(check(transform=v2.Compose([scaled, halves, halves])))
    certain: The transform normalises 2 times. Keep one Normalize; torchvision's
      detectors want pictures in 0..1.
    """
    if train_loader is None and val_loader is None and transform is None:
        raise InputError(
            "check", "needs a loader or a transform", got="none", fix="traps.check(train_loader)."
        )
    if samples < 1:
        raise InputError("samples", "must be at least 1", got=samples)
    return Checked(found_in(Facts(train_loader, val_loader, transform, model, weights, samples), DATA_TRAPS))
