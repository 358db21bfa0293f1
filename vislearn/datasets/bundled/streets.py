"""A photograph in Cityscapes' files: outlines by hand, and the three pictures that are painted from them."""

import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from vislearn.datasets.bundled.pictures import source_file

__all__ = ["write_cityscapes"]

# Two parts of the temple's photograph that share no pixel: split, city, x0, y0, x1, y1.
_PARTS = {"train": ("lakeside", (0, 60, 360, 427)), "val": ("hillside", (362, 60, 640, 427))}
_SHRUNK = 2  # times, each side
# Label, id, colour, and outlines, x,y by x,y, in the photograph's pixels, from the back to the front. Water
# has no class of its own in Cityscapes: "terrain" would be a lie, so it is "dynamic", which no score counts.
_THINGS: tuple[tuple[str, int, tuple[int, int, int], tuple[str, ...]], ...] = (
    ("sky", 23, (70, 130, 180), ("0,0 640,0 640,230 0,230",)),
    ("dynamic", 5, (111, 74, 0), ("0,225 640,222 640,427 0,427",)),
    (
        "vegetation",
        21,
        (107, 142, 35),
        (
            "0,150 20,185 75,225 70,245 20,260 24,315 160,332 300,400 640,427 0,427",
            "320,427 345,360 390,322 460,295 535,272 565,290 570,427",
            "555,427 560,280 548,215 575,165 605,136 640,150 640,427",
        ),
    ),
    (
        "building",
        11,
        (70, 70, 70),
        (
            "195,60 197,30 214,30 217,60 255,95 320,120 295,140 295,160 330,175 320,240 352,258 "
            "343,305 372,335 345,372 240,388 160,345 75,335 63,268 "
            "98,245 98,190 84,172 120,158 118,138 95,128 98,108 150,95",
        ),
    ),
)


def write_cityscapes(folder: Path) -> None:
    """Write ``leftImg8bit`` and ``gtFine`` with one picture for training and one for validation.

    Args:
        folder: where the two folders come to lie.

    Source: Cordts et al., The Cityscapes Dataset for Semantic Urban Scene Understanding, 2016.
    """
    with Image.open(source_file("temple")) as file:
        photograph = file.convert("RGB")
    for split, (city, (x0, y0, x1, y1)) in _PARTS.items():
        size = ((x1 - x0) // _SHRUNK, (y1 - y0) // _SHRUNK)
        picture = photograph.crop((x0, y0, x1, y1)).resize(size, Image.Resampling.BOX)
        objects = [
            {
                "label": name,
                "polygon": [[(x - x0) // _SHRUNK, (y - y0) // _SHRUNK] for x, y in _points(outline)],
            }
            for name, _number, _colour, outlines in _THINGS
            for outline in outlines
        ]
        stem = f"{city}_000000_000019"
        images, targets = folder / "leftImg8bit" / split / city, folder / "gtFine" / split / city
        images.mkdir(parents=True)
        targets.mkdir(parents=True)
        picture.save(images / f"{stem}_leftImg8bit.png")
        _write_targets(targets / f"{stem}_gtFine", size, objects)


def _points(outline: str) -> list[tuple[int, int]]:
    pairs = (pair.split(",") for pair in outline.split())
    return [(int(x), int(y)) for x, y in pairs]


def _write_targets(stem: Path, size: tuple[int, int], objects: list[dict]) -> None:
    """The outlines as text, and painted: by number, by number of thing, and by colour."""
    numbers = {name: number for name, number, _colour, _outlines in _THINGS}
    colours = {number: (*colour, 255) for _name, number, colour, _outlines in _THINGS}
    labels = Image.new("L", size)
    brush = ImageDraw.Draw(labels)
    for item in objects:
        brush.polygon([tuple(point) for point in item["polygon"]], fill=numbers[item["label"]])
    values = np.asarray(labels)
    table = np.array([colours.get(number, (0, 0, 0, 255)) for number in range(256)], dtype=np.uint8)
    width, height = size
    named = {"imgHeight": height, "imgWidth": width, "objects": objects}
    stem.with_name(f"{stem.name}_polygons.json").write_text(json.dumps(named), encoding="utf-8")
    labels.save(stem.with_name(f"{stem.name}_labelIds.png"))
    # things that can be counted would be 1000 times their number, plus which one; here is none of them
    Image.fromarray(values.astype(np.uint16)).save(stem.with_name(f"{stem.name}_instanceIds.png"))
    Image.fromarray(table[values]).save(stem.with_name(f"{stem.name}_color.png"))
