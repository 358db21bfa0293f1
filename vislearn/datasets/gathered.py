"""Samples that lie in one batch already, so that a DataLoader need not copy them together."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils.data import default_collate
from torch.utils.data._utils.collate import default_collate_fn_map  # as default_collate's manual tells to

__all__ = ["Gathered", "gathered"]


class Gathered(tuple):
    """``(image, label)`` like any other sample; its image is a part of ``batch``.

    Attributes:
        batch: images (B, 3, H, W).
        place: of this image within.
    """

    batch: torch.Tensor
    place: int


def gathered(batch: torch.Tensor, labels: Sequence[int]) -> list[tuple[torch.Tensor, int]]:
    """Samples of a batch: a loader's ``default_collate`` gives the batch itself, whole and in order.

    Args:
        batch: (B, 3, H, W), which nobody else will change.
        labels: B of them.
    """
    samples: list[tuple[torch.Tensor, int]] = []
    for place, (image, label) in enumerate(zip(batch.unbind(), labels, strict=True)):
        sample = Gathered((image, label))
        sample.batch, sample.place = batch, place
        samples.append(sample)
    return samples


def _collated(samples: list[Gathered], *, collate_fn_map: Any = None) -> list[Any]:
    batch = samples[0].batch
    whole = [(one.batch is batch, one.place) for one in samples] == [(True, at) for at in range(len(batch))]
    if not whole:  # somebody took some out, or put them in another order
        return default_collate([tuple(one) for one in samples])
    return [batch, torch.tensor([label for _image, label in samples])]


default_collate_fn_map[Gathered] = _collated
