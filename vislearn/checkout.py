"""Where the course's files lie, if this package is used from a clone of it."""

from pathlib import Path

__all__ = ["PACKAGE", "ROOT", "is_checkout"]

PACKAGE = Path(__file__).parent
ROOT = PACKAGE.parent  # of the clone; of an installed package, the folder it was installed into


def is_checkout() -> bool:
    """Is this package used from a clone of the course, rather than installed without it?

    >>> is_checkout() == (ROOT / "pyproject.toml").exists()
    True
    """
    return (ROOT / "pyproject.toml").exists() and (ROOT / "data" / "README.md").exists()
