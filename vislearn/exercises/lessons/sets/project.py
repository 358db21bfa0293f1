"""Exercise of lesson 14, its project: a network for printed digits, judged by fonts it has not seen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook
from torch.utils.data import DataLoader, Subset
from torchvision import datasets
from torchvision.transforms import v2

from vislearn.datasets import bengali_digits
from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.exercises.trained import classifier_facts, good_model
from vislearn.language import translate as _
from vislearn.models import SmallConvNet

__all__ = ["train_on_fonts"]

# The reference's training, from other seeds and with other fonts held out: .84 to .92. Guessing reaches 1/10.
_ENOUGH, _MORE_THAN_GUESSED = 0.7, 0.2
_NEAR = 0.015

Answer = tuple[nn.Module, list[str], float]


@exercise(
    "sets.train_on_fonts",
    trials=1,
    hints=[
        N_(
            "First the split: `ImageFolder(folder, prepare)` keeps (path, label) of each picture in "
            "`samples`, and the file's name begins with its font: `Path(path).name.rsplit('-', 1)[0]`."
        ),
        N_(
            "Choose one or two fonts. `Subset(dataset, places)` makes a data set of the places whose font "
            "is not among them, and another one of the rest. Train on the first, measure on the second."
        ),
        N_(
            "The training is lesson 0's, with `DataLoader(train_set, batch_size=64, shuffle=True)`, four "
            "epochs, `AdamW` and `OneCycleLR`. End with `return model.eval(), held_out, right / "
            "len(val_set)`."
        ),
    ],
)
def train_on_fonts(folder: Path, prepare: v2.Compose) -> tuple[nn.Module, list[str], float]:
    """Train a network on printed digits, and judge it by fonts that it has not seen.

    Args:
        folder: holds the folders 0 ... 9; in them files whose names begin with their font, `mina-07.png`.
        prepare: turns a picture into a tensor, float32 (1, 32, 32), around 0.

    Returns:
        The model in eval mode, (N, 1, 32, 32) -> 10 scores; the names of the fonts that you held out, at
        least one and at most three; and the share of their pictures that the model reads right.
    """
    dataset = datasets.ImageFolder(folder, prepare)
    fonts = [Path(path).name.rsplit("-", 1)[0] for path, _label in dataset.samples]
    held_out = sorted(set(fonts))[:1]
    train_set = Subset(dataset, [place for place, font in enumerate(fonts) if font not in held_out])
    val_set = Subset(dataset, [place for place, font in enumerate(fonts) if font in held_out])

    def stage(inputs: int, outputs: int) -> list[nn.Module]:
        convolution = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)
        return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]

    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    model = nn.Sequential(*stage(1, 16), *stage(16, 32), *stage(32, 64), *head)
    loader = DataLoader(train_set, batch_size=64, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=4 * len(loader))
    for _epoch in range(4):
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    model.eval()
    with torch.inference_mode():
        parts = [model(images).argmax(dim=1) == labels for images, labels in DataLoader(val_set, 100)]
    return model, held_out, torch.cat(parts).float().mean().item()


@train_on_fonts.inputs
def _materials(_generator: torch.Generator) -> tuple[Path, v2.Compose]:
    return bengali_digits("train"), _PREPARE


_PREPARE = v2.Compose(
    [v2.Grayscale(), v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.7], [0.2])]
)


@cache
def _pictures(split: Any) -> tuple[Tensor, Tensor, list[str]]:
    """All of one part: float32 (N, 1, 32, 32), their digits (N,), and their fonts."""
    dataset = datasets.ImageFolder(bengali_digits(split), _PREPARE)
    images, labels = zip(*dataset, strict=True)
    return torch.stack(images), torch.tensor(labels), [_font(path) for path, _label in dataset.samples]


def _font(path: str) -> str:
    return Path(path).name.rsplit("-", 1)[0]


@train_on_fonts.judge
def _facts(function: Callable[..., Any], folder: Path, prepare: v2.Compose) -> dict[str, Any]:
    with _learned_from() as learned:
        model, held_out, accuracy = _three(function(folder, prepare))
    images, labels, _fonts = _pictures("val")
    facts, right = classifier_facts(model, images, labels, more_than_guessed=_MORE_THAN_GUESSED)
    images, labels, fonts = _pictures("train")
    for name in sorted(held_out - set(fonts)):
        raise Unusable(
            _(
                "{name} is no font of this folder; it has {fonts}.",
                name=name,
                fonts=", ".join(sorted(set(fonts))),
            )
        )
    chosen = torch.tensor([font in held_out for font in fonts])
    with torch.inference_mode():
        found = model(images[chosen]).argmax(dim=1) == labels[chosen]
    return facts | {
        N_("One to three of the folder's fonts are held out"): 1 <= len(held_out) <= 3,
        N_("No picture of a font held out was learned from"): not held_out & learned,
        N_("The share is what the model reaches on the fonts held out"): (
            bool(len(found)) and abs(found.float().mean().item() - accuracy) <= _NEAR
        ),
        N_("At least 70 % of 600 pictures in three other fonts are right"): right >= _ENOUGH,
    }


@contextmanager
def _learned_from() -> Iterator[set[str]]:
    """The fonts of the pictures that a gradient flows back from, while this is open, whatever network it is.

    Pictures are known by their numbers: who changes them before they are learned from is not seen.
    """
    images, _labels, fonts = _pictures("train")
    known = {_bytes(image): font for image, font in zip(images, fonts, strict=True)}
    learned: set[str] = set()

    def look(_module: nn.Module, given: tuple[Any, ...], answer: Any) -> None:
        batch = given[0] if given else None
        if not isinstance(batch, Tensor) or batch.shape[1:] != images.shape[1:]:
            return
        if isinstance(answer, Tensor) and answer.requires_grad:
            met = {known[pixels] for pixels in map(_bytes, batch) if pixels in known}
            answer.register_hook(lambda _slope: learned.update(met))

    handle = register_module_forward_hook(look)
    try:
        yield learned
    finally:
        handle.remove()


def _bytes(picture: Tensor) -> bytes:
    return picture.detach().cpu().contiguous().numpy().tobytes()


def _three(answer: Any) -> tuple[Any, set[str], float]:
    """Model, names and share.

    Raises:
        Unusable: the answer is no such three.
    """
    if not (isinstance(answer, tuple | list) and len(answer) == 3):
        raise Unusable(
            _("a model, names of fonts and a share expected; {got} returned.", got=describe(answer))
        )
    model, names, share = answer
    if isinstance(names, str) or not all(isinstance(name, str) for name in _listed(names)):
        raise Unusable(_("a list of names expected, {got} returned.", got=describe(names)))
    number = as_tensor([share] if isinstance(share, float | int) else share)
    if number is None or number.numel() != 1 or not 0 <= float(number) <= 1:
        raise Unusable(_("a share from 0 to 1 expected, {got} returned.", got=describe(share)))
    return model, set(_listed(names)), float(number)


def _listed(names: Any) -> list[Any]:
    try:
        return list(names)
    except TypeError:
        raise Unusable(_("a list of names expected, {got} returned.", got=describe(names))) from None


@train_on_fonts.mistake(
    N_(
        "The model and the fonts are fine, but the share is another one: measured on the training "
        "pictures, perhaps? Count on the fonts held out alone, with `model.eval()` before."
    )
)
def _share_of_training(_folder: Path, _prepare: v2.Compose) -> Answer:
    model, held_out, _share = good_model(train_on_fonts)
    return model, held_out, 1.0


@train_on_fonts.mistake(
    N_("The model has learned, but no font was held out: nothing says how well it reads another one.")
)
def _nothing_held_out(_folder: Path, _prepare: v2.Compose) -> Answer:
    model, _held_out, share = good_model(train_on_fonts)
    return model, [], share


@train_on_fonts.mistake(
    N_("All is well but the mode: the model comes back in train mode. End with `model.eval()`.")
)
def _left_in_train_mode(_folder: Path, _prepare: v2.Compose) -> Answer:
    model, held_out, share = good_model(train_on_fonts)
    return model.train(), held_out, share


@train_on_fonts.mistake(
    N_(
        "The model is hardly better than somebody who guesses. Do the five lines run for every batch, in "
        "several epochs, does the loader shuffle, and do the scores stand in the order of the folder's "
        "classes?"
    )
)
def _untrained(folder: Path, _prepare: v2.Compose) -> Answer:
    torch.manual_seed(0)
    model = SmallConvNet(10, in_channels=1).eval()
    images, labels, fonts = _pictures("train")
    held_out = sorted(set(fonts))[:1]
    chosen = torch.tensor([font in held_out for font in fonts])
    with torch.inference_mode():
        share = (model(images[chosen]).argmax(dim=1) == labels[chosen]).float().mean().item()
    return model, held_out, share
