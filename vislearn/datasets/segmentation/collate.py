"""Pictures of several sizes in one batch."""

from collections.abc import Sequence

import torch

from vislearn.datasets.segmentation.class_list import IGNORE

__all__ = ["segmentation_collate"]


def segmentation_collate(
    batch: Sequence[tuple[torch.Tensor, torch.Tensor]],
) -> tuple[torch.Tensor, torch.Tensor]:
    """A batch for a segmenter, as ``collate_fn`` of a DataLoader: (N, C, H, W) and (N, H, W).

    Smaller pictures are padded at the right and below to the largest: with 0, which is the mean colour once
    pictures are normalised, and their masks with 255, which nobody learns from.

    Args:
        batch: samples (image (C, h, w), mask (h, w)).

    Source: torchvision's segmentation references.

    >>> sizes = [(1, 2), (2, 2)]
    >>> samples = [(torch.ones(3, *size), torch.ones(size, dtype=torch.int64)) for size in sizes]
    >>> segmentation_collate(samples)[1].tolist()
    [[[1, 1], [255, 255]], [[1, 1], [1, 1]]]
    """
    images, masks = zip(*batch, strict=True)
    return _stacked(images, 0), _stacked(masks, IGNORE)


def _stacked(pixels: Sequence[torch.Tensor], beyond: int) -> torch.Tensor:
    plain = [one.as_subclass(torch.Tensor) for one in pixels]
    if len({one.shape for one in plain}) == 1:
        return torch.stack(plain)
    height, width = (max(one.shape[axis] for one in plain) for axis in (-2, -1))
    result = plain[0].new_full((len(plain), *plain[0].shape[:-2], height, width), beyond)
    for place, one in zip(result, plain, strict=True):
        place[..., : one.shape[-2], : one.shape[-1]] = one
    return result
