"""Exercises of lesson 01: scale and normalise a picture, build the transforms and the loader."""

import torch
from torch import Tensor

from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.registry import N_, exercise

__all__ = ["denormalize", "normalize", "to_unit_range"]


@exercise(
    "pipeline.to_unit_range",
    hints=[
        N_("A byte holds 0 to 255. By which number must 255 be divided to become 1?"),
        N_("Divide as floats: `image.to(torch.float32)` first, the division after it."),
        N_("One line is enough: turn the image into float32, then `/ 255`."),
    ],
)
def to_unit_range(image: Tensor) -> Tensor:
    """Scale a picture from bytes to the range 0 to 1.

    Args:
        image: (C, H, W), uint8, 0 to 255.

    Returns:
        The same picture, (C, H, W), float32, 0.0 to 1.0: byte 0 becomes 0.0, byte 255 becomes 1.0.
    """
    return image.to(torch.float32) / 255


@to_unit_range.inputs
def _bytes(generator: torch.Generator, trial: int) -> tuple[Tensor]:
    channels = (1, 3)[draw(2, generator)]
    shape = (channels, *unequal_sides(4, 6, generator))
    # Neither 0 nor 255 occurs: dividing by the picture's own maximum must show. One in three is nearly black:
    # so must guessing from it that the picture is scaled already.
    low, high = (0, 2) if trial % 3 == 2 else (9, 246)
    return (torch.randint(low, high, shape, generator=generator, dtype=torch.uint8),)


@to_unit_range.mistake(
    N_("Divide by 255, not by 256: a byte's largest value is 255, and it must become exactly 1.")
)
def _by_256(image: Tensor) -> Tensor:
    return image.float() / 256


@to_unit_range.mistake(
    N_(
        "The dtype is right, the range isn't: the values still reach 255. Changing the dtype scales "
        "nothing; divide."
    )
)
def _only_cast(image: Tensor) -> Tensor:
    return image.to(torch.float32)


@to_unit_range.mistake(
    N_(
        "Nearly everything became 0: whole numbers can't hold 0.5. Turn the image into float32 before you"
        " divide."
    )
)
def _whole_division(image: Tensor) -> Tensor:
    return image // 255


@to_unit_range.mistake(
    N_(
        "The division was rounded down to whole numbers before the image became float. First the dtype, "
        "then `/`."
    )
)
def _cast_too_late(image: Tensor) -> Tensor:
    return (image // 255).float()


@to_unit_range.mistake(
    N_(
        "You stretch each picture by its own brightest pixel. A dark picture would then look like a bright "
        "one; divide by 255, the same for every picture."
    )
)
def _by_own_maximum(image: Tensor) -> Tensor:
    return image.float() / image.max()


@to_unit_range.mistake(
    N_(
        "You stretch each picture from its own darkest to its own brightest pixel. That changes its "
        "contrast; divide by 255, the same for every picture."
    )
)
def _stretched(image: Tensor) -> Tensor:
    floats = image.float()
    return (floats - floats.min()) / (floats.max() - floats.min())


@to_unit_range.mistake(
    N_(
        "A nearly black picture holds no byte above 1, and is a picture of bytes all the same: its dtype "
        "says so, not its values. Divide always."
    )
)
def _guessed_from_values(image: Tensor) -> Tensor:
    return image.float() / 255 if image.max() > 1 else image.float()


@to_unit_range.mistake(N_("This is the range -1 to 1. Some models want it, but here 0 must stay 0."))
def _minus_one_to_one(image: Tensor) -> Tensor:
    return image.float() / 127.5 - 1


@exercise(
    "pipeline.normalize",
    hints=[
        N_("Each channel has a mean and a standard deviation of its own. What must happen to it first?"),
        N_(
            "Subtract the mean, then divide by std. Three numbers must meet three channels: give them the "
            "shape (3, 1, 1), so that each spreads over its channel's height and width."
        ),
        N_("`mean.reshape(3, 1, 1)` makes the mean fit, and the same for std. Then subtract, then divide."),
    ],
)
def normalize(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Bring every channel to a standard scale: subtract its mean, divide by its standard deviation.

    Args:
        image: (3, H, W), float32, 0.0 to 1.0.
        mean: (3,), one mean per channel.
        std: (3,), one standard deviation per channel, above 0.

    Returns:
        The normalised picture, (3, H, W), float32; with ImageNet's numbers about -2.1 to 2.6.
    """
    return (image - mean.reshape(3, 1, 1)) / std.reshape(3, 1, 1)


@normalize.inputs
def _picture_and_statistics(generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    image = torch.rand(3, *unequal_sides(4, 6, generator), generator=generator)
    # One picture in three is 3 pixels wide: only there does a mean of shape (3,) fit, and silently wrongly.
    if draw(3, generator) == 0:
        image = image[:, :, :3].contiguous()
    mean = torch.rand(3, generator=generator) * 0.3 + 0.3
    std = torch.rand(3, generator=generator) * 0.2 + 0.15
    return image, mean, std


@normalize.mistake(
    N_(
        "A tensor of shape (3,) lines up with the last axis, the width, not with the channels. In most "
        "pictures that stops with an error; in one 3 pixels wide it is silently wrong. Reshape it to (3, "
        "1, 1)."
    )
)
def _along_the_width(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (image - mean) / std


@normalize.mistake(
    N_("A tensor of shape (3, 1) lines up with the height, not with the channels. One axis more: (3, 1, 1).")
)
def _along_the_height(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (image - mean.reshape(3, 1)) / std.reshape(3, 1)


@normalize.mistake(N_("You multiply by std. To bring the spread to 1, divide by it."))
def _multiplied(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (image - _upright(mean)) * _upright(std)


@normalize.mistake(
    N_(
        "The order matters: subtract the mean first, then divide everything by std. Mind the brackets: (x"
        " - mean) / std."
    )
)
def _divided_first(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return image / _upright(std) - _upright(mean)


@normalize.mistake(
    N_("Without brackets Python divides first: `x - mean / std` is x - (mean / std). Write (x - mean) / std.")
)
def _without_brackets(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return image - _upright(mean) / _upright(std)


@normalize.mistake(N_("You add the mean. Subtract it, so that an average pixel becomes 0."))
def _added(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (image + _upright(mean)) / _upright(std)


@normalize.mistake(N_("The mean is subtracted, but the division by std is missing."))
def _without_std(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return image - _upright(mean)


@normalize.mistake(N_("The division by std is there, but the mean is not subtracted."))
def _without_mean(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return image / _upright(std)


@normalize.mistake(
    N_(
        "You use one number for all three channels. Each channel has its own: the first mean is for the "
        "first channel."
    )
)
def _one_for_all(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (image - mean.mean()) / std.mean()


@normalize.mistake(
    N_(
        "You use the mean and spread of this very picture. Then a dark picture and a bright one come out "
        "alike; use the `mean` and `std` you are given, the same for every picture."
    )
)
def _own_statistics(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (image - image.mean(dim=(1, 2), keepdim=True)) / image.std(dim=(1, 2), keepdim=True)


@exercise(
    "pipeline.denormalize",
    hints=[
        N_("normalize subtracted, then divided. What undoes a division, and what a subtraction?"),
        N_("Undo the last step first: multiply by std, and only then add the mean."),
        N_("With mean and std reshaped to (3, 1, 1), it is the picture times std plus mean."),
    ],
)
def denormalize(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Undo normalize, so that a normalised picture can be shown.

    Args:
        image: (3, H, W), float32, normalised with these mean and std.
        mean: (3,), one mean per channel.
        std: (3,), one standard deviation per channel, above 0.

    Returns:
        The picture as it was before, (3, H, W), float32, 0.0 to 1.0.
    """
    return image * std.reshape(3, 1, 1) + mean.reshape(3, 1, 1)


@denormalize.inputs
def _normalised_picture(generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    # From a picture within 0 to 1, so an answer that clamps to that range is as right as one that doesn't.
    image, mean, std = _picture_and_statistics(generator)
    return normalize(image, mean, std), mean, std


@denormalize.mistake(
    N_("The order is swapped. Undo the last step first: multiply by std, then add the mean.")
)
def _mean_first(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (image + _upright(mean)) * _upright(std)


@denormalize.mistake(N_("You subtract the mean. normalize took it away, so it must be added again."))
def _subtracted(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return image * _upright(std) - _upright(mean)


@denormalize.mistake(N_("You divide by std. normalize divided already; multiply to undo it."))
def _divided(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return image / _upright(std) + _upright(mean)


@denormalize.mistake(
    N_("This is normalize once more. To undo it, turn each step around, in the opposite order.")
)
def _normalized_again(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (image - _upright(mean)) / _upright(std)


@denormalize.mistake(
    N_(
        "A tensor of shape (3,) lines up with the last axis, the width, not with the channels. In most "
        "pictures that stops with an error; in one 3 pixels wide it is silently wrong. Reshape it to (3, "
        "1, 1)."
    )
)
def _back_along_the_width(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return image * std + mean


@denormalize.mistake(N_("The spread is back, but the mean is not: add it."))
def _mean_forgotten(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return image * _upright(std)


@denormalize.mistake(
    N_(
        "You stretch the picture from its own darkest to its own brightest value. It looks plausible, but"
        " its colours are not those of the original; use `mean` and `std`."
    )
)
def _stretched_for_show(image: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    return (image - image.min()) / (image.max() - image.min())


def _upright(values: Tensor) -> Tensor:
    return values.reshape(3, 1, 1)
