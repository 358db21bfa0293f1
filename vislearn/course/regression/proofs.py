"""What must hold before a notebook's cells are worth running, each as a test of its own."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from vislearn.course.regression.notebook import Notebook

__all__ = ["OFFLINE_PROBE", "Device", "Guard", "Reference", "Unchanged"]

OFFLINE_PROBE = """exec('''
import socket
try:
    socket.getaddrinfo("192.0.2.1", 80)  # an address kept free for documentation
except OSError as error:
    assert type(error).__name__ == "Offline", error
else:
    raise AssertionError("a socket beyond this machine was not refused")
''', {})"""
_DEVICE_PROBE = "assert __import__('vislearn.device').device.best_device().type == {device!r}"


class _Proof(pytest.Item):
    """Something that must hold before a notebook's cells are worth running."""

    parent: "Notebook"

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
        assert not (error := self.parent.ask(OFFLINE_PROBE)), error


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
