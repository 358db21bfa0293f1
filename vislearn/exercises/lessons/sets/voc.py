"""Exercise of lesson 14: what stands on a picture, in Pascal VOC's XML."""

from typing import Any
from xml.etree import ElementTree

import torch
from torch import Tensor
from torchvision.datasets import VOCDetection

from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.lessons.sets.boxes import NAMES, whole_boxes
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["voc_xml"]

_SIDES = ("xmin", "ymin", "xmax", "ymax")


@exercise(
    "sets.voc_xml",
    hints=[
        N_(
            "Build the text line by line with f-strings: first the file and the size, then one `<object>` "
            "per box."
        ),
        N_(
            "VOC counts pixels from 1 and names the *last* pixel inside. Our left 0 is its `xmin` 1. Our "
            "right 10, just outside, is the edge after pixel 9, which VOC calls 10."
        ),
        N_(
            "`boxes.int().tolist()` gives the four numbers of each box. `xmin` is `left + 1`, `ymin` is "
            "`top + 1`, `xmax` is `right`, `ymax` is `bottom`; an f-string puts them between the tags."
        ),
    ],
)
def voc_xml(file: str, height: int, width: int, boxes: Tensor, names: list[str]) -> str:
    """What stands on a picture, as Pascal VOC writes it.

    ```
    <annotation>
      <filename>a.jpg</filename>
      <size><width>128</width><height>96</height><depth>3</depth></size>
      <object>
        <name>bus</name>
        <bndbox><xmin>1</xmin><ymin>1</ymin><xmax>10</xmax><ymax>20</ymax></bndbox>
      </object>
    </annotation>
    ```

    Args:
        file: the picture's name.
        height: of the picture, pixels.
        width: of the picture, pixels.
        boxes: (N, 4), whole pixels: left, top, right, bottom, counted from 0, right and bottom just outside.
        names: of the N objects.

    Returns:
        The XML text. VOC counts pixels from 1, and its xmax and ymax are the last pixels *inside*: the box
        above is (0, 0, 10, 20) for us.
    """
    lines = ["<annotation>", f"  <filename>{file}</filename>"]
    lines += [f"  <size><width>{width}</width><height>{height}</height><depth>3</depth></size>"]
    for (left, top, right, bottom), name in zip(boxes.int().tolist(), names, strict=True):
        lines += ["  <object>", f"    <name>{name}</name>", "    <bndbox>"]
        lines += [f"      <xmin>{left + 1}</xmin><ymin>{top + 1}</ymin>"]
        lines += [f"      <xmax>{right}</xmax><ymax>{bottom}</ymax>", "    </bndbox>", "  </object>"]
    return "\n".join([*lines, "</annotation>"])


@voc_xml.inputs
def _a_picture(generator: torch.Generator, trial: int) -> tuple[str, int, int, Tensor, list[str]]:
    height, width = unequal_sides(40, 60, generator)
    count = (2, 1, 3, 0)[trial % 4]  # a picture with nothing on it has a file too
    names = [NAMES[draw(len(NAMES), generator)] for _object in range(count)]
    return f"{trial:04d}.jpg", height, width, whole_boxes(count, height, width, generator), names


@voc_xml.read
def _read_xml(text: Any) -> dict[str, Any]:
    """What torchvision's own reader finds; pose, source and the like are welcome, and not judged."""
    if isinstance(text, ElementTree.Element | ElementTree.ElementTree | bytes):
        raise Unusable(
            _(
                'a text expected, {got} returned. `ElementTree.tostring(root, encoding="unicode")` makes a '
                "text of a tree; without `encoding` it makes bytes.",
                got=describe(text),
            )
        )
    if not isinstance(text, str):
        raise Unusable(_("a text expected, {got} returned.", got=describe(text)))
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as trouble:
        raise Unusable(_("this isn't XML: {trouble}. Is every tag closed?", trouble=trouble)) from None
    if root.tag != "annotation":
        raise Unusable(_("the outermost tag must be `<annotation>`; `<{tag}>` was found.", tag=root.tag))
    found = VOCDetection.parse_voc_xml(root)["annotation"]
    found = found if isinstance(found, dict) else {}
    size = found.get("size")
    return {
        "filename": str(found.get("filename", "")),
        "size": [_pixels(size, side) for side in ("width", "height")],
        "objects": [
            [str(thing.get("name", "")), *(_pixels(thing.get("bndbox"), side) for side in _SIDES)]
            for thing in found.get("object") or []
        ],
    }


def _pixels(parts: Any, key: str) -> int:
    """A whole number out of the XML.

    Raises:
        Unusable: it isn't there, or is none.
    """
    if not isinstance(parts, dict) or key not in parts:
        raise Unusable(_("`<{tag}>` is missing, or lies in another tag than in the example.", tag=key))
    try:
        return int(parts[key])
    except (TypeError, ValueError):
        raise Unusable(
            _(
                "`<{tag}>` must be one whole number, {got} was found. `boxes.int().tolist()` gives "
                "whole numbers.",
                tag=key,
                got=repr(parts[key]),
            )
        ) from None


def _shifted(boxes: Tensor, *by: int) -> Tensor:
    """Boxes whose four numbers the reference then writes as left + 1, top + 1, right, bottom."""
    return boxes + torch.tensor(by)


@voc_xml.mistake(
    N_(
        "The numbers are ours, counted from 0. VOC counts from 1: left and top grow by 1. Right and "
        "bottom stay, for ours lie one outside and VOC's are the last inside."
    )
)
def _from_zero(file: str, height: int, width: int, boxes: Tensor, names: list[str]) -> str:
    return voc_xml(file, height, width, _shifted(boxes, -1, -1, 0, 0), names)


@voc_xml.mistake(
    N_(
        "Right and bottom are one too large: VOC names the last pixel *inside*, and counts from 1. The "
        "two cancel."
    )
)
def _all_plus_one(file: str, height: int, width: int, boxes: Tensor, names: list[str]) -> str:
    return voc_xml(file, height, width, _shifted(boxes, 0, 0, 1, 1), names)


@voc_xml.mistake(
    N_("You have counted from 0, and named the last pixel inside. VOC counts from 1: add 1 to all four.")
)
def _last_from_zero(file: str, height: int, width: int, boxes: Tensor, names: list[str]) -> str:
    return voc_xml(file, height, width, _shifted(boxes, -1, -1, -1, -1), names)


@voc_xml.mistake(N_("Width and height of the picture have changed places."))
def _size_turned(file: str, height: int, width: int, boxes: Tensor, names: list[str]) -> str:
    return voc_xml(file, width, height, boxes, names)


@voc_xml.mistake(N_("`xmax` and `ymax` are places, not width and height of the box."))
def _wide_and_high(file: str, height: int, width: int, boxes: Tensor, names: list[str]) -> str:
    lengths = torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], dim=1)
    return voc_xml(file, height, width, lengths, names)


@voc_xml.mistake(N_("x and y have changed places in the boxes: ours are left, top, right, bottom."))
def _axes_turned(file: str, height: int, width: int, boxes: Tensor, names: list[str]) -> str:
    return voc_xml(file, height, width, boxes[:, [1, 0, 3, 2]], names)
