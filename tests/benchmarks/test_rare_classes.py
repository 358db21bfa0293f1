import json

import pytest
import torch

import vislearn as vl

TINY = ["--pictures", "12", "--steps", "2", "--seeds", "0"]


@pytest.fixture
def benchmark(script):
    return script("rare_classes")


def test_every_way_learns_and_a_second_call_measures_nothing(benchmark, monkeypatch, tmp_path, capsys):
    file, threads = tmp_path / "figures.json", torch.get_num_threads()
    assert benchmark.main([*TINY, "--json", str(file)]) == 0
    runs = json.loads(file.read_text(encoding="utf-8"))["runs"]
    asked = {(ratio, way) for ratio in benchmark.RATIOS for way in benchmark.WAYS}
    asked |= {(100, way) for way in benchmark.MOVED}
    assert {(run["ratio"], run["way"]) for run in runs} == asked
    assert all(0 <= run[score] <= 1 for run in runs for score in ("macro_f1", "accuracy"))
    assert torch.get_num_threads() == threads
    first = capsys.readouterr().out
    monkeypatch.setattr(benchmark, "learn", None)
    assert benchmark.main([*TINY, "--json", str(file)]) == 0
    assert capsys.readouterr().out == first


def test_each_digit_of_a_tail_is_rarer_than_the_one_before(benchmark):
    known = benchmark.tail(100, 0)
    assert known.counts.tolist() == [140, 84, 50, 30, 18, 11, 6, 4, 2, 1]
    assert known.labels.bincount().tolist() == known.counts.tolist()
    assert benchmark.tail(1, 0).counts.tolist() == [140] * 10
    assert not known.images.equal(benchmark.tail(100, 1).images)


def test_each_way_changes_what_is_learned(benchmark):
    known = benchmark.tail(100, 0, 20)

    def learned(way):
        torch.manual_seed(0)
        model = benchmark.network(4)
        if way.bias is not None:
            torch.nn.init.constant_(model[-1].bias, way.bias)
        benchmark.learn(model, known, way, 6)
        return tuple(model[-1].bias.tolist())

    ways = {name: way for name, way in (benchmark.WAYS | benchmark.MOVED).items() if not way.after}
    weights = {name: learned(way) for name, way in ways.items()}
    assert len(set(weights.values())) == len(ways)


def test_what_is_kept_with_the_course_are_all_runs_of_the_script(benchmark):
    kept = vl.datasets.measurements("rare_classes")["runs"]
    wanted = {
        run.question for run in benchmark.questions(benchmark.WAYS | benchmark.MOVED, benchmark.SEEDS, None)
    }
    assert {(run["ratio"], run["way"], run["steps"], run["seed"]) for run in kept} == wanted
    assert len(kept) == len(wanted)


def scores(way, steps):
    runs = vl.datasets.measurements("rare_classes")["runs"]
    return [run["macro_f1"] for run in runs if (run["ratio"], run["way"], run["steps"]) == (100, way, steps)]


def test_what_the_lesson_says_of_the_table():
    """It must be looked at anew if this ever changes."""
    subtracted, nothing = "log-prior subtracted after", "nothing"
    assert max(scores("sigmoid focal", 100)) < min(scores(nothing, 100))
    assert min(scores(subtracted, 100)) > max(scores(nothing, 100))
    means = {way: sum(scores(way, 900)) / 5 for way in (nothing, "weights", "sampler", "focal", subtracted)}
    assert max(means["weights"], means["sampler"], means["focal"]) < means[nothing] + 0.03
    assert means[subtracted] > means[nothing] + 0.07
