"""What a file's name says: is it a picture, is it litter, and are two names the same?"""

import unicodedata
from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "ENDINGS",
    "FILM_ENDINGS",
    "FORMATS",
    "find_named",
    "has_picture_ending",
    "plain_name",
    "pretty_endings",
]

# The one list of what is read here. Formats that Pillow reads by starting another program, or that no camera,
# scanner or browser writes, are left out: each one more is one more decoder that strangers' files can reach.
ENDINGS: dict[str, str] = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".dib": "DIB",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
    ".jp2": "JPEG2000",
    ".j2k": "JPEG2000",
    ".ppm": "PPM",
    ".pgm": "PPM",
    ".pbm": "PPM",
    ".pnm": "PPM",
}
# Films, as cameras, phones, browsers and screen recorders name them.
FILM_ENDINGS = (
    ".mp4",
    ".mov",
    ".m4v",
    ".mkv",
    ".webm",
    ".avi",
    ".mpg",
    ".mpeg",
    ".ts",
    ".mts",
    ".3gp",
    ".wmv",
)
FORMATS = tuple(dict.fromkeys(ENDINGS.values()))  # as Pillow calls them


def has_picture_ending(path: Path) -> bool:
    """Does the name end as pictures' names do? Whether it is one, only reading it can tell.

    >>> has_picture_ending(Path("cat.JFIF")), has_picture_ending(Path("cat.json"))
    (True, False)
    """
    return path.suffix.lower() in ENDINGS


def pretty_endings(endings: Iterable[str] = ENDINGS) -> str:
    """The endings of pictures, or of films, for a sentence.

    Args:
        endings: which.

    >>> pretty_endings()[:14]
    'jpg, jpeg, jpe'
    """
    return ", ".join(ending[1:] for ending in endings)


def plain_name(name: str) -> str:
    r"""One form for names that look alike: ড় is one code point on some keyboards, and two on others.

    >>> plain_name("\u09dc") == plain_name("\u09a1\u09bc")
    True
    """
    return unicodedata.normalize("NFC", name)


def find_named(folder: Path, name: str) -> Path | None:
    """The file ``name`` in ``folder``, also where the disk spells it in another Unicode form.

    Args:
        folder: where to look.
        name: may have folders of its own, separated by ``/``.

    Returns:
        The file as it is called there; None: no such file.
    """
    path = folder / name
    try:
        if path.is_file():
            return path
    except OSError:  # longer than a name can be
        return None
    if name.isascii() or not path.parent.is_dir():
        return None
    alike = (entry for entry in path.parent.iterdir() if plain_name(entry.name) == plain_name(path.name))
    return next((entry for entry in alike if entry.is_file()), None)
