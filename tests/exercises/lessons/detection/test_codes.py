"""Lesson 04: boxes as four numbers relative to an anchor."""

import math

import torch
from torchvision.models.detection._utils import BoxCoder, encode_boxes
from torchvision.ops import box_convert

from vislearn.exercises.registry import find


def by_coder(boxes, anchors):
    return BoxCoder((1.0, 1.0, 1.0, 1.0)).encode_single(boxes, anchors)


def by_function(boxes, anchors):
    return encode_boxes(boxes, anchors, torch.ones(4))


def by_convert(boxes, anchors):
    box, anchor = (box_convert(some, "xyxy", "cxcywh") for some in (boxes, anchors))
    move = (box[:, :2] - anchor[:, :2]) / anchor[:, 2:]
    return torch.cat([move, torch.log(box[:, 2:]) - torch.log(anchor[:, 2:])], dim=1)


def by_loop(boxes, anchors):
    codes = []
    for (x, t, r, b), (al, at, ar, ab) in zip(boxes.tolist(), anchors.tolist(), strict=True):
        w, h = ar - al, ab - at
        dx, dy = ((x + r) - (al + ar)) / 2 / w, ((t + b) - (at + ab)) / 2 / h
        codes.append([dx, dy, math.log((r - x) / w), math.log((b - t) / h)])
    return codes


def by_columns(boxes, anchors):
    wide, high = anchors[:, 2] - anchors[:, 0], anchors[:, 3] - anchors[:, 1]
    dx = ((boxes[:, 0] + boxes[:, 2]) / 2 - (anchors[:, 0] + anchors[:, 2]) / 2) / wide
    dy = ((boxes[:, 1] + boxes[:, 3]) / 2 - (anchors[:, 1] + anchors[:, 3]) / 2) / high
    dw, dh = ((boxes[:, 2] - boxes[:, 0]) / wide).log(), ((boxes[:, 3] - boxes[:, 1]) / high).log()
    return torch.stack([dx, dy, dw, dh], dim=1)


RIGHT = {"detection.encode": [by_coder, by_function, by_convert, by_loop, by_columns]}


def from_parts(rule):
    """``rule`` gets box and anchor as cx, cy, w, h."""

    def answer(boxes, anchors):
        rows = zip(
            box_convert(boxes, "xyxy", "cxcywh").tolist(),
            box_convert(anchors, "xyxy", "cxcywh").tolist(),
            strict=True,
        )
        return [rule(*box, *anchor) for box, anchor in rows]

    return answer


log = math.log
WRONG = {
    "detection.encode": {
        "_no_logarithm": from_parts(
            lambda x, y, w, h, ax, ay, aw, ah: [(x - ax) / aw, (y - ay) / ah, w / aw, h / ah]
        ),
        "_pixels": from_parts(lambda x, y, w, h, ax, ay, aw, ah: [x - ax, y - ay, log(w / aw), log(h / ah)]),
        "_own_size": from_parts(
            lambda x, y, w, h, ax, ay, aw, ah: [(x - ax) / w, (y - ay) / h, log(w / aw), log(h / ah)]
        ),
        "_corners": lambda boxes, anchors: torch.cat(
            [(boxes - anchors)[:, :2] / (anchors[:, 2:] - anchors[:, :2]), by_coder(boxes, anchors)[:, 2:]],
            dim=1,
        ),
        "_from_box_to_anchor": lambda boxes, anchors: -by_coder(boxes, anchors),
        "_exchanged": lambda boxes, anchors: by_coder(anchors, boxes),
        "_base_2": from_parts(
            lambda x, y, w, h, ax, ay, aw, ah: [
                (x - ax) / aw,
                (y - ay) / ah,
                math.log2(w / aw),
                math.log2(h / ah),
            ]
        ),
        "_base_10": from_parts(
            lambda x, y, w, h, ax, ay, aw, ah: [
                (x - ax) / aw,
                (y - ay) / ah,
                math.log10(w / aw),
                math.log10(h / ah),
            ]
        ),
        "_by_axis": from_parts(
            lambda x, y, w, h, ax, ay, aw, ah: [(x - ax) / aw, log(w / aw), (y - ay) / ah, log(h / ah)]
        ),
        "_rows_first": from_parts(
            lambda x, y, w, h, ax, ay, aw, ah: [(y - ay) / ah, (x - ax) / aw, log(h / ah), log(w / aw)]
        ),
    }
}
UNLISTED = {
    "detection.encode": [
        lambda boxes, anchors: boxes - anchors,
        lambda boxes, anchors: boxes,
        lambda boxes, anchors: 10 * by_coder(boxes, anchors),
        lambda boxes, anchors: BoxCoder((10.0, 10.0, 5.0, 5.0)).encode_single(boxes, anchors),
        lambda boxes, anchors: by_coder(boxes, anchors).abs(),
        lambda boxes, anchors: by_coder(boxes, anchors)[:, :2],
    ]
}


def test_the_reference_says_what_torchvision_says_and_is_never_at_the_anchor_itself():
    known = find("detection.encode")
    for trial in range(known.trials):
        boxes, anchors = known.arguments(trial)
        codes = known(boxes, anchors)
        assert torch.allclose(codes, by_coder(boxes, anchors), atol=1e-5)
        assert (codes.abs() > 0.01).any(dim=0).all()
