"""Lesson 12's crop: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch
from torchvision import ops, tv_tensors
from torchvision.transforms import v2

from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.sample import target_defects


def by_transforms(image, boxes, labels, window, least):
    left, top, right, bottom = window
    part = {"top": top, "left": left, "height": bottom - top, "width": right - left}
    wrapped = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=image.shape[-2:])
    cut = v2.functional.clamp_bounding_boxes(v2.functional.crop(wrapped, **part)).as_subclass(torch.Tensor)
    keep = ops.box_area(cut) >= least * ops.box_area(boxes)
    return v2.functional.crop(image, **part), cut[keep], labels[keep]


def in_place(image, boxes, labels, window, least):
    left, top, right, bottom = window
    area = ops.box_area(boxes)
    boxes[:, 0::2] = boxes[:, 0::2].sub(left).clamp(0, right - left)
    boxes[:, 1::2] = boxes[:, 1::2].sub(top).clamp(0, bottom - top)
    keep = (ops.box_area(boxes) / area) >= least
    return image[..., top:bottom, left:right].clone(), boxes[keep], labels[keep]


def in_a_loop(image, boxes, labels, window, least):
    left, top, right, bottom = window
    kept = []
    for (x0, y0, x1, y1), label in zip(boxes.tolist(), labels.tolist(), strict=True):
        a, b, c, d = max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)
        if max(0, c - a) * max(0, d - b) >= least * (x1 - x0) * (y1 - y0):
            kept.append((a - left, b - top, c - left, d - top, label))
    table = torch.tensor(kept).reshape(-1, 5)
    return image.numpy()[:, top:bottom, left:right].copy(), table[:, :4].numpy(), table[:, 4].long()


def cut_before_moved(image, boxes, labels, window, least):
    low, high = torch.tensor(window[:2] * 2), torch.tensor(window[2:] * 2)
    inside = boxes.float().clamp(low, high)
    share = (inside[:, 2:] - inside[:, :2]).prod(1) / (boxes[:, 2:] - boxes[:, :2]).prod(1)
    left, top, right, bottom = window
    rows, columns = torch.arange(top, bottom), torch.arange(left, right)
    at = torch.where(share >= least)[0]
    return [image[:, rows][:, :, columns], (inside - low)[at], labels[at]]


def in_numpy(image, boxes, labels, window, least):
    corners, low, high = boxes.numpy().reshape(-1, 2, 2), np.array(window[:2]), np.array(window[2:])
    cut = corners.clip(low, high) - low
    left = np.diff(cut, axis=1).prod(axis=2) / np.diff(corners, axis=1).prod(axis=2)
    keep = (left >= least)[:, 0]
    rows, columns = slice(low[1], high[1]), slice(low[0], high[0])
    return image.numpy()[:, rows, columns].copy(), cut[keep].reshape(-1, 4), labels.numpy()[keep]


RIGHT = {"detector.crop": [by_transforms, in_place, in_a_loop, cut_before_moved, in_numpy]}


def cropped(*, origin=(0, 1), limits=(0, 1), clip=True, share="own", keep=None, labels_too=True, pixels="yx"):
    """A crop put together from parts, any of which can be wrong."""

    def crop(image, boxes, labels, window, least):
        corner, size = list(window[:2]), [window[2] - window[0], window[3] - window[1]]
        moved = (boxes.view(-1, 2, 2) - torch.tensor([corner[at] for at in origin])).view(-1, 4)
        inside = moved.clone()
        for axis in (0, 1):
            inside[:, axis::2] = inside[:, axis::2].clamp(0, size[limits[axis]])
        whole = ops.box_area(boxes) if share == "own" else torch.full((len(boxes),), float(size[0] * size[1]))
        stays = ops.box_area(inside) / whole >= least if keep is None else keep(ops.box_area(inside) / whole)
        x, y = slice(*window[0::2]), slice(*window[1::2])
        part = {"yx": image[:, y, x], "xy": image[:, x, y], "all": image}[pixels]
        return part, (inside if clip else moved)[stays], labels[stays] if labels_too else labels

    return crop


def not_moved(image, boxes, labels, window, least):
    part, moved, labels = in_place(image, boxes, labels, window, least)
    return part, moved + torch.tensor(window[:2] * 2), labels


WRONG = {
    "detector.crop": {
        "_not_moved": not_moved,
        "_not_cut": cropped(clip=False),
        "_strips_kept": cropped(keep=lambda share: share > 0),
        "_all_kept": cropped(keep=lambda share: share > -1),
        "_cut_left_out": cropped(keep=lambda share: share > 0.99),
        "_share_of_window": cropped(share="window"),
        "_labels_left_behind": cropped(labels_too=False),
        "_axes_mixed_up": cropped(pixels="xy"),
        "_moved_crosswise": cropped(origin=(1, 0)),
        "_limits_crosswise": cropped(limits=(1, 0)),
        "_picture_stays": cropped(pixels="all"),
    }
}

UNLISTED = {
    "detector.crop": [
        cropped(keep=lambda share: share > 0.6),
        lambda image, boxes, labels, window, least: (image, boxes, labels),
        lambda *given: in_place(*given)[:2],
        lambda *given: (in_place(*given)[0].flip(-1), *in_place(*given)[1:]),
        lambda *given: (lambda part, boxes, labels: (part, ops.box_convert(boxes, "xyxy", "xywh"), labels))(
            *in_place(*given)
        ),
        lambda *given: (lambda part, boxes, labels: (part, boxes, labels + 1))(*in_place(*given)),
    ]
}


@pytest.mark.parametrize("trial", range(4))
def test_what_is_left_is_a_sound_target(trial):
    exercise = find("detector.crop")
    given = exercise.arguments(trial)
    image, boxes, labels = exercise.reference(*given)
    assert tuple(image.shape[-2:]) == (24, 40)
    assert 4 <= len(boxes) == len(labels) < len(given[1])
    assert not list(target_defects({"boxes": boxes, "labels": labels}, (24, 40), num_classes=10))


def test_half_of_an_object_is_enough_and_less_is_not():
    image, labels = torch.zeros(3, 20, 20), torch.tensor([1, 2])
    boxes = torch.tensor([[5.0, 5, 15, 15], [6.0, 5, 16, 15]])
    _part, kept, names = find("detector.crop").reference(image, boxes, labels, (0, 0, 10, 20), 0.5)
    assert (kept.tolist(), names.tolist()) == ([[5.0, 5.0, 10.0, 15.0]], [1])


def test_a_picture_without_objects_is_cut_too():
    image, boxes = np.arange(300.0).reshape(3, 10, 10), torch.zeros(0, 4)
    part, kept, names = find("detector.crop").reference(
        torch.from_numpy(image), boxes, torch.zeros(0).long(), (2, 1, 8, 5), 0.5
    )
    assert part.shape == (3, 4, 6)
    assert (len(kept), len(names)) == (0, 0)


def test_the_whole_picture_as_it_came_is_no_crop():
    verdict = check("detector.crop", lambda image, boxes, labels, window, least: (image, boxes, labels))
    assert verdict.status == "wrong"
