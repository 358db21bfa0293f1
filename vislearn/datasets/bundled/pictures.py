"""The photographs everything here is made of: where they lie, who took them, what may be done with them."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vislearn.errors import MissingError

__all__ = ["PICTURES", "SourcePicture", "source_file"]


@dataclass(frozen=True)
class SourcePicture:
    """A photograph inside an installed package, with its licence and credit."""

    name: str
    caption: str
    package: str
    file: str
    licence: str
    credit: str


def _skimage(name: str, caption: str, file: str, licence: str, credit: str) -> SourcePicture:
    return SourcePicture(name, caption, "skimage", f"data/{file}", licence, credit)


def _sklearn(name: str, caption: str, file: str, credit: str) -> SourcePicture:
    return SourcePicture(name, caption, "sklearn", f"datasets/images/{file}", "CC BY 2.0", credit)


# Only pictures whose licence the package states (in the docstrings of skimage.data, in sklearn's README.txt).
# Not here for that reason: coins, immunohistochemistry, moon, page, colour wheel, motorcycle, faces.
PICTURES: dict[str, SourcePicture] = {
    picture.name: picture
    for picture in (
        _skimage("cat", "Chelsea, a tabby cat", "chelsea.png", "CC0", "Stefan van der Walt"),
        _skimage("coffee", "A cup of espresso", "coffee.png", "CC0", "Rachel Michetti"),
        _skimage("astronaut", "The astronaut Eileen Collins", "astronaut.png", "public domain", "NASA"),
        _sklearn("flower", "A dahlia", "flower.jpg", "flickr.com/photos/vultilion/6056698931"),
        _sklearn("temple", "A tower by a lake", "china.jpg", "flickr.com/photos/danielbuechele/6061409035"),
        _skimage("rocket", "A Falcon 9 before its start", "rocket.jpg", "public domain", "SpaceX"),
        _skimage("camera", "A man with a camera", "camera.png", "CC0", "Lav Varshney"),
        _skimage("clock", "A blurred clock", "clock_motion.png", "public domain", "Stefan van der Walt"),
        _skimage("galaxies", "Galaxies, by Hubble", "hubble_deep_field.jpg", "public domain", "NASA"),
        _skimage("retina", "The back of a human eye", "retina.jpg", "CC0", "Mikael Häggström"),
        _skimage("bricks", "A brick wall", "brick.png", "CC0", "CC0Textures"),
        _skimage("grass", "Grass from above", "grass.png", "CC0", "linolafett"),
        _skimage("gravel", "Gravel from above", "gravel.png", "CC0", "CC0Textures"),
    )
}


def source_file(name: str) -> Path:
    """The file of photograph ``name`` inside the package that brings it (nothing is imported).

    Args:
        name: a key of :data:`PICTURES`.

    Raises:
        MissingError: the package or its file isn't there.
    """
    picture = PICTURES[name]
    spec = find_spec(picture.package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        if (path := Path(folder) / picture.file).is_file():
            return path
    package = {"skimage": "scikit-image", "sklearn": "scikit-learn"}[picture.package]
    raise MissingError(
        f"The photograph {picture.file} of {package} is not installed.",
        fix=f"Run: python -m pip install --force-reinstall --no-deps {package}",
    )
