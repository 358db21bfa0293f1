"""Lesson 12's data: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch
from torchvision import ops, tv_tensors
from torchvision.transforms import v2

from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.sample import target_defects


def repaired_in_a_loop(boxes, labels, height, width):
    kept = []
    for (x0, y0, x1, y1), label in zip(boxes.tolist(), labels.tolist(), strict=True):
        x0, x1 = sorted(min(max(x, 0), width) for x in (x0, x1))
        y0, y1 = sorted(min(max(y, 0), height) for y in (y0, y1))
        if x1 > x0 and y1 > y0:
            kept.append((x0, y0, x1, y1, label + 1))
    table = torch.tensor(kept).reshape(-1, 5)
    return table[:, :4], table[:, 4].long()


def repaired_in_place(boxes, labels, height, width):
    boxes[:, 0::2] = boxes[:, 0::2].clamp(0, width).sort(dim=1).values
    boxes[:, 1::2] = boxes[:, 1::2].clamp(0, height).sort(dim=1).values
    keep = (boxes[:, 2:] - boxes[:, :2]).min(dim=1).values > 0
    labels += 1
    return boxes[keep], labels[keep]


def repaired_in_numpy(boxes, labels, height, width):
    corners = boxes.numpy().reshape(-1, 2, 2)
    edges = np.concatenate([corners.min(1), corners.max(1)], axis=1)
    edges = edges.clip(0, np.array([width, height, width, height]))
    keep = ((edges[:, 2:] - edges[:, :2]) > 0).all(1)
    return edges[keep], labels.numpy()[keep] + 1


def larger_than(side):
    """As `repaired_in_a_loop`, then what torchvision thinks too small is left out."""

    def answer(*given):
        boxes, labels = repaired_in_a_loop(*given)
        boxes, labels = torch.as_tensor(boxes), torch.as_tensor(labels)
        keep = ops.remove_small_boxes(boxes, side)
        return boxes[keep], labels[keep]

    return answer


def repaired_by_torchvision(boxes, labels, height, width):
    corners = [boxes[:, [0, 2]].amin(1), boxes[:, [1, 3]].amin(1)]
    corners += [boxes[:, [0, 2]].amax(1), boxes[:, [1, 3]].amax(1)]
    inside = ops.clip_boxes_to_image(torch.stack(corners, 1), (height, width))
    keep = ops.box_area(inside).nonzero().flatten()
    return inside[keep], labels.index_select(0, keep).add(1)


def repaired_by_transform(boxes, labels, height, width):
    boxes = torch.cat([torch.min(boxes[:, :2], boxes[:, 2:]), torch.max(boxes[:, :2], boxes[:, 2:])], 1)
    boxes = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=(height, width))
    boxes = v2.functional.clamp_bounding_boxes(boxes).as_subclass(torch.Tensor)
    keep = (boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3])
    return [boxes[keep], labels[keep] + 1]


RIGHT = {
    "detector.repair": [
        repaired_in_a_loop,
        repaired_in_place,
        repaired_in_numpy,
        repaired_by_torchvision,
        repaired_by_transform,
    ],
}


def across_and_down(height, width):
    return width, height


def mended(
    *, order=True, limits=across_and_down, when="before", drop=True, outside=False, first=1, labels_too=True
):
    """A repair put together from parts, any of which can be wrong."""

    def clip(boxes, limit):
        boxes = boxes.clone()
        boxes[:, 0::2] = boxes[:, 0::2].clamp(0, limit[0])
        boxes[:, 1::2] = boxes[:, 1::2].clamp(0, limit[1])
        return boxes

    def repair(boxes, labels, height, width):
        limit = limits(height, width)
        if order:
            boxes = torch.cat([boxes.view(-1, 2, 2).amin(1), boxes.view(-1, 2, 2).amax(1)], 1)
        whole = (clip(boxes, limit) == boxes).all(1)
        if when == "before":
            boxes = clip(boxes, limit)
        keep = (boxes[:, 2:] > boxes[:, :2]).all(1) if drop else torch.ones(len(boxes), dtype=torch.bool)
        if outside:
            keep = keep & whole
        if when == "after":
            boxes = clip(boxes, limit)
        return boxes[keep], (labels[keep] if labels_too else labels) + first

    return repair


def changed(right, part, change):
    """The right answer, one part of it changed."""

    def answer(*given):
        parts = list(right(*given))
        parts[part] = change(parts[part])
        return tuple(parts)

    return answer


UNLISTED = {
    "detector.repair": [
        changed(repaired_in_place, 0, torch.round),
        changed(repaired_in_place, 0, lambda boxes: boxes / boxes.amax(0)),
        changed(repaired_in_place, 0, lambda boxes: boxes.flip(0)),
        changed(repaired_in_place, 0, lambda boxes: ops.box_convert(boxes, "xyxy", "xywh")),
        changed(repaired_in_place, 1, lambda labels: labels + 1),
        changed(repaired_in_place, 1, torch.ones_like),
        changed(repaired_in_place, 1, lambda labels: labels.clamp(max=4)),
        mended(limits=lambda height, width: (width - 1, height - 1)),
        lambda boxes, *rest: repaired_in_place(boxes.abs(), *rest),
        lambda *given: repaired_in_place(*given)[0],
        lambda boxes, labels, height, width: (boxes, labels),
    ],
}


WRONG = {
    "detector.repair": {
        "_labels_from_zero": mended(first=0),
        "_labels_left_behind": mended(labels_too=False),
        "_inverted_dropped": mended(order=False),
        "_not_clipped": mended(when="never"),
        "_outside_dropped": mended(when="never", outside=True),
        "_clipped_too_late": mended(when="after"),
        "_empty_kept": mended(drop=False),
        "_small_dropped": larger_than(8),
        "_below_a_pixel_dropped": larger_than(1),
        "_height_for_width_in_clip": mended(limits=lambda height, width: (height, width)),
    },
}


@pytest.mark.parametrize("trial", range(6))
def test_a_repaired_target_is_sound_and_a_broken_one_is_not(trial):
    exercise = find("detector.repair")
    boxes, labels, height, width = exercise.arguments(trial)
    kept, numbers = exercise.reference(boxes, labels, height, width)
    assert 5 <= len(kept) == len(numbers) < len(boxes)
    assert not list(target_defects({"boxes": kept, "labels": numbers}, (height, width), num_classes=5))
    assert list(target_defects({"boxes": boxes, "labels": labels}, (height, width)))


def test_a_constant_is_recognised():
    verdict = check("detector.repair", lambda boxes, labels, height, width: (boxes, labels))
    assert verdict.status == "wrong"
