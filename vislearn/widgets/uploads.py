"""A learner's own picture in place of a bundled one."""

from collections.abc import Callable
from html import escape
from io import BytesIO
from typing import Any

import ipywidgets
import torch
from PIL import Image

from vislearn.datasets import caption, photo
from vislearn.errors import FileError
from vislearn.io import decode_pil
from vislearn.language import N_
from vislearn.language import translate as _
from vislearn.viz import Picture, boxes, to_display
from vislearn.widgets.lab import complaint, framed, panel
from vislearn.widgets.own import OwnPicture

__all__ = ["Upload", "upload"]

_LARGEST_MB = 30
# ipywidgets writes the number of files on the button, "(0)"; only its words are shown.
_STYLE = """<style>
.vislearn-upload {font-size:0; border-radius:8px; padding:0 16px}
.vislearn-upload::before {content:"\\2191\\00a0\\00a0"; font-size:18px}
.vislearn-upload::after {content:attr(title); font-size:16px}
.vislearn-upload i {display:none}
.vislearn-upload:focus-visible {outline:3px solid #56b4e9; outline-offset:2px}
</style>"""
_LARGEST_WH = (480, 400)  # CSS pixels
_BESIDE_ANSWER_WH = (180, 120)  # likewise, where an answer stands below: both on a laptop's screen
_LONGEST_SIDE = 2048  # pixels; what no lesson looks at is not kept in memory


class Upload(OwnPicture):
    """A button to choose a picture from this computer; nothing leaves it."""

    def __init__(self, bundled: str, words: str = "") -> None:
        self._picture = Image.fromarray(to_display(photo(bundled)))
        words = words or _("Choose a picture of yours")
        self._chooser = ipywidgets.FileUpload(
            accept="image/*", multiple=False, tooltip=words, layout={"width": "auto", "min_width": "240px"}
        )
        self._chooser.add_class("vislearn-upload")
        self._chooser.observe(self._arrived, names="value")
        self._shown = panel("")
        self._said = panel("")
        alt = _("A picture that you can replace by your own: {caption}.", caption=caption(bundled))
        width = _shown_wh(self._picture)[0]
        stand_in = boxes(self._picture, torch.zeros(0, 4), width=width, alt=alt)
        private = _("It stays on this computer.")
        note = panel(f"<span>{escape(private)}</span>{_STYLE}")
        note.layout = {"width": "auto", "margin": "2px 2px 2px 12px"}
        below = ipywidgets.VBox([self._said, self._shown])
        self._words, self._largest_wh = alt, _LARGEST_WH
        self._show()
        hint = _("Run this cell to choose a picture of yours.")
        super().__init__(framed([self._chooser, note], below), stand_in, alt, hint)

    def picture(self) -> Image.Image:
        """The learner's picture or the bundled one, upright, in mode RGB, at most 2048 pixels a side."""
        return self._picture.copy()

    def on_change(self, follower: Callable[[Image.Image], Any]) -> None:
        """As :meth:`OwnPicture.on_change`; the picture gets small, so that the answer fits below it."""
        self._largest_wh = _BESIDE_ANSWER_WH
        self._show()
        super().on_change(follower)

    def _show(self) -> None:
        self._shown.value = _as_it_is(self._picture, self._words, self._largest_wh)

    def _arrived(self, change: dict[str, Any]) -> None:
        for file in change["new"]:
            try:
                self._picture = _read(bytes(file["content"]), file["name"])
            except FileError as error:
                self._said.value = _refused(error)
                return
            self._said.value = ""
            self._words = _("Your picture, {name}.", name=file["name"])
            self._show()
            self._changed()


def upload(bundled: str, words: str = "") -> Upload:
    """Choose a picture of your own; ``picture()`` gives it, or the bundled one where none was chosen.

    Read strictly, turned as the camera was held. A file that is no picture is named and changes nothing.

    Args:
        bundled: the photograph that stands in, such as ``"cat"``; :func:`vislearn.datasets.photos` has them.
        words: on the button; empty for the usual ones.

    Raises:
        InputError: there is no photograph of that name.

    >>> upload("cat").picture().size
    (451, 300)
    """
    return Upload(bundled, words)


def _read(data: bytes, name: str) -> Image.Image:
    if len(data) > _LARGEST_MB * 1e6:
        raise FileError(name, N_("is larger than {size} MB"), fix=N_("Save it smaller."), size=_LARGEST_MB)
    image = decode_pil(data, name)
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return image


def _refused(error: FileError) -> str:
    sentence = _("{name} can't be used; the picture below stays.", name=error.path)
    return f'{complaint(sentence)}<p lang="en">{escape(str(error))}</p>'


def _as_it_is(image: Image.Image, alt: str, largest_wh: tuple[int, int]) -> str:
    """As HTML, without the paper around it that a drawing has."""
    width, height = _shown_wh(image, largest_wh)
    stream = BytesIO()
    image.resize((2 * width, 2 * height)).save(stream, "WEBP", quality=85)  # sharp on fine screens
    return Picture(stream.getvalue(), alt, width, height).html()


def _shown_wh(image: Image.Image, largest_wh: tuple[int, int] = _LARGEST_WH) -> tuple[int, int]:
    """In CSS pixels: as large as leaves room for the controls on a laptop's screen."""
    scale = min(largest_wh[0] / image.width, largest_wh[1] / image.height)
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))
