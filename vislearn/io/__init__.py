"""Pixels in and out: pictures read strictly, masks as they are stored, both written whole."""

from vislearn.io.masks import read_mask
from vislearn.io.reading import decode_pil, read_image, read_pil
from vislearn.io.video import write_video
from vislearn.io.writing import write_image

__all__ = ["decode_pil", "read_image", "read_mask", "read_pil", "write_image", "write_video"]
