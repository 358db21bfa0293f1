"""Two processes on the CPU do what one does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from vislearn.imbalance import balanced_sampler
from vislearn.seeding import seed_everything
from vislearn.training import ClassificationTask, evaluate, fit
from vislearn.training.distributed import (
    from_first,
    gathered,
    is_first,
    joined,
    parallel,
    processes,
    rank,
    share,
    split,
)

CPU = torch.device("cpu")


def test_alone_everything_stays_as_it_is():
    model, loader = nn.Linear(1, 1), [1, 2]
    assert (processes(), rank(), is_first(), joined(CPU)) == (1, 0, True, CPU)
    assert (from_first(3), gathered(3)) == (3, [3])
    assert parallel(model, CPU) is model
    assert split(loader) is loader
    assert share(loader) is loader


def train(checkpoint=None):
    """53 samples, rare classes drawn more often, in batches of 8: the last has 5, which two can't halve."""
    seed_everything(3)
    labels = (torch.arange(53) % 9).clamp(max=2)
    data = TensorDataset(torch.randn(53, 6), labels)
    data.classes = ["a", "b", "c"]
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    judged = DataLoader(data, 20)
    task = ClassificationTask(macro=True, top_k=2)
    history = fit(
        model,
        task,
        DataLoader(data, 8, sampler=balanced_sampler(labels, seed=4)),
        epochs=3,
        val_loader=judged,
        optimizer=torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
        device=CPU,
        accumulate=2,
        checkpoint=checkpoint,
        checkpoint_every=checkpoint and 2,
    )
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in history.rows]
    weights = [parameter.tolist() for parameter in model.parameters()]
    return {"rows": rows, "weights": weights, "judged": evaluate(model, task, judged, device=CPU)}


def torchrun(folder):
    """This very file, by two processes."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone"]
    line = [*launcher, __file__, str(folder)]
    return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=1200, check=False)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    done = torchrun(folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_two_processes_reach_what_one_reaches(two):
    alone = train()
    for process in range(2):
        found = json.loads((two / f"{process}.json").read_text())
        assert found["judged"] == pytest.approx(alone["judged"], abs=1e-5)
        for row, expected in zip(found["rows"], alone["rows"], strict=True):
            assert row == pytest.approx(expected, abs=1e-5)
        for weights, expected in zip(found["weights"], alone["weights"], strict=True):
            torch.testing.assert_close(torch.tensor(weights), torch.tensor(expected), atol=1e-5, rtol=0)


def test_interrupted_together_they_go_on_together(two):
    """The first process broke off in the middle of an epoch; the same program then ended as the other did."""
    first, again = (json.loads((two / name).read_text()) for name in ("0.json", "resumed.json"))
    assert again == first


def test_one_process_wrote_one_set_of_files(two):
    assert sorted(path.name for path in two.iterdir()) == [
        "0.json",
        "1.json",
        "resumed.json",
        "run.best.pt",
        "run.pt",
    ]


def main(folder):
    """What each of the two processes does."""
    torch.set_num_threads(1)
    result = train()
    own = int(os.environ["RANK"])
    (folder / f"{own}.json").write_text(json.dumps(result))
    loss, calls = ClassificationTask.loss, []

    def breaking(task, model, batch):
        calls.append(1)
        if len(calls) == 12:
            raise KeyboardInterrupt
        return loss(task, model, batch)

    ClassificationTask.loss = breaking
    try:
        train(folder / "run.pt")
    except KeyboardInterrupt:
        ClassificationTask.loss = loss
    resumed = train(folder / "run.pt")
    if own == 0:
        (folder / "resumed.json").write_text(json.dumps(resumed))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
