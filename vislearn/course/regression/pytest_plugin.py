"""Notebooks as tests: what nbval leaves open, added beside it.

nbval runs each code cell of a notebook as one test. With this plug-in, every kernel starts without the home
folder's settings, with its share of the cores, and with no network beyond this machine; the first tests of a
notebook prove that, and that its reference is whole. A cell fails when a learner would see something else
than the notebook stores (:mod:`~vislearn.course.regression.regress`), when it kills its kernel, and when its
time is up.
"""

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from nbval.plugin import IPyNbFile

from vislearn.course.regression.cell import USAGE
from vislearn.course.regression.notebook import Notebook, cache_of, closed_in
from vislearn.course.regression.order import longest_first, seconds_by_file
from vislearn.course.regression.proofs import Unchanged

__all__: list[str] = []

_SECONDS = "vislearn/seconds"  # in pytest's cache: what each file of tests took here


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
    measured = cache.get(_SECONDS, {}) if (cache := cache_of(config)) else {}
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
            if name == USAGE and record["seconds"] >= latest.get(record["notebook"], record)["seconds"]:
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
    if cache := cache_of(config):
        fresh = {name: seconds for name, seconds in took.items() if name not in passed_over}
        cache.set(_SECONDS, cache.get(_SECONDS, {}) | fresh)
    if unchanged:
        terminalreporter.section("unchanged since they passed here, not run again")
        terminalreporter.write("".join(f"{name}\n" for name in sorted(passed_over)))
        terminalreporter.write("make test FULL=1 runs these, too.\n")


@pytest.fixture
def offline_environment() -> Iterator[dict[str, str]]:
    """The environment for a kernel that can't reach the network."""
    with closed_in() as environment:
        yield environment
