"""How each bundled network is trained: data, sizes, schedule. The numbers were found by trying."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vislearn.datasets import scene_crops
from vislearn.errors import InputError
from vislearn.training.in_memory.pictures import Pictures, Variation, read_tree

__all__ = ["PLANS", "Plan"]

Splits = tuple[Pictures, Pictures]  # to learn from, to measure with


@dataclass(frozen=True)
class Plan:
    """Everything that decides what comes out, apart from the seed."""

    name: str
    data: str
    load: Callable[["Plan", Path | None], Splits]
    side: int  # pixels
    epochs: int
    batch_size: int
    max_lr: float
    weight_decay: float
    shift: int  # pixels
    optimizer: str = "sgd"  # or "adamw"
    start_at_nothing: bool = False  # each residual block adds nothing at first
    mirror: bool = False
    mixed_share: float = 0.0  # of the pictures
    width: int = 32
    label_smoothing: float = 0.1
    warm_up: float = 0.2  # share of the steps during which the rate rises
    branches: int = 0  # go on from there, each for itself, at a constant rate; their weights are averaged
    averaged_epochs: int = 0  # of each branch
    averaged_lr: float = 0.0
    averaged_over: float = 5.0  # epochs, after which a step's weights count a third

    def averaged(self, epochs: int) -> int:
        """How many epochs each branch has after a cycle of so many epochs."""
        return round(self.averaged_epochs * epochs / self.epochs)

    @property
    def variation(self) -> Variation:
        """How pictures differ from one epoch to the next."""
        return Variation(self.shift, self.mirror, self.mixed_share)

    def words(self, epochs: int) -> str:
        """The recipe of such a training in a sentence, for the card."""
        steps = {"sgd": "SGD with Nesterov momentum 0.9", "adamw": "AdamW"}[self.optimizer]
        return (
            f"SmallResNet of width {self.width}, {epochs} epochs; {steps}, one cycle of the learning "
            f"rate up to {self.max_lr:g} ({self.warm_up:.0%} rising), batches of "
            f"{self.batch_size}, weight decay {self.weight_decay:g} except on scales, shifts and biases, "
            f"label smoothing {self.label_smoothing:g}; random shifts of up to {self.shift} pixels"
            f"{', mirrored every other epoch' if self.mirror else ''}"
            f"{f', CutMix on {self.mixed_share:.0%} of the pictures' if self.mixed_share else ''}"
            f"{', residual blocks that add nothing at first' if self.start_at_nothing else ''}"
            f"{self._averaged_words(averaged) if (averaged := self.averaged(epochs)) else ''}"
            "; stored in float16"
        )

    def _averaged_words(self, epochs: int) -> str:
        return (
            f"; then {self.branches} branches of {epochs} epochs each at the constant rate "
            f"{self.averaged_lr:g}; kept is the mean of their weights' running averages over about "
            f"{self.averaged_over:g} epochs, with BatchNorm measured for it"
        )


def _load_photo(plan: Plan, images: Path | None) -> Splits:
    if images is not None:
        return read_tree(images / "train", plan.side), read_tree(images / "test", plan.side)
    from vislearn.datasets.downloads import cifar10

    return Pictures.of(*cifar10("train")), Pictures.of(*cifar10("test"))


_SCENE_DIGITS = range(5)  # 5 to 9 stay unseen: detecting those is then a fair task
_SCENE_COUNTS = {"train": 6000, "val": 2000}


def _load_scene(plan: Plan, images: Path | None) -> Splits:
    if images is not None:
        raise InputError("--images", "goes with 'photo' only", got=images, fix="'scene' draws its own.")
    names = [str(digit) for digit in _SCENE_DIGITS]
    train, val = (
        Pictures.of(*scene_crops(split, count, side=plan.side, digits=_SCENE_DIGITS), names)
        for split, count in _SCENE_COUNTS.items()
    )
    return train, val


PLANS = {
    "photo": Plan(
        "photo",
        data="CIFAR-10: 50 000 pictures to learn from, 10 000 to measure with",
        load=_load_photo,
        side=32,
        epochs=170,
        batch_size=256,
        max_lr=0.3,
        weight_decay=5e-4,
        start_at_nothing=True,
        shift=4,
        mirror=True,
        mixed_share=0.5,
        branches=2,
        averaged_epochs=20,
        averaged_lr=0.024,
    ),
    "scene": Plan(
        "scene",
        data="windows around the digits 0 to 4 on photographs, drawn as the bundled scenes are: 6000 to "
        "learn from, 2000 of other drawings on other regions to measure with; no digit 5 to 9 was seen",
        load=_load_scene,
        side=48,
        epochs=8,
        batch_size=32,
        optimizer="adamw",  # SGD takes twice as long to find out that there are digits
        max_lr=2e-3,
        weight_decay=0.05,
        shift=4,
    ),
}
