"""Why a file can't be read as a picture: what is wrong with it, and advice that fits."""

import re
from pathlib import Path

from vislearn.errors import FileError
from vislearn.language import N_

__all__ = ["COPY_AGAIN", "SAVE_AGAIN", "Refusal", "not_a_film", "not_a_picture", "too_large", "undecodable"]

COPY_AGAIN = N_("Copy it again from where it came, or delete it.")
SAVE_AGAIN = N_(
    "Save it as PNG with a program that opens it; if none does, copy it again from where it came."
)

_DAMAGED = N_("is a damaged {kind}, or of a kind that isn't read here")

# How files begin. The first table: what is read here, when it is whole.
_READ = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG", "PNG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\0\0\0\x0cjP", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
)
_NOT_READ = (
    (b"8BPS", N_("a Photoshop file")),
    (b"%!PS", N_("a PostScript file")),
    (b"\xc5\xd0\xd3\xc6", N_("a PostScript file")),
    (b"%PDF", N_("a PDF")),
    (b"\0\0\1\0", N_("an icon")),
    (b"\x01\xda", N_("an SGI picture")),
    (b"DDS ", N_("a DDS texture")),
    (b"qoif", N_("a QOI picture")),
    (b"SIMPLE  =", N_("a FITS file")),
    (b"\x89HDF", N_("an HDF5 file")),
    (b"\xd7\xcd\xc6\x9a", N_("a WMF drawing")),
    (b"\xd0\xcf\x11\xe0", N_("an Office document")),
    (b"PK\x03\x04", N_("a ZIP archive")),
    (b"Rar!", N_("a RAR archive")),
)
# Matroska and WebM, Ogg, Flash, Windows Media, MPEG; MP4 and AVI have their marks further in.
_FILMS = (b"\x1a\x45\xdf\xa3", b"OggS", b"FLV", b"\x30\x26\xb2\x75", b"\0\0\1\xba", b"\x47\x40", b"DKIF")
_HEIC = {b"ftypheic", b"ftypheix", b"ftypheim", b"ftyphevc", b"ftypmif1", b"ftypmsf1"}


class Refusal(Exception):
    """Raised below the doors of :mod:`vislearn.io`, which know the path; they make a FileError of it.

    Both may be messages with ``{names}``, as a FileError's.
    """

    def __init__(self, what: str, fix: str, **values: object) -> None:
        self.messages, self.values = (what, fix), values
        self.what, self.fix = (text.format(**values) if values else text for text in self.messages)
        super().__init__(f"{self.what}. {self.fix}")

    def about(self, path: str | Path) -> FileError:
        """The same, once it is known of which file."""
        what, fix = self.messages
        return FileError(path, what, fix=fix, **self.values)


def too_large(height: int, width: int, max_megapixels: float) -> Refusal:
    """A picture whose header claims more pixels than anybody asked for.

    >>> too_large(40000, 40000, 200).what
    'has 40000×40000 pixels (height×width), 1600 megapixels; at most 200 are read'
    """
    return Refusal(
        N_(
            "has {height}×{width} pixels (height×width), {megapixels:.0f} megapixels; at most "
            "{max_megapixels:g} are read"
        ),
        N_("If it is meant to be that large: max_megapixels={enough}."),
        height=height,
        width=width,
        megapixels=height * width / 1e6,
        max_megapixels=max_megapixels,
        enough=int(height * width / 1e6) + 1,
    )


def undecodable(data: bytes, trouble: Exception) -> Refusal:
    """A file that begins as a picture should, and ends in an error of its decoder.

    Only sentences that decoders wrote for people are passed on; ``list index out of range`` helps nobody.

    Args:
        data: the file.
        trouble: what the decoder raised.
    """
    said = re.sub(r"^\w+\(\): ", "", str(trouble))  # libjpeg-turbo names its function first
    kind = _kind(data) or "picture"
    if any(word in said.lower() for word in ("truncated", "premature end", "subsampling level")):
        return Refusal(N_("is cut off or damaged ({said})"), COPY_AGAIN, said=said)
    if "unsupported" in said.lower():
        return Refusal(
            N_("is a {kind} of a kind that isn't read here ({said})"), SAVE_AGAIN, kind=kind, said=said
        )
    if said.startswith("Corrupt JPEG data"):
        return Refusal(N_("is a damaged {kind} ({said})"), COPY_AGAIN, kind=kind, said=said)
    return Refusal(_DAMAGED, SAVE_AGAIN, kind=kind)


def not_a_picture(data: bytes) -> Refusal:
    """A file that no decoder takes for its own.

    Args:
        data: the file.
    """
    if kind := _kind(data):
        return Refusal(_DAMAGED, SAVE_AGAIN, kind=kind)
    start = data[:256].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return Refusal(N_("is a web page, not a picture"), N_("Download the picture itself."))
    if start.startswith(b"version https://git-lfs"):
        return Refusal(N_("is a pointer left by git-lfs, not the picture"), N_("Run: git lfs pull"))
    if data[4:12] in _HEIC:
        return Refusal(N_("is a HEIC picture, which can't be read here"), N_("Save it as JPEG."))
    for magic, name in _NOT_READ:
        if data.startswith(magic):
            return Refusal(
                N_("is {name}, not a picture that is read here"),
                N_("Save the picture itself as PNG."),
                name=name,
            )
    if b"\0" not in data[:256] and _is_text(data[:256]):
        return Refusal(N_("holds text, not a picture"), N_("Move it out of the folder, or choose a picture."))
    return Refusal(
        N_("is not a picture of a known format (it begins with {begin})"), SAVE_AGAIN, begin=repr(data[:8])
    )


def not_a_film(data: bytes, save_again: str) -> Refusal:
    """A file that is opened as a film and isn't one, or no whole one.

    Args:
        data: how the file begins.
        save_again: what to do with a damaged film.

    >>> not_a_film(bytes([0xFF, 0xD8, 0xFF]), "").what
    'is a picture (JPEG), not a film'
    """
    kind = "HEIC" if data[4:12] in _HEIC else _kind(data)
    if kind and kind != "GIF":
        return Refusal(
            N_("is a picture ({kind}), not a film"), N_("Read it with vislearn.io.read_image."), kind=kind
        )
    if kind or data.startswith(_FILMS) or data[:4] == b"RIFF" or data[4:8] == b"ftyp":
        return Refusal(N_("is a damaged or cut off film, or of a kind that isn't read here"), save_again)
    if b"\0" not in data and _is_text(data):
        return Refusal(N_("holds text, not a film"), N_("Choose a film."))
    return Refusal(
        N_("is not a film of a known format (it begins with {begin})"), save_again, begin=repr(data[:8])
    )


def _kind(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[4:12] in {b"ftypavif", b"ftypavis"}:
        return "AVIF"
    return next((kind for magic, kind in _READ if data.startswith(magic)), "")


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as trouble:
        return trouble.reason == "unexpected end of data"  # a letter cut in two
    return True
