"""What a learner has done, kept on this computer alone: a line for each question and each verdict."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from vislearn.files import user_folder
from vislearn.language import translate as _

__all__ = ["Entry", "done", "progress_file", "read", "record", "status_word"]

_VARIABLE = "VISLEARN_PROGRESS"


@dataclass(frozen=True)
class Entry:
    """One thing a learner did.

    Attributes:
        time: when, in UTC, as ``"2026-01-31T09:30:00+00:00"``.
        kind: ``"ask"`` or ``"recall"`` for a question, ``"verdict"`` for an exercise.
        name: of the question or exercise.
        status: of the verdict; ``"right"`` or ``"wrong"`` for a question.
        diagnosis: in words, where there is one. Never the learner's code.
    """

    time: str
    kind: str
    name: str
    status: str
    diagnosis: str = ""


def progress_file() -> Path | None:
    """Where entries are kept, or None where they are not.

    In the user's own folder for data of programs; ``VISLEARN_PROGRESS`` names another file, or with ``0``
    keeps none: tests and builds do that, because what they run was not done by a learner.
    """
    chosen = os.environ.get(_VARIABLE, "")
    if chosen == "0":
        return None
    try:
        return Path(chosen).expanduser() if chosen else user_folder() / "vislearn" / "progress.jsonl"
    except RuntimeError:  # a user without a home folder
        return None


def record(kind: str, name: str, status: str, diagnosis: str = "") -> None:
    """Add an entry. A lesson never stops because of it: where nothing can be written, nothing is.

    Args:
        kind: ``"ask"``, ``"recall"`` or ``"verdict"``.
        name: of the question or exercise.
        status: such as ``"right"``.
        diagnosis: in words.
    """
    file = progress_file()
    if file is None:
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps(asdict(Entry(now, kind, name, status, diagnosis)), ensure_ascii=False)
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        # The line end comes first: a line that was cut off when the power failed then spoils no other.
        _append(file, f"\n{line}".encode())


def _append(file: Path, line: bytes) -> None:
    """In one write at the end, so that lines of several kernels never mix."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


def read() -> list[Entry]:
    """All entries, the oldest first; lines that something damaged are passed over."""
    file = progress_file()
    if file is None:
        return []
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return []
    return list(_entries(lines))


def _entries(lines: list[bytes]) -> Iterator[Entry]:
    names = {field.name for field in fields(Entry)}
    for line in lines:
        with suppress(ValueError, TypeError, RecursionError):
            found = json.loads(line.decode())
            if isinstance(found, dict) and all(isinstance(value, str) for value in found.values()):
                # a later version may keep more
                yield Entry(**{name: value for name, value in found.items() if name in names})


def done() -> dict[str, str]:
    """The latest status of each exercise that was tried: name → status.

    An answer that was right stays so when the cell is run again untouched in a new kernel.
    """
    latest: dict[str, str] = {}
    for entry in read():
        if entry.kind == "verdict" and not (entry.status == "not attempted" and entry.name in latest):
            latest[entry.name] = entry.status
    return latest


def status_word(status: str) -> str:
    """What a learner is told of a verdict's status.

    Args:
        status: ``"not attempted"``, ``"wrong"``, ``"right"`` or ``"error"``; another is told as it is.
    """
    words = {
        "not attempted": _("Your turn"),
        "wrong": _("Not yet right"),
        "right": _("Right"),
        "error": _("Stopped by an error"),
    }
    return words.get(status, status)
