import dataclasses
import json

import pytest


@pytest.fixture
def benchmark(script, monkeypatch):
    module = script("few_labels")
    short = {mode: dataclasses.replace(setting, steps=2) for mode, setting in module.SETTINGS.items()}
    monkeypatch.setattr(module, "SETTINGS", short)
    return module


@pytest.fixture
def quick(benchmark, monkeypatch):
    """Runs that answer at once, and a list of those that were asked for."""
    asked = []

    def measure(question):
        asked.append(question)
        return benchmark.Run(*question.question, accuracy=0.5 + question.seed / 100, seconds=1.0, trainable=7)

    monkeypatch.setattr(benchmark, "measure", measure)
    return asked


def test_few_draws_the_same_pictures_for_a_seed_and_as_many_of_each_class(benchmark):
    labels = benchmark.target("digits").labels
    first, again, other = (benchmark.few(labels, 3, seed) for seed in (0, 0, 1))
    assert labels[first].bincount().tolist() == [3] * 10
    assert first.tolist() == again.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("mode", "trainable"),
    [
        ("scratch", 1_228_970),
        ("fine-tuned", 1_228_970),
        ("frozen, last layer", 2570),
        ("frozen, middle layer", 650),
    ],
)
def test_each_mode_learns_what_it_should_and_repeats(benchmark, mode, trainable):
    question = benchmark.Run("digits", mode, 2, 0, benchmark.SETTINGS[mode], "")
    first, again = benchmark.measure(question), benchmark.measure(question)
    assert first.trainable == trainable
    assert first.accuracy == again.accuracy
    assert 0 <= first.accuracy <= 1


def test_table_and_json_hold_every_run(benchmark, quick, tmp_path, capsys):
    file = tmp_path / "few.json"
    assert benchmark.main(["--json", str(file), "--shots", "5", "--seeds", "0", "2"]) == 0
    record = json.loads(file.read_text(encoding="utf-8"))
    assert len(record["runs"]) == len(quick) == 2 * (5 + 4)
    table = capsys.readouterr().out
    assert "0.510 ± 0.014 (0.500…0.520)" in table
    assert len(table.splitlines()) == 1 + 5 + 4


@pytest.mark.parametrize(
    "changed",
    [
        set(),
        {"fine-tuned", "frozen, last layer", "frozen, middle layer"},
        {"scratch", "scratch, longer"},
    ],
    ids=["nothing", "other weights", "another network"],
)
def test_known_runs_are_kept_and_those_that_began_elsewhere_repeated(benchmark, quick, tmp_path, changed):
    file = tmp_path / "few.json"
    call = ["--json", str(file), "--shots", "5", "--seeds", "0"]
    benchmark.main(call)
    quick.clear()
    record = json.loads(file.read_text(encoding="utf-8"))
    for run in record["runs"]:
        run["weights"] = "of yesterday" if run["mode"] in changed else run["weights"]
    file.write_text(json.dumps(record), encoding="utf-8")
    benchmark.main(call)
    assert {run.mode for run in quick} == changed
    assert len(json.loads(file.read_text(encoding="utf-8"))["runs"]) == 9


def test_tuning_uses_seeds_that_judge_nothing(benchmark, quick):
    benchmark.main(["--tune", "--targets", "digits"])
    assert {run.seed for run in quick}.isdisjoint(benchmark.SEEDS)
    assert {run.target for run in quick} == {"digits"}
