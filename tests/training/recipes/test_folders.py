import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader

from vislearn.datasets import image_folder
from vislearn.errors import FileError, InputError
from vislearn.models import classifier
from vislearn.training import Choice, FolderOptions, load_model, save_outcome, train_folder
from vislearn.training.in_memory import features
from vislearn.training.recipes import folders

QUICK = FolderOptions(batch_size=4, epochs=3, lr=0.01)


def silent(line):
    pass


@pytest.fixture
def tree(tmp_path):
    """Six dark and six light pictures to learn from, two of each to judge by."""
    rng = np.random.default_rng(0)
    for split, count in (("train", 6), ("val", 2)):
        for name, base in (("dark", 20), ("light", 200)):
            folder = tmp_path / "tree" / split / name
            folder.mkdir(parents=True)
            for index in range(count):
                pixels = rng.integers(base - 20, base + 20, (32, 32, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{index}.png")
    return tmp_path / "tree"


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("photo", "frozen", Choice("photo", "frozen")),
        ("photo", "finetune", Choice("photo", "finetune")),
        ("resnet18:scratch", "frozen", Choice("resnet18", "scratch")),
    ],
)
def test_a_choice_is_a_name_or_a_name_with_its_mode(text, default, expected):
    assert Choice.parse(text, default) == expected
    assert Choice.parse(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "backbone must be"), ("phot", "Near it: photo"), ("photo:frosen", "mode must be one of .*frozen")],
)
def test_a_choice_that_can_not_be_is_named(text, sentence):
    with pytest.raises(InputError, match=sentence):
        Choice.parse(text)


def test_a_frozen_backbone_sees_every_picture_once(tree, monkeypatch):
    seen = []
    real = features.head_inputs
    monkeypatch.setattr(
        features, "head_inputs", lambda model, images: seen.append(len(images)) or real(model, images)
    )
    outcome = train_folder(tree, Choice("photo"), QUICK, say=silent)
    assert sum(seen) == 12 + 4
    assert len(outcome.history) == 3
    assert outcome.trainable == 256 * 2 + 2


def test_with_augmentation_there_are_no_features_to_keep(tree, monkeypatch):
    monkeypatch.setattr(folders, "features_once", lambda *_: pytest.fail("features were computed once"))
    outcome = train_folder(tree, Choice("photo"), FolderOptions(4, epochs=1, augment=True), say=silent)
    assert outcome.report.counts.sum() == 4


def test_features_computed_once_train_the_same_head_as_pictures_do(tree, monkeypatch):
    once = train_folder(tree, Choice("photo"), QUICK, say=silent)
    monkeypatch.setattr(folders, "features_once", lambda model, loader: loader.dataset)
    monkeypatch.setattr(folders, "head_alone", lambda model: model)
    every_time = train_folder(tree, Choice("photo"), QUICK, say=silent)
    torch.testing.assert_close(once.model.fc.weight, every_time.model.fc.weight, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("mode", ["frozen", "finetune", "scratch"])
def test_only_what_shall_learn_has_learned(tree, mode):
    outcome = train_folder(tree, Choice("photo", mode), QUICK, say=silent)
    before, after = classifier("photo", 2).conv1.weight, outcome.model.conv1.weight
    assert torch.equal(before, after) == (mode == "frozen")
    assert outcome.history["train_loss"][-1] < outcome.history["train_loss"][0]


def test_the_same_seed_gives_the_same_classifier(tree):
    def weights(seed):
        options = FolderOptions(batch_size=4, epochs=1, seed=seed)
        return train_folder(tree, Choice("photo", "scratch"), options, say=silent).model.fc.weight

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


def test_a_saved_classifier_answers_as_it_did(tree, tmp_path):
    outcome = train_folder(tree, Choice("photo"), QUICK, say=silent)
    saved = load_model(save_outcome(tmp_path / "runs" / "c.pt", outcome), classifier)
    assert saved.classes == ["dark", "light"]
    assert (saved.seed, saved.scores) == (0, {"val_accuracy": outcome.report.accuracy})
    images, _labels = next(iter(DataLoader(image_folder(tree / "val", saved.transform), 4)))
    with torch.inference_mode():
        torch.testing.assert_close(saved.model(images), outcome.model.cpu()(images))


def test_folders_that_are_not_there_are_asked_for(tmp_path):
    (tmp_path / "train" / "cat").mkdir(parents=True)
    with pytest.raises(FileError, match=r"val: is not there|val is not there"):
        train_folder(tmp_path, Choice("photo"), say=silent)


def test_other_classes_in_val_are_named(tree):
    (tree / "val" / "light").rename(tree / "val" / "bright")
    with pytest.raises(
        InputError, match=r"class folders of train \(dark, light\), got a difference in bright, light"
    ):
        train_folder(tree, Choice("photo"), say=silent)


def test_a_wrong_number_of_classes_is_corrected(tree):
    with pytest.raises(InputError, match=r"num_classes must be 2, .* got 3\. Leave it out"):
        train_folder(tree, Choice("photo"), FolderOptions(num_classes=3), say=silent)
