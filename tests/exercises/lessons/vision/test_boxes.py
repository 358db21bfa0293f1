"""Lesson 06's exercises on boxes: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch
from torchvision import ops

from vislearn.exercises import check
from vislearn.exercises.registry import find


def corners_row_by_row(boxes, fmt):
    rows = []
    for x, y, width, height in boxes.tolist():
        if fmt == "cxcywh":
            x, y = x - width / 2, y - height / 2
        rows.append([x, y, x + width, y + height])
    return rows


def corners_in_place(boxes, fmt):
    if fmt == "cxcywh":
        boxes[:, :2] -= boxes[:, 2:] / 2
    boxes[:, 2:] += boxes[:, :2]
    return boxes


def corners_by_numpy(boxes, fmt):
    boxes = boxes.numpy()
    low = boxes[:, :2] - (boxes[:, 2:] / 2 if fmt == "cxcywh" else 0)
    return np.hstack([low, low + boxes[:, 2:]])


def ious(first, second, *, clamp=True, late=False, minus=1.0, pixel=0.0, over=None):
    """Pairwise, by loops over Python numbers, any part of which can be wrong."""
    table = []
    for a in first.tolist():
        row = []
        for b in second.tolist():
            width = min(a[2], b[2]) - max(a[0], b[0]) + pixel
            height = min(a[3], b[3]) - max(a[1], b[1]) + pixel
            shared = max(width, 0) * max(height, 0) if clamp else width * height
            shared = max(shared, 0) if late else shared
            sizes = [(c[2] - c[0] + pixel) * (c[3] - c[1] + pixel) for c in (a, b)]
            row.append(shared / (over(*sizes) if over else sum(sizes) - minus * shared))
        table.append(row)
    return table


def ious_by_numpy(first, second):
    a, b = first.numpy()[:, None], second.numpy()[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.prod(np.clip(sides, 0, None), axis=-1)
    return shared / (np.prod(a[..., 2:] - a[..., :2], -1) + np.prod(b[..., 2:] - b[..., :2], -1) - shared)


def as_wide_boxes(boxes):
    return ops.box_convert(boxes, "xywh", "xyxy")


RIGHT = {
    "vision.to_xyxy": [
        lambda boxes, fmt: corners_in_place(boxes.double(), fmt),
        lambda boxes, fmt: torch.stack(list(map(torch.tensor, corners_row_by_row(boxes, fmt)))),
        corners_row_by_row,
        corners_in_place,
        corners_by_numpy,
    ],
    "vision.iou_matrix": [
        lambda a, b: torch.from_numpy(ious_by_numpy(a.double(), b.double())),
        lambda a, b: np.concatenate([ious_by_numpy(row[None], b) for row in a]),
        lambda a, b: torch.tensor(ious(b, a)).T,
        ious,
        ious_by_numpy,
    ],
}


def rounded(boxes, fmt):
    return ops.box_convert(boxes, fmt, "xyxy").round()


# What no registered mistake describes.
UNLISTED = {
    "vision.to_xyxy": [
        rounded,
        lambda boxes, fmt: ops.box_convert(boxes, fmt, "xyxy"),
        lambda boxes, fmt: torch.tensor(corners_row_by_row(boxes, fmt)).clamp(min=0),
        lambda boxes, fmt: ops.box_convert(boxes, fmt, "xyxy")[:, [2, 3, 0, 1]],
        lambda boxes, fmt: ops.box_convert(boxes, fmt, "xyxy")[:, [1, 0, 3, 2]],
        lambda boxes, fmt: ops.box_convert(boxes, fmt, "xyxy") / 2,
        lambda boxes, fmt: ops.box_convert(boxes, fmt, "xyxy").flip(0),
        lambda boxes, fmt: fmt,
    ],
    "vision.iou_matrix": [
        ops.box_iou,
        ops.generalized_box_iou,
        ops.distance_box_iou,
        lambda a, b: 1 - ops.box_iou(a, b),
        lambda a, b: ops.box_iou(a, a),
        lambda a, b: ious(a, b, over=max),
        lambda a, b: ops.box_iou(a, b).max(),
        lambda a, b: ious(a, b, over=lambda mine, other: (mine * other) ** 0.5),
    ],
}


def sides_of(boxes, fmt, factor, last=0):
    """Edges at the centre plus and minus ``factor`` sides, or from the corner on."""
    low = boxes[:, :2] - (factor * boxes[:, 2:] if fmt == "cxcywh" else 0)
    high = boxes[:, :2] + boxes[:, 2:] * (factor if fmt == "cxcywh" else 1) - last
    return torch.cat([low, high], dim=1)


WRONG = {
    "vision.to_xyxy": {
        "_centre_as_corner": lambda boxes, fmt: as_wide_boxes(boxes),
        "_corner_as_centre": lambda boxes, fmt: ops.box_convert(boxes, "cxcywh", "xyxy"),
        "_sides_left": lambda boxes, fmt: ops.box_convert(boxes, fmt, "xywh"),
        "_whole_sides": lambda boxes, fmt: sides_of(boxes, fmt, 1),
        "_last_pixel": lambda boxes, fmt: sides_of(boxes, fmt, 0.5, last=1),
        "_sides_swapped": lambda boxes, fmt: corners_row_by_row(boxes[:, [0, 1, 3, 2]], fmt),
        "_axis_by_axis": lambda boxes, fmt: ops.box_convert(boxes, fmt, "xyxy").view(-1, 2, 2).mT.flatten(1),
        "_stacked_in_rows": lambda boxes, fmt: torch.stack(ops.box_convert(boxes, fmt, "xyxy").unbind(1)),
        "_halves_cut_off": lambda boxes, fmt: as_wide_boxes(
            torch.cat([boxes[:, :2] - (fmt == "cxcywh") * (boxes[:, 2:] // 2), boxes[:, 2:]], dim=1)
        ),
    },
    "vision.iou_matrix": {
        "_never_clamped": lambda a, b: ious(a, b, clamp=False),
        "_clamped_too_late": lambda a, b: ious(a, b, clamp=False, late=True),
        "_shared_counted_twice": lambda a, b: ious(a, b, minus=0),
        "_one_pixel_more": lambda a, b: ious(a, b, pixel=1),
        "_taken_for_xywh": lambda a, b: ops.box_iou(as_wide_boxes(a), as_wide_boxes(b)),
        "_areas_of_xywh": lambda a, b: [
            [
                shared / (wide[2] * wide[3] + high[2] * high[3] - shared)
                for high, shared in zip(b.tolist(), row, strict=True)
            ]
            for wide, row in zip(a.tolist(), ious(a, b, over=lambda *_sizes: 1), strict=True)
        ],
        "_over_the_smaller": lambda a, b: ious(a, b, over=min),
        "_over_the_first": lambda a, b: ious(a, b, over=lambda mine, _other: mine),
        "_only_shared": lambda a, b: ious(a, b, over=lambda *_sizes: 1),
        "_transposed": lambda a, b: ops.box_iou(b, a),
    },
}


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("vision.to_xyxy", lambda boxes, fmt: boxes, "returns its input unchanged"),
        ("vision.to_xyxy", lambda boxes, fmt: boxes.unbind(2), "IndexError: Dimension out of range"),
        ("vision.iou_matrix", lambda a, b: ops.box_iou(a, b).diagonal(), "the number of axes differs"),
        (
            "vision.to_xyxy",
            lambda boxes, fmt: ops.box_convert(boxes, fmt, "xyxy"),
            "`box_convert` computes them",
        ),
        ("vision.iou_matrix", ops.box_iou, "`box_iou` computes them"),
        ("vision.iou_matrix", lambda a, b: ops.box_iou(a, b) > 0.5, "dtype float32 expected, bool returned"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, words):
    verdict = check(name, answer)
    assert verdict.status in ("wrong", "error")
    assert words in f"{verdict.message} {verdict.evidence}"


def test_inputs_cover_both_formats_and_every_way_to_lie():
    formats = find("vision.to_xyxy")
    assert {formats.arguments(trial)[1] for trial in range(formats.trials)} == {"xywh", "cxcywh"}
    pairs = find("vision.iou_matrix")
    for trial in range(pairs.trials):
        first, second = pairs.arguments(trial)
        assert len(first) != len(second)
        overlap = ops.box_iou(first, second)
        assert overlap[1, 0] == 1
        assert overlap[0, 1] == overlap[0, 2] == 0
        assert 0 < overlap[2, 3] < 1
