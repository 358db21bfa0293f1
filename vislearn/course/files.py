"""A file is there whole, or it is what it was."""

import os
import tempfile
from pathlib import Path

__all__ = ["write_text"]


def write_text(path: Path, text: str) -> None:
    r"""Write ``text`` as UTF-8 with ``\n`` line ends; an interruption leaves the old file untouched."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        part.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        part.replace(path)  # the same folder, so the same disk: replaced in one step
    finally:
        part.unlink(missing_ok=True)


def _umask() -> int:
    """What a new file may be; mkstemp makes files for their owner alone, and a notebook is for everybody."""
    os.umask(mask := os.umask(0))
    return mask
