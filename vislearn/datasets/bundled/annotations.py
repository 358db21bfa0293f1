"""What is on a scene, written in the formats of COCO and Pascal VOC."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import numpy as np
from PIL import Image

__all__ = ["SceneObject", "coco_json", "coco_rle", "palette_png", "voc_colours", "voc_xml"]


@dataclass(frozen=True)
class SceneObject:
    """One digit on a scene: what it is, and its visible pixels."""

    digit: int
    mask: np.ndarray  # bool (H, W)

    @property
    def box_xyxy(self) -> tuple[int, int, int, int]:
        """The tight box in pixels; x1 and y1 lie just outside, so that width is x1 - x0."""
        rows, columns = np.nonzero(self.mask.any(1))[0], np.nonzero(self.mask.any(0))[0]
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def coco_json(scenes: Sequence[tuple[str, Sequence[SceneObject]]], side: int) -> str:
    """A COCO ``instances`` file for square scenes.

    Categories are 1 ... 10 for the digits 0 ... 9, because 0 is the background in detection. Boxes are
    ``[x, y, width, height]``, masks run lengths, areas the mask's pixels.

    Args:
        scenes: file name and objects of each.
        side: height and width in pixels.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (file_name, objects) in enumerate(scenes, start=1):
        images.append({"id": image_id, "file_name": file_name, "width": side, "height": side})
        for item in objects:
            x0, y0, x1, y1 = item.box_xyxy
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": item.digit + 1,
                    "bbox": [x0, y0, x1 - x0, y1 - y0],
                    "area": int(item.mask.sum()),
                    "iscrowd": 0,
                    "segmentation": coco_rle(item.mask),
                }
            )
    categories = [{"id": digit + 1, "name": str(digit), "supercategory": "digit"} for digit in range(10)]
    info = {"description": "Handwritten digits on photographs", "version": "1"}
    return json.dumps({"info": info, "images": images, "categories": categories, "annotations": annotations})


def coco_rle(mask: np.ndarray) -> dict[str, list[int]]:
    """COCO's uncompressed run lengths of a bool mask (H, W): column by column, zeros first.

    >>> coco_rle(np.array([[False, True], [True, True]]))
    {'size': [2, 2], 'counts': [1, 3]}
    >>> coco_rle(np.array([[True, False]]))
    {'size': [1, 2], 'counts': [0, 1, 1]}
    """
    values = mask.T.ravel()
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    counts = np.diff(np.concatenate([[0], changes, [len(values)]])).tolist()
    return {"size": list(mask.shape), "counts": [0, *counts] if values[0] else counts}


def voc_xml(file_name: str, objects: Sequence[SceneObject], side: int) -> bytes:
    """A Pascal VOC annotation; boxes are 1-based and name their last pixel, as VOC's are.

    Args:
        file_name: of the picture.
        objects: what is on it; may be empty.
        side: height and width of the square picture in pixels.
    """
    root = ElementTree.Element("annotation")
    _add(root, folder="VOC2012", filename=file_name)
    _add(ElementTree.SubElement(root, "source"), database="vislearn scenes")
    _add(ElementTree.SubElement(root, "size"), width=side, height=side, depth=3)
    _add(root, segmented=1)
    for item in objects:
        x0, y0, x1, y1 = item.box_xyxy
        entry = ElementTree.SubElement(root, "object")
        _add(entry, name=item.digit, pose="Unspecified", truncated=0, difficult=0)
        _add(ElementTree.SubElement(entry, "bndbox"), xmin=x0 + 1, ymin=y0 + 1, xmax=x1, ymax=y1)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8") + b"\n"


def _add(parent: ElementTree.Element, **fields: object) -> None:
    for name, value in fields.items():
        ElementTree.SubElement(parent, name).text = str(value)


def palette_png(indices: np.ndarray) -> Image.Image:
    """A mask of small integers (H, W) as a PNG that shows VOC's colours and still stores the integers.

    Args:
        indices: uint8; 0 is the background (black).
    """
    image = Image.fromarray(indices)
    image.putpalette(voc_colours().tobytes())
    return image


def voc_colours() -> np.ndarray:
    """VOC's 256 colours, uint8 (256, 3): the bits of the index spread over red, green and blue.

    Source: Pascal VOC development kit, ``VOCcolormap``.

    >>> voc_colours()[:3].tolist()
    [[0, 0, 0], [128, 0, 0], [0, 128, 0]]
    """
    index = np.arange(256)
    colours = np.zeros((256, 3), dtype=np.uint8)
    for bit in range(8):
        for channel in range(3):
            colours[:, channel] |= (((index >> (3 * bit + channel)) & 1) << (7 - bit)).astype(np.uint8)
    return colours
