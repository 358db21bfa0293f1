"""``%%watch`` in an IPython of its own."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from torch.nn import functional

SETTING = """
import torch
from torch import nn
model = nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
class Holder: pass
learner = Holder()
learner.model = model
"""
LOOP = """
for number in range(4):
    {zero}
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
"""
FORGOTTEN, RIGHT = LOOP.format(zero="pass"), LOOP.format(zero="optimizer.zero_grad()")


@pytest.fixture
def shell(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")
    running = InteractiveShell()
    running.run_cell("%load_ext vislearn.traps").raise_error()
    running.run_cell(SETTING).raise_error()
    return running


@pytest.fixture
def run(shell, capsys):
    """Run a cell: its result, and what it said."""

    def running(code):
        capsys.readouterr()
        result = shell.run_cell(code)
        said = capsys.readouterr()
        return result, said.out + said.err

    return running


@pytest.mark.parametrize("names", ["model, optimizer", "model optimizer", "learner.model,optimizer", "model"])
def test_what_a_watch_finds_is_said_below_the_cell(run, names):
    result, said = run(f"%%watch {names}\n{FORGOTTEN}")
    assert result.success
    assert said.startswith("certain: SGD takes its steps with the gradients of earlier batches")


def test_a_right_loop_is_watched_in_silence(run):
    assert run(f"%%watch model, optimizer\n{RIGHT}")[1] == ""


def test_names_of_the_cell_stay_and_its_last_value_is_shown(run, shell):
    _result, said = run("%%watch model\nheight = 41\nf'{height + 1}{{}}'")
    assert shell.user_ns["height"] == 41
    assert "'42{}'" in said


def test_magics_work_inside(run, shell):
    assert run("%%watch model\n%precision 3\nwidth = !echo wide")[0].success
    assert list(shell.user_ns["width"]) == ["wide"]


@pytest.mark.parametrize("names", ["modell", "learner.net", "model, optimiser"])
def test_an_unknown_name_is_one_sentence(run, names):
    result, said = run(f"%%watch {names}\nprint('never')")
    assert not result.success
    assert "knows no " in said
    assert "never" not in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize("names", ["", "optimizer", "model, torch"])
def test_what_cannot_be_watched_is_one_sentence(run, names):
    result, said = run(f"%%watch {names}\nprint('never')")
    assert not result.success
    assert said.startswith("UsageError: watch ")
    assert len(said.strip().splitlines()) == 1


def test_an_error_is_the_cells_own_and_all_is_given_back(run):
    before = functional.cross_entropy
    result, said = run("%%watch model\nheight = 3\n1 / 0")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert "1 / 0" in said
    assert functional.cross_entropy is before


def test_unloaded_it_is_gone(run):
    run("%unload_ext vislearn.traps")
    assert not run("%%watch model\n1")[0].success
