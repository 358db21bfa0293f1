"""Many files that belong together: they appear when all are written, and never in place of others."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vislearn.files import disk_trouble, require_free
from vislearn.language import N_

__all__ = ["staged"]

_OTHER = N_("Choose another folder, or move the old files away.")


@contextmanager
def staged(folder: str | Path, *, last: str) -> Iterator[Path]:
    """A draft folder; what is in it moves to ``folder`` when everything went well, one file after the other.

    Files that are there already are never replaced, but for ``last``, the one through which a reader finds
    the others, and which may list more than one part: it comes when all others lie in their places. When a
    move fails, those before it are taken back.

    Args:
        folder: where the set shall be; may hold another part of it.
        last: name of that file, relative to the folder.

    Yields:
        The draft folder.

    Raises:
        FileError: a file is there already, the folder can't be written to, or the disk is full.
    """
    folder = Path(folder)
    draft = folder / f".draft-{secrets.token_hex(4)}"
    try:
        draft.mkdir(parents=True)
        yield draft
        _move(draft, folder, last)
    except OSError as trouble:
        raise disk_trouble(trouble, folder) or trouble from None
    finally:  # after Ctrl-C too
        shutil.rmtree(draft, ignore_errors=True)


def _move(draft: Path, folder: Path, last: str) -> None:
    files = sorted(path.relative_to(draft) for path in draft.rglob("*") if path.is_file())
    files.remove(Path(last))
    for name in files:
        require_free(folder / name, overwrite=False, fix=_OTHER)
    moved: list[Path] = []
    try:
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).rename(folder / name)
            moved.append(folder / name)
        (folder / last).parent.mkdir(parents=True, exist_ok=True)
        (draft / last).replace(folder / last)
    except BaseException:
        for path in moved:
            with suppress(OSError):
                path.unlink()
        raise
