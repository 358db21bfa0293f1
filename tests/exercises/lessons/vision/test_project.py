"""Lesson 06's project: other ways to find discs, and other ways to make each mistake."""

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional as F
from torchvision import ops

from vislearn.exercises import check
from vislearn.exercises.lessons.vision.project import find_discs


def everywhere(picture, radii, step=4):
    """As the lesson has it."""
    boxes, scores = [], []
    for radius in radii:
        reach = torch.arange(-radius - 5, radius + 6)
        away = (reach[:, None] ** 2 + reach**2).sqrt()
        disc, ring = (away <= radius).float(), ((away > radius) & (away <= radius + 5)).float()
        kernel = disc / disc.sum() - ring / ring.sum()
        padded = F.pad(picture[None, None], [radius + 5] * 4, mode="reflect")
        contrast = F.conv2d(padded, kernel[None, None])[0, 0, ::step, ::step]
        rows, columns = torch.meshgrid(*[step * torch.arange(side) for side in contrast.shape], indexing="ij")
        centres = torch.stack([columns, rows], dim=-1).reshape(-1, 2) + 0.5
        sides = torch.full_like(centres, 2 * radius)
        boxes.append(ops.box_convert(torch.cat([centres, sides], dim=1), "cxcywh", "xyxy"))
        scores.append(contrast.flatten())
    return torch.cat(boxes), torch.cat(scores)


def found(picture, radii=(10, 13, 16, 20), least=0.15, threshold=0.2, **options):
    """The lesson's way, any part of which can be chosen otherwise."""
    boxes, scores = everywhere(picture, radii, **options)
    boxes, scores = boxes[scores > least], scores[scores > least]
    return boxes[ops.nms(boxes, scores, threshold)] if threshold < 1 else boxes


def with_clipping(picture):
    boxes, scores = everywhere(picture, range(10, 21, 2))
    boxes = ops.clip_boxes_to_image(boxes, picture.shape)
    sure = scores > 0.2
    return boxes[sure][ops.nms(boxes[sure], scores[sure], 0.1)].tolist()


def box_by_box(picture):
    boxes, scores = everywhere(picture, (11, 15, 19))
    kept = []
    for index in scores.argsort(descending=True).tolist():
        if scores[index] < 0.15:
            break
        if not kept or ops.box_iou(boxes[index][None], torch.stack(kept)).max() < 0.2:
            kept.append(boxes[index])
    return kept


def nms_before_the_threshold(picture):
    boxes, scores = everywhere(picture, (10, 13, 16, 20))
    keep = ops.nms(boxes, scores, 0.2)
    return boxes[keep][scores[keep] > 0.15].double().numpy()


def by_brightness(picture):
    """No boxes everywhere at all: what is much brighter than the ground of its column, outlined."""
    above = (picture - picture.quantile(0.1, dim=0)).numpy() > 0.2
    numbered, _count = ndimage.label(ndimage.binary_opening(above, iterations=3))
    masks = [torch.from_numpy(numbered == number) for number in range(1, numbered.max() + 1)]
    return ops.masks_to_boxes(torch.stack(masks)) + torch.tensor([0, 0, 1, 1])


RIGHT = {
    "vision.find_discs": [
        found,
        with_clipping,
        box_by_box,
        nms_before_the_threshold,
        by_brightness,
        lambda picture: found(picture, radii=(12, 16, 20), least=0.1, step=2),
    ]
}

WRONG = {
    "vision.find_discs": {
        "_without_nms": lambda picture: found(picture, threshold=1),
        "_without_a_threshold": lambda picture: found(picture, least=-1),
        "_too_few": lambda picture: found(picture, radii=(18, 21, 24, 28, 32)),
        "_as_centres": lambda picture: ops.box_convert(found(picture), "xyxy", "cxcywh"),
    }
}

UNLISTED = {
    "vision.find_discs": [
        lambda picture: everywhere(picture, (10, 13, 16, 20))[0],  # neither a threshold nor NMS
        lambda picture: found(picture) + 100,
        lambda picture: everywhere(picture, (10, 13))[1],
        lambda picture: found(picture)[:, :2],
        lambda picture: len(found(picture)),
    ]
}


@pytest.mark.parametrize(
    "answer",
    [
        lambda picture: found(picture, least=0.3),
        lambda picture: found(picture, radii=(15,), least=0.25),
        lambda picture: torch.zeros(0, 4),
    ],
)
def test_too_few_boxes_are_told_as_that_whatever_the_cause(answer):
    assert "too few discs" in check("vision.find_discs", answer).message


def test_edges_in_another_order_are_told_as_no_xyxy():
    turned = check("vision.find_discs", lambda picture: found(picture).flip(1))
    assert "no xyxy" in turned.message


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda picture: np.arange(3), "boxes of shape (K, 4) expected"),
        (lambda picture: everywhere(picture, (10, 13)), "boxes of shape (K, 4) expected"),
        (lambda picture: {"boxes": 1}, "boxes of shape (K, 4) expected"),
    ],
)
def test_what_is_no_boxes_gets_a_plain_message(answer, words):
    verdict = check("vision.find_discs", answer)
    assert verdict.status == "wrong"
    assert words in verdict.message


def test_the_reference_holds():
    assert check("vision.find_discs", find_discs).status == "right"
