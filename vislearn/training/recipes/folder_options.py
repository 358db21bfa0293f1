"""What may be chosen where a folder of pictures becomes a classifier: the network, and all beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch

from vislearn.errors import InputError, require_one_of
from vislearn.models import card, preparation
from vislearn.models.classifier import Mode, require_backbone
from vislearn.transforms import eval_transform, train_transform

__all__ = ["Balance", "Choice", "FolderOptions"]

Balance = Literal["weights", "sampler", "adjust"]
_EPOCHS = {"frozen": 30, "finetune": 5, "scratch": 20}
# The least share of a picture that a crop covers: few epochs want most of it.
_LEAST_CROP = {"frozen": 0.35, "finetune": 0.6, "scratch": 0.35}


@dataclass(frozen=True)
class Choice:
    """A network and what of it learns."""

    backbone: str
    mode: Mode = "frozen"

    @classmethod
    def parse(cls, text: str, default: Mode = "frozen") -> "Choice":
        """``"NAME"`` or ``"NAME:MODE"``.

        Args:
            text: such as ``"mobilenet_v2"`` or ``"photo:scratch"``.
            default: the mode of a bare name.

        Raises:
            InputError: no such network, or no such mode.

        >>> Choice.parse("photo:scratch")
        Choice(backbone='photo', mode='scratch')
        """
        backbone, _colon, mode = text.partition(":")
        require_backbone(backbone)
        require_one_of("mode", mode or default, get_args(Mode))
        return cls(backbone, mode or default)  # type: ignore[arg-type]

    def __str__(self) -> str:
        return f"{self.backbone}:{self.mode}"


@dataclass(frozen=True)
class FolderOptions:
    """What may be chosen beside the network.

    Attributes:
        batch_size: pictures per step.
        epochs: passes over the pictures; None: 30 frozen, 5 fine-tuned (after 10 of the head alone), 20
            from scratch.
        lr: highest learning rate of the head (from scratch: of everything).
        augment: crop and mirror the training pictures by chance; None: not if the backbone is frozen, so
            that its features need computing only once.
        num_classes: how many class folders there must be; None: as many as there are.
        seed: of the head, the order, the augmentation, and the parts drawn by ``split``.
        workers: processes that read pictures.
        look: read every picture before anything is computed, so that all damaged ones are named at once.
        audit: tell of traps in the data: rare classes, pictures that stand in two parts, and what
            :func:`vislearn.training.fit` sees in the loaders.
        image_size: side of the square that the network sees, pixels; None: what it was trained on.
        patience: end after so many epochs without a smaller loss on ``val``, and keep the best epoch's
            weights; None: train all epochs, and keep the last ones.
        balance: for classes of unequal size: ``"weights"``: rare classes' losses count more; ``"sampler"``:
            their pictures come more often; ``"adjust"``: after training, common classes lose what they owe
            to their number, see :mod:`vislearn.imbalance`; None: nothing.
        split: draw this share of the pictures, class by class, to judge by, where no ``val`` is; None: there
            must be one.
        amp: compute in 16 bits where they suffice while training, in bf16, or fp16 on GPUs before 2020.
        compile: let torch make kernels for the network while training.
        scale: the value that is white where pictures have more than 8 bits, as for
            :func:`vislearn.io.read_image`; the saved classifier remembers it.

    Raises:
        InputError: an unknown ``balance``, or ``image_size`` below 1.
    """

    batch_size: int = 32
    epochs: int | None = None
    lr: float = 1e-3
    augment: bool | None = None
    num_classes: int | None = None
    seed: int = 0
    workers: int = 0
    look: bool = True
    audit: bool = True
    image_size: int | None = None
    patience: int | None = None
    balance: Balance | None = None
    split: float | None = None
    amp: bool = False
    compile: bool = False
    scale: float | None = None

    def __post_init__(self) -> None:
        require_one_of("balance", self.balance, [None, *get_args(Balance)])
        if self.image_size is not None and self.image_size < 1:
            raise InputError("image_size", "must be at least 1 pixel", got=self.image_size, fix="Try 224.")

    def precision(self, device: torch.device) -> str | None:
        """What :func:`vislearn.training.fit` takes as ``amp`` on a device."""
        if not self.amp:
            return None
        old = device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False)
        return "fp16" if old else "bf16"

    def epochs_of(self, choice: Choice) -> int:
        """How many passes a choice gets at most."""
        return _EPOCHS[choice.mode] if self.epochs is None else self.epochs

    def augments(self, choice: Choice) -> bool:
        """Whether the training pictures of a choice change from pass to pass."""
        return choice.mode != "frozen" if self.augment is None else self.augment

    def judging(self, choice: Choice) -> Callable[..., Any]:
        """The transform to judge by: what belongs to the network's weights, or the same in ``image_size``."""
        if self.image_size is None:
            return preparation(choice.backbone)
        known = card(choice.backbone)
        return eval_transform(self.image_size, mean=known.mean, std=known.std)

    def learning(self, choice: Choice) -> Callable[..., Any]:
        """The transform to learn by: crops and mirroring by chance, or the one to judge by."""
        if not self.augments(choice):
            return self.judging(choice)
        known = card(choice.backbone)
        return train_transform(
            self.image_size or known.size,
            mean=known.mean,
            std=known.std,
            crop_scale=(_LEAST_CROP[choice.mode], 1.0),
        )
