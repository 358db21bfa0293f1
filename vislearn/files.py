"""Files that are there whole, or not at all."""

import errno
import os
import re
import secrets
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vislearn.errors import FileError, InputError
from vislearn.language import N_

__all__ = [
    "cache_folder",
    "common_folder",
    "disk_trouble",
    "drafts_of",
    "is_litter",
    "replaced_whole",
    "require_free",
    "require_path",
    "require_writable",
    "user_folder",
    "write_text",
]

_ABANDONED = 3600  # seconds since the last write to a draft: nobody pauses so long
# What file managers, storage boxes and programs leave beside pictures; whatever begins with a dot is, too.
_LITTER = {
    "$recycle.bin",
    "#recycle",
    "#snapshot",
    "@eadir",
    "@recently-snapshot",
    "@recycle",
    "@tmp",
    "__macosx",
    "__pycache__",
    "desktop.ini",
    "ehthumbs.db",
    "ehthumbs_vista.db",
    "found.000",
    "icon\r",
    "lost+found",
    "lost.dir",
    "network trash folder",
    "picasa.ini",
    "recycler",
    "system volume information",
    "temporary items",
    "thumbs.db",
    "thumbs.db:encryptable",
    "zbthumbnail.info",
}
_LITTER_ENDS = ("~", ":zone.identifier")  # an editor's copy; where Windows had a download from
_LITTER_BEGINS = (".", "~$")  # hidden; an office program's lock
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}

_ELSEWHERE = N_("Choose another folder.")
_ANOTHER_NAME = N_("Choose another --out, or say --overwrite.")


@contextmanager
def replaced_whole(path: str | Path, *, fix: str = _ELSEWHERE) -> Iterator[Path]:
    """Write to a temporary neighbour; it takes ``path``'s place only when everything went well.

    Whoever reads ``path`` meanwhile, or after the power failed halfway, finds the old file or none; its mode
    stays what it was.

    Args:
        path: where the finished file shall be; its folder is made if need be.
        fix: what to do when it can't be written there.

    Yields:
        The temporary neighbour, with the same ending.

    Raises:
        FileError: the folder can't be written to, or the disk is full.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replaced_whole(Path(folder) / "note.txt") as draft:
    ...         _ = draft.write_text("done", encoding="utf-8")
    ...     (Path(folder) / "note.txt").read_text(encoding="utf-8")
    'done'
    """
    path = Path(path)
    draft = path.with_name(f".{path.stem}-{secrets.token_hex(4)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in drafts_of(path):
            with suppress(OSError):
                if time.time() - left.stat().st_mtime > _ABANDONED:
                    left.unlink()
        yield draft
        _onto_the_disk(draft)
        if path.exists():
            draft.chmod(path.stat().st_mode)
        draft.replace(path)
        _onto_the_disk(path.parent)
    except OSError as trouble:
        raise disk_trouble(trouble, path, fix=fix) or trouble from None
    finally:  # after Ctrl-C too; after success there is nothing left to remove
        with suppress(OSError):
            draft.unlink()


def require_writable(path: str | Path, *, fix: str = _ELSEWHERE) -> None:
    """Refuse a place where no file can be made, before the work whose result it is to hold.

    Args:
        path: where the file shall be; its folder is made if need be.
        fix: what to do instead.

    Raises:
        FileError: nothing can be written there.
    """
    path = Path(path)
    trial = path.with_name(f".{path.stem}-{secrets.token_hex(4)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        trial.touch()
        trial.unlink()
    except OSError as trouble:
        plain = FileError(path, N_("can't be written ({reason})"), fix=fix, reason=trouble.strerror)
        raise disk_trouble(trouble, path, fix=fix) or plain from None


def require_free(out: str | Path, *, overwrite: bool, fix: str = _ANOTHER_NAME) -> None:
    """Refuse a place where something stands already, before the work whose result it is to hold.

    What took an hour to make must not be lost because a command was typed twice. A link that leads nowhere is
    something too: writing would go where it points.

    Args:
        out: where the file, or the folder, shall be.
        overwrite: it was said that what stands there may go.
        fix: what to do instead.

    Raises:
        FileError: something is there, and ``overwrite`` is False.

    >>> require_free("a-file-that-nobody-made.pt", overwrite=False)
    """
    out = Path(out)
    if not overwrite and (out.exists() or out.is_symlink()):
        raise FileError(out, N_("is there already, and would be overwritten"), fix=fix)


def drafts_of(path: Path) -> list[Path]:
    """What :func:`replaced_whole` is writing for ``path`` now, and what killed processes left of it."""
    name = re.compile(rf"\.{re.escape(path.stem)}-[0-9a-f]{{8}}{re.escape(path.suffix)}")
    return [there for there in path.parent.iterdir() if name.fullmatch(there.name)]


def write_text(path: Path, text: str) -> None:
    r"""Write ``text`` as UTF-8 with ``\n`` line ends, whole or not at all.

    Raises:
        FileError: the folder can't be written to, or the disk is full.
    """
    with replaced_whole(path) as draft:
        draft.write_text(text, encoding="utf-8", newline="\n")


def _onto_the_disk(path: Path) -> None:
    """Wait until the bytes are there: else a power cut could leave a name without them."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders, and writes their entries with the file's
    handle = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def disk_trouble(trouble: OSError, path: str | Path, *, fix: str = _ELSEWHERE) -> FileError | None:
    """What an error of the operating system means to the person in front of it; None: something else.

    Args:
        trouble: what came from opening, writing or renaming.
        path: what was to be written.
        fix: where else it could go.

    >>> disk_trouble(OSError(errno.ENOSPC, "no space"), "data")
    FileError("data can't be written: the disk is full. Free some space. Choose another folder.")
    """
    if isinstance(trouble, FileError):
        return None
    if trouble.errno in _FULL:
        full = N_("can't be written: the disk is full")
        return FileError(path, full, fix=N_("Free some space. {elsewhere}"), elsewhere=fix)
    if trouble.errno in _CLOSED:
        problem = N_("can't be written: no permission, or another program holds it open")
        return FileError(path, problem, fix=fix)
    if trouble.errno in {errno.ENOTDIR, errno.EEXIST}:
        return FileError(path, N_("can't be written: a file stands where a folder is needed"), fix=fix)
    return None


def is_litter(path: Path) -> bool:
    """Is this, or a folder above it in a relative path, something a file manager or editor left behind?

    >>> is_litter(Path("cats/.DS_Store")), is_litter(Path("cats/1.jpg"))
    (True, False)
    """
    return any(
        part.startswith(_LITTER_BEGINS) or part.lower() in _LITTER or part.lower().endswith(_LITTER_ENDS)
        for part in path.parts
    )


def require_path(given: object) -> Path:
    """What names a file, as a Path.

    Args:
        given: a string, or anything that says of itself which path it is.

    Raises:
        InputError: a picture, bytes or a number, which name none.

    >>> require_path("cat.jpg").name
    'cat.jpg'
    """
    if not isinstance(given, str | os.PathLike):
        kind = type(given).__name__
        raise InputError("path", "must name a file, as a string or a Path", got=f"{kind}: {given!r:.60}")
    return Path(given)


def common_folder(files: Iterable[Path]) -> Path:
    """The folder that files share; names below it are shorter, and still differ.

    Args:
        files: none have the present folder.
    """
    folders = [file.parent for file in files]
    return Path(os.path.commonpath(folders)) if folders else Path()


def user_folder() -> Path:
    """Where programs keep data of this user, as the system has it; it may not exist yet.

    Raises:
        RuntimeError: the user has no home folder.

    >>> user_folder().is_absolute()
    True
    """
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))


def cache_folder() -> Path:
    """Where programs keep what they could fetch again, as the system has it; it may not exist yet.

    Raises:
        RuntimeError: the user has no home folder.

    >>> cache_folder().is_absolute()
    True
    """
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
