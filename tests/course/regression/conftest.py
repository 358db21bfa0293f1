import os
import subprocess
import sys

import pytest

from vislearn.checkout import ROOT


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
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), f"--rootdir={folder}"]
    command += ["-p", "conftest", "-p", cache, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1200)
    return done.returncode, done.stdout + done.stderr
