"""One cell of a notebook as a test: run within its budget, then compared with what the notebook stores."""

from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from nbval.plugin import IPyNbCell, NbCellError

from vislearn.course.answers import checked_exercise, verdict_of

if TYPE_CHECKING:
    pass

__all__ = ["USAGE", "Cell"]

USAGE = "vislearn_usage"  # the property of a test's report that says what its notebook took so far
_OUTPUT_TIMEOUT_S = 30  # nbval's 5 are few when two notebooks share a slow machine
_VIEW_PROBE = """exec('''
from vislearn.widgets.rendering import view_problems
assert not (problems := view_problems({ids!r})), "; ".join(problems)
''', {{}})"""


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
            self.user_properties.append((USAGE, notebook.usage()))
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
        """A check that does not call a solution right, or a wrong answer wrong."""
        from vislearn.course.regression.differences import Difference

        name = checked_exercise(self.cell)
        right = self.parent.answers.get(name, True if self.parent.state == "solved" else None)
        said = verdict_of(self.test_outputs)
        if name is None or right is None or (said == "right") == right:
            return []
        what = f"the check of {name} does not {'accept its solution' if right else 'reject a wrong answer'}"
        return [Difference(what, expected="right" if right else "wrong", got=said)]

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
