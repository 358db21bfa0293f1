import json

WAY = "vislearn train --epochs 2"


def test_without_fastai_vislearn_is_measured_and_it_is_said(script, folder, tmp_path, capsys, monkeypatch):
    benchmark = script("train_command")
    monkeypatch.setattr(benchmark, "find_spec", lambda name: None)
    file = tmp_path / "figures.json"
    words = [
        "--backbone",
        "photo",
        "--image_size",
        "32",
        "--heads",
        "2",
        "--tuned",
        "--repeats",
        "2",
        "--threads",
        "1",
    ]
    assert benchmark.main([*words, "--data_root", str(folder), "--json", str(file)]) == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    assert [(run["way"], run["seed"]) for run in record["runs"]] == [(WAY, 0), (WAY, 1)]
    assert all(0 <= run["accuracy"] <= 1 and run["seconds"] > 0 for run in record["runs"])
    assert benchmark.MISSING in capsys.readouterr().out
    monkeypatch.setattr(benchmark, "of_vislearn", lambda seed, **_: seed / 4)
    assert benchmark.main([*words, "--repeats", "3", "--data_root", str(folder), "--json", str(file)]) == 0
    again = json.loads(file.read_text(encoding="utf-8"))["runs"]
    assert again[:2] == record["runs"]  # what was measured stays
    assert (again[2]["seed"], again[2]["accuracy"]) == (2, 0.5)


def test_time_is_compared_at_equal_accuracy(script):
    benchmark = script("train_command")
    ours = [benchmark.Run(WAY, seed, accuracy, 10, 8) for seed, accuracy in enumerate([0.6, 0.7, 0.9])]
    tuned = benchmark.Run("vislearn train --unfreeze_backbone --epochs 5", 0, 0.8, 60, 50)
    theirs = [
        benchmark.Run("short", 0, 0.7, 40, 16),
        benchmark.Run("long", 0, 0.75, 120, 100),
        benchmark.Run("best", 0, 0.81, 200, 160),
    ]
    short, long, best = benchmark.at_equal_accuracy([*ours, tuned, *theirs])
    assert short == f"short (0.700): {WAY} is as accurate (0.700) in 0.25 of the time, 0.50 of the CPU's."
    assert long.startswith(
        "long (0.750): vislearn train --unfreeze_backbone --epochs 5 is as accurate (0.800)"
    )
    assert long.endswith("in 0.50 of the time, 0.50 of the CPU's.")
    assert best == "best (0.810): no budget of vislearn's is as accurate."
