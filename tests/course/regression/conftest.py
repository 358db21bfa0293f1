import multiprocessing
import os
import runpy
import subprocess
import sys
from functools import cache
from pathlib import Path
from unittest import mock

import pytest

from vislearn.checkout import ROOT

FORKED = Path(__file__).with_name("forked.py")
collect_ignore = [FORKED.name]  # runpy gives it what it needs; a search for doctests would import it
LOADED = [  # by every run of a notebook: most of a small one's time
    "_pytest.config",
    "ipykernel",
    "nbformat",
    "vislearn.course.budgets",
    "vislearn.course.kernels",
    "vislearn.course.regression.regress",
    "vislearn.datasets",
]


@pytest.fixture
def run():
    """Pytest with this course's settings in another folder: how it ended, and what it said."""
    return _run


def _run(folder, *arguments, cache="no:cacheprovider", **variables):
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("PYTEST") and key not in ("CI", "VISLEARN_FULL")
    }
    environment |= {"PYTHONPATH": str(ROOT)} | variables
    words = ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={folder}", "-p", "conftest"]
    words += ["-p", cache, "-p", "no:hypothesispytest", *map(str, arguments)]
    return (_from_scratch if "PYTHONPATH" in variables else _forked)(folder, words, environment)


@cache
def _processes():
    """Where new processes come from: a small one that has loaded what each of them needs."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def _forked(folder, words, environment):
    said = Path(folder) / "said.txt"
    told = {"told": (str(folder), words, environment, str(said))}
    process = _processes().Process(target=runpy.run_path, args=(str(FORKED), told))
    with mock.patch.dict(os.environ, environment, clear=True):
        process.start()
    process.join(1200)
    output = said.read_text(encoding="utf-8")
    said.unlink()
    return process.exitcode, output


def _from_scratch(folder, words, environment):
    """For settings that only Python's start reads."""
    command = [sys.executable, "-m", "pytest", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1200)
    return done.returncode, done.stdout + done.stderr
