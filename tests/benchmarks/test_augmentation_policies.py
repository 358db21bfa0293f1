import json

import pytest
import torch

import vislearn as vl

TINY = ["--pictures", "20", "--epochs", "1"]


@pytest.fixture
def benchmark(script):
    return script("augmentation_policies")


def test_every_policy_learns_and_a_second_call_measures_nothing(benchmark, monkeypatch, tmp_path, capsys):
    file, threads = tmp_path / "figures.json", torch.get_num_threads()
    assert benchmark.main([*TINY, "--seeds", "0", "--json", str(file)]) == 0
    runs = json.loads(file.read_text(encoding="utf-8"))["runs"]
    asked = {(target, way) for target in benchmark.SETTINGS for way in benchmark.POLICIES}
    assert {(run["target"], run["way"]) for run in runs} == asked
    assert all(0 <= run[score] <= 1 for run in runs for score in ("train_accuracy", "accuracy"))
    assert torch.get_num_threads() == threads
    first = capsys.readouterr().out
    monkeypatch.setattr(benchmark, "learn", None)
    assert benchmark.main([*TINY, "--seeds", "0", "--json", str(file)]) == 0
    assert capsys.readouterr().out == first


def test_a_run_repeats_and_each_policy_changes_what_is_learned(benchmark):
    setting = benchmark.Setting(1, 0.01)

    def learned(way):
        torch.manual_seed(0)
        model = vl.models.SmallConvNet(10, in_channels=1, width=4)
        policy = benchmark.POLICIES[way]
        images, labels = benchmark.thinned(*benchmark.few("digits", 0), 20)
        mix = policy.batch(num_classes=10) if policy.batch else None
        benchmark.learn(model, images, labels, setting, picture=policy.picture, mix=mix)
        return tuple(next(model.parameters()).flatten().tolist())

    weights = {way: learned(way) for way in benchmark.POLICIES}
    assert learned("CutMix") == weights["CutMix"]
    assert len(set(weights.values())) == len(benchmark.POLICIES)


def test_few_pictures_are_as_many_of_each_class_and_others_with_another_seed(benchmark):
    images, labels = benchmark.few("materials", 0)
    assert images.shape == (160, 1, 32, 32)
    assert labels.bincount().tolist() == [10] * 16
    others, _labels = benchmark.few("materials", 1)
    assert not images.equal(others)
    assert not set(labels[:10].tolist()) - {0}


def test_pictures_to_try_the_script_come_from_all_classes(benchmark):
    images, labels = benchmark.thinned(*benchmark.few("digits", 0), 20)
    assert len(images) == 20
    assert set(labels.tolist()) == set(range(10))


def test_what_is_kept_with_the_course_are_all_policies_and_seeds_of_the_script(benchmark):
    record = vl.datasets.measurements("augmentation_policies")
    kept = {(run["target"], run["way"], run["seed"]) for run in record["runs"]}
    wanted = {
        (target, way, seed)
        for target in benchmark.SETTINGS
        for way in benchmark.POLICIES
        for seed in benchmark.SEEDS
    }
    assert kept == wanted
    assert len(record["runs"]) == len(wanted)
    settings = {run["target"]: benchmark.Setting(**run["setting"]) for run in record["runs"]}
    assert settings == benchmark.SETTINGS


def test_flips_cost_digits_more_than_chance_in_what_is_kept():
    """What lessons say about the table; it must be looked at anew if this ever changes."""
    runs = [
        run for run in vl.datasets.measurements("augmentation_policies")["runs"] if run["target"] == "digits"
    ]
    flipped, plain = ([run["accuracy"] for run in runs if run["way"] == way] for way in ("flips", "none"))
    assert max(flipped) < min(plain)
