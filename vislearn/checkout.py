"""Where the course's files lie, if this package is used from a clone of it."""

from importlib import metadata
from pathlib import Path

__all__ = ["PACKAGE", "ROOT", "is_checkout", "shared_file"]

PACKAGE = Path(__file__).parent
ROOT = PACKAGE.parent  # of the clone; of an installed package, the folder it was installed into


def is_checkout() -> bool:
    """Is this package used from a clone of the course, rather than installed without it?

    >>> is_checkout() == (ROOT / "pyproject.toml").exists()
    True
    """
    return (ROOT / "pyproject.toml").exists() and (ROOT / "data" / "README.md").exists()


def shared_file(name: str) -> Path | None:
    """A file that came with the installed package. Its own record knows where, on every kind of system.

    Args:
        name: how its path ends, such as ``"weights/photo.json"``.
    """
    try:
        listed = metadata.files("vislearn") or []
    except metadata.PackageNotFoundError:  # used from a folder, never installed
        return None
    paths = [Path(str(entry.locate())) for entry in listed if entry.as_posix().endswith(f"vislearn/{name}")]
    return next((path for path in paths if path.is_file()), None)
