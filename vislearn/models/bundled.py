"""The two networks that this project trained itself: where their files lie, and reading them strictly."""

import hashlib
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors
from torch import nn

from vislearn import checkout
from vislearn.datasets import data_root
from vislearn.errors import FileError, MissingError, Words, first_line
from vislearn.files import replaced_whole
from vislearn.language import N_
from vislearn.models.cards import Card, read_card, write_card
from vislearn.models.resnet import SmallResNet

__all__ = ["BUNDLED", "bundled_card", "find_bundled", "load_bundled", "store_bundled", "untrained"]

BUNDLED = {
    "photo": "ten kinds of things on photographs (CIFAR-10)",
    "scene": "the digits 0 to 4 on photographs",
}
_WIDTH = 32
_CLASSES = {"photo": 10, "scene": 5}


def untrained(name: str, num_classes: int | None = None) -> SmallResNet:
    """The bundled network ``name`` with random weights.

    Args:
        name: ``"photo"`` or ``"scene"``.
        num_classes: by default those it was trained on.
    """
    return SmallResNet(num_classes or _CLASSES[name], width=_WIDTH)


def find_bundled(name: str) -> Path | None:
    """The file with the weights ``name``, or None.

    Looked for where a learner's own rebuild lands (the data folder), then in the checkout, then where
    the installed package put it.

    Args:
        name: ``"photo"`` or ``"scene"``.
    """
    for folder in (data_root() / "weights", checkout.ROOT / "data" / "weights"):
        if (path := folder / f"{name}.safetensors").is_file():
            return path
    return checkout.shared_file(f"weights/{name}.safetensors")


def bundled_card(name: str) -> Card:
    """What is known about the bundled weights ``name``.

    Args:
        name: ``"photo"`` or ``"scene"``.

    Raises:
        MissingError: the weights are not on this machine.
        FileError: the card is missing or damaged.
    """
    return read_card(_require(name).with_suffix(".json"))


def load_bundled(name: str) -> SmallResNet:
    """The bundled network ``name`` with its weights, in eval mode, on the CPU, in float32.

    The file must have the SHA-256 that its card names. That finds every damage and every mix-up of files;
    against someone who changes both on purpose it is no protection, but the format can hold numbers only,
    so nothing in it is ever executed.

    Args:
        name: ``"photo"`` or ``"scene"``.

    Raises:
        MissingError: the weights are not on this machine.
        FileError: weights or card are damaged, or don't belong together.
    """
    path = _require(name)
    card = read_card(path.with_suffix(".json"))
    data = path.read_bytes()
    fix = Words(
        N_("Get it again (git checkout, or install anew), or run: vislearn weights rebuild {name}"), name=name
    )
    if hashlib.sha256(data).hexdigest() != card.sha256:
        problem = Words(
            N_("is damaged, or not the file that {name}.json describes (its SHA-256 differs)"), name=name
        )
        raise FileError(path, problem, fix=fix)
    model = SmallResNet(len(card.classes), width=card.width or _WIDTH)
    try:
        state = load_safetensors(data)
        model.load_state_dict({key: value.to(_kind(value)) for key, value in state.items()})
    except (SafetensorError, RuntimeError) as trouble:
        raise FileError(
            path,
            Words(N_("doesn't fit its card ({reason})"), reason=first_line(trouble).rstrip(":.")),
            fix=fix,
        ) from None
    return model.eval()


def store_bundled(model: nn.Module, card: Card, folder: Path) -> Card:
    """Write weights in half precision and their card, each whole or not at all.

    Killed between the two, the old card no longer fits the new weights, and reading says so.

    Args:
        model: whose weights; left as it is.
        card: everything else; ``bytes`` and ``sha256`` are filled in.
        folder: where both files go.

    Returns:
        The card as written.

    Raises:
        FileError: the folder can't be written to, or the disk is full.
    """
    state = {key: _stored(value) for key, value in model.state_dict().items()}
    data = save_safetensors(state, metadata={"format": "pt"})  # a second entry would come in random order
    card = replace(card, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    with replaced_whole(folder / f"{card.name}.safetensors") as draft:
        draft.write_bytes(data)
    with replaced_whole(folder / f"{card.name}.json") as draft:
        write_card(draft, card)
    return card


def _require(name: str) -> Path:
    if path := find_bundled(name):
        return path
    raise MissingError(
        f"The weights {name!r} ({BUNDLED[name]}) are not on this computer.",
        fix=f"Get data/weights/{name}.safetensors and {name}.json from the course, "
        f"or train them: vislearn weights rebuild {name}",
    )


def _stored(value: torch.Tensor) -> torch.Tensor:
    value = value.detach().cpu().contiguous()
    return value.half() if value.is_floating_point() else value


def _kind(value: torch.Tensor) -> torch.dtype:
    return torch.float32 if value.is_floating_point() else value.dtype
