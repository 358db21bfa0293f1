import pytest

from vislearn.datasets import measurements
from vislearn.errors import InputError
from vislearn.models import card


def test_every_target_and_mode_was_measured_at_every_number_of_shots_with_five_seeds():
    runs = measurements("few_labels")["runs"]
    counts = {}
    for run in runs:
        key = run["target"], run["mode"], run["shots"]
        counts[key] = counts.get(key, 0) + 1
    targets, modes, shots = (set(part) for part in zip(*counts, strict=True))
    assert (targets, shots) == ({"materials", "digits"}, {5, 10, 20})
    assert modes == {"scratch", "scratch, longer", "frozen, last layer", "frozen, middle layer", "fine-tuned"}
    missing = {(target, mode) for target in targets for mode in modes} - {key[:2] for key in counts}
    assert missing == {("digits", "scratch, longer")}
    assert set(counts.values()) == {5}
    assert len(counts) == 3 * 9
    assert all(0 < run["accuracy"] <= 1 for run in runs)


def test_settings_were_chosen_on_seeds_of_their_own():
    judged = {run["seed"] for run in measurements("few_labels")["runs"]}
    tuned = {run["seed"] for run in measurements("few_labels_tuning")["runs"]}
    assert not judged & tuned


def test_a_detector_was_trained_with_three_seeds_from_the_backbone_and_from_scratch():
    runs = measurements("detection_training")["runs"]
    seeds = {}
    for run in runs:
        seeds.setdefault(run["way"], []).append(run["seed"])
        assert 0 < run["map"] < run["map50"] < 1
        assert len(run["map50_by_epoch"]) == len(run["map_by_epoch"]) == run["setting"]["epochs"]
    assert {way: sorted(seeds[way]) for way in ("scene", "scratch")} == {
        "scene": [0, 1, 2],
        "scratch": [0, 1, 2],
    }
    assert len({run["setting"]["epochs"] for run in runs}) == 1
    assert len({(run["way"], run["seed"]) for run in runs}) == len(runs)


@pytest.mark.parametrize(
    ("name", "backbone", "scratch"),
    [
        ("few_labels", "photo", "SmallResNet"),
        ("few_labels_tuning", "photo", "SmallResNet"),
        ("detection_training", "scene", "SmallResNet"),
        ("segmentation_training", "scene", "SmallResNet"),
    ],
)
def test_the_weights_are_those_of_today(name, backbone, scratch):
    record = measurements(name)
    assert {run["weights"] for run in record["runs"]} == {scratch, record["weights"]}
    assert record["weights"] == card(backbone).sha256, f"{backbone} was trained anew: measure {name} again"


def test_what_was_never_measured_is_refused():
    with pytest.raises(InputError, match="few_labels"):
        measurements("few_label")


def test_choices_of_training_were_compared_on_five_seeds_that_chose_no_rate():
    runs = measurements("training_choices")["runs"]
    compared = {}
    for run in runs:
        if not run["tuning"]:
            compared.setdefault((run["experiment"], run["way"]), []).append(run["seed"])
        assert len(run["val_loss"]) == len(run["accuracy"]) > 1
    assert {tuple(sorted(seeds)) for seeds in compared.values()} == {(0, 1, 2, 3, 4)}
    assert len(compared) == 6 + 2 + 4 + 3
    assert {run["seed"] for run in runs if run["tuning"]} == {100, 101, 102}
