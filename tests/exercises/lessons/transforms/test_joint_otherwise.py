"""Lesson 15's random window: many ways to draw once, and other ways to make each mistake."""

import random

import numpy as np
import torch
from torchvision import transforms as v1
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from vislearn.exercises import check


def drawn(image, size):
    height, width = image.shape[-2:]
    top, left = random.randint(0, height - size), random.randint(0, width - size)
    return top, left, random.random() < 0.5


def by_one_chain(*given):
    *marked, size = given
    return v2.Compose([v2.RandomCrop(size), v2.RandomHorizontalFlip()])(*marked)


def flip_first(*given):
    *marked, size = given
    return list(v2.RandomCrop((size, size))(*v2.RandomHorizontalFlip(p=0.5)(*marked)))


def by_a_dict(image, boxes, mask, points, size):
    sample = {"points": points, "mask": mask, "boxes": boxes, "image": image}
    sample = by_one_chain(sample, size)
    sample = sample[0] if isinstance(sample, tuple) else sample
    return sample["image"], sample["boxes"], sample["mask"], sample["points"]


def by_python_s_chance(image, boxes, mask, points, size):
    top, left, mirror = drawn(image, size)
    four = [F.crop(one, top, left, size, size) for one in (image, boxes, mask, points)]
    return tuple(F.horizontal_flip(one) for one in four) if mirror else tuple(four)


def by_get_params(image, boxes, mask, points, size):
    where = v1.RandomCrop.get_params(image, (size, size))
    change = v2.RandomHorizontalFlip(p=float(np.random.rand() < 0.5))
    return change(*(F.crop(one, *where) for one in (image, boxes, mask, points)))


def by_numbers(image, boxes, mask, points, size, *, one=1, mirrors=(True, True, True)):
    top, left, mirror = drawn(image, size)
    image = image[:, top : top + size, left : left + size]
    mask = mask[top : top + size, left : left + size]
    boxes = boxes - torch.tensor([left, top, left, top])
    points = points - torch.tensor([left, top])
    if mirror:
        image = image.flip(2)
        if mirrors[0]:
            boxes = torch.stack([size - boxes[:, 2], boxes[:, 1], size - boxes[:, 0], boxes[:, 3]], 1)
        mask = mask.flip(1) if mirrors[1] else mask
        if mirrors[2]:
            points[..., 0] = size - one - points[..., 0]
    return typed(image, boxes, mask, points, size)


def typed(image, boxes, mask, points, size):
    canvas = (size, size)
    return (
        tv_tensors.Image(image),
        tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=canvas),
        tv_tensors.Mask(mask),
        tv_tensors.KeyPoints(points, canvas_size=canvas),
    )


def by_a_class(*given):
    *marked, size = given

    class Window(v2.Transform):
        def make_params(self, flat_inputs):
            top, left, mirror = drawn(flat_inputs[0], size)
            return {"top": top, "left": left, "mirror": mirror}

        def transform(self, inpt, params):
            inpt = F.crop(inpt, params["top"], params["left"], size, size)
            return F.horizontal_flip(inpt) if params["mirror"] else inpt

    return Window()(*marked)


RIGHT = {
    "transforms.random_window": [
        by_one_chain,
        flip_first,
        by_a_dict,
        by_python_s_chance,
        by_get_params,
        by_numbers,
        by_a_class,
    ]
}


def window(given, *, image=None, marks=None, draw=drawn, flip=None):
    """A window cut by functions, with other ones for the picture or its marks."""
    *marked, size = given
    top, left, mirror = draw(marked[0], size)
    image, marks = image or F.crop, marks or F.crop
    first = image(marked[0], top, left, size, size)
    rest = [marks(one, top, left, size, size) for one in marked[1:]]
    if mirror:
        first, rest = F.horizontal_flip(first), [(flip or F.horizontal_flip)(one) for one in rest]
    return first, *rest


def each_drawn(image, boxes, mask, points, size):
    sides = image.shape
    found = []
    for one in (image, boxes, mask, points):
        top, left = (int(torch.randint(side - size + 1, ())) for side in sides[-2:])
        one = F.crop(one, top, left, size, size)
        found.append(F.horizontal_flip(one) if torch.rand(1) < 0.5 else one)
    return found


def as_it_is(one, *_where):
    return one


def on_the_diagonal(image, size):
    at = random.randint(0, min(image.shape[-2:]) - size)
    return at, at, random.random() < 0.5


def from_the_other_sides(image, size):
    left, top, mirror = drawn(image, size)
    return top, left, mirror


def held(four):
    image, boxes, mask, points = four
    size = mask.shape[-1]
    points = tv_tensors.wrap(points.clamp(0, size - 1), like=points)
    return v2.RandomHorizontalFlip()(image, boxes, mask, points)


def sliced(image, boxes, mask, points, size, top, left, mirror):
    image, mask = image[:, top : top + size, left : left + size], mask[top : top + size, left : left + size]
    return (image.flip(2), boxes, mask.fliplr(), points) if mirror else (image, boxes, mask, points)


WRONG = {
    "transforms.random_window": {
        "_each_its_own": each_drawn,
        "_never_mirrored": lambda *given: window(given, draw=lambda x, n: (*drawn(x, n)[:2], False)),
        "_always_mirrored": lambda *given: window(given, draw=lambda x, n: (*drawn(x, n)[:2], True)),
        "_one_draw_for_both": lambda *given: window(given, draw=on_the_diagonal),
        "_seldom_mirrored": lambda *given: window(
            given, draw=lambda x, n: (*drawn(x, n)[:2], bool(torch.rand(()) > 0.9))
        ),
        "_last_place_missing": lambda *given: window(
            given,
            draw=lambda x, n: (
                *(int(torch.randint(side - n, ())) for side in x.shape[-2:]),
                drawn(x, n)[2],
            ),
        ),
        "_same_place": lambda *given: window(given, draw=lambda x, n: (0, 0, drawn(x, n)[2])),
        "_only_the_picture_mirrored": lambda *given: window(given, flip=as_it_is),
        "_only_the_picture": lambda *given: window(given, marks=as_it_is, flip=as_it_is),
        "_points_as_edges": lambda *given: by_numbers(*given, one=0),
        "_over_the_edge": lambda *given: window(given, draw=from_the_other_sides),
        "_resized": lambda *given: v2.RandomHorizontalFlip()(*v2.RandomResizedCrop(given[-1])(*given[:4])),
        "_upside_down": lambda *given: v2.RandomApply([v2.RandomVerticalFlip(1.0)])(
            *v2.RandomCrop(given[-1])(*given[:4])
        ),
        "_no_chance": lambda *given: window(given, draw=lambda x, n: (3, 1, False) if n < 30 else (0, 0, 0)),
        "_no_chance_and_mirrored": lambda *given: window(given, draw=lambda x, n: (0, 0, True)),
        "_points_held": lambda *given: held(v2.RandomCrop(given[-1])(*given[:4])),
        "_boxes_left_out": lambda *given: v2.SanitizeBoundingBoxes(labels_getter=None)(*by_one_chain(*given)),
        "_boxes_and_points_left": lambda *given: [
            old if at in (1, 3) else new
            for at, (old, new) in enumerate(zip(given, by_one_chain(*given), strict=False))
        ],
        "_sliced": lambda *given: sliced(*given, *drawn(given[0], given[-1])),
        "_sliced_and_never_mirrored": lambda *given: sliced(*given, *drawn(given[0], given[-1])[:2], False),
    }
}


def mirrored_each(*given):
    """One place for all four, but a coin for each."""
    four = window(given, draw=lambda x, n: (*drawn(x, n)[:2], False))
    return [v2.RandomHorizontalFlip()(one) for one in four]


def swapped(one, top, left, height, width):
    return F.crop(one, left, top, height, width)


UNLISTED = {
    "transforms.random_window": [
        mirrored_each,
        lambda *given: window(given, marks=swapped),
        lambda *given: window(given, flip=F.vertical_flip),
        lambda *given: window(given, draw=lambda x, n: (0, *drawn(x, n)[1:])),
        lambda *given: window(given, draw=lambda x, n: (drawn(x, n)[0], 0, drawn(x, n)[2])),
        lambda *given: by_numbers(*given, mirrors=(True, True, False)),
        lambda *given: by_numbers(*given, mirrors=(False, True, True)),
        lambda *given: by_numbers(*given, one=2),
        lambda *given: [one.as_subclass(torch.Tensor) for one in by_numbers(*given)],
        lambda *given: given[:4],
        lambda *given: [F.resize(one, [given[-1]] * 2, antialias=False) + 1 for one in given[:4]],
    ]
}


def test_three_of_the_four_get_a_plain_message():
    verdict = check("transforms.random_window", lambda *given: by_numbers(*given)[:3])
    assert verdict.status == "wrong"
    assert "image, boxes, mask and points expected" in f"{verdict.message} {verdict.evidence}"
