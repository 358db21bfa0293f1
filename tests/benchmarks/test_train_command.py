import json


def test_without_fastai_vislearn_is_measured_and_it_is_said(script, folder, tmp_path, capsys, monkeypatch):
    benchmark = script("train_command")
    monkeypatch.setattr(benchmark, "find_spec", lambda name: None)
    file = tmp_path / "figures.json"
    words = ["--backbone", "photo", "--image_size", "32", "--epochs", "2", "--repeats", "2", "--threads", "1"]
    assert benchmark.main([*words, "--data_root", str(folder), "--json", str(file)]) == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    assert [(run["way"], run["seed"]) for run in record["runs"]] == [("vislearn", 0), ("vislearn", 1)]
    assert all(0 <= run["accuracy"] <= 1 and run["seconds"] > 0 for run in record["runs"])
    assert benchmark.MISSING in capsys.readouterr().out
    monkeypatch.setattr(benchmark, "of_vislearn", lambda seed, **_: seed / 4)
    assert benchmark.main([*words, "--repeats", "3", "--data_root", str(folder), "--json", str(file)]) == 0
    again = json.loads(file.read_text(encoding="utf-8"))["runs"]
    assert again[:2] == record["runs"]  # what was measured stays
    assert (again[2]["seed"], again[2]["accuracy"]) == (2, 0.5)


def test_time_is_compared_at_equal_accuracy(script):
    benchmark = script("train_command")
    ours = [benchmark.Run("vislearn", seed, accuracy, 10, 8) for seed, accuracy in enumerate([0.6, 0.7, 0.9])]
    short, right = benchmark.Run("short", 0, 0.69, 5, 4), benchmark.Run("right", 0, 0.7, 40, 16)
    long = benchmark.Run("long", 0, 0.8, 80, 40)
    said = benchmark.equal_accuracy([*ours, short, right, long])
    assert said.startswith("right is the cheapest that is as accurate (0.700 against 0.700)")
    assert said.endswith("vislearn takes 0.25 of its time, 0.50 of its CPU's.")
    assert "None of fastai's budgets" in benchmark.equal_accuracy([*ours, short])
