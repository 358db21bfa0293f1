"""Lesson 15's reader whose lines drop types: other ways to mend it, and to break it."""

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.exercises.registry import find

NAME = "transforms.without_border"
F = v2.functional


def inner(image, border):
    return [image.shape[-2] - 2 * border, image.shape[-1] - 2 * border]


def by_centre(image, boxes, mask, border):
    return tuple(F.center_crop(one, inner(image, border)) for one in (image, boxes, mask))


def by_class(image, boxes, mask, border):
    return v2.CenterCrop(inner(image, border))(image, boxes, mask)


def made_anew(image, boxes, mask, border):
    image = tv_tensors.Image(image[:, border:-border, border:-border])
    boxes = tv_tensors.BoundingBoxes(boxes - border, format="XYXY", canvas_size=tuple(image.shape[-2:]))
    return image, boxes, tv_tensors.Mask(mask[border:-border, border:-border])


def by_pad(image, boxes, mask, border):
    return [
        F.pad(one, [-border]) if one is boxes else F.center_crop(one, inner(image, border))
        for one in (image, boxes, mask)
    ]


def types_kept(image, boxes, mask, border):
    size = tuple(inner(image, border))
    with tv_tensors.set_return_type("TVTensor"):
        image, mask = image[:, border:-border, border:-border], mask[border:-border, border:-border]
        boxes = boxes - border
    return image, tv_tensors.BoundingBoxes(boxes, format=boxes.format, canvas_size=size), mask


def wrapped_and_told(image, boxes, mask, border):
    sliced = slice(border, -border)
    image, mask = (tv_tensors.wrap(one[..., sliced, sliced], like=one) for one in (image, mask))
    boxes = tv_tensors.wrap(boxes - border, like=boxes, canvas_size=tuple(image.shape[-2:]))
    return image, boxes, mask


RIGHT = {NAME: [by_centre, by_class, made_anew, types_kept, wrapped_and_told]}


def narrowed(one, border):
    height, width = one.shape[-2:]
    return one.narrow(-2, border, height - 2 * border).narrow(-1, border, width - 2 * border)


WRONG = {
    NAME: {
        "_all_plain": lambda image, boxes, mask, border: [
            narrowed(image, border),
            boxes.sub(border),
            narrowed(mask, border),
        ],
        "_old_canvas": lambda image, boxes, mask, border: (
            tv_tensors.Image(narrowed(image, border)),
            tv_tensors.BoundingBoxes(boxes - border, format="XYXY", canvas_size=tuple(image.shape[-2:])),
            tv_tensors.Mask(narrowed(mask, border)),
        ),
        "_plain_boxes": lambda image, boxes, mask, border: (
            tv_tensors.Image(narrowed(image, border)),
            boxes - border,
            tv_tensors.Mask(narrowed(mask, border)),
        ),
        "_plain_mask": lambda image, boxes, mask, border: (
            *made_anew(image, boxes, mask, border)[:2],
            narrowed(mask, border),
        ),
        "_boxes_left": lambda image, boxes, mask, border: (
            tv_tensors.Image(narrowed(image, border)),
            tv_tensors.wrap(boxes, like=boxes, canvas_size=tuple(inner(image, border))),
            tv_tensors.Mask(narrowed(mask, border)),
        ),
        "_two_sides": lambda image, boxes, mask, border: (
            tv_tensors.Image(image[:, border:, border:]),
            tv_tensors.wrap(
                boxes - border, like=boxes, canvas_size=(image.shape[1] - border, image.shape[2] - border)
            ),
            tv_tensors.Mask(mask[border:, border:]),
        ),
    }
}

UNLISTED = {
    NAME: [
        lambda image, boxes, mask, border: (image, boxes, mask),
        lambda image, boxes, mask, border: image,
        lambda image, boxes, mask, border: find(NAME).reference(image, boxes, mask, border + 1),
        lambda image, boxes, mask, border: find(NAME).reference(image, boxes, mask, border)[::-1],
        lambda image, boxes, mask, border: (
            *find(NAME).reference(image, boxes, mask, border)[:2],
            tv_tensors.Mask(torch.zeros(3, 3)),
        ),
        lambda image, boxes, mask, border: {"image": image, "boxes": boxes, "mask": mask},
    ]
}


def test_a_flip_fits_after_the_reference_and_not_after_the_old_canvas():
    image, boxes, mask, border = find(NAME).arguments(0)
    for answer, fits in ((find(NAME).reference, True), (WRONG[NAME]["_old_canvas"], False)):
        flipped, moved, shape = v2.RandomHorizontalFlip(p=1.0)(*answer(image, boxes, mask, border))
        left, top, right, bottom = moved[0].int().tolist()
        assert bool(shape[top:bottom, left:right].all() and shape.sum() == 63) is fits, flipped.shape
