"""Lesson 15's two chains: many ways to be right, and other ways to make each mistake."""

import pytest
import torch
from torch import nn
from torchvision import transforms as v1
from torchvision import tv_tensors
from torchvision.transforms import functional as F1
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as F

from vislearn.exercises import check


def by_old_functions(image, size, mean, std):
    image = F1.center_crop(F1.resize(image, size, antialias=True), size)
    return F1.normalize(F1.convert_image_dtype(image, torch.float32), mean, std)


def with_other_names(image, size, mean, std):
    image = F.resize_image(image, [size], interpolation=F.InterpolationMode.BILINEAR)
    image = F.center_crop_image(image, [size])
    return F.normalize_image(F.to_dtype_image(image, torch.float32, scale=True), mean=mean, std=std)


def by_slices(image, size, mean, std):
    image = F.resize(image, [size]) / 255
    top, left = (round((side - size) / 2) for side in image.shape[-2:])
    image = image[:, top : top + size, left : left + size]
    return (image - torch.tensor(mean)[:, None, None]) / torch.tensor(std).view(3, 1, 1)


def channel_by_channel(image, size, mean, std):
    image = F.crop(F.resize(image, size), *corner(F.resize(image, size), size), size, size).double() / 255
    return torch.stack([(c - m) / s for c, m, s in zip(image, mean, std, strict=True)])


def corner(image, size):
    return tuple(round((side - size) / 2) for side in image.shape[-2:])


def by_interpolate(image, size, mean, std):
    height, width = image.shape[-2:]
    short = min(height, width)
    sides = (size * height // short, size * width // short)
    large = nn.functional.interpolate(image[None].float(), sides, mode="bilinear", antialias=True)[0]
    return F.normalize(F.center_crop(large, [size, size]) / 255, mean, std)


def as_an_array(image, size, mean, std):
    return by_slices(image, size, mean, std).numpy()


def as_a_tv_image(image, size, mean, std):
    return with_other_names(tv_tensors.Image(image), size, mean, std)


def floats_first(image, size, mean, std):
    image = F.to_dtype(image, torch.float32, scale=True)
    return F.normalize(F.center_crop(F.resize(image, [size]), [size, size]), mean, std)


def start(size):
    return [v2.Resize(size), v2.CenterCrop(size)]


def end(mean, std):
    return [v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(mean, std)]


def as_a_function(size, mean, std):
    def transform(picture, target):
        chain = v2.Compose([*start(size), *end(mean, std)])
        picture, target = chain(picture, target)
        boxes = target["boxes"]
        keep = ((boxes[:, 2:] - boxes[:, :2]) > 0).all(dim=1)
        return picture, {"boxes": boxes[keep], "labels": target["labels"][keep]}

    return transform


def as_a_class(size, mean, std):
    class Port(v2.Transform):
        def __init__(self):
            super().__init__()
            self.chain = v2.Compose([*start(size), *end(mean, std)])

        def forward(self, *inputs):
            return v2.SanitizeBoundingBoxes(labels_getter=lambda pair: pair[1]["labels"])(self.chain(*inputs))

    return Port()


def by_nested_chains(size, mean, std):
    return v2.Compose([v2.Compose(start(size)), v2.SanitizeBoundingBoxes(min_size=1), *end(mean, std)])


def tensor_first(size, mean, std):
    return v2.Compose([v2.ToImage(), *start(size), *end(mean, std)[1:], v2.SanitizeBoundingBoxes()])


def by_pil_to_tensor(size, mean, std):
    return v2.Compose([*start(size), v2.PILToTensor(), *end(mean, std)[1:], v2.SanitizeBoundingBoxes()])


def by_the_old_name(size, mean, std):
    return v2.Compose([*start(size), v2.ToTensor(), v2.Normalize(mean, std), v2.SanitizeBoundingBoxes()])


def with_a_list_and_the_box_area(size, mean, std):
    last = v2.SanitizeBoundingBoxes(min_area=2.0, labels_getter=lambda pair: pair[1]["labels"])
    dtypes = v2.ToDtype({tv_tensors.Image: torch.float32, "others": None}, scale=True)
    middle = [v2.ToImage(), dtypes, v2.Normalize(mean, std)]
    return v2.Compose([v2.Resize([size], antialias=True), v2.CenterCrop([size, size]), *middle, last])


RIGHT = {
    "transforms.by_functions": [
        by_old_functions,
        with_other_names,
        by_slices,
        channel_by_channel,
        by_interpolate,
        as_an_array,
        as_a_tv_image,
        floats_first,
    ],
    "transforms.ported": [
        as_a_function,
        as_a_class,
        by_nested_chains,
        tensor_first,
        by_pil_to_tensor,
        by_the_old_name,
        with_a_list_and_the_box_area,
    ],
}


def ended(image, mean, std):
    return F1.normalize(image / 255, mean, std)


WRONG = {
    "transforms.by_functions": {
        "_stretched": lambda x, n, m, s: ended(F1.center_crop(F1.resize(x, (n, n)), n), m, s),
        "_by_256": lambda x, n, m, s: F.normalize(
            F.center_crop(F1.resize(x, n), n).float() * 0.00390625, m, s
        ),
        "_only_cut": lambda x, n, m, s: ended(F.crop(x, *corner(x, n), n, n), m, s),
        "_not_cut": lambda x, n, m, s: ended(F1.resize(x, n), m, s),
        "_unscaled": lambda x, n, m, s: F.normalize(
            F.to_dtype(F.center_crop(F.resize(x, n), n), torch.float32), m, s
        ),
        "_not_normalized": lambda x, n, m, s: F1.center_crop(F1.resize(x, n), n) / 255,
    },
    "transforms.ported": {
        "_not_sanitized": lambda n, m, s: lambda *pair: v2.Compose([*start(n), *end(m, s)])(*pair),
        "_labels_left": lambda n, m, s: v2.Compose(
            [*start(n), v2.SanitizeBoundingBoxes(labels_getter=None), *end(m, s)]
        ),
        "_not_scaled": lambda n, m, s: v2.Compose(
            [
                *start(n),
                v2.PILToTensor(),
                v2.ToDtype(torch.float32),
                v2.Normalize(m, s),
                v2.SanitizeBoundingBoxes(),
            ]
        ),
        "_squeezed": lambda n, m, s: v2.Compose(
            [v2.Resize([n, n]), v2.CenterCrop(n), *end(m, s), v2.SanitizeBoundingBoxes()]
        ),
    },
}


def with_labels(size, mean, std, change):
    def transform(*pair):
        picture, target = tensor_first(size, mean, std)(*pair)
        return picture, target | {"labels": change(target["labels"])}

    return transform


UNLISTED = {
    "transforms.by_functions": [
        lambda x, n, m, s: ended(F.crop(F.resize(x, [n]), 0, 0, n, n), m, s),
        lambda x, n, m, s: ended(F.center_crop(F.resize(x, [n]), [n, n]), s, m),
        lambda x, n, m, s: ended(F.center_crop(F.resize(x, [2 * n]), [n, n]), m, s),
        lambda x, n, m, s: ended(F.resize(F.center_crop(x, [24, 24]), [n, n]), m, s),
        lambda x, n, m, s: by_slices(x.flip(0), n, m, s),
        lambda x, n, m, s: by_slices(x, n, m, s).half(),
        lambda x, n, m, s: F.center_crop(F.resize(x, [n]), [n, n]),
        lambda x, n, m, s: v2.Compose([*start(n), *end(m, s)])(x),
        lambda x, n, m, s: nn.Sequential(*start(n), *end(m, s))(x),
        lambda x, n, m, s: (
            nn.Sequential(v1.Resize(n), v1.CenterCrop(n))(x)
            .div(255)
            .sub(torch.tensor(m)[:, None, None])
            .div(torch.tensor(s)[:, None, None])
        ),
    ],
    "transforms.ported": [
        lambda n, m, s: v2.Compose([v2.CenterCrop(n), *end(m, s), v2.SanitizeBoundingBoxes()]),
        lambda n, m, s: v2.Compose([v2.Resize(n), *end(m, s), v2.SanitizeBoundingBoxes()]),
        lambda n, m, s: v2.Compose([*start(n), *end(m, s)[:2], v2.SanitizeBoundingBoxes()]),
        lambda n, m, s: v2.Compose([*start(n), *end(s, m), v2.SanitizeBoundingBoxes()]),
        lambda n, m, s: v2.Compose([*start(n), *end(m, s), v2.SanitizeBoundingBoxes(min_size=n * 3 / 8)]),
        lambda n, m, s: v2.Compose(
            [*start(n), v2.RandomHorizontalFlip(1), *end(m, s), v2.SanitizeBoundingBoxes()]
        ),
        lambda n, m, s: lambda picture, target: (v2.Compose([*start(n), *end(m, s)])(picture), target),
        lambda n, m, s: (
            lambda picture, target: (
                v2.Compose([*start(n), *end(m, s)])(picture),
                {key: value[:0] for key, value in target.items()},
            )
        ),
        lambda n, m, s: with_labels(n, m, s, lambda labels: labels.flip(0)),
        lambda n, m, s: with_labels(n, m, s, lambda labels: labels[:1]),
        lambda n, m, s: v1.Compose([v1.Resize(n), v1.CenterCrop(n), v1.ToTensor(), v1.Normalize(m, s)]),
        lambda n, m, s: [*start(n), *end(m, s), v2.SanitizeBoundingBoxes()],
    ],
}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda n, m, s: start(n), "a transform expected"),
        (lambda n, m, s: lambda picture, target: picture, "a picture and a target expected"),
    ],
)
def test_a_port_that_is_none_gets_a_plain_message(answer, words):
    verdict = check("transforms.ported", answer)
    assert verdict.status == "wrong"
    assert words in f"{verdict.message} {verdict.evidence}"
