"""Lesson 14's line of text: other ways to write it, and other ways to make each mistake."""

import numpy as np
import torch
from torchvision.ops import box_convert

from vislearn.exercises import check
from vislearn.exercises.registry import find

NAME = "sets.yolo_line"


def numbers(box, height, width):
    return box_convert(box, "xyxy", "cxcywh") / torch.tensor([width, height, width, height])


def by_torchvision(box, label, height, width):
    return f"{label - 1} " + " ".join(f"{number:.6f}" for number in numbers(box, height, width))


def with_all_decimals(box, label, height, width):
    return " ".join(map(str, [label - 1, *numbers(box.double(), height, width).tolist()]))


def with_a_line_end(*args):
    return by_torchvision(*args) + "\n"


def by_format(box, label, height, width):
    return "{} {:.8f} {:.8f} {:.8f} {:.8f}".format(label - 1, *numbers(box, height, width))


def by_numpy(box, label, height, width):
    low, high = np.split(box.numpy().astype(float), 2)
    parts = np.concatenate([(low + high) / 2, high - low]) / [width, height, width, height]
    return f"{label - 1} " + " ".join(np.char.mod("%.6f", parts))


def from_shares(box, label, height, width):
    box = box / torch.tensor([width, height] * 2)
    x, y, w, h = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, box[2] - box[0], box[3] - box[1]
    return f"{label - 1}\t{x:.6f}\t{y:.6f}\t{w:.6f}\t{h:.6f}"


def line(change=lambda parts: parts, decimals=6, first=0, by=None):
    """A line with something wrong."""

    def answer(box, label, height, width):
        sides = torch.tensor(by(height, width) if by else [width, height, width, height])
        parts = change(box) / sides
        return " ".join([str(label - 1 + first), *(f"{part:.{decimals}f}" for part in parts.tolist())])

    return answer


def centred(box):
    return box_convert(box, "xyxy", "cxcywh")


RIGHT = {NAME: [by_torchvision, with_all_decimals, with_a_line_end, by_format, by_numpy, from_shares]}

WRONG = {
    NAME: {
        "_from_one": line(centred, first=1),
        "_corners": line(),
        "_corner_and_size": line(lambda box: box_convert(box, "xyxy", "xywh")),
        "_in_pixels": line(centred, by=lambda height, width: [1, 1, 1, 1]),
        "_sides_turned": line(centred, by=lambda height, width: [height, width, height, width]),
        "_rounded": line(centred, decimals=2),
        "_rounded_less": line(centred, decimals=3),
    }
}

UNLISTED = {
    NAME: [
        lambda box, label, height, width: numbers(box, height, width),
        lambda *args: by_torchvision(*args).replace(" ", ", "),
        lambda *args: by_torchvision(*args).partition(" ")[2],
        lambda *args: by_torchvision(*args) + " 1.0",
        lambda *args: "digit" + by_torchvision(*args)[1:],
        lambda box, label, height, width: by_torchvision(box[[1, 0, 3, 2]], label, height, width),
        lambda box, label, height, width: by_torchvision(box, label, max(height, width), max(height, width)),
    ]
}


def test_what_cannot_be_compared_is_told():
    assert "five numbers" in str(check(NAME, lambda *args: by_torchvision(*args) + " 1.0"))
    assert "only numbers" in str(check(NAME, lambda *args: "digit" + by_torchvision(*args)[1:]))
    assert "a text expected" in str(check(NAME, lambda box, *rest: box))


def test_whole_pixels_come_back_from_six_decimals():
    exercise = find(NAME)
    for trial in range(exercise.trials):
        box, label, height, width = exercise.arguments(trial)
        number, *parts = map(float, exercise.reference(box, label, height, width).split())
        back = torch.tensor(parts) * torch.tensor([width, height, width, height])
        assert torch.equal(box_convert(back, "cxcywh", "xyxy").round(), box)
        assert number == label - 1
