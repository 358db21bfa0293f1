"""Pixels in and out: pictures and films read strictly, masks as they are stored, all written whole."""

from vislearn.io.film_facts import VideoInfo, video_info
from vislearn.io.frames import Frame, frame_at, read_frames
from vislearn.io.masks import read_mask
from vislearn.io.reading import decode_pil, read_image, read_pil
from vislearn.io.video import write_video
from vislearn.io.writing import write_image

__all__ = [
    "Frame",
    "VideoInfo",
    "decode_pil",
    "frame_at",
    "read_frames",
    "read_image",
    "read_mask",
    "read_pil",
    "video_info",
    "write_image",
    "write_video",
]
