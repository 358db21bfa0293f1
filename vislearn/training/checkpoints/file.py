"""A file of vislearn's: written whole or not at all, read without running anybody's code."""

import platform
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch

from vislearn import __version__
from vislearn.errors import FileError
from vislearn.files import drafts_of, replaced_whole
from vislearn.language import N_

__all__ = ["best_file", "read", "sweep", "write"]

_NO_CHECKPOINT = N_("Delete it, and the training begins anew.")


def write(path: Path, kind: str, content: Mapping[str, Any]) -> None:
    """Write numbers, texts, tensors, and lists and dicts of them; Ctrl-C waits until that is done.

    Args:
        path: takes the place of what was there, once the new file is complete and on the disk.
        kind: ``"training"`` or ``"model"``.
        content: what to keep.

    Raises:
        FileError: the folder can't be written to, or the disk is full.
        KeyboardInterrupt: it came meanwhile; the file is there.
    """
    record = {"vislearn": kind, "versions": _versions(), **content}
    with _stopped_after(), replaced_whole(path) as draft:
        try:
            with draft.open("wb") as stream:
                torch.save(record, stream)
        except RuntimeError as trouble:  # torch's writer says "unexpected pos" where the disk said it is full
            if isinstance(cause := trouble.__context__, OSError):
                raise cause from None
            raise


@contextmanager
def _stopped_after() -> Iterator[None]:
    """Ctrl-C, and a plain kill where it means the same, wait for the end of the block.

    Inside torch's writer KeyboardInterrupt would come out as a RuntimeError about an unexpected position.
    """
    if threading.current_thread() is not threading.main_thread():  # the only one that is interrupted
        yield
        return
    asked: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    held = [number for number, handler in before.items() if handler is signal.default_int_handler]
    try:
        for number in held:
            signal.signal(number, lambda number, _frame: asked.append(number))
        yield
    finally:
        for number in held:
            signal.signal(number, before[number])
        if asked:
            signal.raise_signal(asked[0])


def best_file(path: Path) -> Path:
    """Where the model of the best epoch lies.

    Args:
        path: of the checkpoint.

    >>> best_file(Path("runs/cats.pt")).name
    'cats.best.pt'
    """
    return path.with_name(f"{path.stem}.best{path.suffix}")


def read(path: Path, kind: str, *, fix: str = _NO_CHECKPOINT) -> dict[str, Any]:
    """What :func:`write` wrote, its tensors on the CPU.

    Args:
        path: the file.
        kind: what it must be.
        fix: what to do where it can't be read.

    Raises:
        FileError: no such file, damaged, or something else.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise FileError(path, N_("does not exist"), fix=N_("Check its name and its folder.")) from None
    except (OSError, MemoryError):  # the disk's, or the machine's; not the file's
        raise
    except Exception as trouble:  # instructions of a pickle that were changed raise anything
        if path.suffix.lower() == ".onnx":
            raise FileError(
                path,
                N_("is a model that was exported, for programs without torch"),
                fix=N_(
                    "Give the .pt that it was made from, or run it by vislearn.deploy.load or vislearn demo."
                ),
            ) from None
        raise FileError(
            path,
            N_("can't be read: it is damaged, or no file of vislearn's ({kind})"),
            fix=fix,
            kind=type(trouble).__name__,
        ) from None
    found = content.get("vislearn") if isinstance(content, dict) else None
    if found != kind:
        raise _other(path, found, kind)
    return content


def _other(path: Path, found: Any, wanted: str) -> FileError:
    """A file that can be read, and is something else than what is wanted: what to take instead."""
    if wanted == "training":
        other = N_("holds something else, not a training's checkpoint")
        saved = N_("holds a saved model, not a training's checkpoint")
        return FileError(
            path, saved if found == "model" else other, fix=N_("Give the checkpoint another name.")
        )
    if found != "training":
        weights = N_(
            "If it holds a network's weights, load them into the network, and write that with its classes "
            "by vislearn.training.save_model."
        )
        return FileError(path, N_("holds something else, not a saved model"), fix=weights)
    best = best_file(path)
    there = N_("Give {best}: the model of its best epoch.")
    later = N_("Go on with the training: after its next epoch {best} holds the model of the best one.")
    return FileError(
        path,
        N_("holds a training's checkpoint, not a saved model"),
        fix=there if best.is_file() else later,
        best=best,
    )


def _versions() -> dict[str, str]:
    return {"vislearn": __version__, "torch": str(torch.__version__), "python": platform.python_version()}


def sweep(path: Path) -> None:
    """Remove what a killed process left half written beside ``path``."""
    for draft in drafts_of(path) if path.parent.is_dir() else []:
        with suppress(OSError):
            draft.unlink()
