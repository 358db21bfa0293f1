"""What every test knows: notebooks are tests too, see vislearn/course/regression/pytest_plugin.py."""

import os
import sys
from collections.abc import Iterable
from typing import Any

import pytest

os.environ["VISLEARN_PROGRESS"] = "0"  # answers that tests give are nobody's progress
# Tests start hundreds of programs: what Python has compiled once, Jupyter's modules too, serves them all.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Before torch is loaded: a thread that waits soon leaves its core to others, and workers share the cores.
# Two workers with two spinning threads each, on two busy cores, train ten times as long as with one.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // int(workers))))

pytest_plugins = ["vislearn.course.regression.pytest_plugin"]

# --doctest-modules imports what it finds: lessons would run, and the guard would guard pytest itself
collect_ignore = ["benchmarks", "notebooks/source", "vislearn/course/regression/offline", "tools"]


class _BrowserFirst:
    """Without a browser, its tests end a run before the first of all tests, not in their own time."""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """One process: here are the tests."""
        if not hasattr(session.config, "workerinput"):
            self._require(session.config, (item.nodeid for item in session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Iterable[str]) -> None:
        """Several processes: a worker tells what it found; none has begun."""
        self._require(node.config, ids)

    def _require(self, config: pytest.Config, ids: Iterable[str]) -> None:
        if config.option.collectonly or not any(name.startswith("tests/browser/") for name in ids):
            return
        from vislearn.cli.browser import require_chromium
        from vislearn.errors import MissingError

        try:
            require_chromium()
        except MissingError as error:
            raise pytest.UsageError(f'{error} Without these tests: ARGS="--ignore=tests/browser".') from None


def pytest_configure(config: pytest.Config) -> None:
    """Look at what was collected."""
    config.pluginmanager.register(_BrowserFirst())
