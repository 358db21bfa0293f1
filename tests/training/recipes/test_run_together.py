"""``torchrun`` with two processes on the CPU: the classifier and the files of one."""

import os
import subprocess
import sys

import pytest
import torch


@pytest.fixture(scope="module")
def tree(tmp_path_factory, noise_tree):
    """21 pictures to learn from: neither batches nor the whole can be halved."""
    root = tmp_path_factory.mktemp("tree")
    return noise_tree(root, {"dark": 40, "gray": 120, "light": 200}, spread=30, train=7, val=3)


def train(tree, folder, *launcher):
    line = [*launcher, "-m", "vislearn", "train", "--data_root", str(tree), "--epochs", "3"]
    line += ["--backbone", "photo", "--backbone", "photo:finetune", "--lr", "0.01"]
    line += ["--batch_size", "5", "--balance", "weights", "--out", str(folder / "c.pt")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "VISLEARN_LANGUAGE": "en"}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_processes_make_the_classifier_of_one(tree, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    together = ["torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    train(tree, tmp_path / "one", sys.executable)
    said = train(tree, tmp_path / "two", sys.executable, "-m", *together)
    one, two = (torch.load(tmp_path / name / "c.pt", weights_only=True)["weights"] for name in ("one", "two"))
    for name, weight in one.items():  # of the frozen one: BatchNorm sees other batches in each process
        torch.testing.assert_close(two[name], weight, atol=1e-5, rtol=0)
    assert [said.count(line) for line in ("Saved: ", "the new head learns first")] == [1, 1]
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == ["c.html", "c.json", "c.pt"]
