"""``vislearn train`` killed at any moment goes on with --resume, and ends with the same classifier."""

import multiprocessing
import os
import runpy
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).with_name("killable_run.py")
NETWORKS = ("--backbone", "photo:frozen", "--backbone", "photo:finetune")


@pytest.fixture(scope="module")
def tree(tmp_path_factory, noise_tree):
    root = tmp_path_factory.mktemp("tree")
    return noise_tree(root, {"dark": 90, "light": 130}, spread=60, train=6, val=3)


@pytest.fixture(scope="module")
def run(tree):
    os.environ["VISLEARN_LANGUAGE"] = "en"
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["vislearn.cli", "vislearn.training.recipes.folder_runs"])

    def run(folder, *more, **how):
        line = ["train", "--data_root", str(tree), *NETWORKS, "--epochs", "3", "--batch_size", "4"]
        line += ["--balance", "sampler", "--out", str(folder / "c.pt"), *more]
        arguments = {"ARGUMENTS": {"arguments": line, **how}}
        process = context.Process(target=runpy.run_path, args=(str(SCRIPT), arguments, "__main__"))
        process.start()
        process.join(240)
        return process.exitcode

    return run


def weights(folder):
    return torch.load(folder / "c.pt", weights_only=True)["weights"]


@pytest.fixture(scope="module")
def uninterrupted(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert run(folder) == 0
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("where", "number"),
    [
        ("batch", 5),  # in the second epoch of the first network
        ("batch", 20),  # while the second network's new head learns alone
        ("batch", 44),  # of the second network, in the middle of an epoch
        ("write", 2),  # between the best model and the checkpoint
        ("write", 9),
        ("judging", 1),  # after all epochs of the first network
        ("judging", 2),
    ],
)
def test_killed_it_goes_on_and_ends_with_the_same_weights(run, uninterrupted, tmp_path, where, number):
    assert run(tmp_path, where=where, number=number) not in (0, 1)
    assert run(tmp_path) == 1  # without --resume what is there stays
    assert run(tmp_path, "--resume") == 0
    found, expected = weights(tmp_path), weights(uninterrupted)
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], kept) for name, kept in expected.items())
    assert names(tmp_path) == names(uninterrupted)


def test_killed_before_anything_was_written_it_is_in_nobodys_way(run, uninterrupted, tmp_path):
    assert run(tmp_path, where="batch", number=1) not in (0, 1)
    assert run(tmp_path) == 0
    assert names(tmp_path) == names(uninterrupted)


def test_what_was_learned_is_not_learned_again(run, tmp_path):
    """Of 48 batches, 30 of them a new head's, five are left: the eighth never comes."""
    assert run(tmp_path, where="batch", number=44) not in (0, 1)
    assert run(tmp_path, "--resume", where="batch", number=8) == 0


def test_stopped_by_ctrl_c_the_best_so_far_is_there_and_it_goes_on_to_the_same_weights(
    run, uninterrupted, tmp_path
):
    assert run(tmp_path, where="Ctrl-C", number=8) == 130
    assert (tmp_path / "c.pt").exists()
    assert run(tmp_path, "--resume") == 0
    found, expected = weights(tmp_path), weights(uninterrupted)
    assert all(torch.equal(found[name], kept) for name, kept in expected.items())


def test_ctrl_c_while_a_new_head_learns_alone_keeps_the_network_before(run, uninterrupted, tmp_path):
    assert run(tmp_path, where="Ctrl-C", number=20) == 130
    assert (tmp_path / "c.pt").exists()
    assert run(tmp_path, "--resume") == 0
    assert all(torch.equal(weights(tmp_path)[name], kept) for name, kept in weights(uninterrupted).items())


def test_ctrl_c_before_the_first_epoch_is_over_leaves_nothing_half_done(run, tmp_path):
    assert run(tmp_path, where="Ctrl-C", number=2) == 130
    assert not (tmp_path / "c.pt").exists()
    assert run(tmp_path, "--resume") == 0
    assert (tmp_path / "c.pt").exists()
