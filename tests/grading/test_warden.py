"""The warden's inmates end with it, and it ends with its judge."""

import psutil

from vislearn.grading import wire
from vislearn.grading.jail import Jail

NAME = "pipeline.to_unit_range"


def test_whoever_goes_takes_the_rest_along():
    with Jail() as jail, jail.cell(NAME, observing=False, readable=[]) as line:
        (_line, process), *_ = jail._wardens.values()
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        assert len(family) == 3  # the warden, the keeper, the inmate
        process.kill()
        process.wait()
        assert psutil.wait_procs(family, timeout=60)[1] == []
        try:
            wire.receive(line, 60)
        except EOFError:
            ended = True
        assert ended


def test_after_a_warden_that_was_killed_comes_another():
    with Jail() as jail:
        for _student in range(2):
            with jail.cell(NAME, observing=False, readable=[]) as line:
                wire.send(line, {"exercise": NAME, "language": "en", "function": "f", "cells": []})
                assert wire.receive(line, 60)["instead"] == "nothing (None)"
                (_line, process), *_ = jail._wardens.values()
                process.kill()
