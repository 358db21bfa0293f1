"""Lesson 15's chains: by functions alone, and ported to v2; other ways to be right, and to be wrong."""

import torch
from torchvision import transforms as v1
from torchvision import tv_tensors
from torchvision.transforms import functional as old
from torchvision.transforms import v2

from vislearn.exercises import check
from vislearn.exercises.registry import find

FUNCTIONS, PORTED = "transforms.by_functions", "transforms.ported"
F = v2.functional


def floats(image):
    return F.to_dtype(image, torch.float32, scale=True)


def scaled_first(image, size, mean, std):
    return F.normalize(F.center_crop(F.resize(floats(image), [size]), [size, size]), mean, std)


def by_v1(image, size, mean, std):
    image = old.center_crop(old.resize(image, [size], antialias=True), [size, size])
    return old.normalize(old.convert_image_dtype(image, torch.float32), mean, std)


def cut_by_hand(image, size, mean, std):
    image = F.resize(image, [size])
    top, left = round((image.shape[1] - size) / 2), round((image.shape[2] - size) / 2)
    return F.normalize(image[:, top : top + size, left : left + size] / 255, mean, std)


def normalized_by_hand(image, size, mean, std):
    image = F.center_crop(F.resize(image, [size]), [size]).float() / 255
    return (image - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def sides_by_hand(image, size, mean, std):
    height, width = image.shape[1:]
    sides = [size, int(size * width / height)] if height <= width else [int(size * height / width), size]
    return F.normalize(floats(F.center_crop(F.resize(image, sides), [size, size])), mean, std)


def ending(mean, std, *last):
    return [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std), *last]


def tensor_first(size, mean, std):
    first = [v2.ToImage(), v2.Resize([size]), v2.CenterCrop([size, size])]
    return v2.Compose([*first, v2.SanitizeBoundingBoxes(), *ending(mean, std)[1:]])


def in_two_parts(size, mean, std):
    geometry = v2.Compose([v2.Resize(size), v2.CenterCrop(size)])
    return v2.Compose([geometry, v2.Compose(ending(mean, std)), v2.SanitizeBoundingBoxes()])


def to_a_plain_tensor(size, mean, std):
    numbers = [v2.PILToTensor(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]
    clean = [v2.ClampBoundingBoxes(), v2.SanitizeBoundingBoxes(min_size=2)]
    return v2.Compose([v2.Resize([size]), v2.CenterCrop((size, size)), *numbers, *clean])


def by_name(size, mean, std):
    clean = v2.SanitizeBoundingBoxes(labels_getter=lambda inputs: inputs[1]["labels"])
    return v2.Compose([v2.Resize(size), v2.CenterCrop(size), *ending(mean, std, clean)])


def one_function(size, mean, std):
    cut, numbers = v2.Compose([v2.Resize(size), v2.CenterCrop(size)]), v2.Compose(ending(mean, std))

    def transform(picture, target):
        picture, target = cut(picture, target)
        boxes = target["boxes"]
        keep = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        boxes = tv_tensors.wrap(boxes[keep], like=boxes)
        return numbers(picture), target | {"boxes": boxes, "labels": target["labels"][keep]}

    return transform


RIGHT = {
    FUNCTIONS: [scaled_first, by_v1, cut_by_hand, normalized_by_hand, sides_by_hand],
    PORTED: [tensor_first, in_two_parts, to_a_plain_tensor, by_name, one_function],
}

WRONG = {
    FUNCTIONS: {
        "_stretched": lambda image, size, mean, std: F.normalize(
            F.resize(floats(image), [size, size]), mean, std
        ),
        "_by_256": lambda image, size, mean, std: F.normalize(
            F.center_crop(F.resize(image, [size]), [size]).div(256), mean, std
        ),
        "_only_cut": lambda image, size, mean, std: F.normalize(
            F.center_crop(floats(image), [size]), mean, std
        ),
        "_not_cut": lambda image, size, mean, std: F.normalize(F.resize(floats(image), [size]), mean, std),
        "_unscaled": lambda image, size, mean, std: F.normalize(
            F.to_dtype(F.center_crop(F.resize(image, [size]), [size]), torch.float32), mean, std
        ),
        "_not_normalized": lambda image, size, mean, std: (
            F.center_crop(F.resize(image, [size]), [size]).float() / 255
        ),
    },
    PORTED: {
        "_not_sanitized": lambda size, mean, std: v2.Compose(
            [v2.ToImage(), v2.Resize(size), v2.CenterCrop(size), *ending(mean, std)[1:]]
        ),
        "_labels_left": lambda size, mean, std: v2.Compose(
            [
                v2.ToImage(),
                v2.Resize(size),
                v2.CenterCrop(size),
                v2.SanitizeBoundingBoxes(labels_getter=None),
                *ending(mean, std)[1:],
            ]
        ),
        "_not_scaled": lambda size, mean, std: v2.Compose(
            [
                v2.Resize(size),
                v2.CenterCrop(size),
                v2.PILToTensor(),
                v2.ToDtype(torch.float32),
                v2.Normalize(mean, std),
                v2.SanitizeBoundingBoxes(),
            ]
        ),
        "_squeezed": lambda size, mean, std: v2.Compose(
            [v2.Resize([size, size]), *ending(mean, std, v2.SanitizeBoundingBoxes())]
        ),
    },
}

UNLISTED = {
    FUNCTIONS: [
        lambda image, size, mean, std: image,
        lambda image, size, mean, std: find(FUNCTIONS).reference(image.flip(0), size, mean, std),
        lambda image, size, mean, std: find(FUNCTIONS).reference(image.flip(2), size, mean, std),
        lambda image, size, mean, std: find(FUNCTIONS).reference(image, size, std, mean),
        lambda image, size, mean, std: find(FUNCTIONS).reference(image, size - 1, mean, std),
        lambda image, size, mean, std: find(FUNCTIONS).reference(image, size, mean, std)[None],
    ],
    PORTED: [
        lambda size, mean, std: v1.Compose(
            [v1.Resize(size), v1.CenterCrop(size), v1.ToTensor(), v1.Normalize(mean, std)]
        ),
        lambda size, mean, std: v2.Compose(ending(mean, std)),
        lambda size, mean, std: ending(mean, std),
        lambda size, mean, std: lambda picture, target: (picture, target),
        lambda size, mean, std: lambda picture, target: picture,
        lambda size, mean, std: v2.SanitizeBoundingBoxes(),
        lambda size, mean, std: find(PORTED).reference(size, std, mean),
    ],
}


def test_classes_are_refused_however_right():
    def by_class(image, size, mean, std):
        chain = [v2.Resize(size), v2.CenterCrop(size), v2.ToDtype(torch.float32, scale=True)]
        return v2.Compose([*chain, v2.Normalize(mean, std)])(image)

    assert check(FUNCTIONS, by_class).status == "wrong"
