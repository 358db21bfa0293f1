"""Lesson 15's one draw for all: other ways to draw once, and to draw too often."""

import random

import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.exercises.registry import find

NAME = "transforms.random_window"
F = v2.functional


def one_call(image, boxes, mask, points, size):
    return v2.Compose([v2.RandomCrop(size), v2.RandomHorizontalFlip()])(image, boxes, mask, points)


def by_get_params(image, boxes, mask, points, size):
    place = v2.RandomCrop.get_params(image, (size, size))
    four = [F.crop(one, *place) for one in (image, boxes, mask, points)]
    return [F.horizontal_flip(one) for one in four] if torch.rand(1).item() > 0.5 else four


def by_python_s_chance(image, boxes, mask, points, size):
    top, left = random.randint(0, image.shape[1] - size), random.randint(0, image.shape[2] - size)
    four = (F.crop(one, top, left, size, size) for one in (image, boxes, mask, points))
    return tuple(map(F.horizontal_flip, four) if random.random() < 0.5 else four)


def flipped_first(image, boxes, mask, points, size):
    return v2.Compose([v2.RandomHorizontalFlip(0.5), v2.RandomCrop((size, size))])(image, boxes, mask, points)


def seeded_alike(image, boxes, mask, points, size):
    seed, chain = int(torch.randint(10**6, ())), v2.Compose([v2.RandomCrop(size), v2.RandomHorizontalFlip()])
    moved = []
    with torch.random.fork_rng(devices=[]):
        for one in (image, boxes, mask, points):
            torch.manual_seed(seed)
            moved.append(chain(one))
    return moved


def by_arithmetic(image, boxes, mask, points, size):
    top, left = (int(torch.randint(side - size + 1, ())) for side in image.shape[1:])
    image, mask = (one[..., top : top + size, left : left + size] for one in (image, mask))
    boxes, points = boxes - torch.tensor([left, top] * 2), points - torch.tensor([left, top])
    if torch.rand(()) < 0.5:
        image, mask = image.flip(-1), mask.flip(-1)
        boxes = torch.stack([size - boxes[:, 2], boxes[:, 1], size - boxes[:, 0], boxes[:, 3]], dim=1)
        points = torch.stack([size - 1 - points[..., 0], points[..., 1]], dim=-1)
    return (
        tv_tensors.Image(image),
        tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=(size, size)),
        tv_tensors.Mask(mask),
        tv_tensors.KeyPoints(points, canvas_size=(size, size)),
    )


RIGHT = {NAME: [one_call, by_get_params, by_python_s_chance, flipped_first, seeded_alike, by_arithmetic]}


def cut(four, size, place):
    return [F.crop(one, *place, size, size) for one in four]


def drawn(image, size):
    return [int(torch.randint(side - size + 1, ())) for side in image.shape[1:]]


def each_its_own(*four_and_size):
    *four, size = four_and_size
    moved = [cut([one], size, drawn(four[0], size))[0] for one in four]
    return [F.horizontal_flip(one) if torch.rand(()) < 0.5 else one for one in moved]


def only_cut(*four_and_size):
    *four, size = four_and_size
    return cut(four, size, drawn(four[0], size))


def without_the_last(*four_and_size):
    *four, size = four_and_size
    moved = cut(four, size, [int(torch.randint(side - size, ())) for side in four[0].shape[1:]])
    return [F.horizontal_flip(one) for one in moved] if torch.rand(()) < 0.5 else moved


def same_place(*four_and_size):
    *four, size = four_and_size
    moved = cut(four, size, (1, 1))
    return [F.horizontal_flip(one) for one in moved] if torch.rand(()) < 0.5 else moved


def on_the_diagonal(image, boxes, mask, points, size):
    at = torch.randint(min(image.shape[1:]) - size + 1, (1,)).item()
    return v2.RandomHorizontalFlip()(
        *(F.crop(one, at, at, size, size) for one in (image, boxes, mask, points))
    )


def only_the_picture_mirrored(*four_and_size):
    image, *marks = only_cut(*four_and_size)
    return [F.horizontal_flip(image) if torch.rand(()) < 0.5 else image, *marks]


def only_the_picture(image, boxes, mask, points, size):
    return v2.RandomHorizontalFlip()(v2.RandomCrop(size)(image)), boxes, mask, points


def points_as_edges(image, boxes, mask, points, size):
    image, boxes, mask, points = only_cut(image, boxes, mask, points, size)
    if torch.rand(()) < 0.5:
        image, boxes, mask = image.flip(2), F.horizontal_flip(boxes), F.horizontal_flip(mask)
        image, points = tv_tensors.Image(image), points.clone()
        points[..., 0] = size - points[..., 0]
    return image, boxes, mask, points


def from_the_whole_side(*four_and_size):
    *four, size = four_and_size
    place = [int(torch.randint(side, ())) // 2 + 1 for side in four[0].shape[1:]]
    return v2.RandomHorizontalFlip()(*cut(four, size, place))


def map_all(change, four):
    return [change(one) for one in four]


def points_held(image, boxes, mask, points, size):
    held = points.clamp(torch.tensor(0), torch.tensor(size))
    return image, boxes, mask, tv_tensors.KeyPoints(held, canvas_size=(size, size))


def boxes_left_out(image, boxes, mask, points):
    stays = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
    return image, tv_tensors.wrap(boxes[stays], like=boxes), mask, points


def put_back(four, boxes, points):
    return four[0], boxes, four[2], points


def sliced(image, boxes, mask, points, size, share):
    top, left = drawn(image, size)
    image, mask = (one[..., top : top + size, left : left + size] for one in (image, mask))
    if random.random() < share:
        image, mask = image.flip(-1), mask.flip(-1)
    return image, boxes, mask, points


WRONG = {
    NAME: {
        "_each_its_own": each_its_own,
        "_never_mirrored": only_cut,
        "_same_place": same_place,
        "_always_mirrored": lambda *given: v2.RandomHorizontalFlip(p=1.0)(*only_cut(*given)),
        "_one_draw_for_both": on_the_diagonal,
        "_seldom_mirrored": lambda *given: (one_call if torch.rand(()) < 0.2 else only_cut)(*given),
        "_last_place_missing": without_the_last,
        "_only_the_picture_mirrored": only_the_picture_mirrored,
        "_only_the_picture": only_the_picture,
        "_points_as_edges": points_as_edges,
        "_over_the_edge": from_the_whole_side,
        "_resized": lambda image, boxes, mask, points, size: v2.Resize((size, size))(
            image, boxes, mask, points
        ),
        "_upside_down": lambda *given: v2.RandomVerticalFlip()(*only_cut(*given)),
        "_no_chance": lambda *given: cut(given[:4], given[4], (0, 1)),
        "_no_chance_and_mirrored": lambda *given: map_all(
            F.horizontal_flip, cut(given[:4], given[4], (1, 0))
        ),
        "_points_held": lambda *given: points_held(*one_call(*given), given[-1]),
        "_boxes_left_out": lambda *given: boxes_left_out(*one_call(*given)),
        "_boxes_and_points_left": lambda image, boxes, mask, points, size: put_back(
            by_get_params(image, boxes, mask, points, size), boxes, points
        ),
        "_sliced": lambda image, boxes, mask, points, size: sliced(image, boxes, mask, points, size, 0.5),
        "_sliced_and_never_mirrored": lambda image, boxes, mask, points, size: sliced(
            image, boxes, mask, points, size, 0
        ),
    }
}

UNLISTED = {
    NAME: [
        lambda image, boxes, mask, points, size: (image, boxes, mask, points),
        lambda image, boxes, mask, points, size: image,
        lambda image, boxes, mask, points, size: one_call(image, boxes, mask, points, size - 1),
        lambda image, boxes, mask, points, size: one_call(image, boxes, mask, points, size)[::-1],
        lambda image, boxes, mask, points, size: [
            one.as_subclass(torch.Tensor) for one in find(NAME).reference(image, boxes, mask, points, size)
        ],
        lambda image, boxes, mask, points, size: F.vertical_flip(image),
    ]
}
