"""Lesson 15's cut border: many ways to keep the types, and other ways to make each mistake."""

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from vislearn.exercises import check


def inner(image, border):
    return image[..., border:-border, border:-border]


def typed(image, boxes, mask, canvas=None):
    canvas = canvas or tuple(image.shape[-2:])
    boxes = tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=canvas)
    return tv_tensors.Image(image), boxes, tv_tensors.Mask(mask)


def by_centre(image, boxes, mask, border):
    side = [image.shape[1] - 2 * border, image.shape[2] - 2 * border]
    return v2.CenterCrop(side)(image, boxes, mask)


def by_negative_padding(image, boxes, mask, border):
    return tuple(F.pad(one, [-border] * 4) for one in (image, boxes, mask))


def made_anew(image, boxes, mask, border):
    return typed(inner(image, border), boxes - border, inner(mask, border))


def wrapped(image, boxes, mask, border):
    small = inner(image, border)
    return [
        tv_tensors.wrap(small, like=image),
        tv_tensors.wrap(boxes - border, like=boxes, canvas_size=tuple(small.shape[-2:])),
        tv_tensors.wrap(inner(mask, border), like=mask),
    ]


def in_a_context(image, boxes, mask, border):
    with tv_tensors.set_return_type("TVTensor"):
        small, mask = image[:, border:-border, border:-border], mask[border:-border, border:-border]
        boxes = boxes - border
    boxes.canvas_size = (small.shape[1], small.shape[2])
    return small, boxes, mask


def by_loop(image, boxes, mask, border):
    height, width = boxes.canvas_size
    found = []
    for one in [image, boxes, mask]:
        found.append(F.crop(one, border, border, height - border - border, width - border - border))
    return found


def by_numbers(image, boxes, mask, border):
    height, width = mask.shape
    picture = image.numpy()[:, border : height - border, border : width - border].copy()
    moved = [[side - border for side in box] for box in boxes.tolist()]
    mask = mask.numpy()[border : height - border, border:-border].copy()
    return typed(torch.from_numpy(picture), moved, mask)


def with_get_size(image, boxes, mask, border):
    image = v2.functional.crop(image, border, border, *inner(image, border).shape[-2:])
    size = v2.functional.get_size(image)  # a list
    boxes = tv_tensors.BoundingBoxes(boxes - border, format="XYXY", canvas_size=size)
    return image, boxes, tv_tensors.Mask(inner(mask, border))


def in_another_format(image, boxes, mask, border):
    image, boxes, mask = with_get_size(image, boxes, mask, border)
    return image, v2.functional.convert_bounding_box_format(boxes, new_format="CXCYWH"), mask


RIGHT = {
    "transforms.without_border": [
        by_centre,
        by_negative_padding,
        made_anew,
        wrapped,
        in_a_context,
        by_loop,
        by_numbers,
        with_get_size,
        in_another_format,
    ]
}


def boxes_only_wrapped(image, boxes, mask, border):
    small, _boxes, mask = made_anew(image, boxes, mask, border)
    return small, tv_tensors.wrap(boxes - border, like=boxes), mask


def boxes_as_tensor(image, boxes, mask, border):
    small, moved, mask = made_anew(image, boxes, mask, border)
    return small, moved.as_subclass(torch.Tensor), mask


def mask_as_tensor(image, boxes, mask, border):
    small, moved, mask = made_anew(image, boxes, mask, border)
    return small, moved, mask.clone().as_subclass(torch.Tensor)


WRONG = {
    "transforms.without_border": {
        "_all_plain": lambda x, b, m, n: tuple(
            one.as_subclass(torch.Tensor) for one in made_anew(x, b, m, n)
        ),
        "_old_canvas": boxes_only_wrapped,
        "_plain_boxes": boxes_as_tensor,
        "_plain_mask": mask_as_tensor,
        "_boxes_left": lambda x, b, m, n: typed(inner(x, n), b, inner(m, n)),
        "_two_sides": lambda x, b, m, n: typed(x[:, n:, n:], b - n, m[n:, n:]),
    }
}


def with_boxes(change):
    def answer(image, boxes, mask, border):
        small, moved, mask = made_anew(image, boxes, mask, border)
        return small, change(moved, boxes, border), mask

    return answer


def with_canvas(canvas):
    return with_boxes(
        lambda moved, boxes, n: tv_tensors.wrap(moved, like=moved, canvas_size=canvas(moved, boxes, n))
    )


UNLISTED = {
    "transforms.without_border": [
        lambda x, b, m, n: (x, b, m),
        with_boxes(lambda moved, boxes, n: tv_tensors.wrap(boxes + n, like=moved)),
        with_boxes(lambda moved, boxes, n: tv_tensors.wrap(boxes - 2 * n, like=moved)),
        with_canvas(lambda moved, boxes, n: moved.canvas_size[::-1]),
        with_canvas(lambda moved, boxes, n: tuple(side + n for side in moved.canvas_size)),
        lambda x, b, m, n: typed(x[:, :-n, :-n], b, m[:-n, :-n]),
        lambda x, b, m, n: typed(x[:, n : -n - 1, n : -n - 1], b - n, m[n : -n - 1, n : -n - 1]),
        lambda x, b, m, n: typed(x[:, n:, n:-n], b - n, m[n:, n:-n]),
        lambda x, b, m, n: (inner(x, n), b - n, tv_tensors.Mask(inner(m, n))),
        lambda x, b, m, n: (inner(x, n), *typed(inner(x, n), b - n, inner(m, n))[1:]),
        lambda x, b, m, n: typed(inner(x, n), b - n, m),
        lambda x, b, m, n: typed(inner(x, n).float() / 255, b - n, inner(m, n)),
        lambda x, b, m, n: typed(inner(x, n), b - n, inner(m, n) > 0),
        lambda x, b, m, n: (
            tv_tensors.Image(inner(x, n)),
            tv_tensors.BoundingBoxes(b - n, format="XYWH", canvas_size=tuple(inner(x, n).shape[-2:])),
            tv_tensors.Mask(inner(m, n)),
        ),
    ]
}


def test_two_of_the_three_get_a_plain_message():
    verdict = check("transforms.without_border", lambda x, b, m, n: (inner(x, n), b - n))
    assert verdict.status == "wrong"
    assert "image, boxes and mask expected" in f"{verdict.message} {verdict.evidence}"
