"""Where a command may write: nowhere that would cost something."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from vislearn.errors import FileError
from vislearn.files import require_free, require_writable
from vislearn.language import N_

__all__ = ["require_places"]


def require_places(
    places: Iterable[Path], *, read: Iterable[Path] = (), overwrite: bool, fix: str = ""
) -> None:
    """Refuse, before any work, to write two results to one file, over what is read, or over what is there.

    Args:
        places: a file for each result.
        read: files that the command reads; ``--overwrite`` doesn't mean them.
        overwrite: other files that stand there may go.
        fix: what to do where something stands; by default another ``--out``.

    Raises:
        FileError: a place is named twice, is read, isn't free, or nothing can be written there.
    """
    needed = {path.resolve() for path in read}
    taken: set[Path] = set()
    for place in places:
        true = place.resolve()
        if true in taken:
            raise FileError(
                place, N_("is named for two results"), fix=N_("Give each of them a name of its own.")
            )
        if true in needed:
            raise FileError(
                place, N_("is read here, and would be overwritten"), fix=N_("Choose another name.")
            )
        taken.add(true)
        require_free(place, overwrite=overwrite, **({"fix": fix} if fix else {}))
    for place in {place.parent: place for place in taken}.values():
        made = [folder for folder in place.parents if not folder.exists()]
        require_writable(place)
        for folder in made:  # whoever stops the work before its first result finds no empty folder
            with suppress(OSError):  # by now somebody else keeps something there
                folder.rmdir()
