"""The page as a folder for any web host: the browser itself answers, no server of ours."""

import json
import secrets
import shutil
from pathlib import Path

from vislearn.demo.runtime import runtime_files
from vislearn.demo.serving import page_files
from vislearn.demo.words import contents
from vislearn.deploy import load
from vislearn.errors import FileError
from vislearn.files import disk_trouble, require_writable
from vislearn.language import N_, language

__all__ = ["write_folder"]


def write_folder(
    path: str | Path, folder: str | Path, *, name: str = "", archive: str | Path | None = None
) -> list[Path]:
    """Write page, model and ONNX Runtime for browsers into a new folder, whole or not at all.

    Args:
        path: a model that ``vislearn export`` wrote.
        folder: must not exist, or be empty.
        name: of the model, for the heading; by default the file's.
        archive: ONNX Runtime for browsers, as ``npm pack`` writes it; None: from the cache, or fetched.

    Returns:
        The files.

    Raises:
        FileError: the folder holds something, or can't be written; model or archive are damaged.
        MissingError: ONNX Runtime for browsers can't be had.
    """
    path, folder = Path(path), Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileError(
            folder, N_("already holds something"), fix=N_("Choose a new folder, or empty this one.")
        )
    require_writable(folder.parent / "page")
    config = contents(load(path).recipe, name or path.stem, language=language(), static=True)
    files = page_files() | runtime_files(Path(archive) if archive else None)
    files["config.json"] = json.dumps(config, ensure_ascii=False).encode()
    files["model.onnx"] = path.read_bytes()
    draft = folder.with_name(f".{folder.name}-{secrets.token_hex(4)}")
    try:
        draft.mkdir(parents=True)
        for file, content in files.items():
            (draft / file).write_bytes(content)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
    except OSError as trouble:
        raise disk_trouble(trouble, folder) or trouble from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return sorted(folder / file for file in files)
