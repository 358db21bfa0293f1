"""All bundled sets together: build them, check them."""

from collections.abc import Callable
from pathlib import Path

from vislearn.datasets.bundled import (
    bengali_digits,
    clip,
    digits,
    miniatures,
    odd_films,
    odd_pictures,
    photos,
    scenes,
    store,
    textures,
)
from vislearn.errors import require_one_of

__all__ = ["RECIPES", "build_all", "ensure", "status"]

RECIPES = {
    recipe.name: recipe
    for recipe in (
        photos.RECIPE,
        digits.RECIPE,
        bengali_digits.RECIPE,
        textures.RECIPE,
        scenes.RECIPE,
        clip.RECIPE,
        miniatures.RECIPE,
        odd_pictures.RECIPE,
        odd_films.RECIPE,
    )
}


def ensure(name: str, progress: Callable[[int], None] | None = None) -> Path:
    """The folder of one bundled set, built or rebuilt first if it is absent, damaged or outdated.

    Args:
        name: ``"photos"``, ``"digits"``, ``"bengali_digits"``, ``"textures"``, ``"scenes"``, ``"clip"``,
            ``"miniatures"``, ``"odd_pictures"`` or ``"odd_films"``.
        progress: called with the number of units (mostly files) done since the last call.

    Raises:
        InputError: there is no set of that name.
        FileError: the data folder can't be written to, or the disk is full.
    """
    require_one_of("name", name, RECIPES)
    return store.ensure_built(RECIPES[name], progress)


def build_all(progress: bool = True) -> Path:
    """Make every bundled set ready; a fraction of a second when they are already.

    Args:
        progress: show one bar over all sets (on a terminal only; pipes and logs stay clean).

    Returns:
        The folder that holds them.

    Raises:
        FileError: the data folder can't be written to, or the disk is full.
    """
    from tqdm import tqdm

    total = sum(recipe.units for recipe in RECIPES.values())
    with tqdm(total=total, desc="vislearn data", unit="file", disable=None if progress else True) as bar:
        for name in RECIPES:
            bar.set_postfix_str(name)
            ensure(name, bar.update)
    return store.data_root()


def status(*, thorough: bool = False) -> list[store.SetStatus]:
    """What is known about each bundled set; changes nothing.

    Args:
        thorough: read every byte of every file, instead of only those that look touched.

    >>> [entry.name for entry in status()][:3]
    ['photos', 'digits', 'bengali_digits']
    """
    return [store.inspect_set(recipe, thorough=thorough) for recipe in RECIPES.values()]
