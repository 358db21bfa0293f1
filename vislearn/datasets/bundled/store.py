"""Built data sets on disk: complete or absent, checked cheaply, repaired without asking.

A set is built in a hidden neighbour of its final folder; the manifest (sizes and SHA-256 of every file) is
written last, then the folder is renamed into place. A set without a manifest therefore doesn't exist.
"""

import hashlib
import json
import logging
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from vislearn import checkout
from vislearn.errors import FileError, Words
from vislearn.files import disk_trouble, is_litter, user_folder
from vislearn.language import N_
from vislearn.language import translate as _

__all__ = ["MANIFEST", "Recipe", "SetStatus", "data_root", "ensure_built", "inspect_set"]

MANIFEST = "vislearn-manifest.json"  # a name nobody else uses: it marks a folder as ours to replace
_FIX = N_("Set VISLEARN_DATA to a folder of yours with 50 MB to spare.")
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
)  # a tampered manifest
_log = logging.getLogger("vislearn")
_trusted: set[tuple[Path, str, int]] = set()  # checked by this process: folder, version, manifest's time


@dataclass(frozen=True)
class Recipe:
    """How one set is made: ``build(folder)`` fills an empty folder and yields once per unit of work."""

    name: str
    version: int  # raise it when build() writes anything else: every machine then rebuilds
    units: int
    build: Callable[[Path], Iterator[None]]


@dataclass(frozen=True)
class SetStatus:
    """What is known about one set on this machine."""

    name: str
    state: str  # "ready", "absent", "outdated", "damaged" or "foreign" (a folder that isn't ours)
    folder: Path
    size_mb: float
    problem: str = ""


def data_root() -> Path:
    """The folder that holds the built sets: ``VISLEARN_DATA``, else the checkout's, else the user's.

    >>> data_root().is_absolute()
    True
    """
    if chosen := os.environ.get("VISLEARN_DATA"):
        return Path(chosen).expanduser().absolute()
    if checkout.is_checkout():
        return checkout.ROOT / "data"
    return user_folder() / "vislearn"


def ensure_built(recipe: Recipe, advance: Callable[[int], None] | None = None) -> Path:
    """The folder of a complete, undamaged set; built first if need be.

    A set that was moved to another disk and linked back is rebuilt there, behind the link.

    Safe while other processes do the same: one builds, the others wait and use the result. Costs one
    ``stat`` per file the first time in a process, next to nothing afterwards.

    Args:
        recipe: what to build.
        advance: called with the number of units done since the last call; ``recipe.units`` in all.

    Raises:
        FileError: the data folder can't be written to, the disk is full, a folder of that name is there
            and isn't ours, it is a link to a disk that isn't there, or another process holds the lock for ten
            minutes.
    """
    folder = data_root() / recipe.name
    advance = advance or (lambda units: None)
    if inspect_set(recipe).state == "ready" and not _leftovers(folder):
        advance(recipe.units)
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f".{recipe.name}.lock"), timeout=600):
            _repair(recipe, folder, advance)
    except Timeout:
        raise FileError(
            folder,
            N_("is being built by another process for ten minutes already"),
            fix=N_("End that process, then try again."),
        ) from None
    except OSError as trouble:
        if inspect_set(recipe).state == "ready":  # a read-only folder with leftovers: the set is fine
            return folder
        raise disk_trouble(trouble, folder, fix=_FIX) or trouble from None
    return folder


def _repair(recipe: Recipe, folder: Path, advance: Callable[[int], None]) -> None:
    """Under the lock: sweep up after killed builds, then build unless someone else just did."""
    place = Path(os.path.realpath(folder))
    for leftover in _leftovers(folder) + _leftovers(place):
        _discard(leftover)
    found = inspect_set(recipe)
    if found.state == "ready":
        advance(recipe.units)
        return
    if found.state == "foreign":
        raise FileError(
            folder,
            N_("is in the way: it wasn't built by vislearn"),
            fix=Words("{now} {later}", now=Words(N_("Move it away.")), later=Words(_FIX)),
        )
    if found.state != "absent":
        _log.warning(
            _("Building the data set {name} again: {problem}.", name=recipe.name, problem=found.problem)
        )
    if not place.parent.is_dir():
        raise FileError(
            folder,
            N_("is a link to {place}, which isn't there"),
            fix=N_("Connect that disk, or remove the link."),
            place=place,
        )
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        draft.mkdir()
        for _unit in recipe.build(draft):
            advance(1)
        _write_manifest(recipe, draft)
        _swap(draft, place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _discard(leftover: Path) -> None:
    """Whatever it is: folders, files and links of such a name are ours."""
    if leftover.is_dir() and not leftover.is_symlink():
        shutil.rmtree(leftover)
    else:
        leftover.unlink(missing_ok=True)


def _swap(draft: Path, folder: Path) -> None:
    """Put the new set in place; what a learner had added to the old one is kept beside it."""
    kept = folder.with_name(f"{folder.name}-before-{draft.suffixes[-2][1:]}") if _additions(folder) else None
    old = kept or draft.with_suffix(".old")
    with suppress(FileNotFoundError):
        folder.rename(old)
    draft.rename(folder)
    if kept:
        _log.warning(_("Files of yours were in it; you find them in {folder}.", folder=kept))
    else:
        shutil.rmtree(old, ignore_errors=True)


def _additions(folder: Path) -> set[str]:
    """Files in a set that no recipe wrote, other than what file managers leave behind."""
    try:
        ours = {MANIFEST, *json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]}
    except _UNREADABLE:
        return set()
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in there - ours if not is_litter(Path(name))}


def _leftovers(folder: Path) -> list[Path]:
    """What killed builds left: ``.NAME.1a2b3c4d.part`` and ``.old``."""
    return [path for end in ("part", "old") for path in folder.parent.glob(f".{folder.name}.*.{end}")]


def _write_manifest(recipe: Recipe, folder: Path) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    record = {
        "set": recipe.name,
        "version": recipe.version,
        "files": {
            path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": _sha256(path)}
            for path in files
        },
    }
    (folder / MANIFEST).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8", newline="\n")


def inspect_set(recipe: Recipe, *, thorough: bool = False) -> SetStatus:
    """Look at a set without changing anything.

    Args:
        recipe: which set.
        thorough: read every byte; otherwise only files whose size or time gives cause.
    """
    folder = data_root() / recipe.name
    manifest = folder / MANIFEST
    try:
        written = manifest.stat().st_mtime_ns
        record = json.loads(manifest.read_text(encoding="utf-8"))
        version, files = record["version"], dict(record["files"])
        size_mb = sum(entry["bytes"] for entry in files.values()) / 1e6
    except FileNotFoundError:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            return SetStatus(recipe.name, "foreign", folder, 0.0, _("a folder that isn't ours has its name"))
        return SetStatus(recipe.name, "absent", folder, 0.0, _("it hasn't been built yet"))
    except _UNREADABLE:
        return SetStatus(recipe.name, "damaged", folder, 0.0, _("its manifest can't be read"))
    if version != recipe.version:
        return SetStatus(recipe.name, "outdated", folder, size_mb, _("its recipe has changed"))
    key = (folder, str(version), written)
    if key in _trusted and not thorough:
        return SetStatus(recipe.name, "ready", folder, size_mb)
    if problem := _first_damage(folder, files, written, thorough):
        return SetStatus(recipe.name, "damaged", folder, size_mb, problem)
    _trusted.add(key)
    return SetStatus(recipe.name, "ready", folder, size_mb)


def _first_damage(folder: Path, files: dict[str, dict], written: int, thorough: bool) -> str:
    """A sentence about the first file that isn't as the manifest says, or ``""``.

    The manifest was written last, so only a file with a later time can have been changed since; its
    bytes are read again. (A folder copied without its times is read whole: slower, still right.)
    """
    for name, entry in files.items():
        try:
            found = (folder / name).stat()
            if found.st_size != entry["bytes"]:
                return _(
                    "{file} has {size} bytes instead of {expected}",
                    file=name,
                    size=found.st_size,
                    expected=entry["bytes"],
                )
            suspicious = thorough or found.st_mtime_ns > written
            if suspicious and _sha256(folder / name) != entry["sha256"]:
                return _("{file} has been changed", file=name)
        except _UNREADABLE:  # a name or an entry that nobody here wrote
            return _("{file} is missing or can't be read", file=name)
    return ""


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
