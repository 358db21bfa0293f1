"""One photograph in every form that surprises a reader: gray, palette, 16 bits, CMYK, turned."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, features

from vislearn.datasets.bundled.pictures import source_file
from vislearn.datasets.bundled.store import Recipe, ensure_built

__all__ = ["RECIPE", "odd_pictures"]

_WH = (160, 120)
_CORNER = (120, 20, 440, 260)  # of the cat's photograph: its face, xyxy
_TURN, _SIDEWAYS = 0x0112, 6  # EXIF's tag, and "hold it turned by 90° clockwise"


def odd_pictures() -> Path:
    """A folder of small files that all show one cat, 160×120 as one sees it, each stored in another way.

    ``plain.png`` is what the others were made of. ``gray.png``, ``one_bit.png``, ``gray_alpha.png``,
    ``alpha.png`` (its right half transparent), ``palette.png`` (its pixels are indices), ``sixteen_bit.png``
    (0..65535) and ``twelve_bit.png`` (0..4095 in 16), ``cmyk.jpg``, ``turned.jpg`` (stored lying, EXIF says
    6), ``animated.gif`` and ``animated.webp`` (the second frame is mirrored), ``plain.jpg``, ``plain.webp``,
    ``plain.bmp``, ``plain.tif``, and ``plain.avif`` where Pillow writes it.
    """
    return ensure_built(RECIPE)


def _plain() -> Image.Image:
    with Image.open(source_file("cat")) as file:
        plain = file.convert("RGB").crop(_CORNER).resize(_WH, Image.Resampling.LANCZOS)
    plain.info.clear()  # the camera's colour profile is one for RGB: libpng complains of it in gray files
    return plain


def _build(folder: Path) -> Iterator[None]:
    plain = _plain()
    _write_modes(folder, plain)
    _write_depths(folder, plain)
    _write_turned(folder, plain)
    _write_formats(folder, plain)
    yield


def _write_modes(folder: Path, plain: Image.Image) -> None:
    plain.convert("L").save(folder / "gray.png")
    plain.convert("1").save(folder / "one_bit.png")
    for mode, name in (("RGB", "alpha"), ("L", "gray_alpha")):
        seen_through = plain.convert(mode)
        seen_through.putalpha(Image.fromarray(_left_half_solid()))
        seen_through.save(folder / f"{name}.png")
    plain.quantize(64).save(folder / "palette.png")
    plain.convert("CMYK").save(folder / "cmyk.jpg", quality=92)


def _left_half_solid() -> np.ndarray:
    width, height = _WH
    alpha = np.zeros((height, width), np.uint8)
    alpha[:, : width // 2] = 255
    return alpha


def _write_depths(folder: Path, plain: Image.Image) -> None:
    """Gray levels spread over more bits; 255 becomes the highest value."""
    gray = np.asarray(plain.convert("L"), dtype=np.uint32)
    for name, highest in (("sixteen_bit", 65535), ("twelve_bit", 4095)):
        Image.fromarray((gray * highest // 255).astype(np.uint16)).save(folder / f"{name}.png")


def _write_turned(folder: Path, plain: Image.Image) -> None:
    exif = Image.Exif()
    exif[_TURN] = _SIDEWAYS
    lying = plain.transpose(Image.Transpose.ROTATE_90)
    lying.save(folder / "turned.jpg", quality=92, exif=exif)


def _write_formats(folder: Path, plain: Image.Image) -> None:
    for ending in ("png", "bmp", "tif"):
        plain.save(folder / f"plain.{ending}")
    for ending in ("jpg", "webp"):
        plain.save(folder / f"plain.{ending}", quality=92)
    if features.check("avif"):
        plain.save(folder / "plain.avif", quality=80, max_threads=1)  # one thread: the same bytes every time
    frames: dict[str, Any] = {
        "save_all": True,
        "append_images": [plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT)],
    }
    plain.save(folder / "animated.gif", duration=500, **frames)
    plain.save(folder / "animated.webp", duration=500, quality=92, **frames)


RECIPE = Recipe("odd_pictures", version=1, units=1, build=_build)
