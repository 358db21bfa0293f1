"""Exercise of lesson 01: the transforms for training and for evaluation, observed at work."""

from collections.abc import Callable
from typing import Any, Self

import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torchvision.transforms import v2

from vislearn.exercises.describing import describe, shape_text
from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["train_eval_transform"]

Pair = tuple[v2.Transform, v2.Transform]
_SAME_TWICE = N_(
    "You return the same transform twice. With chance in it evaluation is unsteady, without chance "
    "training is not augmented: build two."
)
_NOT_SQUARE = N_(
    "`v2.Resize(size)` with one number scales the shorter side and keeps the proportions, so wide "
    "pictures stay wide and don't fit into one batch. Crop after it: `v2.CenterCrop(size)`."
)
_AFTER_NORMALIZE = N_(
    "Colours are changed, or corners filled, after `v2.Normalize`. Then 0 is no longer black but grey, and "
    "colour steps cut off whatever lies outside 0 to 1. Normalize comes last; only `v2.RandomErasing` may "
    "follow."
)
# What fills with 0 or reckons with 0 as black and 1 as white; crops and flips do neither.
_BEFORE_NORMALIZE = (
    *("RandomRotation", "RandomAffine", "RandomPerspective", "ElasticTransform", "RandomZoomOut", "Pad"),
    *("ColorJitter", "Grayscale", "RandomGrayscale", "RandomPhotometricDistort", "RandomChannelPermutation"),
    *("RandomAutocontrast", "RandomEqualize", "RandomPosterize", "RandomSolarize", "RandomInvert"),
    *("RandomAdjustSharpness", "AutoAugment", "RandAugment", "TrivialAugmentWide", "AugMix"),
)
_DRAWS = 32  # a flip with p=0.5 stays hidden in all of them once in 2 billion times


@exercise(
    "pipeline.train_eval_transform",
    trials=2,
    atol=0.05,
    hints=[
        N_(
            "Both transforms end alike: picture to tensor, bytes to floats from 0 to 1, normalise. They "
            "differ only in how they reach the size: one may use chance, the other must not."
        ),
        N_(
            "For training `v2.RandomResizedCrop(size)` and `v2.RandomHorizontalFlip()`; for evaluation "
            "`v2.Resize(size)`, which scales the shorter side, then `v2.CenterCrop(size)`."
        ),
        N_(
            "Each is a `v2.Compose([...])` of its geometry, then `v2.ToImage()`, "
            "`v2.ToDtype(torch.float32, scale=True)`, `v2.Normalize(mean, std)`. Return training, evaluation."
        ),
    ],
)
def train_eval_transform(size: int, mean: list[float], std: list[float]) -> tuple[v2.Transform, v2.Transform]:
    """Build two transforms for the same pictures: one to train with, one to evaluate with.

    Both take a PIL image (RGB, any size) and give a normalised float32 tensor of shape (3, size, size).
    The one for training changes the picture a little each time (a random crop, a random flip); the one for
    evaluation gives the same tensor each time.

    Args:
        size: height and width of the result, in pixels.
        mean: three numbers, the mean per channel of pictures scaled to 0.0 to 1.0.
        std: three numbers, the standard deviation per channel.

    Returns:
        (training transform, evaluation transform).
    """
    to_normalized = [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]
    training = v2.Compose([v2.RandomResizedCrop(size), v2.RandomHorizontalFlip(), *to_normalized])
    evaluation = v2.Compose([v2.Resize(size), v2.CenterCrop(size), *to_normalized])
    return training, evaluation


@train_eval_transform.inputs
def _size_and_statistics(generator: torch.Generator) -> tuple[int, list[float], list[float]]:
    size = 10 + 2 * draw(4, generator)
    mean = torch.rand(3, generator=generator) * 0.2 + 0.35
    std = torch.rand(3, generator=generator) * 0.1 + 0.2
    return size, mean.tolist(), std.tolist()


@train_eval_transform.observe
def _facts_of_transforms(function: Callable[..., Any], size: int, mean: Any, std: Any) -> dict[str, Any]:
    pair = function(size, mean, std)
    if not (isinstance(pair, tuple | list) and len(pair) == 2 and all(map(callable, pair))):
        raise Unusable(
            _(
                "two transforms expected, as `return training, evaluation`; {got} returned.",
                got=describe(pair),
            )
        )
    training, evaluation = pair
    picture = _leaning_picture()
    shapes = _dtype_and_shape(training(picture)), _dtype_and_shape(evaluation(picture))
    with _Order() as order:
        varies = _varies(training, picture), _varies(evaluation, picture)
    return {
        N_("Colours and corners are changed before Normalize"): not order.late,
        N_("Training gives the asked dtype and shape"): shapes[0],
        N_("Evaluation gives the asked dtype and shape"): shapes[1],
        N_("Training normalises black, per channel"): _extreme(training, "black"),
        N_("Training normalises white, per channel"): _extreme(training, "white"),
        N_("Evaluation normalises black, per channel"): _extreme(evaluation, "black"),
        N_("Evaluation normalises white, per channel"): _extreme(evaluation, "white"),
        N_("Training changes the picture from time to time"): varies[0],
        N_("Evaluation gives the same every time"): not varies[1],
        N_("Training and evaluation are two transforms"): training is not evaluation,
        N_("Evaluation leaves colours and sides as they are"): varies[1] or _faithful(evaluation),
    }


class _Order:
    """Inside ``with``, notes transforms that are applied to a picture which is normalised already."""

    def __enter__(self) -> Self:
        self.late: set[str] = set()
        self._normalized = False
        self._hook = register_module_forward_pre_hook(self._called)
        return self

    def __exit__(self, *_error: object) -> None:
        self._hook.remove()

    def _called(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        name = type(module).__name__
        if args and isinstance(args[0], Image.Image):
            self._normalized = False  # a new picture
        elif name == "Normalize":
            self._normalized = True
        elif self._normalized and name in _BEFORE_NORMALIZE:
            self.late.add(name)


def _leaning_picture() -> Image.Image:
    """A picture wider than high whose pixels differ from their neighbours, so each flip and crop shows."""
    rows, columns = torch.meshgrid(torch.arange(36), torch.arange(48), indexing="ij")
    picture = torch.stack([rows * 7, columns * 5, rows + columns]).to(torch.uint8)
    return v2.functional.to_pil_image(picture)


def _dtype_and_shape(result: Any) -> str:
    if not isinstance(result, Tensor):
        raise Unusable(
            _("a transform that returns a tensor expected; it returns {got}.", got=describe(result))
        )
    return f"{str(result.dtype).removeprefix('torch.')} {shape_text(result.shape)}"


def _extreme(transform: Callable[[Image.Image], Tensor], colour: str) -> list[float]:
    """What a picture all black or all white becomes, per channel.

    No crop or flip changes it, and changed colours only pull it towards grey; so the extreme of many draws
    tells how a transform scales and normalises, however it augments. The median forgives erased patches.
    """
    picture = Image.new("RGB", (48, 36), colour)
    results = torch.stack([transform(picture).double() for _draw in range(_DRAWS // 2)])
    medians = results.flatten(2).median(dim=2).values
    return (medians.amin(dim=0) if colour == "black" else medians.amax(dim=0)).tolist()


def _faithful(transform: Callable[[Image.Image], Tensor]) -> bool:
    """Is red more than grey, and are top and bottom, left and right where they were?"""
    leaning = transform(_leaning_picture()).double()
    red, black = (transform(Image.new("RGB", (48, 36), colour)).double() for colour in ("red", "black"))
    gained = (red - black).flatten(1).mean(dim=1).tolist()
    if len(gained) != 3:  # another fact tells
        return True
    upright = bool(leaning[0, 0].mean() < leaning[0, -1].mean())
    unmirrored = bool(leaning[1, :, 0].mean() < leaning[1, :, -1].mean())
    coloured = bool(gained[0] > 3 * max(gained[1:]))
    return coloured and upright and unmirrored


def _varies(transform: Callable[[Image.Image], Tensor], picture: Image.Image) -> bool:
    first = transform(picture)
    return any(not torch.equal(first, transform(picture)) for _draw in range(_DRAWS))


@train_eval_transform.mistake(
    N_(
        "The evaluation transform uses chance: its crop or flip differs from time to time, so the same "
        "picture gets a different score each time. Augment only what you train on."
    )
)
def _augmented_evaluation(size: int, mean: list[float], std: list[float]) -> Pair:
    return _random(size, *_ending(mean, std)), _random(size, *_ending(mean, std))


@train_eval_transform.mistake(_SAME_TWICE)
def _the_same_twice(size: int, mean: list[float], std: list[float]) -> Pair:
    both = _random(size, *_ending(mean, std))
    return both, both


@train_eval_transform.mistake(_SAME_TWICE)
def _the_same_steady_one_twice(size: int, mean: list[float], std: list[float]) -> Pair:
    both = _steady(size, *_ending(mean, std))
    return both, both


@train_eval_transform.mistake(
    N_(
        "The training transform has no chance in it: the network would see the very same pixels in every "
        "epoch. Add a random crop or a random flip."
    )
)
def _nothing_random(size: int, mean: list[float], std: list[float]) -> Pair:
    return _steady(size, *_ending(mean, std)), _steady(size, *_ending(mean, std))


@train_eval_transform.mistake(
    N_("The two are swapped: return the training transform first, then the evaluation one.")
)
def _swapped(size: int, mean: list[float], std: list[float]) -> Pair:
    return _steady(size, *_ending(mean, std)), _random(size, *_ending(mean, std))


@train_eval_transform.mistake(
    N_(
        "Normalize comes too early: it needs floats from 0 to 1 and gets bytes. First "
        "`v2.ToDtype(torch.float32, scale=True)`, then `v2.Normalize(mean, std)`."
    )
)
def _normalized_too_early(size: int, mean: list[float], std: list[float]) -> Pair:
    ending = [v2.ToImage(), v2.Normalize(mean, std), v2.ToDtype(torch.float32, scale=True)]
    return _random(size, *ending), _steady(size, *ending)


@train_eval_transform.mistake(_AFTER_NORMALIZE)
def _rotated_after_normalize(size: int, mean: list[float], std: list[float]) -> Pair:
    return _random(size, *_ending(mean, std), v2.RandomRotation(15)), _steady(size, *_ending(mean, std))


@train_eval_transform.mistake(_AFTER_NORMALIZE)
def _coloured_after_normalize(size: int, mean: list[float], std: list[float]) -> Pair:
    ending = _ending(mean, std)
    return _random(size, *ending, v2.ColorJitter(0.3, 0.3)), _steady(size, *ending)


@train_eval_transform.mistake(
    N_(
        "A step before `v2.Normalize` must turn the PIL picture into a tensor: put `v2.ToImage()` in "
        "front of `v2.ToDtype(...)`, which leaves PIL pictures alone."
    )
)
def _never_a_tensor(size: int, mean: list[float], std: list[float]) -> Pair:
    ending = _ending(mean, std)[1:]
    return _random(size, *ending), _steady(size, *ending)


@train_eval_transform.mistake(
    N_(
        "The floats still reach 255 when they are normalised: white comes out near 1000. `v2.ToDtype` "
        "scales to 0 to 1 only with `scale=True`."
    )
)
def _unscaled(size: int, mean: list[float], std: list[float]) -> Pair:
    ending = [v2.ToImage(), v2.ToDtype(torch.float32), v2.Normalize(mean, std)]
    return _random(size, *ending), _steady(size, *ending)


@train_eval_transform.mistake(
    N_(
        "Training normalises, evaluation does not. The network would be tested on numbers it has never "
        "seen: both need the same `v2.Normalize(mean, std)`."
    )
)
def _evaluation_not_normalized(size: int, mean: list[float], std: list[float]) -> Pair:
    ending = _ending(mean, std)
    return _random(size, *ending), _steady(size, *ending[:-1])


@train_eval_transform.mistake(
    N_(
        "Evaluation normalises, training does not. The network would be tested on numbers it has never "
        "seen: both need the same `v2.Normalize(mean, std)`."
    )
)
def _training_not_normalized(size: int, mean: list[float], std: list[float]) -> Pair:
    ending = _ending(mean, std)
    return _random(size, *ending[:-1]), _steady(size, *ending)


@train_eval_transform.mistake(N_("Neither transform normalises: end both with `v2.Normalize(mean, std)`."))
def _not_normalized(size: int, mean: list[float], std: list[float]) -> Pair:
    ending = _ending(mean, std)[:-1]
    return _random(size, *ending), _steady(size, *ending)


@train_eval_transform.mistake(_NOT_SQUARE)
def _not_cropped(size: int, mean: list[float], std: list[float]) -> Pair:
    return _random(size, *_ending(mean, std)), v2.Compose([v2.Resize(size), *_ending(mean, std)])


@train_eval_transform.mistake(_NOT_SQUARE)
def _neither_cropped(size: int, mean: list[float], std: list[float]) -> Pair:
    ending = _ending(mean, std)
    training = v2.Compose([v2.Resize(size), v2.RandomHorizontalFlip(), *ending])
    return training, v2.Compose([v2.Resize(size), *ending])


def _ending(mean: list[float], std: list[float]) -> list[v2.Transform]:
    return [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]


def _random(size: int, *ending: v2.Transform) -> v2.Transform:
    return v2.Compose([v2.RandomResizedCrop(size), v2.RandomHorizontalFlip(), *ending])


def _steady(size: int, *ending: v2.Transform) -> v2.Transform:
    return v2.Compose([v2.Resize(size), v2.CenterCrop(size), *ending])
