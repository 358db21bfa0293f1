"""Exercise of lesson 07: read a picture file, whatever kind of picture it holds."""

import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageOps
from torch import Tensor
from torchvision.transforms.v2.functional import pil_to_tensor, to_dtype

from vislearn.exercises.registry import N_, exercise

__all__ = ["safe_read"]

_HEIGHT, _WIDTH = 40, 56
_ORIENTATION = 274  # the number of EXIF's entry
_FILES = ("turned.jpg", "alpha.png", "sixteen.png", "palette.png", "gray_turned.jpg", "gray_alpha.png")


@exercise(
    "pixels.safe_read",
    trials=len(_FILES),
    atol=1.001,  # a level more or less: 16 bits may be cut to 8 or rounded
    hints=[
        N_(
            "Three steps: upright, `ImageOps.exif_transpose(Image.open(path))`. 16 bits, whose mode "
            "begins with `I;16`, by themselves. All others on white."
        ),
        N_(
            "16 bits: `to_dtype(pil_to_tensor(picture), torch.uint8, scale=True)` is (1, H, W); "
            "`.expand(3, -1, -1)` repeats it three times."
        ),
        N_(
            '`paper = Image.new("RGBA", picture.size, "white")`, and on it what there is to see: '
            '`Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB")`.'
        ),
    ],
)
def safe_read(path: Path) -> Tensor:
    """Read a picture as a person would see it: upright, in colour, on white paper.

    Args:
        path: JPEG or PNG; in colour, gray or with a palette, with or without transparency, of 8 or 16 bits,
            with or without an EXIF orientation.

    Returns:
        (3, H, W), uint8, RGB. Gray becomes three equal channels, 65535 of 16 bits becomes 255.
    """
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode.startswith("I;16"):
        return to_dtype(pil_to_tensor(picture), torch.uint8, scale=True).expand(3, -1, -1)
    paper = Image.new("RGBA", picture.size, "white")
    return pil_to_tensor(Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB"))


@cache
def _folder() -> Path:
    """Six small files, drawn once per process."""
    folder = Path(tempfile.mkdtemp())
    colour, visible = _colours(), Image.new("L", (_WIDTH, _HEIGHT), 60)  # nowhere quite transparent
    ImageDraw.Draw(visible).ellipse((10, 6, 44, 34), fill=255)
    exif = Image.Exif()
    exif[_ORIENTATION] = 6  # to be turned by a quarter, clockwise
    colour.save(folder / "turned.jpg", quality=95, exif=exif)
    exif[_ORIENTATION] = 8  # a quarter, counter-clockwise
    colour.convert("L").save(folder / "gray_turned.jpg", quality=95, exif=exif)
    colour.quantize(12).save(folder / "palette.png", transparency=bytes([255, 120] * 6))
    fine = np.random.default_rng(0).integers(256, size=(_HEIGHT, _WIDTH))  # a low byte unlike the high one
    deep = (np.asarray(colour.convert("L")).astype(np.uint16) << 8) + fine.astype(np.uint16)
    Image.fromarray(deep).save(folder / "sixteen.png")
    for kind, name in (("RGB", "alpha.png"), ("L", "gray_alpha.png")):
        seen = colour.convert(kind)
        seen.putalpha(visible)
        seen.save(folder / name)
    return folder


def _colours() -> Image.Image:
    """A smooth picture without symmetry, with a range of its own in each channel."""
    down, right = np.mgrid[0:_HEIGHT, 0:_WIDTH]
    channels = [30 + 2 * down + right, 40 + 3 * right, 60 + 4 * down]
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


@safe_read.inputs
def _a_file(_generator: torch.Generator, trial: int) -> tuple[Path]:
    return (_folder() / _FILES[trial],)


def _read(path: Path, *, upright: bool = True, on_white: bool = True, scaled: bool = True) -> Tensor:
    """Read with or without each of the three things that are easily forgotten."""
    picture: Image.Image = Image.open(path)
    if upright:
        picture = ImageOps.exif_transpose(picture)
    if scaled and picture.mode.startswith("I;16"):
        return to_dtype(pil_to_tensor(picture), torch.uint8, scale=True).expand(3, -1, -1)
    if on_white and not picture.mode.startswith("I;16"):
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture.convert("RGBA"))
    return pil_to_tensor(picture.convert("RGB"))


@safe_read.mistake(
    N_(
        '`convert("RGB")` alone forgets three things: the EXIF orientation (some are lying on their side), '
        "transparency (what was hidden shows) and 16 bits (everything above 255 is white)."
    )
)
def _convert_alone(path: Path) -> Tensor:
    return _read(path, upright=False, on_white=False, scaled=False)


@safe_read.mistake(
    N_(
        "Photographs stand upright. Two things are left: pictures of 16 bits are all white, and "
        "transparency is thrown away, so that what was hidden shows."
    )
)
def _upright_only(path: Path) -> Tensor:
    return _read(path, on_white=False, scaled=False)


@safe_read.mistake(
    N_(
        "Transparency is right. Two things are left: photographs with an EXIF orientation lie on their side, "
        "and pictures of 16 bits are all white."
    )
)
def _on_white_only(path: Path) -> Tensor:
    return _read(path, upright=False, scaled=False)


@safe_read.mistake(
    N_(
        "16 bits are right. Two things are left: photographs with an EXIF orientation lie on their side, and "
        "transparency is thrown away, so that what was hidden shows."
    )
)
def _scaled_only(path: Path) -> Tensor:
    return _read(path, upright=False, on_white=False)


@safe_read.mistake(
    N_(
        '16 bits are left: `convert("RGB")` and `convert("RGBA")` cut off everything above 255, so all of '
        "it is white. Look at `picture.mode` first, and divide: `to_dtype(…, torch.uint8, scale=True)`."
    )
)
def _not_scaled(path: Path) -> Tensor:
    return _read(path, scaled=False)


@safe_read.mistake(
    N_(
        "Transparency is left: it was thrown away, so that what was hidden shows. Lay such a picture on "
        "white: `Image.alpha_composite(paper, picture)`."
    )
)
def _not_on_white(path: Path) -> Tensor:
    return _read(path, on_white=False)


@safe_read.mistake(
    N_(
        "Photographs with an EXIF orientation lie on their side: a camera stores the pixels as they come and "
        "notes how it was held. `ImageOps.exif_transpose(picture)` turns them."
    )
)
def _not_upright(path: Path) -> Tensor:
    return _read(path, upright=False)


@safe_read.mistake(
    N_(
        "Transparent pictures lie on black. White was asked for: begin with a white picture, and lay "
        "yours on it with `Image.alpha_composite`."
    )
)
def _on_black(path: Path) -> Tensor:
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode.startswith("I;16"):
        return _read(path)
    black = Image.new("RGBA", picture.size, "black")
    return pil_to_tensor(Image.alpha_composite(black, picture.convert("RGBA")).convert("RGB"))


@safe_read.mistake(
    N_(
        "Pictures with a palette can be transparent too, and their mode, P, doesn't say so. "
        '`picture.convert("RGBA")` finds it out: lay every picture on white, whatever its mode.'
    )
)
def _palette_opaque(path: Path) -> Tensor:
    picture = Image.open(path)
    return pil_to_tensor(picture.convert("RGB")) if picture.mode == "P" else _read(path)


@safe_read.mistake(
    N_(
        "Some photographs still lie on their side or stand on their head: EXIF has eight orientations, and "
        "6 is only one. `ImageOps.exif_transpose(picture)` knows all."
    )
)
def _only_orientation_6(path: Path) -> Tensor:
    picture = Image.open(path)
    turned = picture.getexif().get(_ORIENTATION) == 6
    return _read(path, upright=turned)


@safe_read.mistake(
    N_(
        "With a palette the file's numbers are no colours: each is the *place* of a colour in a list. "
        '`picture.convert("RGB")` looks them up.'
    )
)
def _palette_as_gray(path: Path) -> Tensor:
    picture = Image.open(path)
    return pil_to_tensor(picture).expand(3, -1, -1) if picture.mode == "P" else _read(path)


@safe_read.mistake(
    N_("16 bits are left with one channel where three were asked for: `.expand(3, -1, -1)` repeats it.")
)
def _one_channel(path: Path) -> Tensor:
    pixels = _read(path)
    return pixels[:1] if Image.open(path).mode.startswith("I;16") else pixels


@safe_read.mistake(
    N_("All is read right, but as numbers from 0 to 1. Bytes were asked for: uint8, 0 to 255.")
)
def _unit_range(path: Path) -> Tensor:
    return to_dtype(_read(path), torch.float32, scale=True)
