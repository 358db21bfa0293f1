"""Killed at any moment, a training goes on and ends with the same bits."""

import multiprocessing
import random
import runpy
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).with_name("killable.py")
KILLS = 20


@pytest.fixture(scope="module")
def processes():
    """New processes at the price of a fork, torch in them already; where there is no fork, slower ones."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # the modules, not the lazy room: else each process would import them for itself
    context.set_forkserver_preload(["torch.utils.data", "vislearn.training.loop", "vislearn.training.tasks"])
    return context


@pytest.fixture(scope="module")
def run(processes):
    def run(folder, **how):
        arguments = {"ARGUMENTS": {"folder": str(folder), **how}}
        process = processes.Process(target=runpy.run_path, args=(str(SCRIPT), arguments, "__main__"))
        process.start()
        process.join(120)
        return process.exitcode

    return run


@pytest.fixture(scope="module")
def uninterrupted(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert run(folder) == 0
    return torch.load(folder / "result.pt", weights_only=True)


def assert_same(folder, expected):
    found = torch.load(folder / "result.pt", weights_only=True)
    assert found["rows"] == expected["rows"]
    assert all(torch.equal(found["weights"][name], kept) for name, kept in expected["weights"].items())
    assert sorted(path.name for path in folder.iterdir()) == ["result.pt", "run.best.pt", "run.pt"]


def test_killed_at_twenty_random_moments_it_ends_with_the_same_weights(run, uninterrupted, tmp_path):
    """A moment is a call of a function, any function: in a batch, a write, an evaluation, in between."""
    chance = random.Random(0)
    whole = uninterrupted["calls"]
    for _ in range(KILLS):
        moment = chance.randint(whole // 100, whole // 9)
        assert run(tmp_path, call=moment) != 0
        assert not (tmp_path / "result.pt").exists()
    assert run(tmp_path) == 0
    assert_same(tmp_path, uninterrupted)


@pytest.mark.parametrize(
    "where",
    ["before the bytes are on the disk", "before the name is changed", "after the name is changed"],
)
def test_killed_while_a_checkpoint_is_written_it_ends_with_the_same_weights(
    run, uninterrupted, tmp_path, where
):
    assert run(tmp_path, where=where) != 0
    assert (tmp_path / "run.pt").exists()
    assert run(tmp_path) == 0
    assert_same(tmp_path, uninterrupted)
