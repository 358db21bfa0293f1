"""The photographs as ordinary files, byte for byte as their packages ship them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vislearn.datasets.bundled.pictures import PICTURES, source_file
from vislearn.datasets.bundled.store import Recipe, ensure_built
from vislearn.errors import require_one_of

if TYPE_CHECKING:
    import torch

__all__ = ["RECIPE", "caption", "photo", "photos"]


def photos() -> dict[str, Path]:
    """The bundled photographs: name -> file, in a fixed order (built on first use).

    >>> list(photos())[:3]
    ['cat', 'coffee', 'astronaut']
    """
    folder = ensure_built(RECIPE)
    return {name: folder / _file_name(name) for name in PICTURES}


def photo(name: str) -> "torch.Tensor":
    """One bundled photograph -> uint8 (3, H, W) in 0..255.

    Args:
        name: such as ``"cat"``; :func:`photos` has them all.

    Raises:
        InputError: there is no photograph of that name.

    >>> photo("cat").shape
    torch.Size([3, 300, 451])
    """
    require_one_of("name", name, PICTURES)
    from vislearn.io import read_image

    return read_image(photos()[name])


def caption(name: str) -> str:
    """What is on a bundled photograph, in a few English words.

    Args:
        name: such as ``"cat"``.

    Raises:
        InputError: there is no photograph of that name.

    >>> caption("coffee")
    'A cup of espresso'
    """
    require_one_of("name", name, PICTURES)
    return PICTURES[name].caption


def _file_name(name: str) -> str:
    return name + Path(PICTURES[name].file).suffix


def _build(folder: Path) -> Iterator[None]:
    for name in PICTURES:
        shutil.copyfile(source_file(name), folder / _file_name(name))
        yield


RECIPE = Recipe("photos", version=1, units=len(PICTURES), build=_build)
