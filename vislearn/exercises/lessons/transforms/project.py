"""Exercise of lesson 15, its project: an augmentation for pictures that will be worse than those one has."""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import tv_tensors
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn.datasets import digits
from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _
from vislearn.models import SmallConvNet

__all__ = ["augmentation", "clean_and_phone"]

# Accuracy over three seeds on tilted and moved, on dark, and on the phone's digits, by the training below:
# nothing .55 .26 .21; geometry alone .75 .14 .14; brightness alone .52 .86 .58; both, as here, .73 .74
# .71; RandAugment .63 .70 .50; flips beside both .58 .63 .57.
_PLACED, _DARK, _ENOUGH = 0.6, 0.6, 0.62
_SIZE, _OF_EACH, _EPOCHS, _BATCH = 20, 20, 24, 40
_MEAN, _STD = 0.3, 0.36
_CALLS = 12


@exercise(
    "transforms.augmentation",
    trials=1,
    hints=[
        N_(
            "Which changes does the phone make? Write down those, and no others: tilted, moved, darker. A "
            "transform for each, or one for the first two."
        ),
        N_(
            "`v2.RandomAffine(degrees, translate=(across, down))` tilts and moves, "
            "`v2.ColorJitter(brightness=(low, high))` makes darker. Say as much as the phone does, not more."
        ),
        N_(
            "The phone's numbers fit as they are: `degrees=30`, `translate=(0.15, 0.15)`, and a brightness "
            "from 0.3 up to that of a clean picture, 1."
        ),
    ],
)
def augmentation() -> v2.Transform:
    """Augment clean digits so that a network trained on them also reads digits from a phone.

    The phone's pictures are tilted by up to 30 degrees to either side, moved by up to 15 % of their side,
    and have 30 to 60 % of the brightness. You have 20 clean pictures of each digit, and none from the phone.

    Returns:
        A transform that takes one picture, a `tv_tensors.Image` of shape (1, 20, 20), uint8, and returns one
        of the same shape and dtype. The check trains a small network with it and asks about the phone's.
    """
    return v2.Compose(
        [
            v2.RandomAffine(degrees=30, translate=(0.15, 0.15)),
            v2.ColorJitter(brightness=(0.3, 1.0)),
        ]
    )


@augmentation.inputs
def _nothing(_generator: torch.Generator) -> tuple[()]:
    return ()


@cache
def clean_and_phone() -> dict[str, tuple[Tensor, Tensor]]:
    """Pictures uint8 (N, 1, 20, 20) and digits (N,): clean ones to learn from, three kinds to be judged on.

    Returns:
        ``"clean"``, 200 to learn from; ``"placed"``, tilted and moved; ``"dark"``; ``"phone"``, all of it.
    """
    to_small = v2.Compose([v2.Grayscale(), v2.Resize(_SIZE), v2.ToImage()])
    train, val = (ImageFolder(digits(split), to_small) for split in ("train", "val"))
    numbers = torch.tensor(train.targets)
    chosen = torch.cat([torch.nonzero(numbers == digit)[:_OF_EACH, 0] for digit in range(10)])
    judged = torch.stack([image.as_subclass(Tensor) for image, _digit in val])
    truth = torch.tensor(val.targets)
    place = v2.RandomAffine(30, translate=(0.15, 0.15), interpolation=v2.InterpolationMode.BILINEAR)
    dim = v2.ColorJitter(brightness=(0.3, 0.6))
    ways = {"placed": place, "dark": dim, "phone": v2.Compose([place, dim])}
    clean = torch.stack([train[int(at)][0].as_subclass(Tensor) for at in chosen])
    found = {"clean": (clean, numbers[chosen])}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        for name, way in ways.items():
            found[name] = (
                torch.stack([way(tv_tensors.Image(one)).as_subclass(Tensor) for one in judged]),
                truth,
            )
    return found


def _prepared(images: Tensor) -> Tensor:
    return (images.float() / 255 - _MEAN) / _STD


def _taught(augment: Callable[[Any], Any]) -> nn.Module:
    """A small network that has seen every clean picture 24 times, augmented."""
    images, truth = clean_and_phone()["clean"]
    torch.manual_seed(0)
    model = SmallConvNet(10, in_channels=1, width=8)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    steps = _EPOCHS * len(images) // _BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=steps)
    for _epoch in range(_EPOCHS):
        for some in torch.randperm(len(images)).split(_BATCH):
            batch = torch.stack([torch.as_tensor(augment(tv_tensors.Image(image))) for image in images[some]])
            loss = nn.functional.cross_entropy(model(_prepared(batch)), truth[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def _accuracy(model: nn.Module, kind: str) -> float:
    images, truth = clean_and_phone()[kind]
    with torch.inference_mode():
        return (model(_prepared(images)).argmax(dim=1) == truth).float().mean().item()


@augmentation.judge
def _facts(function: Callable[..., Any]) -> dict[str, Any]:
    augment = function()
    if not callable(augment) or isinstance(augment, type):
        raise Unusable(_("a transform expected, {got} returned.", got=describe(augment)))
    picture = clean_and_phone()["clean"][0][47]
    torch.manual_seed(0)
    results = [augment(tv_tensors.Image(picture)) for _call in range(_CALLS)]
    for result in results:
        if not isinstance(result, Tensor) or result.shape != picture.shape or result.dtype != torch.uint8:
            raise Unusable(
                _(
                    "a uint8 picture (1, 20, 20) expected of your transform, {got} returned.",
                    got=_told(result),
                )
            )
    plain = [result.as_subclass(Tensor) for result in results]
    model = _taught(augment)
    return {
        # Another value than False: the same change each time is not "nothing is changed".
        N_("A picture comes out otherwise from call to call"): not all(
            torch.equal(plain[0], other) for other in plain
        )
        or (not torch.equal(plain[0], picture) and "the same change each time"),
        N_("A digit is never mirrored: it would be none any more"): not _mirrors(augment),
        N_("Digits that are tilted and moved: accuracy at least 0.60"): _accuracy(model, "placed") >= _PLACED,
        N_("Dark digits: accuracy at least 0.60"): _accuracy(model, "dark") >= _DARK,
        N_("The phone's digits, all at once: accuracy at least 0.62"): _accuracy(model, "phone") >= _ENOUGH,
    }


def _told(result: Any) -> str:
    if not isinstance(result, Tensor):
        return describe(result)
    return f"{str(result.dtype).removeprefix('torch.')} {tuple(result.shape)}"


def _mirrors(augment: Callable[[Any], Any]) -> bool:
    """Does a triangle of points that goes along come out the other way round?"""
    for _call in range(_CALLS):
        picture = tv_tensors.Image(torch.zeros(1, _SIZE, _SIZE, dtype=torch.uint8))
        corners = tv_tensors.KeyPoints([[[5.0, 5.0], [14.0, 5.0], [5.0, 14.0]]], canvas_size=(_SIZE, _SIZE))
        try:
            _picture, moved = augment((picture, corners))
        except Exception:  # a function of the learner's own takes one picture; then nobody can tell
            return False
        first, second, third = torch.as_tensor(moved).reshape(3, 2)
        across, down = second - first, third - first
        if across[0] * down[1] - across[1] * down[0] < 0:
            return True
    return False


@augmentation.mistake(
    N_(
        "Nothing is changed: the network sees 200 clean pictures and nothing else. Add what the phone does: "
        "`v2.RandomAffine` and `v2.ColorJitter`."
    )
)
def _nothing_changed() -> v2.Transform:
    return v2.Identity()


@augmentation.mistake(
    N_(
        "A mirrored 2 is no digit, and no phone makes one. Flips belong to things that look as good in a "
        "mirror. And the phone's own changes, tilt, place and brightness, are missing."
    )
)
def _flipped() -> v2.Transform:
    return v2.RandomHorizontalFlip()


@augmentation.mistake(
    N_(
        "Tilted and moved digits are read, dark ones are not: add `v2.ColorJitter(brightness=(0.3, 1.0))`. "
        "In a `v2.Compose` there is room for both."
    )
)
def _geometry_alone() -> v2.Transform:
    return v2.RandomAffine(30, translate=(0.15, 0.15))


@augmentation.mistake(
    N_(
        "Dark digits are read, tilted and moved ones are not: add `v2.RandomAffine(30, translate=(0.15, "
        "0.15))`. In a `v2.Compose` there is room for both."
    )
)
def _brightness_alone() -> v2.Transform:
    return v2.ColorJitter(brightness=(0.3, 1.0))
