"""Notebooks as tests: what nbval leaves open, added beside it.

nbval runs each code cell of a notebook as one test. With this plug-in, every kernel starts without the home
folder's settings, with its share of the cores, and with no network beyond this machine; the first tests of a
notebook prove that, and that its reference is whole. A cell fails when a learner would see something else
than the notebook stores (:mod:`~vislearn.course.regression.regress`), when it kills its kernel, and when its
time is up.
"""

import json
import os
import time
from ast import literal_eval
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import nbval.kernel
import pytest
from jupyter_client.manager import KernelManager
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from vislearn.course.answers import checked_exercise, fill_in_solutions, verdict_of
from vislearn.course.lessons import SOURCE_LANGUAGE
from vislearn.course.regression import OFFLINE
from vislearn.course.regression.order import longest_first, seconds_by_file
from vislearn.course.regression.unchanged import has_changed, record_of, runs_everything

__all__ = ["Cell", "Device", "Guard", "Notebook", "Reference", "Unchanged"]

_OUTPUT_TIMEOUT_S = 30  # nbval's 5 are few when two notebooks share a slow machine
_USAGE = "vislearn_usage"
_SECONDS = "vislearn/seconds"  # in pytest's cache: what each file of tests took here
_PASSED = "vislearn/passed/{}"  # likewise: what a notebook's last passed run depended on
_PROBE = """exec('''
import socket
try:
    socket.getaddrinfo("192.0.2.1", 80)  # an address kept free for documentation
except OSError as error:
    assert type(error).__name__ == "Offline", error
else:
    raise AssertionError("a socket beyond this machine was not refused")
''', {})"""
_DEVICE_PROBE = "assert __import__('vislearn.device').device.best_device().type == {device!r}"
_LOADED = """"\\n".join(
    module.__file__ for name, module in __import__("sys").modules.items()
    if name.partition(".")[0] == "vislearn" and getattr(module, "__file__", None)
)"""
_VIEW_PROBE = """exec('''
from vislearn.widgets.rendering import view_problems
assert not (problems := view_problems({ids!r})), "; ".join(problems)
''', {{}})"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the figures of a run go."""
    parser.getgroup("vislearn").addoption(
        "--lesson-usage", type=Path, metavar="FILE", help="Write each notebook's time and memory as JSON."
    )


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(parent: pytest.Collector) -> Generator[None, list[Any], list[Any]]:
    """Put our kind of notebook in the place of nbval's."""
    found = yield
    return [
        Notebook.from_parent(parent, path=node.path) if type(node) is IPyNbFile else node for node in found
    ]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first: of several workers, none is left with a long one at the end."""
    measured = cache.get(_SECONDS, {}) if (cache := _cache(config)) else {}
    items[:] = longest_first(items, {item: item.nodeid.partition("::")[0] for item in items}, measured)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A notebook counts what passed: only one that passed as a whole need not be run again."""
    report = yield
    if isinstance(item.parent, Notebook) and report.when == "call" and report.passed:
        item.parent.passed += 1
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """What each notebook took, as a table, and as JSON where that is asked for."""
    reports = [one for group in terminalreporter.stats.values() for one in group]
    _summarise_order(terminalreporter, config, [one for one in reports if hasattr(one, "duration")])
    latest: dict[str, dict[str, Any]] = {}
    for properties in (getattr(one, "user_properties", ()) for one in reports):
        for name, record in properties:
            if name == _USAGE and record["seconds"] >= latest.get(record["notebook"], record)["seconds"]:
                latest[record["notebook"]] = record
    if latest:
        from vislearn.course.budgets import Budget, Usage, usage_table

        usages = [Usage(**record | {"budget": Budget(**record["budget"])}) for record in latest.values()]
        terminalreporter.section("time and memory of the notebooks")
        terminalreporter.write("\n".join(usage_table(usages)) + "\n")
    if file := config.getoption("--lesson-usage"):
        file.write_text(json.dumps(list(latest.values()), indent=1) + "\n", encoding="utf-8")


def _summarise_order(terminalreporter: Any, config: pytest.Config, reports: list[Any]) -> None:
    """Keep what each file took for the order of the next run, and say what was not run again."""
    unchanged = [one.nodeid for one in reports if one.when == "call" and one.nodeid.endswith(Unchanged.NAME)]
    passed_over = {nodeid.partition("::")[0] for nodeid in unchanged}
    took = seconds_by_file((one.nodeid.partition("::")[0], one.duration) for one in reports)
    if cache := _cache(config):
        fresh = {name: seconds for name, seconds in took.items() if name not in passed_over}
        cache.set(_SECONDS, cache.get(_SECONDS, {}) | fresh)
    if unchanged:
        terminalreporter.section("unchanged since they passed here, not run again")
        terminalreporter.write("".join(f"{name}\n" for name in sorted(passed_over)))
        terminalreporter.write("make test FULL=1 runs these, too.\n")


def _cache(config: pytest.Config) -> pytest.Cache | None:
    """Pytest's own, unless it is switched off."""
    return getattr(config, "cache", None)


def _threads() -> int:
    """How many a kernel's arithmetic has: its share of the cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


@contextmanager
def _offline_environment() -> Iterator[dict[str, str]]:
    from vislearn.course.kernels import kernel_environment  # half a second that other tests need not pay

    with kernel_environment(_threads()) as environment:
        others = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(OFFLINE), others]))
        yield environment


@pytest.fixture
def offline_environment() -> Iterator[dict[str, str]]:
    """The environment for a kernel that can't reach the network."""
    with _offline_environment() as environment:
        yield environment


class Notebook(IPyNbFile):
    """A notebook whose kernel is closed in, and watched.

    A translation is run as its learner would leave it, solved: solutions stand in the exercises' cells, every
    check must call them right, and every other cell must show what the untouched notebook stores.
    """

    stopped = ""  # why no more cells can run
    tests: Sequence[pytest.Item] = ()
    passed = 0  # of its tests

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
        if self.is_solved:
            fill_in_solutions(self.nb)
        for cell in cells:
            yield Cell.from_parent(
                self, name=cell.name, cell_num=cell.cell_num, cell=cell.cell, options=cell.options
            )

    @property
    def language(self) -> str:
        """Of its text; "en" where nothing is said."""
        return self.nb.metadata.get("vislearn", {}).get("language", SOURCE_LANGUAGE)

    @property
    def is_solved(self) -> bool:
        """Is it run with the solutions filled in?"""
        return self.language != SOURCE_LANGUAGE

    def _is_unchanged(self) -> bool:
        """Did it pass here with all it depends on as it is now? What is named on the command line is run."""
        named = {Path(argument.partition("::")[0]).resolve() for argument in self.config.args}
        if (cache := _cache(self.config)) is None or runs_everything() or self.path.resolve() in named:
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
        environment = self._open.enter_context(_offline_environment())
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
            if (cache := _cache(self.config)) and self.passed == len(self.tests):
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


class _Proof(pytest.Item):
    """Something that must hold before a notebook's cells are worth running."""

    parent: Notebook

    def reportinfo(self) -> tuple[Path, int, str]:
        """How pytest names this test."""
        return self.path, 0, f"{self.path.name}::{self.name}"

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The sentence alone, not our own lines."""
        return (
            str(excinfo.value) if isinstance(excinfo.value, AssertionError) else super().repr_failure(excinfo)
        )


class Unchanged(_Proof):
    """All that the notebook's last passed run depended on is as it was then."""

    NAME = "Unchanged since it passed"

    def runtest(self) -> None:
        """Nothing: it would not have been collected otherwise."""


class Guard(_Proof):
    """The kernel is cut off: a socket beyond this machine is refused."""

    def runtest(self) -> None:
        """Try to look up an address out there."""
        assert not (error := self.parent.ask(_PROBE)), error


class Device(_Proof):
    """The kernel computes where ``VISLEARN_DEVICE`` says; else a GPU run would pass on the CPU."""

    def runtest(self) -> None:
        """Ask the kernel."""
        assert not (error := self.parent.ask(_DEVICE_PROBE.format(device=os.environ["VISLEARN_DEVICE"]))), (
            error
        )


class Reference(_Proof):
    """What the notebook stores comes from one whole run of its present source."""

    def runtest(self) -> None:
        """Look at the stored notebook; nothing is run."""
        from vislearn.course.regression.regress import reference_problems

        where, mend = self.parent.relative.as_posix(), f"Mend it: {self.parent.commands().accept}"
        problems = reference_problems(self.parent.nb, self.path, where=where, fix=mend)
        assert not problems, "\n".join(map(str, problems))


class Cell(IPyNbCell):
    """A cell after which a learner must see what the notebook stores."""

    def setup(self) -> None:
        """A cell isn't tried where the kernel was lost; the cell that lost it has said so."""
        if self.parent.stopped:
            pytest.xfail(self.parent.stopped)

    def runtest(self) -> None:
        """Run the cell within its budget, then compare what it shows."""
        from vislearn.course.regression.differences import Difference
        from vislearn.course.regression.regress import regressions
        from vislearn.course.regression.watching import CellStopped, await_reply, require_alive
        from vislearn.course.tags import budget_s

        notebook, self.output_timeout = self.parent, _OUTPUT_TIMEOUT_S
        budget = budget_s(self.cell, self.config.option.nbval_cell_timeout)

        def wait(msg_id: str, timeout: float) -> None:
            await_reply(notebook.kernel, msg_id, budget, notebook.memory)

        try:
            require_alive(notebook.kernel, notebook.memory)
            with mock.patch.object(notebook.kernel, "await_reply", wait):
                super().runtest()
        except CellStopped as stop:
            notebook.stopped = f"the kernel was lost in {self.name}"
            self._fail([Difference(stop.what, detail=stop.detail)])
        except NbCellError as error:
            self._fail([Difference(*self._said(error))])
        finally:
            self.user_properties.append((_USAGE, notebook.usage()))
        self._fail(regressions(self.cell, self.test_outputs) + self._views() + self._verdict())

    def _said(self, error: NbCellError) -> tuple[str, str, str, str, str]:
        """What nbval complains of, with the exception's own words where there is one."""
        from vislearn.course.outputs import without_colours

        what, last = str(error), self.test_outputs[-1] if self.test_outputs else {}
        if last.get("output_type") == "error":
            what = f"the cell stops with {last['ename']}: {last['evalue']}"
        return what, "", "", "", without_colours(error.inner_traceback or "")

    def _views(self) -> list[Any]:
        """Widgets, once as they stand at their defaults."""
        from vislearn.course.outputs import WIDGET
        from vislearn.course.regression.differences import Difference

        shown = [out.data for out in self.test_outputs if "text/html" in out.get("data", {})]
        ids = [data[WIDGET]["model_id"] for data in shown if WIDGET in data]
        error = self.parent.ask(_VIEW_PROBE.format(ids=ids)) if ids else ""
        return [Difference("a widget does not show", detail=error)] if error else []

    def _verdict(self) -> list[Any]:
        """In a solved notebook, a check that does not call the solution right."""
        from vislearn.course.regression.differences import Difference

        name = checked_exercise(self.cell) if self.parent.is_solved else None
        if name is None or (said := verdict_of(self.test_outputs)) == "right":
            return []
        return [Difference(f"the check of {name} does not accept its solution", expected="right", got=said)]

    def _fail(self, differences: list[Any]) -> None:
        from vislearn.course.regression.differences import Place, report

        if differences:
            number = 1 + next(n for n, cell in enumerate(self.parent.nb.cells) if cell is self.cell)
            place = Place(self.parent.relative, number, self.cell.get("id", "none"), self.cell.source)
            pytest.fail(report(place, differences, self.parent.commands()), pytrace=False)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:
        """The report as it is; anything else went wrong in the checker itself, so with its traceback."""
        if isinstance(excinfo.value, pytest.fail.Exception):
            return str(excinfo.value)
        return pytest.Item.repr_failure(self, excinfo)
