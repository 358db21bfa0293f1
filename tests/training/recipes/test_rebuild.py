"""The whole way on a few tiny pictures: data, training, resumption, measurement, file, card."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.errors import InputError
from vislearn.models import SmallResNet, bundled
from vislearn.models.bundled import load_bundled
from vislearn.training import ClassificationTask, evaluate
from vislearn.training.in_memory.pictures import Batches, read_tree
from vislearn.training.recipes import Options, rebuild
from vislearn.training.recipes.plans import PLANS


@pytest.fixture
def tree(tmp_path):
    """Dark and light noise, told apart at a glance."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 8), ("test", 4)):
        for number, name in enumerate(("dark", "light")):
            (tmp_path / "tree" / split / name).mkdir(parents=True)
            for index in range(count):
                pixels = rng.integers(0, 100, (32, 32, 3), dtype=np.uint8) + np.uint8(120 * number)
                Image.fromarray(pixels).save(tmp_path / "tree" / split / name / f"{index}.png")
    return tmp_path / "tree"


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    """A recipe that takes a second: four epochs, and two branches of two."""
    plan = replace(
        PLANS["photo"], batch_size=8, width=4, epochs=4, averaged_epochs=2, max_lr=0.05
    )  # and 2 branches
    monkeypatch.setitem(PLANS, "photo", plan)
    monkeypatch.setenv("VISLEARN_DATA", str(tmp_path / "data"))


def test_it_trains_measures_and_writes(tree, tmp_path):
    said = []
    card = rebuild("photo", Options(tree, "noise"), said.append)
    weights = tmp_path / "data" / "weights"
    assert sorted(path.name for path in weights.iterdir()) == ["photo.json", "photo.safetensors"]
    assert card == bundled.bundled_card("photo")
    assert card.classes == ("dark", "light")
    assert card.data == "noise: 16 pictures to learn from, 8 to measure with"
    assert "SmallResNet of width 4, 4 epochs" in card.recipe
    assert (card.size, card.seed, card.epochs) == (32, 0, 8)
    assert card.seconds > 0
    assert card.versions["torch"] == torch.__version__
    assert said[0] == "Reading the pictures ..."
    assert [line[:12] for line in said[1:]] == [f"Epoch {number} of 8" for number in range(1, 9)]


def test_the_scores_are_those_of_the_file(tree):
    card = rebuild("photo", Options(tree), lambda line: None)
    test = Batches(read_tree(tree / "test", 32), 3)
    scores = evaluate(load_bundled("photo"), ClassificationTask(), test)
    assert card.scores["accuracy"] == pytest.approx(scores["accuracy"])
    assert card.scores["loss"] == pytest.approx(scores["loss"], abs=2e-4)
    assert card.data.startswith("a folder of its owner's")


def test_the_seed_decides(tree, tmp_path):
    def weights(seed, folder):
        rebuild("photo", Options(tree, epochs=1, seed=seed, folder=tmp_path / folder), lambda line: None)
        return (tmp_path / folder / "photo.safetensors").read_bytes()

    assert weights(0, "a") == weights(0, "b")
    assert weights(0, "a") != weights(1, "c")


@pytest.mark.parametrize(
    ("epoch", "said_again"), [(2, range(2, 9)), (4, range(4, 9)), (5, range(4, 9)), (7, [4, 6, 7, 8])]
)
def test_killed_it_goes_on_and_ends_the_same(tree, tmp_path, epoch, said_again):
    def killed(line):
        if line.startswith(f"Epoch {epoch}"):
            raise KeyboardInterrupt

    whole = rebuild("photo", Options(tree, folder=tmp_path / "whole"), lambda line: None)
    with pytest.raises(KeyboardInterrupt):
        rebuild("photo", Options(tree, folder=tmp_path / "parts"), killed)
    assert not (tmp_path / "parts" / "photo.safetensors").exists()
    said = []
    parts = rebuild("photo", Options(tree, folder=tmp_path / "parts"), said.append)
    assert parts.sha256 == whole.sha256
    assert parts.epochs == 8
    assert [line[:7] for line in said[1:]] == [f"Epoch {number}" for number in said_again]


@pytest.mark.parametrize("precision", ["bf16", "float32"])
def test_the_precision_is_as_asked_for(tree, monkeypatch, precision):
    seen = []
    forward = SmallResNet.forward
    monkeypatch.setattr(
        SmallResNet, "forward", lambda self, images: seen.append(forward(self, images)) or seen[-1]
    )
    card = rebuild("photo", Options(tree, epochs=1, precision=precision), lambda line: None)
    expected = torch.bfloat16 if precision == "bf16" else torch.float32
    assert [scores.dtype for scores in seen] == [expected, expected, torch.float32]  # measured in 32 bits
    assert card.machine.endswith(precision)


def test_threads_are_put_back(tree):
    before = torch.get_num_threads()
    rebuild("photo", Options(tree, epochs=1, threads=2 if before == 1 else 1), lambda line: None)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("foto", Options(), "name must be one of 'photo', 'scene', got 'foto'"),
        ("photo", Options(precision="fp8"), "precision must be one of 'bf16', 'float32', got 'fp8'"),
        ("photo", Options(epochs=0), "epochs must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_is_refused(name, options, said):
    with pytest.raises(InputError, match=said):
        rebuild(name, options, lambda line: None)


def test_train_and_test_must_know_the_same_classes(tree):
    (tree / "test" / "light").rename(tree / "test" / "bright")
    with pytest.raises(InputError, match=r"must hold the classes of train \(dark, light\), got bright, dark"):
        rebuild("photo", Options(tree), lambda line: None)
