"""``vislearn train`` that kills itself at a chosen moment; test_run_killed.py gives it processes."""

import os
import signal

from vislearn.cli import main
from vislearn.training.checkpoints import file as checkpoint
from vislearn.training.recipes import folders
from vislearn.training.tasks import ClassificationTask


def die():
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def dying(function, number, end=die):
    """The function, which at its ``number``-th call is the last thing that happens."""
    calls = 0

    def called(*arguments, **named):
        nonlocal calls
        calls += 1
        if calls == number:
            end()
        return function(*arguments, **named)

    return called


def interrupt():
    raise KeyboardInterrupt


def run(arguments, where="", number=0):
    end = interrupt if where == "Ctrl-C" else die
    if where in ("batch", "Ctrl-C"):
        ClassificationTask.loss = dying(ClassificationTask.loss, number, end)
    elif where == "write":
        checkpoint.write = dying(checkpoint.write, number)
    elif where == "judging":
        folders.judge_classifier = dying(folders.judge_classifier, number)
    main(arguments)


if __name__ == "__main__":
    run(**ARGUMENTS)  # noqa: F821 - given by runpy
