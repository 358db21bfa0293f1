"""Decoding pictures: Pillow, its draft mode, simplejpeg, torchvision.io, torchcodec, vislearn's reader.

    python -m benchmarks.decoding --json decoding.json

All decode the same bytes in the same run and take turns; whatever decodes at full size must agree before a
time counts. torchcodec takes part where it is installed; its pictures need no FFmpeg.
"""

import io
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import simplejpeg
import torch
from PIL import Image, features

from benchmarks.machine import keep, machine, options_of
from benchmarks.turns import print_rows, race
from vislearn.datasets.bundled.pictures import source_file
from vislearn.io.jpeg import decode_jpeg

__all__ = ["full_size", "main", "others", "reduced", "require_alike"]

PILLOW = "Pillow"
FORMATS = {"PNG": {}, "WEBP": {"quality": 90}, "AVIF": {"quality": 80}}
_ALIKE = 1.0  # levels, on average: decoders interpolate colours in their own ways


def main(arguments: list[str] | None = None) -> int:
    parser = options_of(__doc__, repeats=15)
    parser.add_argument("--side", type=int, default=0, help="shrink the photograph to this width first")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads or 1)
    picture = photograph(options.side)
    data = _saved(picture, "JPEG", quality=90)
    contenders = full_size(data)
    require_alike(contenders)
    rows = race("JPEG, full size", contenders, options.repeats)
    rows += race("JPEG, at least half", reduced(data), options.repeats)
    rows += race("the same picture as", others(picture, data), options.repeats)
    names = ("torchvision", "pillow", "simplejpeg", "torchcodec")
    record = {
        "benchmark": "decoding",
        "size_wh": picture.size,
        "jpeg_bytes": len(data),
        "repeats": options.repeats,
        "machine": machine(*names),
        "rows": [asdict(row) for row in rows],
    }
    print(
        f"{picture.width}×{picture.height} pixels, {len(data) / 1024:.0f} KiB, {options.repeats} turns each"
    )
    print_rows(rows, "Pillow's JPEG")
    keep(record, options.json)
    return 0


def photograph(width: int = 0) -> Image.Image:
    """The cup of coffee, 600×400 pixels, or narrower."""
    with Image.open(source_file("coffee")) as file:
        picture = file.convert("RGB")
    return picture.resize((width, width * picture.height // picture.width)) if width else picture


def _saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def _pillow(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def full_size(data: bytes) -> dict[str, Callable[[], Any]]:
    """Decoders of a JPEG at full size, Pillow first.

    Args:
        data: the file.
    """
    found: dict[str, Callable[[], Any]] = {
        PILLOW: lambda: _pillow(data),
        "simplejpeg": lambda: simplejpeg.decode_jpeg(data),
        "vislearn (strict, simplejpeg)": lambda: decode_jpeg(data, None, 200),
        "torchvision.io": lambda: _torchvision(data),
    }
    if find_spec("torchcodec"):
        from torchcodec.decoders import decode_jpeg as torchcodec_jpeg

        found["torchcodec"] = lambda: torchcodec_jpeg(data)
    return found


def _torchvision(data: bytes) -> torch.Tensor:
    from torchvision.io import decode_jpeg as torchvision_jpeg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecated since 0.29: what this benchmark is for
        return torchvision_jpeg(torch.frombuffer(bytearray(data), dtype=torch.uint8))


def require_alike(contenders: dict[str, Callable[[], Any]]) -> None:
    """Refuse to time decoders that show other pictures.

    Args:
        contenders: the first one is believed.

    Raises:
        AssertionError: one of them is more than a level away on average.
    """
    first = None
    for name, run in contenders.items():
        pixels = np.asarray(run())
        pixels = pixels.transpose(1, 2, 0) if pixels.shape[0] == 3 else pixels
        first = pixels if first is None else first
        away = np.abs(pixels.astype(int) - first).mean()
        assert away <= _ALIKE, f"{name} is {away:.2f} levels away"


def reduced(data: bytes) -> dict[str, Callable[[], Any]]:
    """Decoders that may leave out detail nobody asked for: at least half of each side remains."""
    height, width = _pillow(data).shape[:2]

    def draft() -> np.ndarray:
        image = Image.open(io.BytesIO(data))
        image.draft("RGB", (width // 2, height // 2))
        return np.asarray(image)

    return {
        PILLOW: lambda: _pillow(data),
        "Pillow, draft": draft,
        "simplejpeg, min_height": lambda: simplejpeg.decode_jpeg(
            data, min_height=height // 2, min_width=width // 2
        ),
    }


def others(picture: Image.Image, data: bytes) -> dict[str, Callable[[], Any]]:
    """Pillow on the same picture in other formats, beside its JPEG."""
    found: dict[str, Callable[[], Any]] = {PILLOW: lambda: _pillow(data)}
    for kind, options in FORMATS.items():
        if kind == "AVIF" and not features.check("avif"):
            continue
        found[f"Pillow, {kind}"] = partial(_pillow, _saved(picture, kind, **options))
    return found


if __name__ == "__main__":
    sys.exit(main())
