"""Cells under a microscope, drawn by a program: a second detection set, with one class and other sizes."""

import torch

from vislearn.errors import require_one_of
from vislearn.sample import DetectionTarget

__all__ = ["cells"]

_SIDE = 128
_COUNTS = {"train": 40, "val": 20}
_FEWEST, _MOST = 2, 6  # cells on a picture
_RADIUS = (7.0, 13.0)  # pixels


def cells(split: str = "train") -> list[tuple[torch.Tensor, DetectionTarget]]:
    """Pictures of bright cells on dark ground, float32 (3, 128, 128) in 0..1, each with its target.

    Label 1 is a cell. Cells are 14 to 26 pixels wide and high and don't overlap; some lie close together.

    Args:
        split: ``"train"`` (40 pictures) or ``"val"`` (20 others).

    Raises:
        InputError: an unknown split.

    >>> image, target = cells("val")[0]
    >>> image.shape, target["boxes"].shape[1], target["labels"].unique()
    (torch.Size([3, 128, 128]), 4, tensor([1]))
    """
    require_one_of("split", split, _COUNTS)
    generator = torch.Generator().manual_seed(2024 + (split == "val"))
    return [_picture(generator) for _ in range(_COUNTS[split])]


def _picture(generator: torch.Generator) -> tuple[torch.Tensor, DetectionTarget]:
    y, x = torch.meshgrid(torch.arange(_SIDE) + 0.5, torch.arange(_SIDE) + 0.5, indexing="ij")
    picture = 0.15 + 0.05 * torch.sin(x / 17 + 6 * torch.rand(1, generator=generator))
    wanted = int(torch.randint(_FEWEST, _MOST + 1, (1,), generator=generator))
    found: list[torch.Tensor] = []  # x, y, radius across, radius down
    for _attempt in range(60):
        cell = _cell(generator)
        apart = [(cell[:2] - other[:2]).norm() > cell[2:].max() + other[2:].max() for other in found]
        if len(found) < wanted and all(apart):
            found.append(cell)
            inside = ((x - cell[0]) / cell[2]) ** 2 + ((y - cell[1]) / cell[3]) ** 2 < 1
            picture = picture + inside * (0.25 + 0.35 * torch.rand(1, generator=generator))
    picture = picture + 0.03 * torch.randn(_SIDE, _SIDE, generator=generator)
    places = torch.stack(found)
    boxes = torch.cat([places[:, :2] - places[:, 2:], places[:, :2] + places[:, 2:]], dim=1)
    target: DetectionTarget = {"boxes": boxes, "labels": torch.ones(len(boxes), dtype=torch.int64)}
    return picture.clamp(0, 1).expand(3, -1, -1).clone(), target


def _cell(generator: torch.Generator) -> torch.Tensor:
    """Middle and the two radii of a cell that lies wholly inside."""
    radii = _RADIUS[0] + (_RADIUS[1] - _RADIUS[0]) * torch.rand(2, generator=generator)
    middle = radii + (_SIDE - 2 * radii) * torch.rand(2, generator=generator)
    return torch.cat([middle, radii])
