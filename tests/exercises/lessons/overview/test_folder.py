"""Lesson 00's project: other ways to train on a folder, and other ways to make each mistake."""

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

from vislearn.datasets import textures
from vislearn.exercises import check
from vislearn.exercises.registry import find
from vislearn.models import SmallConvNet
from vislearn.training import ClassificationTask, fit


def by_fit(folder, prepare):
    train_set = ImageFolder(folder, prepare)
    model = SmallConvNet(num_classes=len(train_set.classes))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    loader = DataLoader(train_set, batch_size=32, shuffle=True)
    fit(model, ClassificationTask(), loader, epochs=4, optimizer=optimizer)
    return model


def without_an_epoch(folder, prepare):
    return SmallConvNet(num_classes=len(ImageFolder(folder).classes)).eval()


def by_fit_and_train(folder, prepare):
    return by_fit(folder, prepare).train()


def for_twenty_classes(folder, prepare):
    model = SmallConvNet(num_classes=20)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    loader = DataLoader(ImageFolder(folder, prepare), batch_size=32, shuffle=True)
    for _epoch in range(4):
        for images, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
    return model.eval()


RIGHT = {"overview.train_on_folder": [by_fit]}

# The name of the registered mistake, and someone else's way to make it.
WRONG = {
    "overview.train_on_folder": {
        "_untrained": without_an_epoch,
        "_left_in_train_mode": by_fit_and_train,
        "_scores_to_spare": for_twenty_classes,
    },
}


def test_a_folder_s_name_is_no_model():
    verdict = check("overview.train_on_folder", lambda folder, prepare: str(folder))
    assert verdict.status == "wrong"
    assert "a model expected" in verdict.message


def test_ten_scores_for_sixteen_classes_are_an_error_that_is_told():
    def ten(folder, prepare):
        images, labels = next(iter(DataLoader(ImageFolder(folder, prepare), batch_size=800)))
        model = SmallConvNet(num_classes=10)
        nn.functional.cross_entropy(model(images), labels).backward()
        return model

    verdict = check("overview.train_on_folder", ten)
    assert verdict.status == "error"
    assert "out of bounds" in verdict.message


def test_whoever_is_checked_is_given_the_folder_and_how_to_prepare_it():
    folder, prepare = find("overview.train_on_folder").arguments(0)
    assert folder == textures("train")
    picture, _label = ImageFolder(folder, prepare)[0]
    assert (picture.shape, picture.dtype) == ((3, 32, 32), torch.float32)
    assert abs(picture.mean()) < 2
