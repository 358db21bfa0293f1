"""Pixels in and out: pictures read strictly, files written whole, a short video."""

from vislearn.io.files import replaced_whole
from vislearn.io.reading import read_image, read_pil
from vislearn.io.video import write_video
from vislearn.io.writing import write_image

__all__ = ["read_image", "read_pil", "replaced_whole", "write_image", "write_video"]
