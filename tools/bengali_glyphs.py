"""Draw the sheet of Bengali digits that ``vislearn.datasets.bengali_digits`` is made from; needed once.

Usage: python tools/bengali_glyphs.py FOLDER, where FOLDER is the node_modules that
``npm install @fontsource/NAME ...`` filled with the families below.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

__all__ = ["FAMILIES", "draw_sheet"]

DIGITS = "০১২৩৪৫৬৭৮৯"
SIDE = 48  # of a cell
HIGHEST = 40  # pixels of the font's highest digit: room is left for what turning needs
TARGET = Path(__file__).parents[1] / "vislearn" / "datasets" / "bundled" / "glyphs"
# family: its faces, by the package's names. All under the SIL Open Font License 1.1, which the run checks.
FAMILIES = {
    "alkatra": ("400-normal", "700-normal"),
    "anek-bangla": ("400-normal", "700-normal"),
    "atma": ("400-normal", "700-normal"),
    "baloo-da-2": ("400-normal", "700-normal"),
    "galada": ("400-normal",),
    "hind-siliguri": ("400-normal", "700-normal"),
    "mina": ("400-normal", "700-normal"),
    "noto-sans-bengali": ("400-normal", "700-normal"),
    "noto-serif-bengali": ("400-normal", "700-normal"),
    "tiro-bangla": ("400-normal", "400-italic"),
}


def draw_sheet(folder: Path, target: Path = TARGET) -> None:
    """Write ``bengali_digits.png``, a row per face and a column per digit, and ``.json`` about the rows.

    Raises:
        ValueError: a package has another licence.
    """
    faces = [(family, face) for family, several in FAMILIES.items() for face in several]
    sheet = Image.new("L", (SIDE * len(DIGITS), SIDE * len(faces)))
    for row, (family, face) in enumerate(faces):
        file = folder / "@fontsource" / family / "files" / f"{family}-bengali-{face}.woff"
        for column, glyph in enumerate(_glyphs(file)):
            sheet.paste(glyph, (column * SIDE, row * SIDE))
    known = [
        {"family": family, "face": face, "copyright": _copyright(folder / "@fontsource" / family)}
        for family, face in faces
    ]
    # 16 shades are more than 48 pixels of ink need, and half as many bytes
    shades = sheet.point([round(value / 17) * 17 for value in range(256)])
    shades.save(target / "bengali_digits.png", optimize=True)
    record = {"licence": "SIL Open Font License 1.1", "side": SIDE, "rows": known}
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    (target / "bengali_digits.json").write_text(text, encoding="utf-8", newline="\n")


def _glyphs(file: Path) -> list[Image.Image]:
    """White digits on black, each in the middle of its cell, in their sizes relative to each other."""
    # digits join nothing, so that the plain layout is right, and the same wherever Pillow is
    layout = ImageFont.Layout.BASIC
    large = ImageFont.truetype(file, 400, layout_engine=layout)
    boxes = [large.getbbox(digit) for digit in DIGITS]
    size = 400 * min(
        HIGHEST / max(y1 - y0 for _, y0, _, y1 in boxes), 44 / max(x1 - x0 for x0, _, x1, _ in boxes)
    )
    font = ImageFont.truetype(file, size, layout_engine=layout)
    cells = []
    for digit in DIGITS:
        cell = Image.new("L", (SIDE, SIDE))
        x0, y0, x1, y1 = font.getbbox(digit)
        ImageDraw.Draw(cell).text(((SIDE - x0 - x1) / 2, (SIDE - y0 - y1) / 2), digit, font=font, fill=255)
        cells.append(cell)
    return cells


def _copyright(package: Path) -> str:
    first, *rest = (package / "LICENSE").read_text(encoding="utf-8").strip().splitlines()
    if not any("SIL Open Font License, Version 1.1" in line for line in rest):
        raise ValueError(f"{package} is not under the SIL Open Font License 1.1")
    return re.sub(r"\s*\S+\.ttf:.*", "", first)  # the same sentence again for each file


if __name__ == "__main__":
    draw_sheet(Path(sys.argv[1]))
