"""Classes as colours, alone and over their picture."""

import torch

from vislearn.steps.segmenter_pictures import coloured, overlaid

MASK = torch.tensor([[0, 1], [2, 1]])
COLORS = [(7, 7, 7), (255, 0, 0), (0, 0, 200)]


def test_each_class_has_its_colour():
    assert coloured(MASK, COLORS).permute(1, 2, 0).tolist() == [
        [[7, 7, 7], [255, 0, 0]],
        [[0, 0, 200], [255, 0, 0]],
    ]
    assert coloured(MASK)[:, 0, 1].tolist() == [128, 0, 0]  # VOC's first


def test_colours_lie_over_the_picture_but_for_class_0():
    seen = overlaid(torch.full((3, 2, 2), 100, dtype=torch.uint8), MASK, COLORS, alpha=0.5)
    assert seen[:, 0, 0].tolist() == [100, 100, 100]
    assert seen[:, 0, 1].tolist() == [177, 50, 50]
    assert torch.equal(
        overlaid(torch.full((3, 2, 2), 0.5), 0 * MASK), torch.full((3, 2, 2), 128, dtype=torch.uint8)
    )
