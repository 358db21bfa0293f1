import json

import pytest
import torch

import vislearn as vl

TINY = ["--epochs", "2", "--seeds", "0"]


@pytest.fixture
def benchmark(script):
    return script("overfitting")


def test_every_way_learns_and_a_second_call_measures_nothing(benchmark, monkeypatch, tmp_path, capsys):
    file, threads = tmp_path / "figures.json", torch.get_num_threads()
    assert benchmark.main([*TINY, "--json", str(file)]) == 0
    runs = json.loads(file.read_text(encoding="utf-8"))["runs"]
    assert [run["way"] for run in runs] == list(benchmark.WAYS)
    assert all(0 <= run[score] <= 1 for run in runs for score in ("accuracy", "ece"))
    assert (
        len({run["loss"] for run in runs}) >= len(runs) - 2
    )  # nothing, and what is chosen after it, may agree
    assert torch.get_num_threads() == threads
    first = capsys.readouterr().out
    monkeypatch.setattr(benchmark, "learned", None)
    assert benchmark.main([*TINY, "--json", str(file)]) == 0
    assert capsys.readouterr().out == first


def test_five_pictures_of_each_digit_and_a_hundred_that_choose(benchmark):
    images, labels = benchmark.few(0)
    assert images.shape == (50, 1, 16, 16)
    assert labels.bincount().tolist() == [5] * 10
    assert not images.equal(benchmark.few(1)[0])
    assert int(benchmark.choosing().sum()) == 100


def test_a_bin_says_how_sure_and_how_right(benchmark):
    logits = torch.tensor([[0.0, 0.0], [0.0, 8.0], [8.0, 0.0]])
    bins = benchmark.reliability(logits, torch.tensor([0, 1, 1]))
    assert bins[5] == (1, 0.5, 1.0)
    assert bins[9][0] == 2
    assert bins[9][1] == pytest.approx(0.99966, abs=1e-4)
    assert bins[9][2] == 0.5
    assert sum(many for many, _sure, _right in bins) == 3


def test_a_temperature_cools_what_is_too_sure(benchmark):
    logits = torch.tensor([[9.0, 0.0], [9.0, 0.0], [9.0, 0.0], [9.0, 0.0]])
    assert benchmark.temperature(logits, torch.tensor([0, 0, 0, 1])) == pytest.approx(
        8.2
    )  # e^(9/8.2) is 3 to 1


def test_what_is_kept_with_the_course_and_what_the_lesson_says_of_it(benchmark):
    runs = vl.datasets.measurements("overfitting")["runs"]
    wanted = {(way, seed, benchmark.EPOCHS) for way in benchmark.WAYS for seed in benchmark.SEEDS}
    assert {(run["way"], run["seed"], run["epochs"]) for run in runs} == wanted
    assert len(runs) == len(wanted)

    def gains(way, score):
        base = {run["seed"]: run[score] for run in runs if run["way"] == "nothing"}
        return [run[score] - base[run["seed"]] for run in runs if run["way"] == way]

    assert min(gains("augmentation", "accuracy")) > 0
    assert min(gains("label smoothing .1", "accuracy")) > 0
    assert min(gains("label smoothing .1", "ece")) > 0  # it becomes too modest
    assert max(gains("temperature after", "ece")) < 0
    assert gains("temperature after", "accuracy") == [0] * 5
    nothing = [run["losses"] for run in runs if run["way"] == "nothing"]
    assert all(losses[-1] > 1.1 * min(losses) for losses in nothing)
