import importlib
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def script():
    """A benchmark by name, imported from the repository's root, as ``python -m benchmarks.NAME`` does."""
    root = str(Path(__file__).parents[2])
    sys.path.insert(0, root)
    yield lambda name: importlib.import_module(f"benchmarks.{name}")
    sys.path.remove(root)
