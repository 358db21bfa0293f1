import json

import pytest
import torch

SMALL = ["--images", "16", "--batch-size", "4", "--width", "2", "--repeats", "1"]


@pytest.fixture(scope="module")
def benchmark(script):
    return script("training_loop")


@pytest.fixture
def alone(benchmark, monkeypatch):
    """As on a machine without the other libraries."""
    monkeypatch.setattr(benchmark, "find_spec", lambda name: None)


def test_a_small_run_prints_a_table_and_writes_every_figure(benchmark, alone, tmp_path, capsys):
    threads, file = torch.get_num_threads(), tmp_path / "figures.json"
    assert benchmark.main([*SMALL, "--json", str(file)]) == 0
    assert torch.get_num_threads() == threads
    record = json.loads(file.read_text(encoding="utf-8"))
    assert (record["benchmark"], record["images"], record["repeats"]) == ("training_loop", 16, 1)
    assert [row["name"] for row in record["rows"]] == [benchmark.SOURCE, benchmark.FIT]
    source, ours = record["rows"]
    assert source["ratio"] == 1
    assert ours["weights_differ_by"] == 0  # the same training: another one's speed would say nothing
    assert 0 < ours["lowest_ratio"] <= ours["ratio"] <= ours["highest_ratio"]
    table = capsys.readouterr().out
    assert all(row["name"] in table for row in record["rows"])


def test_an_epoch_that_warms_up_is_trained_but_not_counted(benchmark, alone, monkeypatch, tmp_path):
    clock = iter(range(1000))  # a second from one look to the next, and one look per epoch
    monkeypatch.setattr(benchmark.time, "perf_counter", lambda: float(next(clock)))
    monkeypatch.setattr(benchmark, "_contenders", lambda options: ({benchmark.SOURCE: benchmark._source}, []))
    file = tmp_path / "figures.json"
    benchmark.main([*SMALL, "--epochs", "3", "--warm-up", "2", "--json", str(file)])
    record = json.loads(file.read_text(encoding="utf-8"))
    (row,) = record["rows"]
    assert (record["epochs"], record["warm_up"]) == (3, 2)
    assert (row["warm_up_s"], row["images_per_s"]) == (2, 16)


@pytest.mark.parametrize(("device", "epochs"), [("cpu", 0), ("cuda", 1)])
def test_only_accelerators_need_to_warm_up(benchmark, device, epochs):
    assert benchmark._parse(["--device", device]).warm_up == epochs


def test_pictures_come_a_batch_at_a_time(benchmark):
    job = benchmark._job(benchmark._parse([*SMALL, "--warm-up", "1"]), pinned=False)
    assert [images.shape for images, _ in job.train] == [(4, 3, 32, 32)] * 4
    assert torch.equal(torch.cat([images for images, _ in job.val]), job.train.dataset.tensors[0][:4])
    assert job.epochs == 2


def test_what_is_not_installed_is_named_with_the_way_to_get_it(benchmark, alone, capsys):
    benchmark.main(SMALL)
    shown = capsys.readouterr().out
    assert "Lightning Fabric is not installed and was not measured: pip install lightning-fabric" in shown
    assert "fastai is not installed and was not measured: pip install fastai" in shown


def test_all_options_are_a_contender_of_their_own(benchmark, alone, monkeypatch, capsys):
    used, fit = [], benchmark.fit

    def uncompiled(*arguments, **how):
        used.append(how)
        return fit(*arguments, **how | {"compile": False})

    monkeypatch.setattr(benchmark, "fit", uncompiled)
    benchmark.main([*SMALL, "--all-options"])
    assert benchmark.ALL in capsys.readouterr().out
    assert any(how.get("compile") and how["channels_last"] and how["amp"] == "bf16" for how in used)
