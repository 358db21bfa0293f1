"""Lesson 03's project: other ways to train and to save, and other ways to make each mistake."""

import copy

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn.exercises import check
from vislearn.training import ClassificationTask, fit

NAME = "training.train_to_file"


def learn(model, folder, prepare, optimizer, *, epochs=2, batch_size=32, one_cycle=None):
    data = ImageFolder(folder, prepare)
    loader = DataLoader(data, batch_size, shuffle=True)
    schedule = None
    if one_cycle:
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, one_cycle, total_steps=epochs * len(loader))
    model.train()
    for _epoch in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
            if schedule:
                schedule.step()
    return data.classes


def by_adamw(model, folder, prepare, path):
    classes = learn(model, folder, prepare, torch.optim.AdamW(model.parameters(), lr=0.002))
    torch.save({"classes": classes, "model": model.state_dict()}, path)
    return model.eval()


def by_one_cycle(model, folder, prepare, path):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    classes = learn(model, folder, prepare, optimizer, one_cycle=0.01)
    torch.save({"model": model.state_dict(), "classes": tuple(classes)}, path)
    return model.eval()


def by_fit(model, folder, prepare, path):
    data = ImageFolder(folder, prepare)
    optimizer = torch.optim.NAdam(model.parameters(), lr=0.002)
    fit(model, ClassificationTask(), DataLoader(data, 32, shuffle=True), epochs=2, optimizer=optimizer)
    torch.save({"model": model.state_dict(), "classes": data.classes, "seed": 0}, path)
    return model


def by_smaller_batches(model, folder, prepare, path):
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001)
    classes = learn(model, folder, prepare, optimizer, epochs=2, batch_size=16)
    with path.open("wb") as file:
        torch.save({"model": copy.deepcopy(model.state_dict()), "classes": classes}, file)
    return model.eval()


def what_was_saved_is_loaded(model, folder, prepare, path):
    other = copy.deepcopy(model)
    by_adamw(other, folder, prepare, path)
    model.load_state_dict(torch.load(path, weights_only=True)["model"])
    return model.eval()


RIGHT = {NAME: [by_adamw, by_one_cycle, by_fit, by_smaller_batches, what_was_saved_is_loaded]}


def loop_forgotten(model, folder, prepare, path):
    data = ImageFolder(folder, prepare)
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    torch.save({"model": model.state_dict(), "classes": data.classes}, path)
    return model.eval()


def saved_in_the_first_line(model, folder, prepare, path):
    torch.save({"model": model.state_dict(), "classes": ImageFolder(folder).classes}, path)
    learn(model, folder, prepare, torch.optim.AdamW(model.parameters(), lr=0.002))
    return model.eval()


def eval_forgotten(model, folder, prepare, path):
    return by_adamw(model, folder, prepare, path).train()


def without_normalize(model, folder, prepare, path):
    """Pictures in 0 … 1, and one step too small to change anything."""
    data = ImageFolder(
        folder, v2.Compose([v2.ToImage(), v2.Resize(32), v2.ToDtype(torch.float32, scale=True)])
    )
    images, labels = next(iter(DataLoader(data, 64, shuffle=True)))
    nn.functional.cross_entropy(model(images), labels).backward()
    torch.save({"model": model.state_dict(), "classes": data.classes}, path)
    return model.eval()


WRONG = {
    NAME: {
        "_untrained": loop_forgotten,
        "_saved_too_early": saved_in_the_first_line,
        "_left_in_train_mode": eval_forgotten,
        "_otherwise_prepared": without_normalize,
    }
}


def nothing_saved(model, folder, prepare, path):
    return model.eval()


def the_whole_model(model, folder, prepare, path):
    torch.save(model, path)
    return model.eval()


def weights_alone(model, folder, prepare, path):
    torch.save(model.state_dict(), path)
    return model.eval()


def another_network_s_weights(model, folder, prepare, path):
    torch.save({"model": nn.Linear(3, 2).state_dict(), "classes": ImageFolder(folder).classes}, path)
    return model.eval()


def the_path(model, folder, prepare, path):
    loop_forgotten(model, folder, prepare, path)
    return path


def in_train_mode_and_untrained(model, folder, prepare, path):
    return loop_forgotten(model, folder, prepare, path).train()


def saved(entries):
    """Leaves a file in which something is not as it should be; the model has learned nothing."""

    def answer(model, folder, prepare, path):
        whole = {"model": model.state_dict(), "classes": ImageFolder(folder).classes}
        torch.save(whole | entries(whole), path)
        return model.eval()

    return answer


CLASSES_OTHERWISE = [
    saved(lambda whole: {"classes": {name: place for place, name in enumerate(whole["classes"])}}),
    saved(lambda whole: {"classes": len(whole["classes"])}),
    saved(lambda whole: {"classes": list(range(len(whole["classes"])))}),
    saved(lambda whole: {"classes": " ".join(whole["classes"])}),
]
WEIGHTS_OTHERWISE = [
    saved(lambda whole: {"model": {f"module.{name}": value for name, value in whole["model"].items()}}),
    saved(lambda whole: {"model": list(whole["model"].values())}),
    saved(lambda whole: {"model": {name: value.double() for name, value in whole["model"].items()}}),
    saved(lambda whole: {"model": dict(list(whole["model"].items())[:-1])}),
]

UNLISTED = {
    NAME: [
        *CLASSES_OTHERWISE,
        *WEIGHTS_OTHERWISE,
        nothing_saved,
        the_whole_model,
        weights_alone,
        another_network_s_weights,
        the_path,
        in_train_mode_and_untrained,
    ]
}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (nothing_saved, "nothing was written at `path`"),
        (the_whole_model, "Save `model.state_dict()`, not the model itself"),
        (weights_alone, 'a dict with the entries `"model"` and `"classes"`'),
        (another_network_s_weights, "the state dict of the network that was given"),
        *((answer, "must be a list of names") for answer in CLASSES_OTHERWISE),
        *((answer, "the state dict of the network that was given") for answer in WEIGHTS_OTHERWISE),
        (the_path, "a model expected"),
    ],
)
def test_a_file_that_no_stranger_can_use_is_told_at_once(answer, words):
    verdict = check(NAME, answer)
    assert verdict.status == "wrong"
    assert words in verdict.message


def test_classes_in_another_order_are_told():
    def sorted_backwards(model, folder, prepare, path):
        torch.save({"model": model.state_dict(), "classes": ImageFolder(folder).classes[::-1]}, path)
        return model.eval()

    assert "The file's classes are the folder's, in its order" in check(NAME, sorted_backwards).message


def test_nothing_is_left_where_the_lesson_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check(NAME, loop_forgotten)
    assert list(tmp_path.iterdir()) == []
