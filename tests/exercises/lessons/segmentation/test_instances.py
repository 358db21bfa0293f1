"""Lesson 05's exercise on instances: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch
from torchvision import tv_tensors
from torchvision.ops import box_convert, masks_to_boxes

from vislearn.exercises import check
from vislearn.exercises.registry import find

NAME = "segmentation.instance_target"


def objects(numbers):
    return [number for number in sorted(set(numbers.flatten().tolist())) if number not in (0, 255)]


def from_masks(masks, **other):
    boxes = masks_to_boxes(masks)
    boxes[:, 2:] += 1
    return {"masks": masks, "boxes": boxes, "labels": torch.ones(len(masks), dtype=torch.int64)} | other


def stacked(numbers):
    return of(numbers, objects(numbers))


def of(numbers, ids):
    return numbers == torch.tensor(ids, dtype=torch.uint8).reshape(-1, 1, 1)


def by_list(numbers):
    return from_masks(stacked(numbers))


def as_bytes(numbers):
    return from_masks(stacked(numbers).to(torch.uint8))


def by_nonzero(numbers):
    boxes, masks = [], []
    for number in objects(numbers):
        masks.append(numbers == number)
        y, x = torch.where(masks[-1])
        boxes.append([x.min(), y.min(), x.max() + 1, y.max() + 1])
    return {
        "masks": torch.stack(masks) if masks else torch.zeros(0, *numbers.shape, dtype=torch.bool),
        "boxes": torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        "labels": torch.ones(len(boxes), dtype=torch.int64),
    }


def by_numpy(numbers):
    seen = numbers.numpy()
    masks = seen == np.array(objects(numbers)).reshape(-1, 1, 1)
    boxes = []
    for mask in masks:
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        boxes.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    return {
        "masks": masks.astype(np.uint8),
        "boxes": np.float32(boxes).reshape(-1, 4),
        "labels": np.ones(len(boxes), np.int64),
    }


def without_the_ends(numbers):
    known = numbers.where(numbers != 255, 0)
    return from_masks(known == known.unique()[1:, None, None])


def as_tv_tensors(numbers):
    target = by_list(numbers)
    boxes = tv_tensors.BoundingBoxes(target["boxes"], format="XYXY", canvas_size=numbers.shape)
    return target | {"boxes": boxes, "masks": tv_tensors.Mask(target["masks"])}


def whole_target(numbers):
    """All that torchvision's reference scripts put into a target."""
    target = by_list(numbers)
    rest = {"area": target["masks"].flatten(1).sum(1), "iscrowd": torch.zeros(len(target["labels"]))}
    return target | rest | {"image_id": 7}


RIGHT = {
    NAME: [whole_target, by_list, as_bytes, by_nonzero, by_numpy, without_the_ends, as_tv_tensors],
}


def one_by_one(numbers, ids=None):
    """As most people write it, which stops where there is no object."""
    return torch.stack([numbers == number for number in (objects(numbers) if ids is None else ids)])


def inside(masks):
    return {
        "masks": masks,
        "boxes": masks_to_boxes(masks),
        "labels": torch.ones(len(masks), dtype=torch.int64),
    }


def rows_first(target):
    return target | {"boxes": target["boxes"].view(-1, 2, 2).flip(2).flatten(1)}


def number_of(numbers):
    return torch.tensor(objects(numbers), dtype=torch.int64)


def occurring(numbers):
    return sorted(set(numbers.flatten().tolist()))


WRONG = {
    NAME: {
        "_background_too": lambda numbers: from_masks(
            of(numbers, [one for one in occurring(numbers) if one != 255])
        ),
        "_void_too": lambda numbers: from_masks(
            one_by_one(numbers, [one for one in occurring(numbers) if one])
        ),
        "_void_too_behind_the_smallest": lambda numbers: from_masks(
            one_by_one(numbers, occurring(numbers)[1:])
        ),
        "_everything": lambda numbers: from_masks(one_by_one(numbers, occurring(numbers))),
        "_last_pixel": lambda numbers: inside(stacked(numbers)),
        "_last_pixel_stacked": lambda numbers: inside(one_by_one(numbers)),
        "_numbers_as_labels": lambda numbers: by_list(numbers) | {"labels": number_of(numbers)},
        "_numbers_as_labels_stacked": lambda numbers: from_masks(
            one_by_one(numbers), labels=number_of(numbers)
        ),
        "_labels_of_zero": lambda numbers: by_list(numbers) | {"labels": number_of(numbers) * 0},
        "_labels_of_zero_stacked": lambda numbers: from_masks(
            one_by_one(numbers), labels=number_of(numbers) * 0
        ),
        "_rows_first": lambda numbers: rows_first(by_list(numbers)),
        "_rows_first_stacked": lambda numbers: rows_first(from_masks(one_by_one(numbers))),
        "_one_mask": lambda numbers: from_masks(((numbers != 0) & (numbers != 255))[None]),
        "_ends_cut": lambda numbers: from_masks(of(numbers, occurring(numbers)[1:-1])),
        "_smallest_cut": lambda numbers: from_masks(
            of(numbers, [one for one in occurring(numbers)[1:] if one < 255])
        ),
        "_stack_of_nothing": lambda numbers: from_masks(one_by_one(numbers)),
    },
}


UNLISTED = {
    NAME: [
        lambda numbers: from_masks(stacked(numbers).flip(0)),
        lambda numbers: from_masks(stacked(numbers).mT),
        lambda numbers: (t := by_list(numbers)) | {"labels": t["labels"].int()},
        lambda numbers: (t := by_list(numbers)) | {"boxes": t["boxes"].double()},
        lambda numbers: from_masks(stacked(numbers), labels=torch.ones(len(objects(numbers)))),
        lambda numbers: by_list(numbers) | {"boxes": box_convert(by_list(numbers)["boxes"], "xyxy", "xywh")},
        lambda numbers: from_masks(of(numbers, range(max(objects(numbers), default=0) + 1))),
        lambda numbers: from_masks(of(numbers, occurring(numbers)[:-1])),
    ],
}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (stacked, "a dict"),
        (
            lambda numbers: {key: value for key, value in by_list(numbers).items() if key != "labels"},
            "the keys",
        ),
    ],
)
def test_other_answers_get_a_plain_message(answer, words):
    verdict = check(NAME, answer)
    assert verdict.status in ("wrong", "error")
    assert words in f"{verdict.message} {verdict.evidence}"


@pytest.mark.parametrize("salt", [0, "a grader's"])
def test_pictures_have_gaps_and_one_each_lacks_void_and_background_and_objects(salt):
    exercise = find(NAME).salted(salt)
    seen = [set(occurring(exercise.arguments(trial)[0])) for trial in range(exercise.trials)]
    ids = [sorted(numbers - {0, 255}) for numbers in seen]
    assert sum(255 not in numbers for numbers in seen) == 1
    assert sum(0 not in numbers for numbers in seen) == 1
    assert sum(not one for one in ids) == 1
    assert any(one != list(range(1, len(one) + 1)) for one in ids)
