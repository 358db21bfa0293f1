"""Why a network can't take a batch, found after it refused one: what works is never called wrong."""

import pickle
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import DataLoader

from vislearn.errors import InputError, VislearnError, first_line
from vislearn.models import segmenter_classes
from vislearn.training.batches import tensors

__all__ = ["lonely_picture_refused", "misfits_explained"]

_SCALED = "v2.ToDtype(torch.float32, scale=True)"
_OF_SHAPES = ("channel", "size", "shape", "dimension")  # at least one is in what torch says about them
_MAPS = {
    "low": "LR-ASPP looks at a fine one too",
    "high": "LR-ASPP calls its coarse one so",
    "out": "the head looks at it",
    "aux": "the second head looks at it",
}
_LONELY = "Expected more than 1 value per channel when training"  # torch's words, in BatchNorm


@contextmanager
def misfits_explained(model: nn.Module, latest: Callable[[], Any]) -> Iterator[None]:
    """Turn what a loader or a network breaks off with into a sentence, where its meaning is known.

    Args:
        model: the network.
        latest: the batch it was given last; pictures come first in it, (N, C, H, W) or a list of (C, H, W).

    Raises:
        InputError: the batch can't be what this network takes.
    """
    try:
        yield
    except VislearnError:
        raise
    except (RuntimeError, ValueError, TypeError, AttributeError, KeyError, pickle.PicklingError) as trouble:
        why = _misfit(trouble, model, latest())
        if why is None:
            raise
        raise why from trouble


def _misfit(trouble: Exception, model: nn.Module, batch: Any) -> InputError | None:
    said = str(trouble).lower()
    if isinstance(trouble, KeyError):
        return _missing_map(trouble, model)
    if _LONELY in str(trouble):
        return _lonely(str(trouble))
    if isinstance(trouble, pickle.PicklingError) or "pickle" in said or "local object" in said:
        return InputError(
            "a loader with workers",
            "must have a data set that can be sent to them by pickle",
            got=first_line(trouble, named=True),
            fix="Instead of a lambda, or a function inside another, use one written with def at the top of a "
            "module, or one of torchvision's transforms; or pass num_workers=0.",
        )
    images = next(tensors(batch), None)
    if images is None:
        return None
    # only what torch itself complained of: a network may well take bytes, and break off over something else
    if "type" in said and (why := _wrong_type(images, model)):
        return why
    return _wrong_shape(images, model) if any(word in said for word in _OF_SHAPES) else None


def _missing_map(trouble: KeyError, model: nn.Module) -> InputError | None:
    """What a segmenter of torchvision says as ``KeyError: 'low'``, whose backbone has no such map."""
    name = trouble.args[0] if trouble.args else None
    if segmenter_classes(model) is None or name not in _MAPS:
        return None
    return InputError(
        "the segmenter's backbone",
        f"must return a map named {name!r}: {_MAPS[name]}",
        got="none of that name",
        fix="vislearn.models.segmenter builds it with the maps it needs.",
    )


def _lonely(got: str) -> InputError:
    return InputError(
        "a batch",
        "must hold more than one picture where BatchNorm computes a mean over its pictures",
        got=first_line(got),
        fix="The last batch of an epoch is what is left over: give the DataLoader drop_last=True, and a "
        "batch_size above 1.",
    )


def _wrong_type(images: torch.Tensor, model: nn.Module) -> InputError | None:
    weight = next((one for one in model.parameters() if one.is_floating_point()), None)
    if weight is None or images.dtype == weight.dtype:
        return None
    want, got = (str(one.dtype).removeprefix("torch.") for one in (weight, images))
    fix = (
        f"{_SCALED} makes floats in 0..1 of it."
        if not images.is_floating_point()
        else f"Add .to(torch.{want})."
    )
    return InputError("pictures", f"must be {want}, like the network's weights", got=got, fix=fix)


def _wrong_shape(images: torch.Tensor, model: nn.Module) -> InputError | None:
    first = next((layer for layer in model.modules() if isinstance(layer, nn.Conv2d)), None)
    if first is None or images.ndim not in (3, 4) or images.shape[-3] == first.in_channels:
        return None
    channels, shape = first.in_channels, tuple(images.shape)
    if images.shape[-1] == channels:
        fix = (
            f"The channels come last here: images.permute({'0, 3, 1, 2' if images.ndim == 4 else '2, 0, 1'})."
        )
    elif images.shape[-3] == 1 and channels == 3:
        fix = "v2.RGB() makes three equal channels of a grey one."
    elif images.shape[-3] == 4 and channels == 3:
        fix = "v2.RGB() leaves transparency out."
    else:
        fix = f"Or give the network a first layer for {images.shape[-3]} channels."
    return InputError("pictures", f"must be (N, {channels}, H, W) for this network", got=shape, fix=fix)


@contextmanager
def lonely_picture_refused(model: nn.Module, loader: Any) -> Iterator[None]:
    """Say before the first step what would end the epoch at its last: one picture, and nothing to average.

    A BatchNorm over feature maps can do with one picture, one behind the pooling can't; which it is shows
    when the first batch passes through.

    Args:
        model: about to learn.
        loader: its batches; watched only where the last will be a single picture.

    Raises:
        InputError: a BatchNorm sees one value per picture and channel.
    """
    handles = []

    def look(layer: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        values = inputs[0]
        if layer.training and len(values) and values[0].numel() == layer.num_features:
            raise _lonely("a loader whose last batch has one")

    if _leaves_one(loader):
        norms = [layer for layer in model.modules() if isinstance(layer, _BatchNorm)]
        handles = [layer.register_forward_pre_hook(look) for layer in norms]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _leaves_one(loader: Any) -> bool:
    if not isinstance(loader, DataLoader) or not loader.batch_size or loader.drop_last:
        return False
    pictures = len(loader.sampler) if isinstance(loader.sampler, Sized) else 0
    return pictures > 0 and pictures % loader.batch_size == 1 % loader.batch_size
