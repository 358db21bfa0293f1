"""Nine operations in torchvision's v1 and v2, in albumentations and kornia: equal results? and how fast?

    python -m benchmarks.transforms --json transforms.json

The same picture, the same operation with the same fixed numbers, in the same run, taking turns. Results are
compared in levels of 0..255 with what v2 makes of a tensor of bytes. Each library gets the form of picture
that it works on, ready made: converting isn't counted. albumentations (or its successor albumentationsx: both
are imported by one name) and kornia take part where they are installed.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as v1
from torchvision.transforms.v2 import functional as v2

from benchmarks.decoding import photograph
from benchmarks.machine import keep, machine, options_of
from benchmarks.turns import race
from vislearn.transforms import IMAGENET_MEAN, IMAGENET_STD, denormalize

__all__ = ["OPERATIONS", "Row", "contenders", "main"]

OPERATIONS = (
    "Resize",
    "RandomResizedCrop, one box",
    "horizontal flip",
    "affine",
    "rotation",
    "colour jitter",
    "Gaussian blur",
    "autocontrast",
    "normalise",
)
FIRST = "v2, tensor"
OUT = 224
ANGLE, SHIFT_XY, GROWTH = 10.0, (20, 10), 1.1  # no shear: albumentations shears and turns in another order
TURN = 30.0
BRIGHTNESS, CONTRAST, SATURATION, HUE = 1.2, 0.8, 1.3, 0.05
KERNEL, SIGMA = 5, 1.5

Way = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """One operation in one library.

    Attributes:
        case: the operation.
        name: library, and form of the picture.
        ms: median of its turns.
        ratio: v2's time on a tensor over this one's, median of the turns: above 1, faster.
        largest: difference from v2's result on a tensor, levels.
        mean: likewise.
    """

    case: str
    name: str
    ms: float
    ratio: float
    largest: float
    mean: float


def main(arguments: list[str] | None = None) -> int:
    """Compare and time everything, print the table."""
    parser = options_of(__doc__, repeats=15)
    parser.add_argument("--side", type=int, default=0, help="shrink the photograph to this width first")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads or 1)
    picture = photograph(options.side)
    found = contenders(picture)
    rows: list[Row] = []
    for case in OPERATIONS:
        ways = {name: operations[case] for name, operations in found.items()}
        away = _differences(case, ways)
        rows += [Row(*_timed(one), *away[one.name]) for one in race(case, ways, options.repeats)]
    names = ("torchvision", "pillow", "albumentations", "albumentationsx", "kornia", "opencv-python-headless")
    record = {
        "benchmark": "transforms",
        "size_wh": picture.size,
        "repeats": options.repeats,
        "machine": machine(*names),
        "rows": [asdict(row) for row in rows],
    }
    print(f"{picture.width}×{picture.height} pixels, {options.repeats} turns each")
    _print(rows)
    keep(record, options.json)
    return 0


def _timed(row: Any) -> tuple[str, str, float, float]:
    return row.case, row.name, row.ms, row.ratio


def contenders(picture: Image.Image) -> dict[str, dict[str, Way]]:
    """Library and form of the picture → operation → what does it; v2 on a tensor first.

    Args:
        picture: in RGB.
    """
    array = np.array(picture)  # (H, W, 3)
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    box = _box(*array.shape[:2])
    found = {
        FIRST: _of_torchvision(v2, tensor.contiguous(), box),
        "v2, channels last": _of_torchvision(v2, tensor, box),
        "v2, PIL": _of_torchvision(v2, picture, box),
        "v1, tensor": _of_torchvision(v1, tensor.contiguous(), box),
        "v1, PIL": _of_torchvision(v1, picture, box),
    }
    if find_spec("albumentations"):
        found["albumentations, array"] = _of_albumentations(array, box)
    if find_spec("kornia"):
        found["kornia, float tensor"] = _of_kornia(tensor.contiguous()[None] / 255, box)
    return found


def _box(height: int, width: int) -> tuple[int, int, int, int]:
    """Top, left, height and width of the cut."""
    return height // 10, width // 10, height * 7 // 10, width * 6 // 10


def _of_torchvision(api: Any, image: Any, box: tuple[int, int, int, int]) -> dict[str, Way]:
    bilinear = InterpolationMode.BILINEAR

    def jitter() -> Any:
        changed = api.adjust_contrast(api.adjust_brightness(image, BRIGHTNESS), CONTRAST)
        return api.adjust_hue(api.adjust_saturation(changed, SATURATION), HUE)

    def normalise() -> Tensor:
        if api is v2:
            numbers = v2.to_dtype(v2.to_image(image), torch.float32, scale=True)
        else:
            numbers = v1.convert_image_dtype(image) if isinstance(image, Tensor) else v1.to_tensor(image)
        return api.normalize(numbers, list(IMAGENET_MEAN), list(IMAGENET_STD))

    ways = (
        partial(api.resize, image, [OUT, OUT], antialias=True),
        partial(api.resized_crop, image, *box, [OUT, OUT], antialias=True),
        partial(api.hflip, image),
        partial(api.affine, image, ANGLE, list(SHIFT_XY), GROWTH, [0.0, 0.0], interpolation=bilinear),
        partial(api.rotate, image, TURN, interpolation=bilinear),
        jitter,
        partial(api.gaussian_blur, image, [KERNEL, KERNEL], [SIGMA, SIGMA]),
        partial(api.autocontrast, image),
        normalise,
    )
    return dict(zip(OPERATIONS, ways, strict=True))


def _of_albumentations(array: np.ndarray, box: tuple[int, int, int, int]) -> dict[str, Way]:
    """By its classes, whose ranges hold one number each."""
    import albumentations as library
    import cv2

    cv2.setNumThreads(1)
    top, left, height, width = box
    smaller = library.Resize(OUT, OUT, area_for_downscale="image", p=1)
    cut = library.Crop(left, top, left + width, top + height, p=1)
    keep, none = (1.0, 1.0), (0.0, 0.0)
    transforms: dict[str, Any] = {
        "Resize": smaller,
        "RandomResizedCrop, one box": library.Compose([cut, smaller]),
        "horizontal flip": library.HorizontalFlip(p=1),
        "affine": library.Affine(
            scale=(GROWTH, GROWTH),
            translate_px={"x": (SHIFT_XY[0],) * 2, "y": (SHIFT_XY[1],) * 2},
            rotate=(-ANGLE, -ANGLE),
            p=1,
        ),
        "rotation": library.Rotate((TURN, TURN), p=1),
        "colour jitter": library.Compose(  # a single one draws in which order it changes what
            [
                library.ColorJitter((BRIGHTNESS, BRIGHTNESS), keep, keep, none, p=1),
                library.ColorJitter(keep, (CONTRAST, CONTRAST), keep, none, p=1),
                library.ColorJitter(keep, keep, (SATURATION, SATURATION), none, p=1),
                library.ColorJitter(keep, keep, keep, (HUE, HUE), p=1),
            ]
        ),
        "Gaussian blur": library.GaussianBlur((KERNEL, KERNEL), (SIGMA, SIGMA), p=1),
        "autocontrast": library.AutoContrast(method="pil", p=1),
        "normalise": library.Normalize(IMAGENET_MEAN, IMAGENET_STD),
    }

    def applied(transform: Any) -> np.ndarray:
        return transform(image=array)["image"]

    return {name: partial(applied, one) for name, one in transforms.items()}


def _of_kornia(batch: Tensor, box: tuple[int, int, int, int]) -> dict[str, Way]:
    """By its functions, as it has them for batches of floats."""
    from kornia import enhance, filters, geometry

    top, left, height, width = box
    middle = torch.tensor([[batch.shape[3] - 1, batch.shape[2] - 1]]) / 2
    turn = partial(torch.full, (1,))

    def affine() -> Tensor:
        matrix = geometry.get_affine_matrix2d(
            torch.tensor([SHIFT_XY], dtype=torch.float32),
            middle,
            torch.full((1, 2), GROWTH),
            turn(ANGLE),
        )
        return geometry.warp_affine(batch, matrix[:, :2], batch.shape[2:])

    def jitter() -> Tensor:
        changed = enhance.adjust_brightness_accumulative(batch, BRIGHTNESS)
        changed = enhance.adjust_contrast_with_mean_subtraction(changed, CONTRAST)
        changed = enhance.adjust_saturation_with_gray_subtraction(changed, SATURATION)
        return enhance.adjust_hue(changed, HUE * 2 * np.pi)

    def normalise() -> Tensor:
        return enhance.normalize(batch, torch.tensor(IMAGENET_MEAN), torch.tensor(IMAGENET_STD))

    def smaller(picture: Tensor) -> Tensor:
        return geometry.resize(picture, (OUT, OUT), antialias=True)

    ways: tuple[Way, ...] = (
        lambda: smaller(batch),
        lambda: smaller(batch[..., top : top + height, left : left + width]),
        lambda: geometry.hflip(batch),
        affine,
        lambda: geometry.rotate(batch, turn(TURN)),
        jitter,
        lambda: filters.gaussian_blur2d(batch, (KERNEL, KERNEL), (SIGMA, SIGMA)),
        lambda: enhance.normalize_min_max(batch),
        normalise,
    )
    return dict(zip(OPERATIONS, ways, strict=True))


def _differences(case: str, ways: Mapping[str, Way]) -> dict[str, tuple[float, float]]:
    """Name → the largest and the mean difference from the first one's result, levels."""
    results = {name: _levels(case, way()) for name, way in ways.items()}
    first = next(iter(results.values()))
    away = {name: (one - first).abs() for name, one in results.items()}
    return {name: (round(one.max().item(), 2), round(one.mean().item(), 3)) for name, one in away.items()}


def _levels(case: str, result: Any) -> Tensor:
    """Any library's result as float32 (3, H, W) in 0..255."""
    if isinstance(result, Image.Image):
        result = np.array(result)
    if isinstance(result, np.ndarray):
        result = torch.from_numpy(np.ascontiguousarray(result)).permute(2, 0, 1)
    result = result.as_subclass(Tensor)
    result = result[0] if result.ndim == 4 else result
    if case == "normalise":
        result = denormalize(result)
    return 255 * result if result.is_floating_point() else result.float()


def _print(rows: Sequence[Row]) -> None:
    print(f"\n{'':28}{'':24}{'ms':>8}{'times ' + FIRST:>18}{'largest':>10}{'mean':>8}")
    for row in rows:
        away = f"{row.largest:10.1f}{row.mean:8.2f}"
        print(f"{row.case:28}{row.name:24}{row.ms:8.2f}{row.ratio:18.2f}{away}")


if __name__ == "__main__":
    sys.exit(main())
