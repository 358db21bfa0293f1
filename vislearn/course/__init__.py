"""Lessons as files: one source, its translations, and the executed notebooks that learners open.

``notebooks/source/NN_name.py`` is what a writer edits. `build` makes ``notebooks/NN_name.ipynb`` from it
and, with ``notebooks/source/bn/NN_name.po``, the same in Bengali; `update_translations` brings the ``.po``
files up to date, `proof_translations` holds them to the glossary; `check` says what is not as it should be;
`solved` fills in the exercises' solutions.

A folder here is what one install extra is for: building and translating ``author``, regression ``regress``.
"""

from typing import Any

import lazy_loader

from vislearn.errors import MissingError

_loaded, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """Load what is asked for; learners run notebooks, and only writers have what building them needs."""
    try:
        return _loaded(name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("vislearn"):
            raise
        raise MissingError(
            f"Building lessons needs {error.name}.", fix="Install it: pip install -e '.[author]'"
        ) from error
