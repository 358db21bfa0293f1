import json

import pytest


@pytest.fixture
def benchmark(script):
    return script("training_choices")


@pytest.fixture
def quick(benchmark, monkeypatch):
    """Runs that answer at once, and a list of those that were asked for."""
    asked = []

    def measure(question):
        asked.append(question)
        scores = (0.5, 0.9 - abs(question.lr - 0.03) / 20)
        return benchmark.replace(question, val_loss=(2.0, 1.0), accuracy=scores)

    monkeypatch.setattr(benchmark, "measure", measure)
    few = {"optimizers": (["SGD", "AdamW"], (0.03, 0.1)), "softmax": (["logits"], (0.03, 0.1))}
    monkeypatch.setattr(benchmark, "TUNED", few)
    return asked


@pytest.mark.parametrize(
    ("experiment", "way", "epochs"),
    [
        ("optimizers", "momentum, no BatchNorm", 3),
        ("softmax", "softmax first", 3),
        ("schedules", "OneCycle", 6),
        ("interruption", "weights only, same schedule anew", 2),
    ],
)
def test_each_experiment_trains_is_judged_and_repeats(benchmark, monkeypatch, experiment, way, epochs):
    few = benchmark.TensorDataset(*benchmark.digits("val")[:70])
    monkeypatch.setattr(benchmark, "digits", lambda split: few)
    question = benchmark.Run(experiment, way, 0.1, 0)
    first, again = benchmark.measure(question), benchmark.measure(question)
    assert first == again
    assert len(first.val_loss) == len(first.accuracy) == epochs
    assert all(0 <= share <= 1 for share in first.accuracy)


def test_the_best_rate_is_that_of_the_highest_mean_over_the_seeds_for_tuning(benchmark):
    runs = [
        benchmark.Run("optimizers", "SGD", lr, seed, tuning, accuracy=(0.0, accuracy))
        for lr, seed, tuning, accuracy in [
            (0.1, 100, True, 0.5),
            (0.1, 101, True, 0.9),
            (0.3, 100, True, 0.8),
            (0.3, 101, True, 0.8),
            (0.1, 0, False, 1.0),
        ]
    ]
    assert benchmark.best_rate(runs, "optimizers", "SGD") == 0.3


def test_what_is_compared_has_the_rates_that_were_chosen_and_seeds_of_its_own(benchmark, quick, capsys):
    assert benchmark.main([]) == 0
    compared = [run for run in quick if not run.tuning]
    assert {run.seed for run in compared} == set(benchmark.SEEDS)
    assert not {run.seed for run in compared} & {run.seed for run in quick if run.tuning}
    assert {run.lr for run in compared if run.experiment in benchmark.TUNED} == {0.03}
    assert "optimizers   AdamW" in capsys.readouterr().out


def test_an_interrupted_benchmark_goes_on(benchmark, quick, tmp_path):
    file = tmp_path / "choices.json"
    benchmark.main(["--json", str(file)])
    asked = len(quick)
    record = json.loads(file.read_text(encoding="utf-8"))
    assert len(record["runs"]) == asked
    del record["runs"][-3:]
    file.write_text(json.dumps(record), encoding="utf-8")
    benchmark.main(["--json", str(file)])
    assert len(quick) == asked + 3
