"""Lesson 04: targets and batches."""

import numpy as np
import pytest
import torch
from torch.nn import functional
from torchvision.ops import box_convert

from vislearn.datasets import detection_collate
from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.models import detector
from vislearn.sample import target_defects


def by_convert(objects, classes):
    boxes = torch.tensor([thing["bbox"] for thing in objects]).reshape(-1, 4)
    labels = torch.tensor([1 + classes.index(thing["name"]) for thing in objects], dtype=torch.long)
    return {"boxes": box_convert(boxes, "xywh", "xyxy"), "labels": labels}


def by_numpy(objects, classes):
    rows = np.array([thing["bbox"] for thing in objects], dtype=np.float32).reshape(-1, 4)
    rows[:, 2:] += rows[:, :2]
    numbers = {name: number for number, name in enumerate(classes, start=1)}
    return {"labels": np.array([numbers[thing["name"]] for thing in objects], dtype=np.int64), "boxes": rows}


def in_place(objects, classes):
    boxes, labels = (
        torch.zeros(len(objects), 4),
        torch.zeros(len(objects), dtype=torch.int64),
    )
    for at, thing in enumerate(objects):
        thing["bbox"][2] += thing["bbox"][0]
        thing["bbox"][3] += thing["bbox"][1]
        boxes[at], labels[at] = torch.tensor(thing["bbox"]), [None, *classes].index(thing["name"])
    return {"boxes": boxes, "labels": labels}


def with_area(objects, classes):
    target = by_convert(objects, classes)
    return target | {"area": (target["boxes"][:, 2:] - target["boxes"][:, :2]).prod(1)}


def with_more(objects, classes):
    crowd = torch.zeros(len(objects), dtype=torch.int64)
    return with_area(objects, classes) | {"iscrowd": crowd, "image_id": 7}


def by_loop(batch):
    images, targets = [], []
    for image, target in batch:
        images.append(image)
        targets.append(target)
    return images, targets


RIGHT = {
    "detection.make_target": [by_convert, by_numpy, in_place, with_area, with_more],
    "detection.collate": [
        by_loop,
        detection_collate,
        lambda batch: tuple(zip(*batch, strict=True)),  # the usual one of torchvision's references
        lambda batch: list(zip(*batch, strict=True)),  # the course's text has it so in section 12
        lambda batch: [[sample[part] for sample in batch] for part in range(2)],
    ],
}


def with_boxes(change):
    """The right target, its boxes (x0, y0, x1, y1) changed."""

    def answer(objects, classes):
        made = by_convert(objects, classes)
        return made | {"boxes": change(made["boxes"])}

    return answer


def naive(objects, classes):
    boxes, labels = [], []
    for thing in objects:
        x, y, w, h = thing["bbox"]
        boxes += [[x, y, x + w, y + h]]
        labels += [classes.index(thing["name"]) + 1]
    return {"boxes": torch.tensor(boxes), "labels": torch.tensor(labels)}


def padded(batch):
    height, width = (max(image.shape[axis] for image, _ in batch) for axis in (1, 2))
    sheet = torch.zeros(len(batch), 3, height, width)
    for page, (image, _) in zip(sheet, batch, strict=True):
        page[:, : image.shape[1], : image.shape[2]] = image
    return sheet, [target for _, target in batch]


def joined(batch):
    images, targets = by_loop(batch)
    return images, {key: torch.cat([t[key] for t in targets]) for key in reversed(targets[0])}


UNLISTED = {
    "detection.make_target": [
        lambda objects, classes: by_convert(objects, sorted(classes)),
        lambda objects, classes: by_convert(objects, ["cat", "dog"]),
        lambda *given: (t := by_convert(*given)) | {"boxes": t["boxes"].double()},
        lambda *given: (t := by_convert(*given)) | {"labels": t["labels"].int()},
        lambda *given: (t := by_convert(*given)) | {"boxes": t["boxes"].round()},
        lambda *given: {"boxes": by_convert(*given)["boxes"]},
    ],
    "detection.collate": [
        lambda batch: (by_loop(batch)[0][::-1], by_loop(batch)[1]),
        lambda batch: by_loop(batch[:1]),
        lambda batch: by_loop([sample for sample in batch if len(sample[1]["boxes"])]),
        lambda batch: (by_loop(batch)[0], [target["boxes"] for _image, target in batch]),
        lambda batch: (by_loop(batch)[0], [[target] for _image, target in batch]),
        lambda batch: (
            [functional.interpolate(image[None], (8, 8))[0] for image, _ in batch],
            by_loop(batch)[1],
        ),
        lambda batch: ([image.permute(1, 2, 0) for image, _target in batch], by_loop(batch)[1]),
        lambda batch: dict(zip(("images", "targets"), by_loop(batch), strict=True)),
        lambda batch: (*by_loop(batch), len(batch)),
    ],
}


WRONG = {
    "detection.make_target": {
        "_as_given": with_boxes(lambda rows: box_convert(rows, "xyxy", "xywh")),
        "_from_zero": lambda objects, classes: (
            by_convert(objects, classes) | {"labels": by_convert(objects, classes)["labels"] - 1}
        ),
        "_rows_first": with_boxes(lambda rows: rows[:, [1, 0, 3, 2]]),
        "_from_the_middle": with_boxes(
            lambda rows: box_convert(box_convert(rows, "xyxy", "xywh"), "cxcywh", "xyxy")
        ),
        "_inclusive": with_boxes(lambda rows: rows - torch.tensor([0, 0, 1, 1])),
        "_labels_float": lambda objects, classes: {
            key: value.float() for key, value in by_convert(objects, classes).items()
        },
        "_empty_boxes_flat": lambda objects, classes: (
            naive(objects, classes) | {"labels": by_convert(objects, classes)["labels"]}
        ),
        "_empty_labels_float": lambda objects, classes: (
            naive(objects, classes) | {"boxes": by_convert(objects, classes)["boxes"]}
        ),
        "_empty_both": naive,
    },
    "detection.collate": {
        "_stacked": lambda batch: (torch.stack([sample[0] for sample in batch]), [s[1] for s in batch]),
        "_padded": padded,
        "_as_it_came": lambda batch: list(batch),
        "_targets_first": lambda batch: by_loop(batch)[::-1],
        "_only_images": lambda batch: [sample[0] for sample in batch],
        "_joined": joined,
        "_keys_lost": lambda batch: (
            by_loop(batch)[0],
            [dict(boxes=target["boxes"], labels=target["labels"]) for _image, target in batch],
        ),
        "_first_only": lambda batch: next(iter(batch)),
    },
}


@pytest.mark.parametrize(
    ("name", "answer", "status", "words"),
    [
        ("detection.make_target", lambda objects, classes: objects, "wrong", "dict"),
        (
            "detection.make_target",
            lambda objects, classes: {"boxes": torch.zeros(len(objects), 4)},
            "wrong",
            "the keys",
        ),
        ("detection.collate", lambda batch: functional.pad(batch, (1, 1)), "error", "TypeError"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, status, words):
    verdict = check(name, answer)
    assert (verdict.status, words in verdict.message) == (status, True), verdict


def test_some_pictures_have_no_objects_and_every_target_is_sound():
    made = find("detection.make_target")
    counts = []
    for trial in range(made.trials):
        objects, classes = made.arguments(trial)
        target = made(objects, classes)
        assert list(target_defects(target, (500, 500), num_classes=len(classes))) == []
        counts.append(len(objects))
    assert min(counts) == 0 < counts[0]
    assert max(counts) > 1


def test_a_detector_learns_from_what_the_reference_collates():
    images, targets = find("detection.collate")(*find("detection.collate").arguments(0))
    losses = detector(num_classes=4, backbone="scratch")(images, targets)
    assert all(loss.isfinite() for loss in losses.values())


@pytest.mark.parametrize(
    ("key", "dtype", "words"),
    [("boxes", torch.float64, "The boxes are float64."), ("labels", torch.int32, "The labels are int32.")],
)
def test_types_no_detector_learns_from_are_refused(key, dtype, words):
    verdict = check(
        "detection.make_target", lambda *given: (t := by_convert(*given)) | {key: t[key].to(dtype)}
    )
    assert (verdict.status, words in verdict.message) == ("wrong", True), verdict
