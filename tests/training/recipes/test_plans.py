import numpy as np
import pytest
from PIL import Image

from vislearn.errors import InputError
from vislearn.training.recipes import plans
from vislearn.training.recipes.plans import PLANS


def test_the_scene_s_digits_are_the_first_five_and_the_splits_differ(monkeypatch):
    monkeypatch.setattr(plans, "_SCENE_COUNTS", {"train": 30, "val": 20})
    train, val = PLANS["scene"].load(PLANS["scene"], None)
    assert train.classes == val.classes == ("0", "1", "2", "3", "4")
    assert (len(train), len(val)) == (30, 20)
    assert set(train.labels.tolist()) | set(val.labels.tolist()) <= set(range(5))
    assert train.pixels.shape[1:] == (3, 48, 48)
    assert not np.array_equal(train.pixels[:20], val.pixels)


def test_the_scene_draws_its_own_pictures(tmp_path):
    with pytest.raises(InputError, match="--images goes with 'photo' only"):
        PLANS["scene"].load(PLANS["scene"], tmp_path)


def test_photo_reads_a_tree_or_asks_for_cifar10(tmp_path, monkeypatch):
    for split, value in (("train", 10), ("test", 20)):
        for name in ("cat", "dog"):
            (tmp_path / split / name).mkdir(parents=True)
            Image.new("RGB", (32, 32), (value,) * 3).save(tmp_path / split / name / "0.png")
    train, test = PLANS["photo"].load(PLANS["photo"], tmp_path)
    assert (train.pixels.unique().tolist(), test.pixels.unique().tolist()) == ([10], [20])

    def published(split):
        return np.full((2, 3, 32, 32), len(split), dtype=np.uint8), np.array([0, 1]), ["ship", "frog"]

    monkeypatch.setattr("vislearn.datasets.downloads.cifar10", published)
    train, test = PLANS["photo"].load(PLANS["photo"], None)
    assert train.classes == ("ship", "frog")
    assert (train.pixels.unique().tolist(), test.pixels.unique().tolist()) == ([5], [4])


def test_digits_are_never_mirrored_and_photographs_are():
    assert {name: plan.mirror for name, plan in PLANS.items()} == {"photo": True, "scene": False}


def test_a_shorter_training_averages_fewer_epochs():
    photo, scene = PLANS["photo"], PLANS["scene"]
    assert [photo.averaged(epochs) for epochs in (1, 85, 170)] == [0, 10, 20]
    assert scene.averaged(scene.epochs) == 0
    assert "85 epochs" in photo.words(85)
    assert "then 2 branches of 10 epochs each at the constant rate 0.024" in photo.words(85)
    assert "constant rate" not in photo.words(1) + scene.words(8)


def test_the_card_tells_of_mixed_pictures_where_there_are_any():
    assert PLANS["photo"].variation.mixed_share == 0.5
    assert "CutMix on 50% of the pictures" in PLANS["photo"].words(10)
    assert "CutMix" not in PLANS["scene"].words(8)
