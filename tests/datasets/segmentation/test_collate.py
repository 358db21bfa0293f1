"""Pictures of one size are stacked; smaller ones are padded where nobody learns."""

import torch
from torchvision import tv_tensors

from vislearn.datasets import segmentation_collate


def test_one_size_is_stacked_to_plain_tensors():
    sample = tv_tensors.Image(torch.rand(3, 4, 5)), tv_tensors.Mask(torch.ones(4, 5, dtype=torch.int64))
    images, masks = segmentation_collate([sample, sample])
    assert type(images) is type(masks) is torch.Tensor
    assert torch.equal(images[1], sample[0].as_subclass(torch.Tensor))
    assert masks.shape == (2, 4, 5)


def test_smaller_ones_are_padded_at_the_right_and_below():
    samples = [(torch.ones(3, *size), torch.ones(size, dtype=torch.uint8)) for size in ((2, 4), (3, 2))]
    images, masks = segmentation_collate(samples)
    assert images.shape == (2, 3, 3, 4)
    assert images.sum((1, 2, 3)).tolist() == [24, 18]
    assert masks[1].tolist() == [[1, 1, 255, 255]] * 3
    assert masks[0, 2].tolist() == [255] * 4
