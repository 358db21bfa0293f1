"""Ctrl-C and a plain kill: a command ends in one sentence, and keeps what it had made."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

__all__ = ["STOPPED", "stop", "stoppable"]

STOPPED = 130  # the exit status that shells know of a program ended by Ctrl-C


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside ``with`` a plain ``kill`` is what Ctrl-C is, KeyboardInterrupt: what was made can be put away.

    By itself Python ends at once there, and no ``finally`` runs.
    """
    if threading.current_thread() is not threading.main_thread():  # only there signals can be listened to
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def stop(sentence: str) -> NoReturn:
    """End the command because somebody stopped it.

    Args:
        sentence: what is kept, and where.

    Raises:
        Exit: always, with status 130.
    """
    click.echo(sentence, err=True)
    raise click.exceptions.Exit(STOPPED)
