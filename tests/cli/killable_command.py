"""A command that is killed while it writes a file; test_hostile.py gives it processes."""

import os
import signal
from pathlib import Path

from vislearn import files
from vislearn.cli import main
from vislearn.training.recipes import exporting


def die_over(draft):
    """Half of the bytes are there when the process ends, as if the power failed."""
    os.truncate(draft, Path(draft).stat().st_size // 2)
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def run(arguments, number):
    """The command, whose ``number``-th file never gets whole."""
    onto_the_disk, written = files._onto_the_disk, 0

    def counted(path):
        nonlocal written
        written += path.is_file()  # folders follow
        if path.is_file() and written == number:
            die_over(path)
        onto_the_disk(path)

    def exporter(_whole, _recipe, _sample, draft):
        Path(draft).write_bytes(b"as far as the exporter came")
        die_over(draft)

    files._onto_the_disk = counted
    exporting._by_newer = exporter  # seconds of the real one would show nothing more
    main(arguments)


if __name__ == "__main__":
    run(**ARGUMENTS)  # noqa: F821 - given by runpy
