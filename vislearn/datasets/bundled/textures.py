"""Sixteen materials: square cut-outs of single photographs, 64×64, as an ImageFolder tree."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from vislearn.datasets.bundled.pictures import source_file
from vislearn.datasets.bundled.store import Recipe, ensure_built
from vislearn.errors import require_one_of

__all__ = ["RECIPE", "REGIONS", "Region", "textures"]

Region = tuple[int, int, int, int]  # x0, y0, x1, y1 in the photograph's pixels, x1 and y1 outside
SIDE = 64
COUNTS = {"train": 50, "val": 20}  # cut-outs per class

# class: (photograph, side of the cut-outs in its pixels (least, most), regions to train on, to validate on).
# Chosen by eye. The two splits never share a pixel; that both come from one photograph remains a limit.
REGIONS: dict[str, tuple[str, tuple[int, int], list[Region], list[Region]]] = {
    "bokeh": ("flower", (64, 110), [(0, 0, 165, 427)], [(460, 0, 640, 427)]),
    "bricks": ("bricks", (64, 110), [(0, 0, 320, 512)], [(330, 0, 512, 512)]),
    "dusk": ("rocket", (56, 90), [(212, 0, 308, 340)], [(345, 0, 440, 340)]),
    "fur": ("cat", (56, 80), [(64, 0, 330, 84)], [(45, 150, 185, 222)]),
    "galaxies": ("galaxies", (64, 110), [(0, 0, 640, 872)], [(650, 0, 1000, 872)]),
    "grass": ("grass", (64, 110), [(0, 0, 320, 512)], [(330, 0, 512, 512)]),
    "gravel": ("gravel", (64, 110), [(0, 0, 320, 512)], [(330, 0, 512, 512)]),
    "lattice": ("rocket", (64, 86), [(0, 40, 90, 380)], [(556, 40, 640, 380)]),
    "lawn": ("camera", (56, 90), [(408, 260, 512, 390)], [(408, 392, 512, 512)]),
    "petals": ("flower", (56, 80), [(195, 115, 312, 325)], [(316, 115, 425, 325)]),
    "retina": ("retina", (120, 200), [(330, 180, 1050, 640)], [(330, 760, 1050, 1220)]),
    "sky": ("temple", (64, 110), [(330, 0, 480, 180)], [(484, 0, 640, 130)]),
    "temple": ("temple", (60, 80), [(85, 70, 205, 336)], [(208, 70, 328, 336)]),
    "trees": (
        "temple",
        (56, 74),
        [(380, 335, 560, 427), (0, 340, 100, 427)],
        [(564, 200, 640, 427), (104, 345, 200, 427)],
    ),
    "water": ("temple", (44, 60), [(356, 243, 440, 300)], [(444, 243, 545, 290)]),
    "wood": ("coffee", (56, 96), [(486, 110, 600, 400)], [(432, 0, 600, 100)]),
}


def textures(split: Literal["train", "val"] = "train") -> Path:
    """The root of an ImageFolder tree: 16 materials, 64×64 JPEGs, 50 or 20 of each.

    Each class is cut from one photograph, from different regions for each split: easier than materials
    in the wild, where another day brings another light.

    Args:
        split: ``"train"`` (50 per class) or ``"val"`` (20 per class).

    Raises:
        InputError: an unknown split.
    """
    require_one_of("split", split, COUNTS)
    return ensure_built(RECIPE) / split


def _build(folder: Path) -> Iterator[None]:
    rng = np.random.default_rng(2024)
    for name, (photograph, sides, *regions) in REGIONS.items():
        with Image.open(source_file(photograph)) as file:
            picture = file.convert("RGB")
        for (split, count), choices in zip(COUNTS.items(), regions, strict=True):
            (folder / split / name).mkdir(parents=True)
            for index in range(count):
                box = _draw_square(rng, choices, sides)
                _cut(picture, box).save(folder / split / name / f"{index:03d}.jpg", quality=92, subsampling=0)
                yield


def _cut(picture: Image.Image, box: Region) -> Image.Image:
    """Cropped first: ``resize(box=...)`` looks a little beyond its box, into the other split."""
    return picture.crop(box).resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def _draw_square(rng: np.random.Generator, regions: list[Region], sides: tuple[int, int]) -> Region:
    """A random square inside one of the regions, large regions more often."""
    areas = np.array([(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in regions])
    x0, y0, x1, y1 = regions[rng.choice(len(regions), p=areas / areas.sum())]
    side = int(rng.integers(sides[0], min(sides[1], x1 - x0, y1 - y0) + 1))
    left, top = int(rng.integers(x0, x1 - side + 1)), int(rng.integers(y0, y1 - side + 1))
    return left, top, left + side, top + side


RECIPE = Recipe("textures", version=2, units=len(REGIONS) * sum(COUNTS.values()), build=_build)
