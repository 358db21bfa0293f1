import json

import pytest
import torch

import vislearn as vl

TINY = ["--epochs", "2", "--pictures", "4"]


@pytest.fixture
def benchmark(script):
    return script("small_detector")


def test_a_way_learns_and_its_scores_are_kept(benchmark, tmp_path, capsys):
    file, threads = tmp_path / "figures.json", torch.get_num_threads()
    assert (
        benchmark.main([*TINY, "--ways", "old anchors, 7 bins, SGD as in tutorials", "--json", str(file)])
        == 0
    )
    (run,) = json.loads(file.read_text(encoding="utf-8"))["runs"]
    assert (run["way"], run["seed"]) == ("old anchors, 7 bins, SGD as in tutorials", 0)
    assert len(run["map50"]) == len(run["map"]) == 2
    assert "cpu_seconds" in capsys.readouterr().out
    assert torch.get_num_threads() == threads


def test_a_run_repeats(benchmark):
    first, again = (
        benchmark.measure("old anchors, 7 bins, scratch", 1, epochs=1, pictures=4) for _ in range(2)
    )
    assert first.map50 == again.map50


def test_what_is_kept_with_the_course_are_all_ways_and_seeds_of_the_script(benchmark):
    runs = vl.datasets.measurements("small_detector")["runs"]
    kept = {(run["way"], run["seed"]) for run in runs}
    assert kept == {(name, seed) for name, way in benchmark.WAYS.items() for seed in way.seeds}
    assert all(len(run["map50"]) == benchmark.EPOCHS for run in runs)
