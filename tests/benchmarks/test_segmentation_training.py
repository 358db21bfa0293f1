import json

import pytest
import torch

TINY = ["--epochs", "1", "--pictures", "4", "--threads", "1"]


@pytest.fixture
def benchmark(script):
    return script("segmentation_training")


@pytest.fixture
def quick(benchmark, monkeypatch):
    """Runs that answer at once, and a list of those that were asked for."""
    asked = []

    def measure(question, *, pictures):
        asked.append(question)
        return benchmark.Run(*question.question, score=0.6 + question.seed / 100, by_epoch=(0.1, 0.6))

    monkeypatch.setattr(benchmark, "measure", measure)
    return asked


@pytest.mark.parametrize("way", ["scene", "Mask R-CNN, scene"])
def test_a_way_learns_and_repeats(benchmark, way):
    setting = benchmark.replace(benchmark.WAYS[way], epochs=1, batch_size=2)
    question = benchmark.Run(way, 0, setting, "")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        first, again = (benchmark.measure(question, pictures=2) for _ in range(2))
    finally:
        torch.set_num_threads(threads)
    assert first.by_epoch == again.by_epoch == (first.score,)
    assert first.cpu_seconds > 0


def test_seeds_are_for_the_comparison_and_the_first_for_the_others(benchmark, quick, tmp_path, capsys):
    file = tmp_path / "figures.json"
    assert benchmark.main([*TINY, "--json", str(file)]) == 0
    compared = [run.way for run in quick if run.seed]
    assert compared == [way for way in benchmark.COMPARED for _seed in (1, 2)]
    assert "0.610 (0.600…0.620)" in capsys.readouterr().out
    asked = len(quick)
    assert benchmark.main([*TINY, "--json", str(file)]) == 0  # nothing is run anew
    assert len(quick) == asked
    rows = json.loads(file.read_text())["runs"]
    assert len(rows) == asked


def test_other_weights_are_measured_anew(benchmark, quick, tmp_path):
    file = tmp_path / "figures.json"
    how = [*TINY, "--ways", "scene", "--seeds", "0", "--json", str(file)]
    benchmark.main(how)
    record = json.loads(file.read_text())
    record["runs"][0]["weights"] = "others"
    file.write_text(json.dumps(record))
    benchmark.main(how)
    assert len(quick) == 2
