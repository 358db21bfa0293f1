"""Lesson 00's project: other ways to train on a folder, and other ways to make each mistake."""

import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

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


def layers(classes):
    """A network as lesson 0 has it, in another order and with strides instead of pooling."""
    return nn.Sequential(
        nn.Conv2d(3, 24, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(24),
        nn.Conv2d(24, 48, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(48),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(4 * 48, classes),
    )


def taught(model, batches, optimizer, epochs):
    for _epoch in range(epochs):
        for images, labels in batches:
            loss = nn.CrossEntropyLoss()(model(images), labels)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
    return model.eval()


def in_a_class(folder, prepare):
    class Net(nn.Module):
        def __init__(self, classes):
            super().__init__()
            self.layers = layers(classes)

        def forward(self, images):
            return self.layers(images)

    train_set = ImageFolder(folder, transform=prepare)
    model = Net(len(train_set.classes))
    loader = DataLoader(train_set, 32, shuffle=True, drop_last=True)
    return taught(model, loader, torch.optim.Adam(model.parameters(), 0.003), 6)


def in_memory(folder, prepare):
    """Reads the pictures once and cuts batches from a random order itself."""
    train_set = ImageFolder(folder, prepare)
    images, labels = (torch.stack([image for image, _ in train_set]), torch.tensor(train_set.targets))
    model = layers(int(labels.max()) + 1)
    optimizer = torch.optim.NAdam(model.parameters(), lr=0.003)
    for _epoch in range(6):
        batches = [(images[at], labels[at]) for at in torch.randperm(len(labels)).split(32)]
        taught(model.train(), batches, optimizer, 1)
    return model.requires_grad_(False)


def with_a_schedule(folder, prepare):
    train_set = ImageFolder(folder, prepare)
    loader = DataLoader(train_set, batch_size=16, shuffle=True)
    model = layers(len(train_set.classes))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 6)
    for _epoch in range(6):
        taught(model.train(), loader, optimizer, 1)
        schedule.step()
    return model


def with_probabilities(folder, prepare):
    """Softmax at the end, outside the loss: the largest stays the largest."""
    train_set = ImageFolder(folder, prepare)
    model = layers(len(train_set.classes))
    loader = DataLoader(train_set, batch_size=32, shuffle=True)
    taught(model, loader, torch.optim.AdamW(model.parameters(), lr=0.003), 6)
    return nn.Sequential(model, nn.LogSoftmax(dim=1)).eval()


RIGHT = {
    "overview.train_on_folder": [by_fit, in_a_class, in_memory, with_a_schedule, with_probabilities],
}


def from_bytes(folder, _prepare):
    """One batch of pictures as they are in their files, 0 … 255."""
    train_set = ImageFolder(folder, v2.Compose([v2.PILToTensor(), v2.ToDtype(torch.float32)]))
    model = layers(len(train_set.classes))
    loader = DataLoader(train_set, 16, shuffle=True)
    return taught(model, [next(iter(loader))], torch.optim.SGD(model.parameters(), lr=1e-6), 1)


def trained_and_trapped(folder, prepare):
    return by_fit(folder, prepare), 0.9


def classes_instead(folder, prepare):
    return ImageFolder(folder, prepare).classes


# Several faults at once, or what is no model: no single diagnosis fits.
UNLISTED = {
    "overview.train_on_folder": [
        classes_instead,
        trained_and_trapped,
        lambda folder, prepare: DataLoader(ImageFolder(folder, prepare), 32, shuffle=True),
        lambda folder, prepare: layers(16).state_dict(),
        lambda folder, prepare: layers(16),
        lambda folder, prepare: layers(20).train(),
    ],
}

# The name of the registered mistake, and someone else's way to make it.
WRONG = {
    "overview.train_on_folder": {
        "_untrained": without_an_epoch,
        "_left_in_train_mode": by_fit_and_train,
        "_scores_to_spare": for_twenty_classes,
        "_otherwise_prepared": from_bytes,
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
