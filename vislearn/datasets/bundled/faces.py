"""Portraits in CelebA's files: pictures of one size, and five tables about them."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageEnhance

from vislearn.datasets.bundled.pictures import source_file

__all__ = ["write_celeba"]

_NAMES = """
5_o_Clock_Shadow Arched_Eyebrows Attractive Bags_Under_Eyes Bald Bangs Big_Lips Big_Nose Black_Hair
Blond_Hair Blurry Brown_Hair Bushy_Eyebrows Chubby Double_Chin Eyeglasses Goatee Gray_Hair
Heavy_Makeup High_Cheekbones Male Mouth_Slightly_Open Mustache Narrow_Eyes No_Beard Oval_Face
Pale_Skin Pointy_Nose Receding_Hairline Rosy_Cheeks Sideburns Smiling Straight_Hair Wavy_Hair
Wearing_Earrings Wearing_Hat Wearing_Lipstick Wearing_Necklace Wearing_Necktie Young
"""  # of the forty attributes, in CelebA's order
_SIZE = (178, 218)
_PARTITION = {"train": 0, "valid": 1, "test": 2}


@dataclass(frozen=True)
class _Face:
    """Where a face is in its photograph, in its pixels.

    Attributes:
        photograph: its name.
        split: where all pictures of this face belong: nobody is in two parts.
        crop: x0, y0, x1, y1, in the proportions of the portraits.
        box: x, y, width and height of the face.
        points: x and y of the eye on the left, the one on the right, the nose, both corners of the mouth.
        true: the attributes that hold; all others don't.
        lights: how bright each portrait is; one for each.
    """

    photograph: str
    split: str
    crop: tuple[int, int, int, int]
    box: tuple[int, int, int, int]
    points: tuple[tuple[int, int], ...]
    true: frozenset[str]
    lights: tuple[float, ...]


_FACES = (
    _Face(
        "astronaut",
        "train",
        (127, 0, 323, 240),
        (160, 18, 135, 162),
        ((203, 101), (246, 103), (226, 127), (203, 140), (244, 141)),
        frozenset(("Bangs", "Brown_Hair", "Mouth_Slightly_Open", "No_Beard", "Smiling")),
        (1.0, 0.8, 1.2, 0.6),
    ),
    _Face(
        "cat",
        "valid",
        (122, 0, 367, 300),
        (40, 0, 330, 300),
        ((171, 117), (318, 136), (263, 243), (225, 262), (300, 258)),
        frozenset(("Mustache", "Young")),
        (1.0, 0.7),
    ),
    _Face(
        "camera",
        "test",
        (120, 55, 320, 300),
        (155, 62, 115, 140),
        ((222, 147), (236, 147), (250, 168), (228, 186), (240, 186)),
        frozenset(("Black_Hair", "Male", "Straight_Hair", "Young")),
        (1.0, 1.2),
    ),
)


def write_celeba(folder: Path) -> None:
    """Write ``img_align_celeba`` and the five tables beside it.

    The boxes are those of the photographs, not of the portraits cut out of them, as CelebA's are.

    Args:
        folder: the one called celeba.

    Source: Liu et al., Deep Learning Face Attributes in the Wild, 2015.
    """
    pictures = folder / "img_align_celeba"
    pictures.mkdir(parents=True)
    names = _NAMES.split()
    attributes, identities, boxes, points, parts = [], [], [], [], []
    number = 0
    for identity, face in enumerate(_FACES, start=1):
        portrait, marks = _portrait(face)
        for light in face.lights:
            number += 1
            name = f"{number:06d}.jpg"
            ImageEnhance.Brightness(portrait).enhance(light).save(pictures / name, quality=92)
            attributes.append([name, *(1 if one in face.true else -1 for one in names)])
            identities.append([name, identity])
            boxes.append([name, *face.box])
            points.append([name, *marks])
            parts.append([name, _PARTITION[face.split]])
    sides = ["lefteye", "righteye", "nose", "leftmouth", "rightmouth"]
    _table(folder / "list_attr_celeba.txt", attributes, names)
    _table(folder / "list_bbox_celeba.txt", boxes, ["image_id", "x_1", "y_1", "width", "height"])
    _table(
        folder / "list_landmarks_align_celeba.txt",
        points,
        [f"{side}_{axis}" for side in sides for axis in "xy"],
    )
    _table(folder / "identity_CelebA.txt", identities)
    _table(folder / "list_eval_partition.txt", parts)


def _portrait(face: _Face) -> tuple[Image.Image, list[int]]:
    """The cut-out in the size of all, and its points: ten numbers, x and y in turn."""
    left, top, right, bottom = face.crop
    with Image.open(source_file(face.photograph)) as file:
        picture = file.convert("RGB").crop(face.crop).resize(_SIZE, Image.Resampling.BICUBIC)
    wide, high = _SIZE[0] / (right - left), _SIZE[1] / (bottom - top)
    marks = [round(value) for x, y in face.points for value in ((x - left) * wide, (y - top) * high)]
    return picture, marks


def _table(file: Path, rows: list[list], header: list[str] | None = None) -> None:
    """Rows parted by spaces; two of the five files have none above, three begin with count and names."""
    lines = [f"{len(rows)}", " ".join(header)] if header else []
    lines += [" ".join(map(str, row)) for row in rows]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="ascii", newline="\n")
