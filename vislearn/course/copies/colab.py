"""Copies of the lessons for Google Colab, which begin by installing the course."""

import json
from pathlib import Path
from typing import Any

from vislearn.course.copies.folder import course_notebooks
from vislearn.course.lessons import SOURCE_LANGUAGE, is_lesson_name
from vislearn.errors import FileError
from vislearn.files import write_text
from vislearn.language import LANGUAGES, N_, translate_to

__all__ = ["write_colab_copies"]

_INSTALL = """\
# {said}
%pip install --quiet "vislearn[colab] @ {address}"
!vislearn data build
import os

os.environ["VISLEARN_LANGUAGE"] = "{language}\""""


def write_colab_copies(folder: str | Path, address: str) -> list[Path]:
    """Write every lesson, in each language's folder, with one more cell: it installs the course on Colab.

    Colab opens a notebook of a public repository, and knows nothing beside that file. Its own, older Jupyter
    packages stay as they are: see the extra ``colab``.

    Args:
        folder: a new or empty one.
        address: where pip gets the course, such as ``"git+https://HOST/OWNER/vislearn"``.

    Returns:
        The notebooks.

    Raises:
        FileError: the folder holds something, or can't be written to.
        MissingError: this package came without its lessons.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileError(folder, "is there already", fix="Choose another name.")
    written = []
    for language in LANGUAGES:
        source = course_notebooks() if language == SOURCE_LANGUAGE else course_notebooks() / language
        for path in sorted(source.glob("*.ipynb")):
            if is_lesson_name(path.stem):
                stored = json.loads(path.read_text(encoding="utf-8"))
                written.append(folder / language / path.name)
                write_text(
                    written[-1],
                    json.dumps(_with_install(stored, address, language), ensure_ascii=False, indent=1),
                )
    return written


def _with_install(notebook: dict[str, Any], address: str, language: str) -> dict[str, Any]:
    said = translate_to(language, N_("Installs the course on Google Colab; this takes a minute or two."))
    install: dict[str, Any] = {
        "cell_type": "code",
        "id": "colab-install",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": _INSTALL.format(said=said, address=address, language=language),
    }
    title, *rest = notebook["cells"]
    return notebook | {"cells": [title, install, *rest]}
