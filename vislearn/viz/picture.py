"""A finished picture: WebP bytes with words for those who can't see it."""

import io
import sys
import warnings
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from vislearn import sidecar
from vislearn.errors import InputError, require_one_of
from vislearn.language import translate as _
from vislearn.sidecar import Description
from vislearn.viz.letters import CSS_DPI, font_families
from vislearn.viz.meaning.digest import digest
from vislearn.viz.meaning.terms import COMPARED, TITLE_TEXT, VALUES, VALUES_ON_CPU
from vislearn.viz.night import WHOLE, Part, photos_of, sheet
from vislearn.viz.spoken import translate_figure

__all__ = [
    "SCALE",
    "Picture",
    "compared_here",
    "describe",
    "described",
    "encode",
    "render",
    "require_alt",
]

SCALE = 1.5  # pixels drawn per CSS pixel: sharp on a projector and on most laptops, small in a notebook
_QUALITY = 88


@dataclass(frozen=True)
class Picture:
    """A picture ready to be shown: as the value of a cell, inside a widget, or saved.

    Attributes:
        data: WebP bytes.
        alt: what the picture shows, in words; never empty.
        width: displayed width in CSS pixels.
        height: displayed height in CSS pixels.
        caption: a line of text below the picture, empty for most.
        digest: what the picture shows, for the regression check; see :mod:`vislearn.viz.meaning.digest`. Two
            pictures are equal whatever it says.
        photos: the parts that a dark page leaves as they are, by default the whole; see
            :mod:`vislearn.viz.night`.

    Raises:
        InputError: ``alt`` is empty.
    """

    data: bytes
    alt: str
    width: int
    height: int
    caption: str = ""
    digest: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    photos: tuple[Part, ...] = field(default=(WHOLE,), repr=False)

    def __post_init__(self) -> None:
        require_alt(self.alt)

    def html(self) -> str:
        """A ``<figure>`` with the bytes inside: needs no other file."""
        source = f"data:image/webp;base64,{b64encode(self.data).decode('ascii')}"
        caption = f"<figcaption>{escape(self.caption)}</figcaption>" if self.caption else ""
        image = (
            f'<img alt="{escape(self.alt, quote=True)}" src="{source}" '
            f'width="{self.width}" height="{self.height}" style="max-width:100%;height:auto">'
        )
        return f'<figure style="margin:0">{sheet(image, self.photos)}{caption}</figure>'

    def save(self, path: str | Path) -> Path:
        """Write the picture: ``.webp`` byte for byte, any other ending in the format it names.

        Returns:
            The path written.
        """
        path = Path(path)
        if path.suffix.lower() == ".webp":
            path.write_bytes(self.data)
        else:
            self.image().save(path)
        return path

    def image(self) -> Image.Image:
        """The pixels, as a PIL image in RGB."""
        return Image.open(io.BytesIO(self.data)).convert("RGB")

    def metadata(self) -> dict[str, Any]:
        """What is stored beside the picture in a notebook, unseen."""
        return {"vislearn": {"figure": self.digest}} if self.digest else {}

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        return {"text/html": self.html(), "text/plain": self.alt}, self.metadata()


def require_alt(alt: str) -> None:
    """Refuse a picture without words.

    Raises:
        InputError: ``alt`` is empty or blank.

    >>> require_alt(" ")
    Traceback (most recent call last):
    ...
    vislearn.errors.InputError: alt must say what the picture shows, got ' '. Write one sentence about it.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise InputError(
            "alt",
            "must say what the picture shows",
            got=repr(alt),
            fix="Write one sentence about it.",
        )


_around: ContextVar[Description | None] = ContextVar("_around", default=None)


@contextmanager
def described(description: Description) -> Iterator[None]:
    """Pictures made within that bring no words of their own are described like this: those of an explorer."""
    token = _around.set(description)
    try:
        yield
    finally:
        _around.reset(token)


def describe(alt: str = "", compared: str = "", *, told: str = "", title: str = "") -> Description:
    """The words of the next picture: as they were given, else as the running cell's options have them.

    Every drawing function leaves ``alt`` and ``compared`` empty by default and asks here.

    Args:
        alt: what the picture shows, as the call has it.
        compared: likewise what is compared, explained at `render`.
        told: words that the drawing function makes from what it drew, where nobody else has any.
        title: what a learner's own picture is called, as nobody asks learners for alt texts.

    Raises:
        InputError: there are no words, or ``compared`` is none of those there are.
    """
    if alt:
        require_alt(alt)
        rule = sidecar.cell_options().get("compared", "")  # a list is for those that take their words there
        stated = Description(compared=rule if isinstance(rule, str) else "")
    else:
        stated = _around.get() or sidecar.next_figure()
    chosen = compared or stated.compared or VALUES
    require_one_of("compared", chosen, COMPARED)
    found = alt or stated.alt or told
    if not found and sidecar.in_kernel() and not sidecar.is_strict():
        found = title or _("A picture without a title.")
    require_alt(found)
    return replace(stated, alt=found.strip(), compared=chosen)


def render(
    figure: Figure,
    alt: str = "",
    compared: str = "",
    *,
    told: str = "",
    photos: Iterable[Part] | None = None,
) -> Picture:
    """Draw a figure into a :class:`Picture` and free it.

    Args:
        figure: a ``matplotlib.figure.Figure``, best made without pyplot; its size in inches decides the
            displayed size, 96 CSS pixels an inch.
        alt: what the picture shows, in words; empty takes them from the running cell's options.
        compared: likewise; what the regression check asks another run to repeat, one of four. ``"values"``:
            all of it, within the tolerances; so it is where nobody says. ``"structure"``: how many of what,
            in which words and colours, for timings and other numbers of one machine. ``"pictures"``: the
            pictures, and of boxes and numbers with them the structure, for what a network trained anew
            finds on given pictures. ``"values on cpu"``: on a GPU the structure, for a training that comes
            out otherwise there.
        told: words for it that hold where there are none.
        photos: parts that a dark page leaves as they are; None finds the pictures of the figure.

    Raises:
        InputError: there are no words for it, or ``compared`` is none of them.
    """
    translate_figure(figure, font_families())
    said = describe(alt, compared, told=told, title=_title(figure))
    figure.set_dpi(CSS_DPI * SCALE)
    canvas = FigureCanvasAgg(figure)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    width, height = (round(inches * CSS_DPI) for inches in figure.get_size_inches())
    shown = digest(figure, (width, height), compared_here(said.compared))
    kept = photos_of(figure) if photos is None else tuple(photos)
    figure.clear()
    if pyplot := sys.modules.get("matplotlib.pyplot"):  # where a lesson made the figure with it
        pyplot.close(figure)
    caption = " ".join(filter(None, [said.caption, _complaint(caught)]))
    return Picture(encode(pixels), said.alt, width, height, caption, shown, kept)


def _title(figure: Figure) -> str:
    """Its heading, on one line, or what stands over its first plot."""
    texts = [text for axes in figure.axes for text in axes.texts if text.get_gid() == TITLE_TEXT]
    titles = [axes.get_title() for axes in figure.axes]
    return " ".join(text.get_text() for text in texts) or next(filter(None, titles), "")


def compared_here(compared: str) -> str:
    """What is compared on the device that computes here."""
    if compared != VALUES_ON_CPU:
        return compared
    from vislearn.device import best_device  # here, because torch takes seconds and other figures need none

    return VALUES if best_device().type == "cpu" else compared


def encode(pixels: np.ndarray) -> bytes:
    """Pixels, uint8 (H, W, 3), as WebP, the smaller of lossy and lossless.

    Drawings compress better without loss, photographs with.
    """
    image = Image.fromarray(np.ascontiguousarray(pixels))
    lossy, lossless = io.BytesIO(), io.BytesIO()
    image.save(lossy, "WEBP", quality=_QUALITY, method=4)
    quarter = image.resize((max(1, image.width // 4), max(1, image.height // 4)), 0)
    if len(quarter.getcolors(maxcolors=2**20) or []) < 4000:
        image.save(lossless, "WEBP", lossless=True, quality=60, method=3)
    candidates = [stream.getvalue() for stream in (lossless, lossy) if stream.getvalue()]
    return min(candidates, key=len)


def _complaint(caught: list[warnings.WarningMessage]) -> str:
    """A caption for letters that no font of the figure has; other warnings go where warnings go."""
    missing = False
    for warning in caught:
        if "missing from font" in str(warning.message):
            missing = True
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    if not missing:
        return ""
    return _("Some letters are missing: no font of this figure has them.")
