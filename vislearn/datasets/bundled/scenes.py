"""Digits on photographs, with boxes and masks: small enough to train a detector on a laptop."""

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from vislearn.datasets.bundled import annotations as notes
from vislearn.datasets.bundled.digits import load_split
from vislearn.datasets.bundled.pictures import source_file
from vislearn.datasets.bundled.store import Recipe, ensure_built
from vislearn.errors import require_one_of

__all__ = ["RECIPE", "Scenes", "background_regions", "scenes", "write_scenes"]

SIDE = 128
COUNTS: dict[Literal["train", "val"], int] = {"train": 400, "val": 100}
_SUBFOLDERS = (
    "JPEGImages",
    "Annotations",
    "SegmentationClass",
    "SegmentationObject",
    "ImageSets/Main",
    "ImageSets/Segmentation",
)
_BACKGROUNDS = (
    "astronaut",
    "bricks",
    "camera",
    "cat",
    "coffee",
    "flower",
    "galaxies",
    "grass",
    "gravel",
    "retina",
    "rocket",
    "temple",
)
_OBJECTS = (0.03, 0.17, 0.3, 0.3, 0.2)  # chance of 0, 1, ... 4 digits; a scene may be empty, as in life
_DIGIT_SIDE = (26, 54)  # pixels of the 8×8 drawing after enlargement
_TURN = 18.0  # degrees, either way
_CONTRAST = 80.0  # least difference of brightness, 0..255, between ink and what lies below
_HIDDEN = 0.1  # at most this share of a digit may lie below later ones


@dataclass(frozen=True)
class Scenes:
    """Where one split of the scenes lies.

    ``CocoDetection(scenes.images, scenes.coco_json)``, ``VOCDetection(scenes.voc_root,
    image_set=scenes.split)`` and ``VOCSegmentation(...)`` of torchvision load it as it is. In masks 0 is the
    background; ``semantic`` holds digit + 1, ``instances`` counts the digits of a scene from 1.
    """

    voc_root: Path
    split: str

    @property
    def images(self) -> Path:
        """The folder of all pictures, 128×128 JPEGs; :attr:`names` says which belong to this split."""
        return self._voc / "JPEGImages"

    @property
    def coco_json(self) -> Path:
        """Boxes, masks and categories of this split in COCO's format."""
        return self.voc_root / "coco" / f"instances_{self.split}.json"

    @property
    def semantic(self) -> Path:
        """The folder of PNGs whose pixels say what: 0 background, 1 ... 10 for the digits 0 ... 9."""
        return self._voc / "SegmentationClass"

    @property
    def instances(self) -> Path:
        """The folder of PNGs whose pixels say which: 0 background, 1 ... for the digits of this scene."""
        return self._voc / "SegmentationObject"

    @property
    def names(self) -> list[str]:
        """File names of this split without their ending, in order."""
        listing = self._voc / "ImageSets" / "Main" / f"{self.split}.txt"
        return listing.read_text(encoding="ascii").split()

    @property
    def _voc(self) -> Path:
        return _voc_folder(self.voc_root)


def scenes(split: Literal["train", "val"] = "train") -> Scenes:
    """Digits pasted on photographs: 400 scenes to train on, 100 to validate, 128×128 pixels.

    The splits share neither a digit nor a pixel of background. Up to four digits per scene, 0 ... 9.

    Args:
        split: ``"train"`` or ``"val"``.

    Raises:
        InputError: an unknown split.

    >>> len(scenes("val").names)
    100
    """
    require_one_of("split", split, COUNTS)
    return Scenes(ensure_built(RECIPE), split)


def background_regions(height: int, width: int) -> dict[str, tuple[int, int, int, int]]:
    """Which part (x0, y0, x1, y1) of a photograph serves as background of each split.

    Args:
        height: of the photograph, pixels.
        width: of the photograph, pixels.

    >>> background_regions(300, 450)
    {'train': (0, 0, 283, 300), 'val': (292, 0, 450, 300)}
    """
    return {"train": (0, 0, int(width * 0.63), height), "val": (int(width * 0.65), 0, width, height)}


def _voc_folder(root: Path) -> Path:
    return root / "VOCdevkit" / "VOC2012"  # the place where torchvision looks for the year 2012


def write_scenes(folder: Path, split: Literal["train", "val"], count: int, seed: int) -> Iterator[None]:
    """Other scenes of a split's digits and backgrounds, into an empty folder that :class:`Scenes` then finds.

    Args:
        folder: where they go, in the layout of the bundled ones.
        split: whose digits and parts of the photographs they are made of.
        count: how many.
        seed: of what is drawn; 0 and 1 drew the bundled ones.

    Yields:
        Nothing, once for each scene that is written.
    """
    voc = _voc_folder(folder)
    for subfolder in _SUBFOLDERS:
        (voc / subfolder).mkdir(parents=True, exist_ok=True)
    (folder / "coco").mkdir(exist_ok=True)
    photographs = {name: _open_rgb(name) for name in _BACKGROUNDS}
    rng = np.random.default_rng([2024, seed])
    ink, labels = load_split(split)
    listed = []
    for index in range(count):
        name = f"{split}_{index:04d}"
        canvas = _background(rng, photographs, split)
        objects = _paste_digits(rng, canvas, ink, labels)
        _write_scene(voc, name, canvas, objects)
        listed.append((f"{name}.jpg", objects))
        yield
    coco = folder / "coco" / f"instances_{split}.json"
    coco.write_text(notes.coco_json(listed, SIDE), encoding="utf-8")
    names = "".join(f"{Path(file_name).stem}\n" for file_name, _ in listed)
    for task in ("Main", "Segmentation"):
        (voc / "ImageSets" / task / f"{split}.txt").write_text(names, encoding="ascii", newline="\n")


def _build(folder: Path) -> Iterator[None]:
    for seed, (split, count) in enumerate(COUNTS.items()):
        yield from write_scenes(folder, split, count, seed)


def _open_rgb(name: str) -> Image.Image:
    with Image.open(source_file(name)) as file:
        return file.convert("RGB")


def _background(rng: np.random.Generator, photographs: dict[str, Image.Image], split: str) -> np.ndarray:
    """A random square of a random photograph's region, float32 (SIDE, SIDE, 3) in 0..255."""
    picture = photographs[_BACKGROUNDS[rng.integers(len(_BACKGROUNDS))]]
    x0, y0, x1, y1 = background_regions(picture.height, picture.width)[split]
    side = int(rng.integers(SIDE, min(2 * SIDE, x1 - x0, y1 - y0) + 1))
    left, top = int(rng.integers(x0, x1 - side + 1)), int(rng.integers(y0, y1 - side + 1))
    square = picture.crop((left, top, left + side, top + side))  # resize(box=...) would look beyond its box
    square = square.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    if rng.random() < 0.5:
        square = square.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(square, dtype=np.float32).copy()


def _paste_digits(
    rng: np.random.Generator, canvas: np.ndarray, ink: np.ndarray, labels: np.ndarray
) -> list[notes.SceneObject]:
    """Draw digits onto ``canvas`` in place; return what is visible of each."""
    masks: list[np.ndarray] = []
    sizes: list[int] = []
    digits: list[int] = []
    wanted = int(rng.choice(len(_OBJECTS), p=_OBJECTS))
    for _attempt in range(40):
        if len(masks) == wanted:
            break
        chosen = int(rng.integers(len(ink)))
        alpha = _place(rng, _drawn(rng, ink[chosen]))
        mask = alpha >= 0.5
        still_seen = [(old & ~mask).sum() / size for old, size in zip(masks, sizes, strict=True)]
        if mask.sum() < 20 or any(share < 1 - _HIDDEN for share in still_seen):
            continue
        colour = _contrasting(rng, canvas[mask])
        canvas += alpha[..., None] * (colour - canvas)
        masks = [old & ~mask for old in masks] + [mask]
        sizes.append(int(mask.sum()))
        digits.append(int(labels[chosen]))
    return [notes.SceneObject(digit, mask) for digit, mask in zip(digits, masks, strict=True)]


def _drawn(rng: np.random.Generator, ink: np.ndarray) -> np.ndarray:
    """One 8×8 digit enlarged and turned a little: how opaque its ink is, float32 (h, w) in 0..1."""
    side = int(rng.integers(_DIGIT_SIDE[0], _DIGIT_SIDE[1] + 1))
    framed = Image.fromarray(np.pad(ink, 1))  # a margin, so that strokes end inside
    large = framed.resize((round(side * 1.25),) * 2, Image.Resampling.BICUBIC)
    turned = large.rotate(float(rng.uniform(-_TURN, _TURN)), Image.Resampling.BICUBIC, expand=True)
    values = np.asarray(turned, dtype=np.float32) / 255
    alpha = np.clip((values - 0.3) / 0.25, 0, 1)  # steep: crisp strokes with one soft pixel around
    rows, columns = np.nonzero(alpha.any(1))[0], np.nonzero(alpha.any(0))[0]
    return alpha[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _place(rng: np.random.Generator, alpha: np.ndarray) -> np.ndarray:
    """The drawing somewhere on an empty canvas, whole: float32 (SIDE, SIDE)."""
    height, width = alpha.shape
    top, left = int(rng.integers(SIDE - height + 1)), int(rng.integers(SIDE - width + 1))
    placed = np.zeros((SIDE, SIDE), dtype=np.float32)
    placed[top : top + height, left : left + width] = alpha
    return placed


def _contrasting(rng: np.random.Generator, below: np.ndarray) -> np.ndarray:
    """A random colour whose brightness differs enough from the pixels ``below`` (N, 3)."""
    to_gray = np.array([0.299, 0.587, 0.114])
    gray = float((below @ to_gray).mean())
    while True:
        hue, saturation, value = rng.random(), rng.uniform(0.3, 1.0), rng.uniform(0.1, 1.0)
        colour = 255 * np.array(colorsys.hsv_to_rgb(hue, saturation, value))
        if abs(float(colour @ to_gray) - gray) >= _CONTRAST:
            return colour.astype(np.float32)


def _write_scene(voc: Path, name: str, canvas: np.ndarray, objects: list[notes.SceneObject]) -> None:
    picture = Image.fromarray(canvas.round().clip(0, 255).astype(np.uint8))
    picture.save(voc / "JPEGImages" / f"{name}.jpg", quality=92, subsampling=0)
    (voc / "Annotations" / f"{name}.xml").write_bytes(notes.voc_xml(f"{name}.jpg", objects, SIDE))
    semantic, instances = np.zeros((2, SIDE, SIDE), dtype=np.uint8)
    for number, item in enumerate(objects, start=1):
        semantic[item.mask], instances[item.mask] = item.digit + 1, number
    notes.palette_png(semantic).save(voc / "SegmentationClass" / f"{name}.png")
    notes.palette_png(instances).save(voc / "SegmentationObject" / f"{name}.png")


RECIPE = Recipe("scenes", version=2, units=sum(COUNTS.values()), build=_build)
