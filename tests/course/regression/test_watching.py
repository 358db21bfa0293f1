import os
import signal
import subprocess
import sys
import time
from queue import Empty
from types import SimpleNamespace

import pytest

from vislearn.course.regression.watching import (
    CellStopped,
    MemoryWatch,
    await_reply,
    cause_of_death,
    require_alive,
)


@pytest.mark.parametrize(
    ("exit_code", "what", "why"),
    [
        (None, "the kernel died", "It held up to 12 MB; this machine has"),
        (0, "the kernel ended with exit code 0", "Something called os._exit"),
        (-9, "the kernel was killed by SIGKILL", "Out of memory, most likely"),
        (-11, "the kernel was killed by SIGSEGV", "Compiled code crashed"),
        (-15, "the kernel was killed by SIGTERM", "Somebody asked it to stop."),
        (-250, "the kernel was killed by signal 250", "Somebody asked"),
    ],
)
def test_the_cause_of_death_is_named(exit_code, what, why):
    said, detail = cause_of_death(exit_code, 12)
    assert said == what
    assert why in detail


def test_the_peak_counts_children_and_stays_when_they_are_gone():
    hold = "x = b'x' * 90_000_000; input()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}])"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    watch = MemoryWatch(process.pid, interval_s=0.02)
    end = time.monotonic() + 600
    while watch.peak_mb < 90 and time.monotonic() < end:
        time.sleep(0.02)
    process.communicate(b"\n")
    watch.stop()
    assert process.returncode == 0
    assert 90 < watch.peak_mb < 300


def test_the_first_look_is_taken_before_anything_can_end_the_process():
    watch = MemoryWatch(os.getpid(), interval_s=60)
    assert watch.peak_mb > 5
    watch.stop()


def test_a_process_that_is_gone_needs_nothing_more():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    watch = MemoryWatch(process.pid, interval_s=0.02)
    process.communicate(b"\n")
    before = watch.peak_mb
    time.sleep(0.1)
    watch.stop()
    assert watch.peak_mb == before < 500


class Kernel:
    """A kernel that answers after a while, or not, or only when it is interrupted."""

    def __init__(self, *, exit_code=None, answers_after_s=3600.0, obeys=True):
        self.exit_code, self.answers_at, self.obeys = exit_code, time.monotonic() + answers_after_s, obeys
        self.km = SimpleNamespace(
            provisioner=SimpleNamespace(process=SimpleNamespace(poll=lambda: exit_code)),
            shutdown_kernel=lambda now: setattr(self, "shut", now),
        )
        self.shut = False

    def get_message(self, stream, timeout):
        assert stream == "shell"
        if time.monotonic() < self.answers_at:
            time.sleep(0.01)
            raise Empty
        return {"parent_header": {"msg_id": "1"}, "content": {"traceback": ["\x1b[31mline 3"]}}

    def is_alive(self):
        return self.exit_code is None

    def interrupt(self):
        if self.obeys:
            self.answers_at = 0


MEMORY = SimpleNamespace(peak_mb=12)


def test_an_answer_in_time():
    kernel = Kernel(answers_after_s=0.05)
    await_reply(kernel, "1", 5, MEMORY)
    assert not kernel.shut


def test_a_cell_over_its_budget_says_where_it_was():
    kernel = Kernel()
    with pytest.raises(CellStopped, match=r"takes longer than its budget of 0.1 s") as caught:
        await_reply(kernel, "1", 0.1, MEMORY)
    assert caught.value.detail == "line 3"
    assert kernel.shut


def test_a_cell_that_can_not_be_interrupted(monkeypatch):
    monkeypatch.setattr("vislearn.course.regression.watching._INTERRUPT_S", 0.1)
    kernel = Kernel(obeys=False)
    with pytest.raises(CellStopped) as caught:
        await_reply(kernel, "1", 0.1, MEMORY)
    assert "ignored the interrupt" in caught.value.detail
    assert kernel.shut


def test_a_dead_kernel_is_not_waited_for():
    begun = time.monotonic()
    with pytest.raises(CellStopped, match="killed by SIGKILL"):
        await_reply(Kernel(exit_code=-signal.SIGKILL), "1", 300, MEMORY)
    assert time.monotonic() - begun < 100


def test_a_kernel_that_died_between_two_cells():
    require_alive(Kernel(), MEMORY)
    with pytest.raises(CellStopped, match="exit code 3 before this cell began"):
        require_alive(Kernel(exit_code=3), MEMORY)
