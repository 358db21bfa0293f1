"""Boxes from instance masks: a folder per picture, with one mask file for each object."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torchvision.ops import masks_to_boxes

from vislearn.datasets.detection.dataset import DetectionDS
from vislearn.errors import FileError
from vislearn.files import is_litter
from vislearn.io import read_image

__all__ = ["mask_detection"]

_LAYOUT = "Each picture has a folder: ROOT/NAME/images/one.png, ROOT/NAME/masks/*.png."


def mask_detection(
    root: str | Path,
    transforms: Callable[..., Any] | None = None,
    *,
    masks: bool = False,
    label: str = "object",
    names: Sequence[str] | None = None,
) -> DetectionDS:
    """A data set from instance masks, one file per object, as the Data Science Bowl 2018 has them.

    ``ROOT/NAME/images`` holds one picture, ``ROOT/NAME/masks`` one black-and-white picture per object, of
    the same size. Boxes are the tight ones around the white. All objects are of one class. Every mask is read
    once here, for its box.

    Args:
        root: holds a folder for each picture.
        transforms: as for :class:`DetectionDS`.
        masks: whether targets get the masks too; they are read anew with each picture then.
        label: the name of the one class.
        names: which of the folders, such as one part of a split; None takes all, sorted.

    Raises:
        FileError: no such folder, another layout, a mask that is damaged, empty, or of another size than the
            first one of its picture.

    Source: section 4 of the course's text, and the layout of kaggle.com/c/data-science-bowl-2018.
    """
    root = Path(root)
    if not root.is_dir():
        raise FileError(root, "is not a folder", fix=_LAYOUT)
    if names is None:
        names = sorted(
            entry.name for entry in root.iterdir() if entry.is_dir() and not is_litter(Path(entry.name))
        )
    if not names:
        raise FileError(root, "has no folders in it", fix=_LAYOUT)
    return DetectionDS([_item(root / name, masks) for name in names], transforms, classes=[label])


def _item(folder: Path, masks: bool) -> tuple[Path, dict[str, Any]]:
    pictures = _pictures(folder / "images")
    if len(pictures) != 1:
        raise FileError(folder / "images", f"must hold one picture, and holds {len(pictures)}", fix=_LAYOUT)
    files = _pictures(folder / "masks")
    stack = _read_masks(files)
    boxes = _edges(stack)
    annotation: dict[str, Any] = {
        "boxes": boxes,
        "labels": [1] * len(files),
        "area": stack.flatten(1).sum(1).to(torch.float32),
    }
    if files:
        annotation["size_hw"] = tuple(stack.shape[1:])
        if masks:
            annotation["masks"] = partial(_read_masks, files)
    elif masks:
        annotation["masks"] = partial(_no_masks, pictures[0])
    return pictures[0], annotation


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise FileError(folder, "is not a folder", fix=_LAYOUT)
    return sorted(path for path in folder.iterdir() if path.is_file() and not is_litter(Path(path.name)))


def _read_masks(files: Sequence[Path]) -> torch.Tensor:
    """uint8 (N, H, W) of 0 and 1; (0, 1, 1) for no files."""
    if not files:
        return torch.zeros(0, 1, 1, dtype=torch.uint8)
    found: list[torch.Tensor] = []
    for file in files:
        gray = read_image(file).amax(0)  # (H, W)
        mask = (2 * gray.int() > gray.max()).to(torch.uint8)  # 0 and 1, or 0 and 255, or soft edges
        if not mask.any():
            raise FileError(file, "is an empty mask", fix="Delete it: no object is there.")
        if found and mask.shape != found[0].shape:
            raise FileError(
                file,
                f"is {mask.shape[0]}×{mask.shape[1]} pixels (height×width), but {files[0].name} "
                f"beside it is {found[0].shape[0]}×{found[0].shape[1]}",
            )
        found.append(mask)
    return torch.stack(found)


def _no_masks(picture: Path) -> torch.Tensor:
    return torch.zeros(0, *read_image(picture).shape[1:], dtype=torch.uint8)


def _edges(stack: torch.Tensor) -> torch.Tensor:
    """Boxes (N, 4), xyxy, with the far edges just outside; ``masks_to_boxes`` names the last pixel inside."""
    boxes = masks_to_boxes(stack) if len(stack) else torch.zeros(0, 4)
    return boxes + torch.tensor([0.0, 0, 1, 1])
