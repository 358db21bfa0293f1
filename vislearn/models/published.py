"""Networks that others trained and torchvision publishes. The one module of models that may download."""

import hashlib
import os
import pickle
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import torchvision
from torch import nn
from torchvision.models import WeightsEnum, get_model, get_model_weights, list_models

from vislearn.errors import FileError, MissingError, Words, require_one_of
from vislearn.language import N_
from vislearn.language import translate as _

__all__ = ["at_hand", "cached_file", "published", "published_at_hand", "recommended"]

_FIX = N_("Delete it; it is downloaded again with VISLEARN_ASSETS=full while you are connected.")


def published(name: str, weights: WeightsEnum | None = None) -> nn.Module:
    """A torchvision model with published weights, in eval mode, on the CPU.

    The weights come from torch's hub cache (``TORCH_HOME``). They are downloaded only if
    ``VISLEARN_ASSETS=full`` allows it; torchvision then checks the file against its hash. A file that lies
    in the cache already is checked here, at every use: torchvision wouldn't. Nothing in it is executed.

    Args:
        name: as torchvision lists it, such as ``"squeezenet1_1"``.
        weights: one of the model's weights; by default the :func:`recommended` ones.

    Raises:
        InputError: torchvision has no such model.
        MissingError: the weights are not on this machine, and downloading isn't allowed.
        FileError: the file in the cache is damaged, holds other things than weights, or another network's.
    """
    require_one_of("name", name, list_models())
    weights = weights or recommended(name)
    path, found = cached_file(weights), at_hand(weights)
    if found:
        _require_intact(path)
    elif os.environ.get("VISLEARN_ASSETS") != "full":
        size = weights.meta["_file_size"]
        fix = _("Set VISLEARN_ASSETS=full while connected, and try again: they are downloaded once.")
        raise MissingError(
            _("The weights {weights} ({size:.0f} MB) are not on this computer.", weights=weights, size=size),
            fix=fix,
        )
    try:
        with _numbers_only():
            return get_model(name, weights=weights, progress=False).eval()
    except pickle.UnpicklingError:
        raise FileError(path, N_("holds more than numbers, which is not loaded"), fix=_FIX) from None
    except RuntimeError as trouble:
        if not found:  # a download that went wrong has its own words
            raise
        problem = Words(
            N_("doesn't hold the weights of {name} ({reason})"),
            name=name,
            reason=str(trouble).splitlines()[0].rstrip(":"),
        )
        raise FileError(path, problem, fix=_FIX) from None


def recommended(name: str) -> WeightsEnum:
    """The weights that torchvision recommends, or others of this network if only those are on this machine.

    Args:
        name: as torchvision lists it.

    Raises:
        InputError: torchvision has no such model.
    """
    require_one_of("name", name, list_models())
    best = get_model_weights(name)["DEFAULT"]
    if at_hand(best) or os.environ.get("VISLEARN_ASSETS") == "full":
        return best
    return next((other for other in get_model_weights(name) if at_hand(other)), best)


def at_hand(weights: WeightsEnum) -> bool:
    """Are these weights in torch's hub cache?"""
    return cached_file(weights).exists()


def published_at_hand() -> list[tuple[str, WeightsEnum]]:
    """Every classification network of torchvision whose weights are in torch's hub cache, with these."""
    names = list_models(module=torchvision.models)
    return [(name, weights) for name in names for weights in get_model_weights(name) if at_hand(weights)]


def cached_file(weights: WeightsEnum) -> Path:
    """Where these weights lie in torch's hub cache, or would lie."""
    return Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rsplit("/", 1)[1]


def _require_intact(path: Path) -> None:
    """Refuse a file that was cut off or changed by accident.

    A published file's name holds the beginning of its SHA-256. A file that doesn't match it is no download,
    or a damaged one. It may still be a copy that somebody saved anew on purpose, say rounded to take less
    room: then it is one of torch's zip archives, whose every part has a checksum of its own.
    """
    expected = re.search(r"-([0-9a-f]{8,})\.[a-z]+$", path.name)
    if expected and _sha256(path).startswith(expected.group(1)):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError):
        # Names without a hash and the format before 2020 have nothing to check by; loading must decide.
        damaged = path.name if expected else None
    if damaged:
        raise FileError(path, N_("is damaged (its checksum differs)"), fix=_FIX)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _numbers_only() -> Iterator[None]:
    """Make every ``torch.load`` inside refuse anything but tensors and plain containers.

    torchvision's builders ask for the weights without ``weights_only=True``, and a pickle that is loaded so
    can run any code. This variable is torch's own way to insist.
    """
    names = ("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ[names[0]] = "1"
    try:
        yield
    finally:
        del os.environ[names[0]]
        os.environ.update({name: value for name, value in before.items() if value is not None})
