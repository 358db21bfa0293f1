import json

import pytest
import torch

import vislearn as vl

TINY = ["--pictures", "4", "--steps", "2"]


@pytest.fixture
def benchmark(script, monkeypatch):
    module = script("segmentation_losses")
    monkeypatch.setattr(module, "STEPS", (1, 2))
    monkeypatch.setattr(module, "SEEDS", (0,))
    module.maps.cache_clear()
    yield module
    module.maps.cache_clear()


def test_every_way_learns_and_a_second_call_goes_on(benchmark, tmp_path, capsys):
    file, threads = tmp_path / "figures.json", torch.get_num_threads()
    assert benchmark.main([*TINY, "--json", str(file)]) == 0
    runs = json.loads(file.read_text(encoding="utf-8"))["runs"]
    assert {run["way"] for run in runs if run["experiment"] == "small"} == set(benchmark.LOSSES)
    assert {run["way"] for run in runs if run["experiment"] == "eleven"} == {"1", "0.1"}
    for experiment in ("three", "all"):
        assert [run["way"] for run in runs if run["experiment"] == experiment] == [*benchmark.LOSSES]
    assert all(0 <= run["iou"] <= 1 for run in runs)
    capsys.readouterr()
    assert benchmark.main([*TINY, "--json", str(file)]) == 0
    assert capsys.readouterr().out == ""
    assert torch.get_num_threads() == threads


def test_a_run_repeats(benchmark):
    first, again = (benchmark.measure("small", "Dice", 2, 1, pictures=4) for _ in range(2))
    assert first == again


def test_what_is_kept_with_the_course_are_all_ways_and_seeds_of_the_script(script):
    benchmark = script("segmentation_losses")
    runs = vl.datasets.measurements("segmentation_losses")["runs"]
    kept = {(run["experiment"], run["way"], run["steps"], run["seed"]) for run in runs}
    small = {
        ("small", way, steps, seed)
        for way in benchmark.LOSSES
        for steps in benchmark.STEPS
        for seed in benchmark.SEEDS
    }
    eleven = {
        ("eleven", f"{weight:g}", steps, seed)
        for weight in benchmark.WEIGHTS
        for steps in benchmark.STEPS
        for seed in benchmark.SEEDS
    }
    larger = {
        (experiment, way, benchmark.STEPS[0], seed)
        for experiment in ("three", "all")
        for way in benchmark.LOSSES
        for seed in benchmark.SEEDS
    }
    assert kept == small | eleven | larger


def test_more_and_more_of_the_picture_is_sought(script):
    benchmark = script("segmentation_losses")
    labels = torch.arange(11)
    sought = [
        benchmark._sought(labels, experiment).nonzero().flatten().tolist() for experiment in benchmark.SOUGHT
    ]
    assert sought == [[4], [3, 4, 5], [*range(1, 11)]]
