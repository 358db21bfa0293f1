"""PIL images, such as torchvision makes, as small pictures with words: a cell's value, or displayed."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vislearn.viz.picture import Picture

__all__ = ["as_picture", "bundle", "register"]

_LARGEST_WH = (1000, 620)  # CSS pixels: what a laptop shows at once
_PIL = ("PIL.Image", "Image")  # by name, so that nobody loads PIL for it
_OWN_FORMATS = ("image/png", "image/jpeg")  # PIL's, some hundred kilobytes each and without words


def register(shell: Any) -> None:
    """Let IPython show PIL images as :func:`bundle` makes them.

    Args:
        shell: ``get_ipython()``.
    """
    formatter = shell.display_formatter
    formatter.mimebundle_formatter.for_type_by_name(*_PIL, bundle)
    for kind in _OWN_FORMATS:
        formatter.formatters[kind].for_type_by_name(*_PIL, lambda image: None)


def bundle(image: Any) -> tuple[dict[str, str], dict[str, Any]]:
    """An image in its natural size, as far as that fits, with the words of the running cell's options.

    Args:
        image: a PIL image of any mode.

    Raises:
        InputError: there are no words for it, where lessons are built; a learner's image needs none.

    Returns:
        Data and metadata as IPython takes them.
    """
    from vislearn.language import translate as _

    size = _("A picture of {width} × {height} pixels.", width=image.width, height=image.height)
    return as_picture(image, title=size)._repr_mimebundle_()


def as_picture(image: Any, *, alt: str = "", compared: str = "", title: str = "") -> "Picture":
    """An image in its natural size, as far as that fits a laptop's screen.

    Args:
        image: a PIL image of any mode.
        alt: as for :func:`vislearn.viz.picture.describe`.
        compared: likewise.
        title: likewise.

    Raises:
        InputError: there are no words for it, where lessons are built.
    """
    # here, because they load NumPy, matplotlib and PIL, and many a cell shows no picture
    import numpy as np
    from PIL import Image

    from vislearn.viz.display import to_display
    from vislearn.viz.meaning.signature import Signature
    from vislearn.viz.picture import Picture, compared_here, describe, encode

    said = describe(alt, compared, title=title)
    shown = Image.fromarray(np.ascontiguousarray(to_display(image)))
    shown.thumbnail(_LARGEST_WH)
    pixels = np.asarray(shown)
    look = {"size": list(shown.size), "look": Signature.of(pixels, 48).encode()}
    digest = {
        "compared": compared_here(said.compared),
        "size": list(shown.size),
        "plots": [{"images": [look]}],
    }
    return Picture(encode(pixels), said.alt, *shown.size, said.caption, digest)
