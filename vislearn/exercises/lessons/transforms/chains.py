"""Exercises of lesson 15: a chain by functions alone, and an old chain for a new data set."""

from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torchvision import transforms as v1
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["by_functions", "ported"]

F = v2.functional
_FAR = 20.0  # from 0 … 1 nothing normalised gets there, from 0 … 255 nearly all does


@exercise(
    "transforms.by_functions",
    atol=0.02,  # a level of 255, divided by std: antialiasing rounds otherwise on other machines
    forbids=[
        *(v2.Compose.forward, v2.Transform.forward, v1.Compose.__call__),
        *(v1.Resize.forward, v1.CenterCrop.forward, v1.ConvertImageDtype.forward, v1.Normalize.forward),
    ],
    hints=[
        N_(
            "Each class has a function of the same kind: `v2.Resize` and `v2.functional.resize`, "
            "`v2.CenterCrop` and `v2.functional.center_crop`. Call four of them, one after the other."
        ),
        N_(
            "One number in a list resizes the *shorter* side: `v2.functional.resize(image, [size])`. Bytes "
            "become 0 … 1 by `v2.functional.to_dtype(image, torch.float32, scale=True)`."
        ),
        N_(
            "The last of the four is `v2.functional.normalize(image, mean, std)`: it wants floats from 0 to "
            "1, so it comes after `to_dtype`."
        ),
    ],
)
def by_functions(image: Tensor, size: int, mean: list[float], std: list[float]) -> Tensor:
    """Prepare a picture for a network by functions alone, without a transform class.

    The same as `v2.Resize(size)`, `v2.CenterCrop(size)`, `v2.ToDtype(torch.float32, scale=True)` and
    `v2.Normalize(mean, std)`, in this order.

    Args:
        image: (3, H, W), uint8.
        size: length of the shorter side, and then side of the square.
        mean: three numbers, for values from 0 to 1.
        std: three numbers.

    Returns:
        (3, size, size), float32, normalised.
    """
    image = v2.functional.resize(image, [size])
    image = v2.functional.center_crop(image, [size, size])
    image = v2.functional.to_dtype(image, torch.float32, scale=True)
    return v2.functional.normalize(image, mean, std)


@by_functions.inputs
def _picture_and_statistics(
    generator: torch.Generator, trial: int
) -> tuple[Tensor, int, list[float], list[float]]:
    height, width = unequal_sides(24, 30, generator)
    image = torch.randint(256, (3, 4, 5), generator=generator).to(torch.uint8)
    image = F.resize(
        image, [height, width]
    )  # smooth: crops a pixel apart still differ, noise would hide more
    mean = torch.rand(3, generator=generator) * 0.2 + 0.35
    std = torch.rand(3, generator=generator) * 0.1 + 0.2
    if trial == 5:  # white, which resizing leaves exact, and a small std: 255/256 is no longer nearly 1
        image, std = torch.full_like(image, 255), std / 10
    return image, 14 + draw(6, generator), mean.tolist(), std.tolist()


def _ended(image: Tensor, mean: list[float], std: list[float]) -> Tensor:
    return F.normalize(F.to_dtype(image, torch.float32, scale=True), mean, std)


@by_functions.mistake(
    N_(
        "Two numbers stretch the picture into a square. `[size]`, a list of one number, makes the shorter "
        "side `size` long and keeps the proportions; then `center_crop`."
    )
)
def _stretched(image: Tensor, size: int, mean: list[float], std: list[float]) -> Tensor:
    return _ended(F.resize(image, [size, size]), mean, std)


@by_functions.mistake(
    N_("The picture was cut, but never resized: `v2.functional.resize(image, [size])` comes first.")
)
def _only_cut(image: Tensor, size: int, mean: list[float], std: list[float]) -> Tensor:
    return _ended(F.center_crop(image, [size, size]), mean, std)


@by_functions.mistake(
    N_(
        "The picture is as long as its longer side was. Cut the square out: `center_crop(image, [size, "
        "size])`."
    )
)
def _not_cut(image: Tensor, size: int, mean: list[float], std: list[float]) -> Tensor:
    return _ended(F.resize(image, [size]), mean, std)


@by_functions.mistake(
    N_(
        "The values still reach 255 when they are normalised. `to_dtype` scales to 0 … 1 only with "
        "`scale=True`; `image.float()` never does."
    )
)
def _unscaled(image: Tensor, size: int, mean: list[float], std: list[float]) -> Tensor:
    image = F.center_crop(F.resize(image, [size]), [size, size])
    return F.normalize(image.float(), mean, std)


@by_functions.mistake(
    N_(
        "You divide by 256, and white becomes .996 instead of 1. The largest byte is 255: "
        "`to_dtype(image, torch.float32, scale=True)` divides by it."
    )
)
def _by_256(image: Tensor, size: int, mean: list[float], std: list[float]) -> Tensor:
    image = F.center_crop(F.resize(image, [size]), [size, size])
    return F.normalize(image / 256, mean, std)


@by_functions.mistake(N_("All is right but the last step: `v2.functional.normalize(image, mean, std)`."))
def _not_normalized(image: Tensor, size: int, mean: list[float], std: list[float]) -> Tensor:
    image = F.center_crop(F.resize(image, [size]), [size, size])
    return F.to_dtype(image, torch.float32, scale=True)


Sample = tuple[Image.Image, dict[str, Any]]


@exercise(
    "transforms.ported",
    trials=2,
    hints=[
        N_(
            "`v2.Compose` takes the same list. `ToTensor()` becomes two steps: `v2.ToImage()` and "
            "`v2.ToDtype(torch.float32, scale=True)`. The boxes need no line of their own."
        ),
        N_(
            "Boxes that the crop has emptied are still there, with no area. `v2.SanitizeBoundingBoxes()` "
            "takes them out, and their labels too."
        ),
        N_(
            "Six steps in all: `Resize`, `CenterCrop`, `ToImage`, `ToDtype`, `Normalize`, and "
            "`SanitizeBoundingBoxes` after the crop."
        ),
    ],
)
def ported(size: int, mean: list[float], std: list[float]) -> v2.Transform:
    """Port this old chain to v2, so that it also takes a target with boxes and labels along.

    The old one was `v1.Compose([Resize(size), CenterCrop(size), ToTensor(), Normalize(mean, std)])`.

    Args:
        size: of the square, in pixels.
        mean: three numbers, for values from 0 to 1.
        std: three numbers.

    Returns:
        A transform that takes a PIL image and a target. The image becomes the tensor that the old chain
        made of it. The target's "boxes", `tv_tensors.BoundingBoxes`, come out as boxes of the square; those
        of which nothing is left are gone, and their "labels" with them.
    """
    return v2.Compose(
        [
            v2.Resize(size),
            v2.CenterCrop(size),
            v2.ToImage(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(mean, std),
            v2.SanitizeBoundingBoxes(),
        ]
    )


@ported.inputs
def _size_and_statistics(generator: torch.Generator) -> tuple[int, list[float], list[float]]:
    mean = torch.rand(3, generator=generator) * 0.2 + 0.35
    std = torch.rand(3, generator=generator) * 0.1 + 0.2
    return 20 + 4 * draw(4, generator), mean.tolist(), std.tolist()


def _wide_picture() -> Image.Image:
    """80 × 40 pixels, no two of them alike."""
    rows, columns = torch.meshgrid(torch.arange(40), torch.arange(80), indexing="ij")
    return F.to_pil_image(torch.stack([rows * 6, columns * 3, rows + columns]).to(torch.uint8))


def _target() -> dict[str, Any]:
    """One box in the middle, one that sticks out of the square, one beside it."""
    boxes = [[30.0, 10.0, 50.0, 30.0], [10.0, 5.0, 30.0, 20.0], [2.0, 2.0, 12.0, 12.0]]
    return {
        "boxes": tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=(40, 80)),
        "labels": torch.tensor([3, 7, 5]),
    }


@ported.observe
def _facts_of_a_port(
    function: Callable[..., Any], size: int, mean: list[float], std: list[float]
) -> dict[str, Any]:
    transform = function(size, mean, std)
    if not callable(transform):
        raise Unusable(_("a transform expected, {got} returned.", got=describe(transform)))
    old = v1.Compose([v1.Resize(size), v1.CenterCrop(size), v1.ToTensor(), v1.Normalize(mean, std)])
    picture, expected = _wide_picture(), old(_wide_picture())
    pair = transform(picture, _target())
    if not (isinstance(pair, tuple | list) and len(pair) == 2 and isinstance(pair[1], dict)):
        raise Unusable(_("a picture and a target expected, {got} returned.", got=describe(pair)))
    boxes, labels = torch.as_tensor(pair[1]["boxes"]).float(), torch.as_tensor(pair[1]["labels"]).tolist()
    scale = size / 40
    middle = torch.tensor([[30.0, 10, 50, 30]]) * scale - torch.tensor([20.0, 0, 20, 0]) * scale
    # A fact that fails says how by its value, so that a mistake is told only where it is the very same.
    return _picture_facts(pair[0], expected) | {
        N_("A box in the middle moves along"): _close(boxes[:1], middle, 1.0)
        or ("stretched" if _close(boxes[:1], _in_a_square(size), 1.0) else "elsewhere"),
        N_("No box is left that has lost its object"): len(boxes) == 2 or f"{len(boxes)} boxes",
        N_("Each box keeps its label"): labels == [3, 7, 5][: len(boxes)] or str(labels),
    }


def _picture_facts(got: Any, expected: Tensor) -> dict[str, bool]:
    """What is right about a picture, apart: a mistake is told only where it explains all of them."""
    fits = isinstance(got, Tensor) and got.shape == expected.shape and got.dtype == torch.float32
    picture = got.as_subclass(Tensor) if fits else torch.full_like(expected, 1000.0)
    return {
        N_("The picture is a float32 tensor of the asked size"): fits,
        N_("It shows what the old chain's shows"): _close(_levelled(picture), _levelled(expected), 0.1),
        N_("It was scaled to 0 … 1 before it was normalised"): bool(picture.abs().max() < _FAR),
        N_("Its values are those of the old chain"): _close(picture, expected),
    }


def _levelled(picture: Tensor) -> Tensor:
    """Each channel with mean 0 and spread 1, so that only what it shows counts."""
    return (picture - picture.mean((1, 2), keepdim=True)) / picture.std((1, 2), keepdim=True).clamp(min=1e-6)


def _in_a_square(size: int) -> Tensor:
    """The box in the middle, where the whole picture has become a square."""
    return torch.tensor([[30.0, 10, 50, 30]]) * size / torch.tensor([80, 40, 80, 40])


def _close(got: Tensor, expected: Tensor, atol: float = 0.03) -> bool:
    return got.shape == expected.shape and torch.allclose(got.as_subclass(Tensor), expected, atol=atol)


def _port(size: int, *ending: v2.Transform) -> v2.Transform:
    return v2.Compose([v2.Resize(size), v2.CenterCrop(size), *ending])


def _floats(mean: list[float], std: list[float]) -> list[v2.Transform]:
    return [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]


@ported.mistake(
    N_(
        "Picture and boxes are right. But the third box lies outside the square, and is still there with no "
        "area: a detector stops at such a box. End with `v2.SanitizeBoundingBoxes()`."
    )
)
def _not_sanitized(size: int, mean: list[float], std: list[float]) -> v2.Transform:
    return _port(size, *_floats(mean, std))


@ported.mistake(
    N_(
        "The labels did not go with their box: with `labels_getter=None` only boxes are taken out. Leave it "
        'out; the key is called "labels", so it is found.'
    )
)
def _labels_left(size: int, mean: list[float], std: list[float]) -> v2.Transform:
    return _port(size, *_floats(mean, std), v2.SanitizeBoundingBoxes(labels_getter=None))


@ported.mistake(
    N_(
        "The values still reach 255 when they are normalised: `ToTensor` scaled to 0 … 1, `v2.ToImage` does "
        "not. `v2.ToDtype(torch.float32, scale=True)` does."
    )
)
def _not_scaled(size: int, mean: list[float], std: list[float]) -> v2.Transform:
    ending = [v2.ToImage(), v2.ToDtype(torch.float32), v2.Normalize(mean, std)]
    return _port(size, *ending, v2.SanitizeBoundingBoxes())


@ported.mistake(
    N_(
        "A pair of numbers stretches the picture into a square. The old chain had `Resize(size)`, one "
        "number: the shorter side, proportions kept."
    )
)
def _squeezed(size: int, mean: list[float], std: list[float]) -> v2.Transform:
    ending = [*_floats(mean, std), v2.SanitizeBoundingBoxes()]
    return v2.Compose([v2.Resize((size, size)), *ending])
