"""Exercise of lesson 10, its project: a network for a device with hardly any memory."""

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn.datasets import digits
from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["small_network", "split_of_digits"]

_SIZE, _CLASSES, _EPOCHS, _BATCH = 20, 10, 12, 50
_PARAMETERS, _OPERATIONS, _ENOUGH = 3_000, 150_000, 0.93


@exercise(
    "choosing.small_network",
    trials=1,
    hints=[
        N_(
            "Operations are outputs times kernel: halve the picture early, by a convolution with `stride=2` "
            "or by pooling, and everything after it costs a quarter."
        ),
        N_(
            "A convolution of 3 × 3 from 16 to 32 channels takes 4,608 numbers, too many. Depthwise "
            "(`groups=16`, 144 numbers) and then 1 × 1 (512) take 656 together."
        ),
        N_(
            "Don't flatten a large map into a `nn.Linear`: average it first, by `nn.AdaptiveAvgPool2d(2)`. "
            "A `nn.BatchNorm2d` after each convolution costs little and learns faster."
        ),
    ],
)
def small_network() -> nn.Module:
    """Build a network for digits that fits into a device with hardly any memory.

    At most 3,000 parameters and at most 150,000 multiply-adds for one picture. The check counts both. Then it
    trains your network for 12 epochs, which takes some seconds, and asks it about digits that it hasn't
    seen: at least 93 % must be right.

    Returns:
        A network that takes (N, 1, 20, 20), float32, normalised, and gives logits (N, 10).
    """
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(12),
        nn.ReLU(),
        nn.Conv2d(12, 12, 3, padding=1, groups=12, bias=False),
        nn.Conv2d(12, 24, 1, bias=False),
        nn.BatchNorm2d(24),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(24, 24, 3, padding=1, groups=24, bias=False),
        nn.Conv2d(24, 32, 1, bias=False),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * 32, 10),
    )


@small_network.inputs
def _nothing(_generator: torch.Generator) -> tuple[()]:
    return ()


@cache
def split_of_digits(split: Literal["train", "val"]) -> tuple[Tensor, Tensor]:
    """Digits of the course, small and normalised: float32 (N, 1, 20, 20), and which they are, (N,).

    Args:
        split: ``"train"`` or ``"val"``.
    """
    small = v2.Compose(
        [v2.Grayscale(), v2.Resize(_SIZE), v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]
    )
    folder = ImageFolder(digits(split), small)
    pictures = torch.stack([image.as_subclass(Tensor) for image, _digit in folder])
    return (pictures - 0.3) / 0.36, torch.tensor(folder.targets)


def _taught(model: nn.Module) -> nn.Module:
    images, truth = split_of_digits("train")
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    steps = _EPOCHS * -(-len(images) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.02, total_steps=steps)
    model.train()
    for _epoch in range(_EPOCHS):
        for some in torch.randperm(len(images)).split(_BATCH):
            loss = nn.functional.cross_entropy(model(images[some]), truth[some])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return model.eval()


def _operations(model: nn.Module) -> int:
    """Multiply-adds for one picture: half of what torch counts as FLOPs."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.zeros(1, 1, _SIZE, _SIZE))
    return counter.get_total_flops() // 2


@small_network.judge
def _facts(function: Callable[..., Any]) -> dict[str, Any]:
    torch.manual_seed(0)
    model = function()
    if not isinstance(model, nn.Module):
        raise Unusable(_("a network, an nn.Module, expected; {got} returned.", got=describe(model)))
    with torch.no_grad():  # not inference_mode: what a lazy layer makes now is trained below
        logits = model.eval()(split_of_digits("val")[0][:2])
    if not isinstance(logits, Tensor) or logits.shape != (2, _CLASSES):
        raise Unusable(
            _("logits (2, 10) expected for two pictures, {got} came out of it.", got=describe(logits))
        )
    parameters, operations = sum(one.numel() for one in model.parameters()), _operations(model)
    fits = parameters <= _PARAMETERS and operations <= _OPERATIONS
    images, truth = split_of_digits("val")
    signed = bool((logits < 0).any())
    frozen = [one for one in model.parameters() if not one.requires_grad]
    learns, registered = len(frozen) < len(list(model.parameters())), not _strangers(model)
    with torch.no_grad():  # what is far too large isn't trained: that could take minutes
        right = (
            fits
            and learns
            and registered
            and signed
            and (_after(model)(images).argmax(1) == truth).float().mean().item() >= _ENOUGH
        )
    return {
        N_("At most 3,000 parameters"): parameters <= _PARAMETERS,
        N_("At most 150,000 multiply-adds"): operations <= _OPERATIONS,
        N_("At least 93 % right after the training (done only if it fits)"): bool(right),
        N_("It has parameters that learn: layers in a plain list aren't found, nn.ModuleList's are"): learns,
        N_("Every number that learns is counted: no layer in a plain list or made in forward"): registered,
        N_("No layer is frozen, unless 93 % are right even so"): bool(right) or not frozen,
        N_("What comes out are logits: no softmax, sigmoid or ReLU behind the last layer"): signed,
    }


def _strangers(model: nn.Module) -> list[Tensor]:
    """What the network calculates with and would learn, and what is none of its parameters."""
    with torch.enable_grad():
        answer = model(split_of_digits("val")[0][:2])
    known = {id(one) for one in model.parameters()}
    return [leaf for leaf in _leaves(answer) if id(leaf) not in known]


def _leaves(answer: Tensor) -> list[Tensor]:
    """What a gradient would flow back to."""
    open_steps: list[Any] = [answer.grad_fn]
    met, leaves = {None}, []
    while open_steps:
        step = open_steps.pop()
        if step in met:
            continue
        met.add(step)
        open_steps += [earlier for earlier, _place in step.next_functions]
        if hasattr(step, "variable"):
            leaves.append(step.variable)
    return leaves


def _after(model: nn.Module) -> nn.Module:
    with torch.enable_grad():
        return _taught(model)


@small_network.mistake(
    N_(
        "Few multiply-adds, too many parameters. Most sit where maps are flattened into a `nn.Linear`, or in "
        "3 × 3 convolutions of many channels: average first, and take depthwise and 1 × 1."
    )
)
def _too_many_numbers() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(400, 100), nn.ReLU(), nn.Linear(100, 10))


@small_network.mistake(
    N_(
        "Few parameters, too many multiply-adds: each number of a kernel is used at every place of its "
        "output. Make the picture smaller earlier, by `stride=2` or pooling."
    )
)
def _too_much_work() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(12, 12, 3, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(48, 10),
    )


@small_network.mistake(
    N_(
        "It keeps both limits, but learns too little. There is room left: more channels, a `nn.BatchNorm2d` "
        "after each convolution, a ReLU between them."
    )
)
def _too_little() -> nn.Module:
    return nn.Sequential(nn.AvgPool2d(10), nn.Flatten(), nn.Linear(4, 10))


@small_network.mistake(
    N_(
        "Too many parameters, and too many multiply-adds. Depthwise and 1 × 1 convolutions save both; "
        "`stride=2` at the beginning saves the second."
    )
)
def _too_large() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, 10),
    )
