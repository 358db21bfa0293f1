"""Lesson 07's safe reader: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2.functional import pil_to_tensor, to_dtype, to_image

from vislearn.datasets import odd_pictures
from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.io import read_image

NAME = "pixels.safe_read"


def by_numpy(path):
    with Image.open(path) as file:
        picture = ImageOps.exif_transpose(file)
    if picture.mode == "I;16":
        return np.repeat((np.asarray(picture) // 257).astype(np.uint8)[None], 3, axis=0)
    pixels = np.asarray(picture.convert("RGBA")).astype(float)
    alpha = pixels[..., 3:] / 255
    return (pixels[..., :3] * alpha + 255 * (1 - alpha)).round().astype(np.uint8).transpose(2, 0, 1)


def by_pasting(path):
    picture = Image.open(path)
    if "I;16" in picture.mode:
        gray = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
        return pil_to_tensor(ImageOps.exif_transpose(gray).convert("RGB"))
    picture = ImageOps.exif_transpose(picture).convert("RGBA")
    paper = Image.new("RGB", picture.size, (255, 255, 255))
    paper.paste(picture, mask=picture.getchannel("A"))
    return pil_to_tensor(paper)


def by_course(path):
    return read_image(path)


def by_floats(path):
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode.startswith("I;16"):
        unit = to_dtype(to_image(picture), torch.float32, scale=True)
        return (unit * 255).round().to(torch.uint8).repeat(3, 1, 1)
    pixels = to_dtype(pil_to_tensor(picture.convert("RGBA")), torch.float32, scale=True)
    on_white = pixels[:3] * pixels[3] + 1 - pixels[3]
    return (on_white * 255).round().byte()


def by_torchvision(path):
    pixels = decode_image(str(path), apply_exif_orientation=True)
    if pixels.dtype == torch.uint16:
        return to_dtype(pixels, torch.uint8, scale=True).expand(3, -1, -1)
    if Image.open(path).mode == "P":
        pixels = decode_image(str(path), mode=ImageReadMode.RGB_ALPHA)
    if len(pixels) in {2, 4}:
        alpha = pixels[-1:].float() / 255
        pixels = (pixels[:-1] * alpha + 255 * (1 - alpha)).round().to(torch.uint8)
    return pixels.expand(3, -1, -1)


RIGHT = {NAME: [by_numpy, by_pasting, by_course, by_floats, by_torchvision]}


def built(upright=True, paper=255, bits=True):
    """An answer put together from parts, any of which can be missing."""

    def answer(path):
        picture = ImageOps.exif_transpose(Image.open(path)) if upright else Image.open(path)
        if picture.mode == "I;16":
            gray = np.asarray(picture) // 257 if bits else np.minimum(np.asarray(picture), 255)
            return torch.from_numpy(gray.astype(np.uint8)).expand(3, -1, -1)
        if paper is None:
            return pil_to_tensor(picture.convert("RGB"))
        page = Image.new("RGB", picture.size, (paper, paper, paper))
        page.paste(picture.convert("RGB"), mask=picture.convert("RGBA").getchannel("A"))
        return pil_to_tensor(page)

    return answer


def palette_left(path):
    picture = Image.open(path)
    return torch.tensor(np.asarray(picture)).repeat(3, 1, 1) if picture.mode == "P" else by_numpy(path)


def palette_opaque(path):
    picture = Image.open(path)
    return to_image(picture.convert("RGB")) if picture.mode == "P" else by_numpy(path)


def only_clockwise(path):
    if path.suffix != ".jpg":
        return by_numpy(path)
    picture = Image.open(path)
    if picture.getexif().get(274) == 6:
        picture = picture.transpose(Image.Transpose.ROTATE_270)
    return pil_to_tensor(picture.convert("RGB"))


def deep_left_gray(path):
    pixels = by_numpy(path)
    return pixels[1:2] if "sixteen" in str(path) else pixels


WRONG = {
    NAME: {
        "_convert_alone": lambda path: to_image(Image.open(path).convert("RGB")),
        "_upright_only": built(paper=None, bits=False),
        "_on_white_only": built(upright=False, bits=False),
        "_scaled_only": built(upright=False, paper=None),
        "_not_scaled": built(bits=False),
        "_not_on_white": built(paper=None),
        "_not_upright": built(upright=False),
        "_on_black": built(paper=0),
        "_palette_opaque": palette_opaque,
        "_only_orientation_6": only_clockwise,
        "_palette_as_gray": palette_left,
        "_one_channel": deep_left_gray,
        "_unit_range": lambda path: read_image(path) / 255,
    }
}


def low_byte(path):
    """Of 16 bits the finer half, which says next to nothing."""
    if "sixteen" in str(path):
        return pil_to_tensor(Image.open(path)).to(torch.uint8).expand(3, -1, -1)
    return read_image(path)


UNLISTED = {
    NAME: [
        lambda path: pil_to_tensor(Image.open(path)),
        lambda path: decode_image(str(path)),
        lambda path: read_image(path).flip(0),
        lambda path: read_image(path).permute(1, 2, 0),
        low_byte,
        lambda path: torch.full((3, 40, 56), 128, dtype=torch.uint8),
    ]
}


def test_a_photograph_on_its_side_is_told_although_torchvision_reads_a_palette_as_chance():
    verdict = check(NAME, lambda path: decode_image(str(path)))  # the palette's pixels are never set
    assert verdict.status == "wrong"
    assert "gives different answers" not in verdict.message


@pytest.mark.parametrize(
    "name",
    [
        "palette.png",
        "turned.jpg",
        "alpha.png",
        "gray_alpha.png",
        "sixteen_bit.png",
        "cmyk.jpg",
        "one_bit.png",
    ],
)
def test_the_reference_reads_odd_pictures_as_the_course_does(name):
    pixels = find(NAME).reference(odd_pictures() / name)
    assert (pixels.int() - read_image(odd_pictures() / name).int()).abs().max() <= 1
