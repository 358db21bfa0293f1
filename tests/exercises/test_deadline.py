import signal
import subprocess
import sys
import threading
import time

import pytest

from vislearn.exercises.deadline import Deadline, OutOfTime


def loops():
    while True:
        pass


def swallows():
    while True:
        try:
            loops()
        except BaseException:  # what the deadline is told about by a learner's bare `except:`
            swallows.tries += 1
            if swallows.tries > 1:
                raise


def ends_late(function):
    try:
        with Deadline(0.05):
            function()
    except OutOfTime:
        return True
    return False


@pytest.mark.parametrize("function", [loops, lambda: time.sleep(60)])
def test_what_never_ends_is_ended(function):
    assert ends_late(function)


def test_a_bare_except_only_delays_it(monkeypatch):
    monkeypatch.setattr("vislearn.exercises.deadline._AGAIN", 0.05)
    swallows.tries = 0
    assert ends_late(swallows)


def test_in_another_thread_too():
    found = []
    thread = threading.Thread(target=lambda: found.append(ends_late(loops)))
    thread.start()
    thread.join()
    assert found == [True]


@pytest.mark.parametrize("in_thread", [False, True])
def test_what_ends_in_time_hears_nothing(in_thread):
    found = []

    def quick():
        with Deadline(600):
            pass
        found.append("done")

    if in_thread:
        thread = threading.Thread(target=quick)
        thread.start()
        thread.join()
    else:
        quick()
    assert found == ["done"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no such timer on this system")
def test_somebody_elses_timer_goes_on():
    def handler(number, frame):
        pass

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 500)
        with Deadline(600):
            pass
        left, _interval = signal.setitimer(signal.ITIMER_REAL, 0)
        assert 0 < left <= 500
        assert signal.getsignal(signal.SIGALRM) is handler
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


WATCHES_AFTER_A_TIMER = """
import statistics, threading
from vislearn.exercises.calls import Calls
from vislearn.exercises.deadline import Deadline

def in_time():
    with Deadline(600):
        pass

def late():
    try:
        with Deadline(0.01):
            while True:
                pass
    except BaseException:
        pass

def watched():
    return statistics.mean([1, 2])

for timed in (in_time, late):
    thread = threading.Thread(target=timed)
    thread.start()
    thread.join()
with Calls([statistics.mean]) as calls:
    watched()
print(calls.seen)
"""


def test_after_a_timer_of_a_thread_calls_can_be_watched():
    """The hang of a whole process: a thread's exception, taken back unraised, under a profiler."""
    done = subprocess.run(
        [sys.executable, "-c", WATCHES_AFTER_A_TIMER], capture_output=True, text=True, timeout=300
    )
    assert done.stdout == "['mean']\n", done.stderr
