"""A notebook as a file of tests: its kernel is closed in and watched, and what passed is remembered."""

import os
import time
from ast import literal_eval
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager
from nbval.plugin import IPyNbFile

from vislearn.course.answers import fill_in_answers
from vislearn.course.lessons import SOURCE_LANGUAGE
from vislearn.course.regression import OFFLINE
from vislearn.course.regression.cell import Cell
from vislearn.course.regression.proofs import Device, Guard, Reference, Unchanged
from vislearn.course.regression.unchanged import has_changed, record_of, runs_everything

__all__ = ["STATE_VARIABLE", "Notebook", "cache_of", "closed_in"]

STATE_VARIABLE = "VISLEARN_ANSWERS"
_PASSED = "vislearn/passed/{}"  # in pytest's cache: what a notebook's last passed run depended on
_LOADED = """"\\n".join(
    module.__file__ for name, module in __import__("sys").modules.items()
    if name.partition(".")[0] == "vislearn" and getattr(module, "__file__", None)
)"""


def cache_of(config: pytest.Config) -> pytest.Cache | None:
    """Pytest's own, unless it is switched off."""
    return getattr(config, "cache", None)


def _threads() -> int:
    """How many a kernel's arithmetic has: its share of the cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


@contextmanager
def closed_in() -> Iterator[dict[str, str]]:
    """The environment for a kernel with its share of the cores that can't reach the network."""
    from vislearn.course.kernels import kernel_environment  # half a second that other tests need not pay

    with kernel_environment(_threads()) as environment:
        others = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), others]))
        yield environment


class Notebook(IPyNbFile):
    """A notebook whose kernel is closed in, and watched.

    A translation is run as its learner would leave it, solved: solutions stand in the exercises' cells, every
    check must call them right, and every other cell must show what the untouched notebook stores. Likewise in
    the state that ``VISLEARN_ANSWERS`` names, half-solved or wrong.
    """

    stopped = ""  # why no more cells can run
    tests: Sequence[pytest.Item] = ()
    passed = 0  # of its tests
    answers: Mapping[str, bool] = {}  # the exercises that were answered: rightly?

    def collect(self) -> Iterator[pytest.Item]:
        """One item where nothing has changed since it passed, else all of them."""
        if self._is_unchanged():
            self.tests = [Unchanged.from_parent(self, name=Unchanged.NAME)]
        else:
            self.tests = list(self._tests())
        yield from self.tests

    def _tests(self) -> Iterator[pytest.Item]:
        """First the proofs that the kernel and the reference are sound, then nbval's cells as ours."""
        cells = list(super().collect())
        yield Guard.from_parent(self, name="Offline")
        if os.environ.get("VISLEARN_DEVICE"):
            yield Device.from_parent(self, name="Device")
        yield Reference.from_parent(self, name="Reference")
        self.answers = fill_in_answers(self.nb, self.state)
        for cell in cells:
            yield Cell.from_parent(
                self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )

    @property
    def language(self) -> str:
        """Of its text; "en" where nothing is said."""
        return self.nb.metadata.get("vislearn", {}).get("language", SOURCE_LANGUAGE)

    @property
    def state(self) -> str:
        """The exercises' state: as ``VISLEARN_ANSWERS`` says, else untouched; a translation is solved."""
        return os.environ.get(STATE_VARIABLE) or (
            "untouched" if self.language == SOURCE_LANGUAGE else "solved"
        )

    def _is_unchanged(self) -> bool:
        """Did it pass here with all it depends on as it is now? What is named on the command line is run."""
        named = {Path(argument.partition("::")[0]).resolve() for argument in self.config.args}
        if (cache := cache_of(self.config)) is None or runs_everything() or self.path.resolve() in named:
            return False
        return not has_changed(cache.get(self._record_name, None), threads=_threads())

    @property
    def _record_name(self) -> str:
        return _PASSED.format(self.relative.as_posix().replace("/", "-"))

    def _record(self) -> dict[str, Any]:
        """What this run depended on."""
        from vislearn.course.regression.regress import lesson_of
        from vislearn.sidecar import sidecars_of

        asked = self.kernel.kc.execute_interactive(
            "", user_expressions={"files": _LOADED}, store_history=False, timeout=120
        )
        loaded = literal_eval(asked["content"]["user_expressions"]["files"]["data"]["text/plain"])
        files = [self.path, *map(Path, loaded.splitlines())]
        if lesson := lesson_of(self.nb, self.path):
            files += [lesson.source, lesson.translation(self.language), *sidecars_of(lesson.name)]
        return record_of(filter(Path.exists, files), threads=_threads())

    def setup(self) -> None:
        """Start the kernel, and the watch over its memory."""
        self._open = ExitStack()
        if isinstance(self.tests[0], Unchanged):
            return
        self._start()

    def _start(self) -> None:
        from vislearn.course.kernels import own_sockets
        from vislearn.course.regression.watching import MemoryWatch
        from vislearn.datasets import build_all

        build_all(progress=False)  # a kernel that had to do it would say so, where learners read nothing
        self._begun = time.monotonic()
        environment = self._open.enter_context(closed_in())
        manager = partial(KernelManager, **own_sockets(environment))
        with (
            mock.patch.dict(os.environ, environment, clear=True),
            mock.patch.object(nbval.kernel, "KernelManager", manager),
        ):
            super().setup()
        self.memory = MemoryWatch(self.kernel.km.provisioner.pid)
        self._open.callback(self.memory.stop)

    def teardown(self) -> None:
        """Stop the kernel, then forget its settings."""
        if not isinstance(self.tests[0], Unchanged):
            if (cache := cache_of(self.config)) and self.passed == len(self.tests):
                cache.set(self._record_name, self._record())
            super().teardown()
        self._open.close()

    def usage(self) -> dict[str, Any]:
        """What the notebook took so far, ready for JSON."""
        from vislearn.course.budgets import budget_of

        budget = budget_of(self.nb.metadata)
        return {
            "notebook": self.relative.as_posix(),
            "seconds": round(time.monotonic() - self._begun, 2),
            "peak_mb": self.memory.peak_mb,
            "budget": {"seconds": budget.seconds, "memory_mb": budget.memory_mb},
        }

    @property
    def relative(self) -> Path:
        """Where it lies, as people would type it."""
        root = self.config.rootpath
        return self.path.relative_to(root) if self.path.is_relative_to(root) else self.path

    def ask(self, code: str) -> str:
        """Run code in the kernel that is no cell's; "" or the error it stopped with."""
        reply = self.kernel.kc.execute_interactive(
            code, store_history=False, output_hook=lambda message: None, timeout=120
        )
        content = reply["content"]
        return "" if content["status"] == "ok" else f"{content['ename']}: {content['evalue']}"

    def commands(self) -> Any:
        """How a writer sees a failure of this notebook again, and accepts what is new."""
        from vislearn.course.regression.differences import Commands
        from vislearn.course.regression.regress import lesson_of

        workers = os.environ.get("PYTEST_XDIST_WORKER_COUNT")  # as many, for as many threads in each kernel
        device = os.environ.get("VISLEARN_DEVICE")
        parts = [f"VISLEARN_DEVICE={device}" if device else "", "python -m pytest"]
        parts += [f"-n {workers} --dist loadfile" if workers else "", self.relative.as_posix()]
        lesson = lesson_of(self.nb, self.path)
        accept = f"vislearn lessons build --force {lesson.number}" if lesson else "run the notebook, save it"
        if device not in (None, "", "cpu"):
            accept += (
                f"  (on the CPU; a tolerance for {device} alone: report.metric(…, on={{{device!r}: …}}))"
            )
        return Commands(" ".join(filter(None, parts)), accept)
