"""Notebooks as tests: what nbval leaves open, and a machine without network for their kernels.

nbval runs each code cell of a notebook as one test. On top of that, every kernel here

- starts without the home folder's settings, with its share of the cores, and with no network beyond this
  machine; the first test of each notebook proves the last;
- is noticed when it dies, instead of being waited for until the cell's time is up;

and a cell fails when it warns, or when a number measured by ``report.metric`` leaves the tolerance that the
stored notebook promises.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import Empty
from typing import Any
from unittest import mock

import pytest
from nbval.plugin import IPyNbCell, IPyNbFile

ROOT = Path(__file__).parent
OFFLINE = ROOT / "tests" / "notebooks" / "offline"

# --doctest-modules imports what it finds: lessons would run, and the guard would guard pytest itself
collect_ignore = ["benchmarks", "notebooks/source", "tests/notebooks/offline", "tools"]

_OUTPUT_TIMEOUT_S = 30  # nbval's 5 are few when two notebooks share a slow machine
_PROBE = """exec('''
import socket
try:
    socket.getaddrinfo("192.0.2.1", 80)  # an address kept free for documentation
except OSError as error:
    assert type(error).__name__ == "Offline", error
else:
    raise AssertionError("a socket beyond this machine was not refused")
''', {})"""


@contextmanager
def _offline_environment() -> Iterator[dict[str, str]]:
    from vislearn.course.kernels import kernel_environment  # half a second that other tests need not pay

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    with kernel_environment(max(1, cores // workers)) as environment:
        others = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), others]))
        yield environment


@pytest.fixture
def offline_environment() -> Iterator[dict[str, str]]:
    """The environment for a kernel that can't reach the network."""
    with _offline_environment() as environment:
        yield environment


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(parent: pytest.Collector) -> Iterator[None]:
    """Put our kind of notebook in the place of nbval's."""
    found = yield
    return [
        Notebook.from_parent(parent, path=node.path) if type(node) is IPyNbFile else node for node in found
    ]


class Notebook(IPyNbFile):
    """A notebook whose kernel is closed in."""

    def collect(self) -> Iterator[pytest.Item]:
        """First the proof that the kernel is cut off, then nbval's cells as ours."""
        yield Guard.from_parent(self, name="Offline")
        for cell in super().collect():
            yield Cell.from_parent(
                self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )

    def setup(self) -> None:
        """Start the kernel."""
        self._open = ExitStack()
        environment = self._open.enter_context(_offline_environment())
        with mock.patch.dict(os.environ, environment, clear=True):
            super().setup()
        self.kernel.await_reply = self._await_reply

    def teardown(self) -> None:
        """Stop the kernel, then forget its settings."""
        super().teardown()
        self._open.close()

    def _await_reply(self, msg_id: str, timeout: float) -> None:
        """nbval's, but looking whether anybody is there to answer."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                message = self.kernel.get_message("shell", timeout=1)
            except Empty:
                if not self.kernel.is_alive():
                    raise RuntimeError("The kernel died in this cell; out of memory perhaps.") from None
                continue
            if message["parent_header"].get("msg_id") == msg_id:
                return
        raise Empty


class Guard(pytest.Item):
    """The kernel is cut off: a socket beyond this machine is refused."""

    def runtest(self) -> None:
        """Try to look up an address out there."""
        reply = self.parent.kernel.kc.execute_interactive(
            _PROBE, store_history=False, output_hook=lambda message: None, timeout=60
        )
        content = reply["content"]
        assert content["status"] == "ok", f"{content['ename']}: {content['evalue']}"

    def reportinfo(self) -> tuple[Path, int, str]:
        """How pytest names this test."""
        return self.path, 0, f"{self.path.name}::Offline"


class Cell(IPyNbCell):
    """A cell that must also keep quiet on stderr and keep its metrics' promises."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.output_timeout = _OUTPUT_TIMEOUT_S

    def runtest(self) -> None:
        """Run the cell, then look at what it wrote and measured."""
        from vislearn.course.outputs import MAY_WARN, stored_outputs
        from vislearn.course.regress import regressions

        super().runtest()
        fresh = stored_outputs(self.test_outputs)
        if MAY_WARN not in self.cell.metadata.get("tags", []):
            for output in fresh:
                if output.output_type == "stream" and output.name == "stderr":
                    self.raise_cell_error("Cell writes to stderr, which learners would see", output.text)
        if problems := regressions(self.cell.outputs, fresh):
            self.raise_cell_error("\n".join(problems))
