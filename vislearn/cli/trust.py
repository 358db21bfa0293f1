"""The course's own notebooks, trusted on this computer, so that JupyterLab shows them as they were built."""

from collections.abc import Iterable
from pathlib import Path

from nbformat import read
from nbformat.sign import NotebookNotary

__all__ = ["trust"]


def trust(notebooks: Iterable[Path]) -> None:
    """Do what ``jupyter trust`` does; nothing but the user's own list of trusted notebooks is written.

    JupyterLab takes style sheets out of what a notebook shows that was run nowhere here, and figures would
    stay white on a dark page until each cell has run. These came with the code that runs here anyway.

    Args:
        notebooks: files; what is no notebook is passed over, and JupyterLab will say what is wrong with it.
    """
    with NotebookNotary() as notary:
        for path in notebooks:
            try:
                notebook = read(path, as_version=4)
            except Exception:  # nbformat has many types for it, AttributeError among them
                continue
            notary.sign(notebook)
