import argparse
import json

import pytest
import torch
from torch import nn

SMALL = ["--networks", "tiny", "--repeats", "1"]


@pytest.fixture(scope="module")
def loops(script):
    return script("loops")


@pytest.fixture
def benchmark(script, loops, monkeypatch):
    """With a network that a test can wait for, on a machine without the other libraries."""
    tiny = loops.Network(lambda: nn.Sequential(nn.Flatten(), nn.Linear(48, 10)), 4, 4, 18, bound=1.5)
    monkeypatch.setitem(loops.NETWORKS, "tiny", tiny)
    monkeypatch.setattr(loops, "find_spec", lambda name: None)
    return script("training_loop")


def test_a_small_run_prints_a_table_and_writes_every_figure(benchmark, tmp_path, capsys):
    threads, file = torch.get_num_threads(), tmp_path / "figures.json"
    assert benchmark.main([*SMALL, "--json", str(file)]) == 0
    assert torch.get_num_threads() == threads
    record = json.loads(file.read_text(encoding="utf-8"))
    assert (record["benchmark"], record["repeats"]) == ("training_loop", 1)
    network = record["networks"]["tiny"]
    assert (network["images"], network["batch_size"], network["side"]) == (18, 4, 4)
    ours = network["rows"]["fit"]
    assert ours["weights_differ_by"] == 0  # the same training: another one's speed would say nothing
    assert 0 < ours["lowest"] <= ours["faster"] <= ours["highest"]
    table = capsys.readouterr().out
    assert all(row["name"] in table for row in network["rows"].values())


def test_an_epoch_that_warms_up_is_trained_but_not_counted(benchmark, loops, monkeypatch, tmp_path):
    clock = iter(range(1000))  # a second from one look to the next, and one look per epoch
    monkeypatch.setattr(loops.time, "perf_counter", lambda: float(next(clock)))
    file, settings = tmp_path / "figures.json", ["--contenders", "source", "--epochs", "3", "--warm-up", "2"]
    benchmark.main([*SMALL, *settings, "--json", str(file)])
    record = json.loads(file.read_text(encoding="utf-8"))
    row = record["networks"]["tiny"]["rows"]["source"]
    assert (record["epochs"], record["warm_up"]) == (3, 2)
    assert (row["warm_up_s"], row["images_per_s"]) == (2, 18)


@pytest.mark.parametrize(
    ("arguments", "warm_up", "networks", "contenders"),
    [
        ([], 0, ["small8"], ["source", "fit", "fabric", "fastai"]),
        (
            ["--device", "cuda"],
            1,
            ["small64", "small256", "resnet18", "resnet50"],
            ["source", "fit", "bf16", "fused", "graphs"],
        ),
        (["--device", "cuda", "--quick"], 1, ["small64", "small256", "resnet18"], ["source", "graphs"]),
        (["--contenders", "graphs", "--networks", "resnet18"], 0, ["resnet18"], ["source", "graphs"]),
    ],
)
def test_each_device_has_its_networks_and_loops(benchmark, arguments, warm_up, networks, contenders):
    options = benchmark._parse(arguments)
    assert (options.warm_up, options.networks, options.contenders) == (warm_up, networks, contenders)


def test_sizes_may_be_chosen(benchmark, loops):
    options = argparse.Namespace(images=7, batch_size=None)
    assert (sized := benchmark._sized(loops.NETWORKS["resnet18"], options)).images == 7
    assert sized.batch_size == 64


def test_pictures_come_a_batch_at_a_time(benchmark, loops):
    job = loops.job(loops.NETWORKS["tiny"], loops.CONTENDERS["source"], torch.device("cpu"), epochs=2)
    assert [images.shape for images, _ in job.train] == [(4, 3, 4, 4)] * 4 + [(2, 3, 4, 4)]
    assert torch.equal(torch.cat([images for images, _ in job.val]), job.train.dataset.tensors[0][:4])
    assert job.epochs == 2


def test_what_is_not_installed_is_named_with_the_way_to_get_it(benchmark, capsys):
    benchmark.main(SMALL)
    shown = capsys.readouterr().out
    assert "Lightning Fabric is not installed and was not measured: pip install lightning-fabric" in shown
    assert "fastai is not installed and was not measured: pip install fastai" in shown


@pytest.mark.parametrize(
    ("contender", "how"),
    [
        ("bf16", {"amp": "bf16", "channels_last": True}),
        ("compile", {"amp": "bf16", "channels_last": True, "compile": True}),
        ("graphs", {"amp": "bf16", "channels_last": True, "compile": "graphs"}),
    ],
)
def test_each_way_to_fit_is_a_contender_of_its_own(benchmark, loops, monkeypatch, contender, how):
    used, fit = [], loops.fit

    def uncompiled(*arguments, **more):
        used.append(
            {name: value for name, value in more.items() if name in ("amp", "channels_last", "compile")}
        )
        return fit(*arguments, **more | {"compile": False})

    monkeypatch.setattr(loops, "fit", uncompiled)
    benchmark.main([*SMALL, "--contenders", contender])
    assert used == [how] * 2  # with the turn that doesn't count


@pytest.mark.parametrize(("device", "faster", "code"), [("cuda", 1.4, 1), ("cuda", 1.6, 0), ("cpu", 1.4, 0)])
def test_on_a_gpu_graphs_must_reach_the_bound(benchmark, loops, monkeypatch, capsys, device, faster, code):
    row = benchmark.Row("graphs", 1.0, 1.0, faster, faster, faster, 0.0)
    monkeypatch.setattr(benchmark, "measure", lambda *_: {"graphs": row})
    monkeypatch.setattr(benchmark, "_device_name", str)
    assert benchmark.main([*SMALL, "--device", device]) == code
    assert ("tiny: 1.4 times the source's speed, and the bound is 1.5." in capsys.readouterr().out) == code


@pytest.mark.parametrize(
    ("launches", "said"),
    [
        (
            {"cudaGraphLaunch": 18, "cudaLaunchKernel": 5},
            "tiny: recorded: 18 launches of graphs (18 awaited) and 5 of",
        ),
        ({"cudaGraphLaunch": 2}, "tiny: in part: 2 launches"),
        (
            {"cuLaunchKernel": 9},
            "tiny: not recorded: 0 launches of graphs (18 awaited) and 9 of single kernels",
        ),
    ],
)
def test_what_graphs_did_is_told_by_their_launches(benchmark, monkeypatch, capsys, launches, said):
    monkeypatch.setattr(benchmark, "_launches_in_last_epoch", lambda work: launches)
    assert benchmark.main(["--networks", "tiny", "--what-graphs-did"]) == 0
    assert said in capsys.readouterr().out


def test_the_last_epoch_alone_is_watched_and_warnings_are_told(benchmark, loops, monkeypatch, capsys):
    events = []

    class Profile:
        def __init__(self, **_how):
            self.start, self.stop = lambda: events.append("start"), lambda: events.append("stop")

        def key_averages(self):
            return []

    monkeypatch.setattr(torch.profiler, "profile", Profile)
    note = loops.Job.note_time
    monkeypatch.setattr(loops.Job, "note_time", lambda self, *_: (events.append("epoch"), note(self)))
    benchmark.main(["--networks", "tiny", "--what-graphs-did"])
    assert events == ["epoch", "epoch", "epoch", "start", "epoch", "stop"]
    assert "compile='graphs' was left out: CUDA graphs need an NVIDIA GPU" in capsys.readouterr().out
