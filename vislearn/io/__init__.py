"""Pixels in and out: pictures read strictly, written whole, a short video."""

from vislearn.io.reading import decode_pil, read_image, read_pil
from vislearn.io.video import write_video
from vislearn.io.writing import write_image

__all__ = ["decode_pil", "read_image", "read_pil", "write_image", "write_video"]
