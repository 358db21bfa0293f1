"""Printed Bengali digits, drawn from ten fonts and made to look photographed, as an ImageFolder tree."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageFilter

from vislearn.datasets.bundled.store import Recipe, ensure_built
from vislearn.errors import require_one_of

__all__ = ["BENGALI_DIGITS", "FAMILIES", "RECIPE", "bengali_digits"]

# class folder: the digit and its name, as one writes and says it
BENGALI_DIGITS = {
    "0": "০ শূন্য",
    "1": "১ এক",
    "2": "২ দুই",
    "3": "৩ তিন",
    "4": "৪ চার",
    "5": "৫ পাঁচ",
    "6": "৬ ছয়",
    "7": "৭ সাত",
    "8": "৮ আট",
    "9": "৯ নয়",
}
SIDE = 32
# One of each manner validates: upright sans serif, text serif, brush. Chosen before anything was measured.
FAMILIES = {
    "train": (
        "alkatra",
        "anek-bangla",
        "atma",
        "baloo-da-2",
        "mina",
        "noto-sans-bengali",
        "noto-serif-bengali",
    ),
    "val": ("galada", "hind-siliguri", "tiro-bangla"),
}
COUNTS = {"train": 30, "val": 20}  # pictures of one digit in one family
_GLYPHS = Path(__file__).parent / "glyphs"


def bengali_digits(split: Literal["train", "val"] = "train") -> Path:
    """The root of an ImageFolder tree: printed Bengali digits ০ ... ৯, 32×32 gray PNGs, in folders 0 ... 9.

    Nobody wrote these: a program drew the letters of ten fonts, thinner or thicker, turned, slanted, on
    uneven paper, blurred and with a camera's noise. How well a network then reads *handwriting* has to be
    tried on handwriting. ``val`` shows three fonts of which ``train`` has no letter, so that it asks for
    digits, not for letters seen before; a file's name begins with its font, ``mina-07.png``.

    Args:
        split: ``"train"`` (2100 pictures, seven fonts) or ``"val"`` (600, three other fonts).

    Raises:
        InputError: an unknown split.

    Source: ten font families under the SIL Open Font License 1.1; data/README.md names their authors.

    >>> sorted({path.name.rsplit("-", 1)[0] for path in bengali_digits("val").glob("*/*.png")})
    ['galada', 'hind-siliguri', 'tiro-bangla']
    >>> BENGALI_DIGITS["7"]
    '৭ সাত'
    """
    require_one_of("split", split, COUNTS)
    return ensure_built(RECIPE) / split


def _build(folder: Path) -> Iterator[None]:
    rng = np.random.default_rng(2026)
    for split, families in FAMILIES.items():
        for digit in BENGALI_DIGITS:
            (folder / split / digit).mkdir(parents=True)
            for family in families:
                masters = _masters()[family]  # (faces, 10, side, side)
                for index in range(COUNTS[split]):
                    picture = _photographed(rng, masters[rng.integers(len(masters)), int(digit)])
                    picture.save(folder / split / digit / f"{family}-{index:02d}.png")
                    yield


@cache
def _masters() -> dict[str, np.ndarray]:
    """Family -> ink of its faces, uint8 (faces, 10, side, side); tools/bengali_glyphs.py drew the sheet."""
    record = json.loads((_GLYPHS / "bengali_digits.json").read_text(encoding="utf-8"))
    side, rows = record["side"], record["rows"]
    with Image.open(_GLYPHS / "bengali_digits.png") as sheet:
        cells = np.asarray(sheet).reshape(len(rows), side, 10, side).transpose(0, 2, 1, 3)
    families = [row["family"] for row in rows]
    return {name: cells[[one == name for one in families]] for name in families}


def _photographed(rng: np.random.Generator, master: np.ndarray) -> Image.Image:
    """One digit as a camera might have seen it on paper: uint8 (side, side) of ink -> 32×32, mode L."""
    ink = _turned(rng, _pressed(rng, Image.fromarray(master)))
    paper = _paper(rng)
    dark = rng.uniform(15, 95)  # of the ink, in 0..255
    sharp = _bytes(paper + (dark - paper) * ink)
    soft = np.asarray(sharp.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.8))))
    return _bytes(soft + rng.normal(0, rng.uniform(1, 9), soft.shape))


def _bytes(values: np.ndarray) -> Image.Image:
    return Image.fromarray(values.round().clip(0, 255).astype(np.uint8))


def _pressed(rng: np.random.Generator, master: Image.Image) -> Image.Image:
    """Thinner or thicker strokes: blurred, then cut off at another height than the middle."""
    soft = np.asarray(master.filter(ImageFilter.GaussianBlur(1.5)), dtype=np.float32) / 255
    level = rng.uniform(0.28, 0.54)
    return Image.fromarray(((soft - level) * 5 + 0.5).clip(0, 1).astype(np.float32))


def _turned(rng: np.random.Generator, ink: Image.Image) -> np.ndarray:
    """Turned by up to 14°, slanted, stretched and off the middle: float32 (32, 32) of ink in 0..1."""
    angle, slant = np.deg2rad(rng.uniform(-14, 14)), rng.uniform(-0.25, 0.25)
    scale = ink.width / SIDE / rng.uniform(0.72, 1.05) * np.array([rng.uniform(0.88, 1.12), 1.0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # PIL asks where each pixel of the result comes from, so that this is the way back
    back = np.diag(scale) @ np.array([[1, slant], [0, 1]]) @ turn
    middle = np.array([SIDE / 2, SIDE / 2]) + rng.uniform(-2, 2, 2)
    offset = np.full(2, ink.width / 2) - back @ middle
    (a, b), (d, e) = back
    coefficients = (a, b, offset[0], d, e, offset[1])
    moved = ink.transform((SIDE, SIDE), Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC)
    return np.asarray(moved).clip(0, 1)


def _paper(rng: np.random.Generator) -> np.ndarray:
    """Brighter at one side, spotted, at times with a printed line: float64 (32, 32) in 0..255."""
    y, x = np.mgrid[:SIDE, :SIDE] / (SIDE - 1) - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    slope = rng.uniform(0, 60) * (np.cos(angle) * x + np.sin(angle) * y)
    spots = Image.fromarray(rng.normal(0, rng.uniform(0, 8), (5, 5)).astype(np.float32))
    paper = rng.uniform(170, 235) + slope + np.asarray(spots.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    if rng.random() < 0.25:  # of an exercise book
        paper[rng.integers(SIDE)] -= rng.uniform(15, 50)
    return paper.clip(0, 255)


RECIPE = Recipe(
    "bengali_digits",
    version=1,
    units=10 * sum(COUNTS[split] * len(families) for split, families in FAMILIES.items()),
    build=_build,
)
