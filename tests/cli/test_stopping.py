import signal

import click
import pytest

from vislearn.cli.stopping import STOPPED, stop, stoppable


def test_a_plain_kill_is_what_ctrl_c_is_and_only_inside():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), stoppable():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_it_ends_with_a_sentence_and_the_status_that_shells_know(capsys):
    with pytest.raises(click.exceptions.Exit) as ended:
        stop("Kept: a.pt.")
    assert ended.value.exit_code == STOPPED == 130
    assert capsys.readouterr() == ("", "Kept: a.pt.\n")
