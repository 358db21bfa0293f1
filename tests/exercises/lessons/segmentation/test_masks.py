"""Lesson 05's exercises on masks: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F
from torchvision import tv_tensors
from torchvision.ops import box_convert, masks_to_boxes
from torchvision.transforms import InterpolationMode, v2

from vislearn.exercises import check
from vislearn.exercises.registry import find


def middles(old, new):
    return ((torch.arange(new) + 0.5) * old / new).long()


def by_index(mask, size):
    return mask[middles(mask.shape[0], size[0])][:, middles(mask.shape[1], size[1])]


def by_interpolate(mask, size):
    return F.interpolate(mask[None, None].float(), size, mode="nearest-exact")[0, 0].long()


def by_pil(mask, size):
    picture = Image.fromarray(mask.numpy()).resize((size[1], size[0]), Image.Resampling.NEAREST)
    return torch.from_numpy(np.array(picture))


def by_a_transform(mask, size):
    resize = v2.Resize(size, interpolation=InterpolationMode.NEAREST_EXACT)
    return resize(mask[None]).squeeze(0)


def by_loops(mask, size):
    (old_h, old_w), (h, w) = mask.shape, size
    return [
        [mask[int((y + 0.5) * old_h / h), int((x + 0.5) * old_w / w)].item() for x in range(w)]
        for y in range(h)
    ]


def as_tv_mask(mask, size):
    return v2.functional.resize(tv_tensors.Mask(mask), size, interpolation=InterpolationMode.NEAREST_EXACT)


def objects(numbers):
    return [number for number in sorted(set(numbers.flatten().tolist())) if number not in (0, 255)]


def from_masks(masks, **other):
    boxes = masks_to_boxes(masks)
    boxes[:, 2:] += 1
    return {"masks": masks, "boxes": boxes, "labels": torch.ones(len(masks), dtype=torch.int64)} | other


def stacked(numbers):
    return torch.stack([numbers == number for number in objects(numbers)])


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
        "masks": torch.stack(masks),
        "boxes": torch.tensor(boxes, dtype=torch.float32),
        "labels": torch.tensor([1] * len(boxes)),
    }


def by_numpy(numbers):
    seen = numbers.numpy()
    masks = np.stack([seen == number for number in objects(numbers)])
    boxes = []
    for mask in masks:
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        boxes.append([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
    return {
        "masks": masks.astype(np.uint8),
        "boxes": np.float32(boxes),
        "labels": np.ones(len(boxes), np.int64),
    }


def without_the_ends(numbers):
    known = numbers.where(numbers != 255, 0)
    return from_masks(known == known.unique()[1:, None, None])


def as_tv_tensors(numbers):
    target = by_list(numbers)
    boxes = tv_tensors.BoundingBoxes(target["boxes"], format="XYXY", canvas_size=numbers.shape)
    return target | {"boxes": boxes, "masks": tv_tensors.Mask(target["masks"])}


RIGHT = {
    "segmentation.resize_mask": [by_index, by_interpolate, by_pil, by_a_transform, by_loops, as_tv_mask],
    "segmentation.instance_target": [
        by_list,
        as_bytes,
        by_nonzero,
        by_numpy,
        without_the_ends,
        as_tv_tensors,
    ],
}


def of(numbers, ids):
    return torch.stack([numbers == number for number in ids])


WRONG = {
    "segmentation.resize_mask": {
        "_corner": lambda mask, size: F.interpolate(mask[None, None].float(), size)[0, 0].to(torch.uint8),
        "_averaged": lambda mask, size: F.interpolate(mask[None, None].double(), size, mode="bilinear")[0, 0],
        "_sides_swapped": lambda mask, size: by_index(mask, (size[1], size[0])),
    },
    "segmentation.instance_target": {
        "_background_too": lambda numbers: from_masks(of(numbers, [0, *objects(numbers)])),
        "_void_too": lambda numbers: from_masks(of(numbers, [*objects(numbers), 255])),
        "_everything": lambda numbers: from_masks(of(numbers, [0, *objects(numbers), 255])),
        "_last_pixel": lambda numbers: by_list(numbers) | {"boxes": masks_to_boxes(stacked(numbers))},
        "_numbers_as_labels": lambda numbers: by_list(numbers) | {"labels": torch.tensor(objects(numbers))},
        "_labels_of_zero": lambda numbers: by_list(numbers) | {"labels": [0] * len(objects(numbers))},
        "_rows_first": lambda numbers: {
            key: value.view(-1, 2, 2).flip(2).flatten(1) if key == "boxes" else value
            for key, value in by_list(numbers).items()
        },
        "_one_mask": lambda numbers: from_masks(((numbers != 0) & (numbers != 255))[None]),
    },
}


UNLISTED = {
    "segmentation.resize_mask": [
        lambda mask, size: mask[: size[0], : size[1]],
        lambda mask, size: by_index(mask, size).flip(1),
        lambda mask, size: by_index(mask, size).float(),
        lambda mask, size: mask,
        lambda mask, size: by_index(mask, size)[None],
    ],
    "segmentation.instance_target": [
        lambda numbers: from_masks(stacked(numbers).flip(0)),
        lambda numbers: from_masks(stacked(numbers).mT),
        lambda numbers: from_masks(stacked(numbers), labels=torch.ones(len(objects(numbers)))),
        lambda numbers: by_list(numbers) | {"boxes": box_convert(by_list(numbers)["boxes"], "xyxy", "xywh")},
        lambda numbers: from_masks(of(numbers, range(max(objects(numbers)) + 1))),
    ],
}


@pytest.mark.parametrize(
    "mix",
    [
        lambda mask, size: v2.Resize(size)(mask[None])[0],
        lambda mask, size: v2.Resize(size, antialias=False)(mask[None])[0],
        lambda mask, size: v2.Resize(size, interpolation=InterpolationMode.BICUBIC)(mask[None])[0],
        lambda mask, size: F.interpolate(mask[None, None].float(), size, mode="area")[0, 0].to(torch.uint8),
        lambda mask, size: torch.from_numpy(
            np.array(Image.fromarray(mask.numpy()).resize(size[::-1], Image.Resampling.BILINEAR))
        ),
    ],
)
def test_however_pixels_are_mixed_the_diagnosis_is_the_same(mix, diagnosis):
    verdict = check("segmentation.resize_mask", mix)
    assert verdict.message == diagnosis("segmentation.resize_mask", "_averaged")


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("segmentation.resize_mask", lambda mask, size: "a mask", "a label image expected"),
        (
            "segmentation.resize_mask",
            lambda mask, size: by_index(mask, size)[None],
            "The shape of the result",
        ),
        ("segmentation.resize_mask", lambda mask, size: by_index(mask, size).float(), "dtype uint8 expected"),
        ("segmentation.instance_target", lambda numbers: stacked(numbers), "a dict"),
        (
            "segmentation.instance_target",
            lambda numbers: {key: value for key, value in by_list(numbers).items() if key != "labels"},
            "the keys",
        ),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, words):
    verdict = check(name, answer)
    assert verdict.status in ("wrong", "error")
    assert words in f"{verdict.message} {verdict.evidence}"


def test_inputs_have_gaps_and_void_and_no_middle_on_an_edge():
    for trial in range(find("segmentation.instance_target").trials):
        (numbers,) = find("segmentation.instance_target").arguments(trial)
        ids = objects(numbers)
        assert len(ids) >= 2
        assert ids != list(range(1, len(ids) + 1)) or trial
        assert (numbers == 255).any()
    for trial in range(find("segmentation.resize_mask").trials):
        mask, size = find("segmentation.resize_mask").arguments(trial)
        assert not torch.equal(
            by_index(mask, size), F.interpolate(mask[None, None].float(), size)[0, 0].to(torch.uint8)
        )
