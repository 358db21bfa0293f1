"""What a model says about a picture, as the page wants it."""

import base64
from typing import Any

from PIL import Image

from vislearn.deploy import Exported

__all__ = ["LEAST_SCORE", "LONGEST", "answer", "fitting"]

LONGEST = (
    1024  # pixels; networks that take any size would need minutes and gigabytes for a phone's photograph
)
LEAST_SCORE = 0.05  # boxes below are not even sent; the page's slider begins here


def answer(model: Exported, image: Image.Image) -> dict[str, Any]:
    """A picture's classes, boxes or mask, ready for JSON.

    Args:
        model: any kind.
        image: in RGB.

    Returns:
        ``kind``; of a classifier ``probabilities`` (K,); of the others ``width`` and ``height`` of the
        picture that :func:`fitting` made, and ``boxes`` (M, 4) xyxy in its pixels, ``labels`` and ``scores``
        (M,), or ``mask``, a byte for each pixel in base64.
    """
    kind = model.recipe.kind
    if kind == "classifier":
        return {"kind": kind, "probabilities": model.probabilities([image])[0].tolist()}
    image = fitting(image) if model.recipe.resize is None else image
    size = {"kind": kind, "width": image.width, "height": image.height}
    if kind == "segmenter":
        return {**size, "mask": base64.b64encode(model.mask(image).tobytes()).decode("ascii")}
    return {**size, **{key: value.tolist() for key, value in model.boxes(image, score=LEAST_SCORE).items()}}


def fitting(image: Image.Image, longest: int = LONGEST) -> Image.Image:
    """A picture whose longer side has at most so many pixels.

    Args:
        image: in any size.
        longest: pixels.

    >>> fitting(Image.new("RGB", (4000, 3000))).size
    (1024, 768)
    """
    scale = longest / max(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, int(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BILINEAR)
