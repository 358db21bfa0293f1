import shutil
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, WeightedRandomSampler

from vislearn.datasets import image_folder
from vislearn.errors import InputError
from vislearn.models import classifier
from vislearn.training import Choice, FolderOptions, load_model, save_outcome, train_folder
from vislearn.training.history import History
from vislearn.training.in_memory import features
from vislearn.training.recipes import folders


@pytest.fixture(autouse=True)
def _english(monkeypatch):
    monkeypatch.setenv("VISLEARN_LANGUAGE", "en")


QUICK = FolderOptions(batch_size=4, epochs=3, lr=0.01)


def silent(line):
    pass


@pytest.fixture
def tree(tmp_path, noise_tree):
    """Six dark and six light pictures to learn from, two of each to judge by."""
    return noise_tree(tmp_path / "tree", {"dark": 20, "light": 200}, spread=20, train=6, val=2)


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


@pytest.fixture
def fits(monkeypatch):
    """What every call of ``fit`` was given: weights as it began, task, loader, and how many epochs."""
    calls, real = [], folders.fit

    def watching(learner, task, loader, **named):
        weights = {name: weight.clone() for name, weight in learner.state_dict().items()}
        calls.append((weights, task, loader, named["epochs"]))
        return real(learner, task, loader, **named)

    monkeypatch.setattr(folders, "fit", watching)
    return calls


def test_a_new_head_learns_alone_before_the_backbone_does(tree, fits):
    lines = []
    train_folder(tree, Choice("photo", "finetune"), QUICK, say=lines.append)
    (head, _task, features, head_epochs), (whole, _task, _pictures, epochs) = fits
    assert (set(head), len(features.dataset), head_epochs, epochs) == ({"weight", "bias"}, 12, 10, 3)
    assert torch.equal(whole["conv1.weight"].cpu(), classifier("photo", 2).conv1.weight)
    assert not torch.equal(whole["fc.weight"], head["weight"])
    assert "photo:finetune: the new head learns first, 10 epochs on 12 pictures' features ..." in lines


@pytest.mark.parametrize("balance", ["weights", "sampler"])
def test_a_head_that_learns_first_is_balanced_as_the_whole_is(tree, fits, balance):
    options = FolderOptions(batch_size=4, epochs=1, balance=balance)
    train_folder(tree, Choice("photo", "finetune"), options, say=silent)
    kinds = [
        (task.class_weights is not None, isinstance(loader.sampler, WeightedRandomSampler))
        for _weights, task, loader, _epochs in fits
    ]
    assert kinds == [(balance == "weights", balance == "sampler")] * 2


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


@pytest.mark.parametrize("balance", ["weights", "sampler", "adjust"])
def test_a_rare_class_is_answered_more_often_when_balanced(tree, balance):
    """Ten times as many dark pictures, and too short a training to tell them from the others."""
    for index in range(60):
        shutil.copy(tree / "train" / "dark" / "0.png", tree / "train" / "dark" / f"copy{index}.png")

    def share(balance):
        options = FolderOptions(batch_size=8, epochs=1, lr=1e-4, balance=balance)
        judged = train_folder(tree, Choice("photo"), options, say=silent).judged
        return judged.probabilities[:, 1].mean()

    assert share(balance) > share(None)


def test_pictures_of_another_size_are_prepared_so_and_the_file_says_it(tree, tmp_path):
    options = FolderOptions(batch_size=4, epochs=1, image_size=40)
    outcome = train_folder(tree, Choice("photo"), options, say=silent)
    saved = load_model(save_outcome(tmp_path / "c.pt", outcome), classifier)
    assert saved.prepared(Image.new("RGB", (90, 60))).shape == (3, 40, 40)


def test_a_size_that_the_network_can_not_take_is_one_sentence(tree):
    options = FolderOptions(batch_size=4, epochs=1, image_size=16)
    with pytest.raises(
        InputError, match=r"image_size must be one that the network takes .* got 16×16 pixels"
    ):
        train_folder(tree, Choice("alexnet", "scratch"), options, say=silent)


def test_patience_ends_early_with_the_best_epochs_weights(tree):
    options = FolderOptions(batch_size=4, epochs=40, lr=1.0, patience=2)
    outcome = train_folder(tree, Choice("photo"), options, say=silent)
    assert len(outcome.history) == outcome.history.best_epoch + 3
    assert outcome.judged.loss == pytest.approx(min(outcome.history["val_loss"]), rel=1e-4)


def test_epochs_are_lines_where_there_is_no_terminal(tree, monkeypatch):
    monkeypatch.setattr(folders, "_QUIET", 0.0)
    lines = []
    train_folder(tree, Choice("photo"), QUICK, say=lines.append)
    assert [line.partition(":")[0] for line in lines if "Epoch" in line] == [
        f"Epoch {number} of 3" for number in (1, 2, 3)
    ]


def test_lines_of_quick_epochs_are_few(tree):
    lines = []
    train_folder(tree, Choice("photo"), QUICK, say=lines.append)
    assert [line.partition(":")[0] for line in lines if "Epoch" in line] == ["Epoch 1 of 3", "Epoch 3 of 3"]


class Passed(Exception):
    """Nothing is learned: what would be is known by now."""


@pytest.mark.parametrize(
    ("mode", "augment", "kept", "rates", "as_pictures", "every"),
    [
        ("frozen", False, True, {0.01}, False, None),  # an epoch on features takes a second
        ("frozen", True, True, {0.01}, True, 100),
        ("frozen", True, False, {0.01}, True, None),
        ("finetune", False, True, {0.01, 0.003}, True, 100),  # the backbone more slowly
        ("scratch", False, True, {0.01}, True, 100),
    ],
)
def test_what_fit_is_asked_for(tree, tmp_path, monkeypatch, mode, augment, kept, rates, as_pictures, every):
    asked = []

    def note(_learner, _task, _loader, **named):
        asked.append(named)
        if "val_loader" in named:
            raise Passed

    monkeypatch.setattr(folders, "fit", note)
    monkeypatch.setattr(folders, "_require_size", lambda *_model_and_pictures: None)
    sets = folders.open_sets(tree)
    options = FolderOptions(batch_size=5, epochs=3, lr=0.01, patience=7, augment=augment, audit=False)
    place = tmp_path / "a.pt" if kept else None
    with pytest.raises(Passed):
        folders.train_on(sets, Choice("photo", mode), options, silent, checkpoint=place)
    if mode == "finetune":
        head = asked.pop(0)
        assert (head["epochs"], head["progress"], head["audit"]) == (10, False, False)
        assert head["scheduler"].total_steps == 30  # ten epochs of three batches
    (whole,) = asked
    names = ("epochs", "channels_last", "patience", "checkpoint", "checkpoint_every", "audit")
    assert [whole[name] for name in names] == [3, as_pictures, 7, place, every, False]
    assert whole["scheduler"].total_steps == 9
    groups = whole["optimizer"].param_groups
    assert {round(group["max_lr"], 6) for group in groups} == rates
    assert {group["weight_decay"] for group in groups} == {0.0, 1e-4}
    assert [len(batch[1]) for batch in whole["val_loader"]] == [4]


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, [1, 6]), (4.9, [1, 3, 5, 6]), (5.0, [1, 2, 3, 4, 5, 6]), (2.5, [1, 3, 5, 6])]
)
def test_there_are_five_seconds_between_two_lines(monkeypatch, seconds, told):
    now, lines = [100.0], []
    monkeypatch.setattr(folders.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(folders.sys, "stderr", SimpleNamespace(isatty=lambda: False))
    fitted = folders._Fit(Choice("photo"), FolderOptions(epochs=6), lines.append, None)
    row = {"train_loss": 0.5, "val_loss": 0.25, "val_accuracy": 0.75}
    for number in range(1, 7):
        fitted.tell(History([row] * number))
        now[0] += seconds
    assert [int(line.split()[1]) for line in lines] == told
    assert lines[0] == "Epoch 1 of 6: loss 0.500, on val 0.250, accuracy 0.750."
    lines.clear()
    monkeypatch.setattr(folders.sys, "stderr", SimpleNamespace(isatty=lambda: True))
    fitted.tell(History([row] * 6))
    assert lines == []  # there is a bar


@pytest.mark.parametrize(
    ("options", "expected"), [({}, (None, False)), ({"amp": True, "compile": True}, ("bf16", True))]
)
def test_precision_and_compiling_are_what_was_asked_for(tree, monkeypatch, options, expected):
    seen, real = [], folders.fit

    def watching(*arguments, **named):
        seen.append((named["amp"], named.pop("compile")))
        return real(*arguments, **named)

    monkeypatch.setenv("VISLEARN_DEVICE", "cpu")
    monkeypatch.setattr(folders, "fit", watching)
    outcome = train_folder(tree, Choice("photo"), FolderOptions(4, epochs=1, **options), say=silent)
    assert seen == [expected]
    assert outcome.judged.probabilities.dtype == torch.float32
