"""Pictures to learn from: the bundled sets, and any folder of yours.

Bundled (built on first use, nothing is downloaded): :func:`photos`, :func:`digits`, :func:`textures`,
:func:`scenes`, :func:`clip`. Any folder: :func:`image_folder`, :func:`check_folder`, and for speed
:func:`resized`, :func:`cached`, :func:`finish_batch`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vislearn.datasets.catalog import build_all, ensure, status
from vislearn.datasets.footage import clip
from vislearn.datasets.handwriting import digits, digits_mnist
from vislearn.datasets.materials import textures
from vislearn.datasets.photographs import caption, photo, photos
from vislearn.datasets.scenery import Scenes, scenes
from vislearn.datasets.store import SetStatus, data_root

if TYPE_CHECKING:
    from vislearn.datasets.batches import finish_batch
    from vislearn.datasets.cache import cached
    from vislearn.datasets.fast import resized
    from vislearn.datasets.folders import Problem, check_folder, image_folder

__all__ = [
    "Problem",
    "Scenes",
    "SetStatus",
    "build_all",
    "cached",
    "caption",
    "check_folder",
    "clip",
    "data_root",
    "digits",
    "digits_mnist",
    "ensure",
    "finish_batch",
    "image_folder",
    "photo",
    "photos",
    "resized",
    "scenes",
    "status",
    "textures",
]

# These need torch and torchvision, seconds that building and checking the bundled sets don't.
_LATER = {
    "Problem": "folders",
    "cached": "cache",
    "check_folder": "folders",
    "finish_batch": "batches",
    "image_folder": "folders",
    "resized": "fast",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
