"""The warden's inmates end with it, and it ends with its judge."""

import ast
import os

import psutil
import pytest

from vislearn.grading import wire
from vislearn.grading.jail import Jail

NAME = "pipeline.to_unit_range"

BOUNDS = """
import os, resource, tempfile
bounds = [resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0] for name in ("CPU", "FSIZE", "NPROC")]
disk = os.statvfs(".")
megabytes = disk.f_blocks * disk.f_frsize // 1_000_000
home = os.getcwd() == os.environ["HOME"] == os.environ["TMPDIR"] == tempfile.gettempdir()
raise ValueError(f"{bounds} {megabytes} {disk.f_files} {home}")
"""
# seconds of the processor, bytes of a file, processes; MB and files of the disk that is its home
EXPECTED = "[180, 100000000, 32] 300 2000 True"


def introduction(line, source=""):
    """What an inmate says of the function in this cell."""
    cell = {"name": "cell 1", "source": source, "keep": list(range(len(ast.parse(source).body)))}
    wire.send(line, {"exercise": NAME, "language": "en", "function": "f", "cells": [cell]})
    return wire.receive(line, 60)


def test_a_warden_that_goes_takes_the_rest_along_and_another_comes():
    with Jail() as jail:
        with jail.cell(NAME, modules={}, readable=[]) as line:
            _line, process = jail._opened
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            assert len(family) == 3  # the warden, the keeper, the inmate
            assert os.getsid(process.pid) == process.pid  # Ctrl-C in the judge's terminal doesn't reach it
            process.kill()
            process.wait()
            assert psutil.wait_procs(family, timeout=60)[1] == []
            with pytest.raises(EOFError):
                wire.receive(line, 60)
        with jail.cell(NAME, modules={}, readable=[]) as line:
            assert introduction(line, "def f(x):\n    ...")["idle"]
            another = jail._opened[1]
        assert another.poll() is None  # it has said that it closed the cell, and opens the next
        with jail.cell(NAME, modules={}, readable=[]) as line:
            assert jail._opened[1] is another
            assert introduction(line, BOUNDS)["trouble"] == f"ValueError: {EXPECTED}"


def test_who_fills_the_disk_without_walls_is_ended():
    write = "with open(str(n), 'wb') as file:\n        os.posix_fallocate(file.fileno(), 0, 99_000_000)"
    source = f"import os\nfor n in range(4):\n    {write}\nwhile True:\n    pass"
    with (
        Jail(walls=False) as jail,
        jail.cell(NAME, modules={}, readable=[]) as line,
        pytest.raises(EOFError),
    ):
        introduction(line, source)
