"""Any picture file to RGB, or one sentence saying why not."""

import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import simplejpeg
from PIL import Image, ImageOps, UnidentifiedImageError

from vislearn.errors import FileError

if TYPE_CHECKING:
    import torch

__all__ = ["decode_pil", "read_array", "read_image", "read_pil"]

_JPEG = b"\xff\xd8\xff"
_ORIENTATION = 0x0112  # the EXIF tag that says how the camera was held
_SIDEWAYS = {5, 6, 7, 8}  # its values that swap height and width
_SIXTEEN_BIT = 65535
_COPY_AGAIN = "Copy it again from where it came, or delete it."


def read_image(path: str | Path, *, min_size_hw: tuple[int, int] | None = None) -> "torch.Tensor":
    """Any picture file -> uint8 (3, H, W) in 0..255, RGB, upright.

    Decided aloud: gray becomes three equal channels; transparency is laid on white; 16-bit is scaled to
    8 (not cut off); CMYK is converted without colour profiles; EXIF orientation is applied; of several
    frames the first counts. Damage is never papered over, as far as the format shows it: JPEG has no
    checksums, so a flipped bit inside a JPEG may pass as a changed pixel.

    Args:
        path: a file Pillow can read: JPEG, PNG, WebP, TIFF, BMP, GIF and more.
        min_size_hw: decode JPEGs at the smallest of 1/8, 2/8, 3/8, 4/8 scale that keeps this height and
            width (pixels), if there is one: faster when the picture is shrunk afterwards. Other formats
            ignore it.

    Returns:
        A contiguous tensor of its own.

    Raises:
        FileError: missing, a folder, empty, cut off, damaged, or not a picture.
    """
    import torch  # three seconds that drawing and building data need not pay

    return torch.from_numpy(read_array(path, min_size_hw=min_size_hw)).permute(2, 0, 1).contiguous()


def read_pil(path: str | Path) -> Image.Image:
    """The same picture as :func:`read_image`, as a PIL image in mode RGB.

    Args:
        path: a file Pillow can read.

    Raises:
        FileError: missing, a folder, empty, cut off, damaged, or not a picture.
    """
    return Image.fromarray(read_array(path))


def read_array(path: str | Path, *, min_size_hw: tuple[int, int] | None = None) -> np.ndarray:
    """The same picture as :func:`read_image`, as a uint8 array (H, W, 3).

    Args:
        path: a file Pillow can read.
        min_size_hw: as for :func:`read_image`.

    Raises:
        FileError: missing, a folder, empty, cut off, damaged, or not a picture.
    """
    return _decode(_read_bytes(Path(path)), path, min_size_hw)


def decode_pil(data: bytes, name: str) -> Image.Image:
    """The same for a picture that is not a file here, such as one that somebody uploads.

    Args:
        data: what the file holds.
        name: what it is called, for the sentence about what is wrong with it.

    Raises:
        FileError: empty, cut off, damaged, or not a picture.
    """
    return Image.fromarray(_decode(data, name, None))


def _decode(data: bytes, path: str | Path, min_size_hw: tuple[int, int] | None) -> np.ndarray:
    if not data:
        raise FileError(path, "is empty (0 bytes)", fix=_COPY_AGAIN)
    try:
        if data.startswith(_JPEG):
            return _decode_jpeg(data, min_size_hw)
        return _decode_with_pillow(data)
    except UnidentifiedImageError:
        raise _not_a_picture(path, data) from None
    except (FileError, MemoryError):
        raise
    except Exception as trouble:  # decoders raise whatever they stumble over: OSError to struct.error
        raise _damaged(path, trouble) from None


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FileError(path, "does not exist", fix="Check the name and the folder.") from None
    except OSError as trouble:
        if path.is_dir():
            raise FileError(path, "is a folder, not a picture", fix="Name a file inside it.") from None
        raise FileError(path, f"can't be read ({trouble.strerror})", fix="Check its permissions.") from None


def _decode_jpeg(data: bytes, min_size_hw: tuple[int, int] | None) -> np.ndarray:
    """Strict where Pillow is lenient: libjpeg's warnings about damaged data are errors here."""
    if simplejpeg.decode_jpeg_header(data)[2] in {"CMYK", "YCCK"}:
        simplejpeg.decode_jpeg(data, "CMYK")
        return _decode_with_pillow(data)
    turn = _orientation(data)
    height, width = min_size_hw or (0, 0)
    if turn in _SIDEWAYS:
        height, width = width, height
    # Without limits the picture keeps its size. Scales between 1/2 and 1 are slower than full size: libjpeg
    # has no vector code for them.
    pixels = simplejpeg.decode_jpeg(data, "RGB", min_height=height, min_width=width, min_factor=2)
    return _upright(pixels, turn)


def _orientation(data: bytes) -> int:
    """1 ... 8 as in EXIF; Pillow also knows the places where programs hide it in XMP."""
    if not _has_app1(data):
        return 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a spoilt EXIF block is no damage to the pixels
        try:
            return int(Image.open(BytesIO(data)).getexif().get(_ORIENTATION, 1))
        except Exception:  # ... whatever Pillow makes of it
            return 1


def _has_app1(data: bytes) -> bool:
    """Is there a segment that could hold EXIF or XMP before the pixels? A walk of a few microseconds."""
    at = 2
    while data[at : at + 1] == b"\xff":
        marker = data[at + 1]
        if marker == 0xE1:
            return True
        if marker == 0xDA:  # the pixels begin
            return False
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


def _upright(pixels: np.ndarray, turn: int) -> np.ndarray:
    """Undo EXIF orientation ``turn`` on (H, W, 3)."""
    if turn in _SIDEWAYS:
        pixels = pixels.transpose(1, 0, 2)
    if turn in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if turn in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _decode_with_pillow(data: bytes) -> np.ndarray:
    image: Image.Image = Image.open(BytesIO(data))
    if image.format == "PNG":
        Image.open(BytesIO(data)).verify()  # checksums, and the end mark: load() reads past both
    image.load()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a spoilt EXIF block, as above
        try:
            image = ImageOps.exif_transpose(image)
        except Exception:
            image.info.pop("exif", None)
    return np.array(_to_rgb(image))


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        image = _to_eight_bit(image)
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _to_eight_bit(image: Image.Image) -> Image.Image:
    """0..65535 -> 0..255, rounded; Pillow's own conversion clips everything above 255 to white."""
    values = np.asarray(image)
    if image.mode == "F" or values.min() < 0 or values.max() > _SIXTEEN_BIT:
        raise ValueError(
            f"its values run from {values.min():g} to {values.max():g}, and only you know what they mean; "
            "save it with 8 or 16 bits"
        )
    return Image.fromarray(
        ((values.astype(np.uint32) * 255 + _SIXTEEN_BIT // 2) // _SIXTEEN_BIT).astype(np.uint8)
    )


def _not_a_picture(path: str | Path, data: bytes) -> FileError:
    start = data[:256].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return FileError(path, "is a web page, not a picture", fix="Download the picture itself.")
    if start.startswith(b"version https://git-lfs"):
        return FileError(path, "is a pointer left by git-lfs, not the picture", fix="Run: git lfs pull")
    if data[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1"}:
        return FileError(path, "is a HEIC picture, which can't be read here", fix="Save it as JPEG.")
    if b"\0" not in data[:256] and _is_text(data[:256]):
        return FileError(path, "holds text, not a picture", fix="Move it out of the pictures' folder.")
    return FileError(
        path,
        f"is not a picture of a known format (it begins with {data[:8]!r})",
        fix=_COPY_AGAIN,
    )


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as trouble:
        return trouble.start > len(data) - 4  # only a letter cut in two at the end
    return True


def _damaged(path: str | Path, trouble: Exception) -> FileError:
    said = str(trouble) or type(trouble).__name__
    if any(word in said.lower() for word in ("truncated", "premature end of jpeg", "subsampling level")):
        return FileError(path, f"is cut off or damaged ({said})", fix=_COPY_AGAIN)
    return FileError(path, f"is damaged or of an unknown kind ({said})", fix=_COPY_AGAIN)
