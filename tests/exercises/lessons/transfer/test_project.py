"""Lesson 02's project: other ways to teach a trained network, and other ways to make each mistake."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from vislearn import models
from vislearn.exercises import check
from vislearn.training import ClassificationTask, fit


def learn(model, data, optimizer, batch_size=32):
    for images, labels in DataLoader(data, batch_size, shuffle=True):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()


def by_fit(model, folder, prepare):
    data = ImageFolder(folder, prepare)
    model = models.classifier(model, len(data.classes), "finetune")
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001)
    fit(model, ClassificationTask(), DataLoader(data, 32, shuffle=True), epochs=1, optimizer=optimizer)
    return model


def by_groups(model, folder, prepare):
    data = ImageFolder(folder, prepare)
    model = models.classifier(model, len(data.classes), "finetune")
    groups = models.parameter_groups(model, 0.003, backbone_lr=0.0005)
    learn(model, data, torch.optim.AdamW(groups))
    return model.eval()


def by_another_optimizer(model, folder, prepare):
    data = ImageFolder(folder, prepare)
    models.replace_head(model, len(data.classes))
    learn(model.train(), data, torch.optim.NAdam(model.parameters(), lr=0.001))
    return model.eval()


def with_batch_norm_at_rest(model, folder, prepare):
    data = ImageFolder(folder, prepare)
    models.replace_head(model, len(data.classes))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001)
    for _epoch in range(2):  # after one, .73 … .93 from seed to seed
        learn(model.eval(), data, optimizer)
    return model


def middle_of_the_body(model, folder, prepare):
    """Features of layer3 computed once, a head trained on them."""
    data = ImageFolder(folder, prepare)
    body = nn.Sequential(*list(model.children())[:-3], nn.AdaptiveAvgPool2d(1), nn.Flatten()).eval()
    with torch.no_grad():
        features = torch.cat([body(images) for images, _labels in DataLoader(data, 200)])
    head = nn.Sequential(nn.BatchNorm1d(128), nn.Linear(128, len(data.classes)))
    kept = TensorDataset(features, torch.tensor(data.targets))
    for _epoch in range(15):
        learn(head, kept, torch.optim.AdamW(head.parameters(), lr=0.01))
    return nn.Sequential(body, head).eval()


def head_after_the_optimizer(model, folder, prepare):
    model.fc = nn.Linear(256, len(ImageFolder(folder).classes))
    for parameter in model.fc.parameters():
        nn.init.zeros_(parameter)
    return model


def by_fit_and_train(model, folder, prepare):
    return by_groups(model, folder, prepare).train()


def from_files_alone(model, folder, prepare):
    """Features of pictures as they are in their files, 0 … 255, and a head that a single step can't teach."""
    data = ImageFolder(folder, v2.Compose([v2.PILToTensor(), v2.Resize([32, 32]), v2.ToDtype(torch.float32)]))
    models.replace_head(model, len(data.classes))
    with torch.no_grad():
        model.eval()(next(iter(DataLoader(data, 8, shuffle=True)))[0])
    return head_after_the_optimizer(model, folder, prepare)


def old_head_kept(model, folder, prepare):
    return model.requires_grad_(False)


RIGHT = {
    "transfer.transfer_to_folder": [
        by_fit,
        by_groups,
        by_another_optimizer,
        with_batch_norm_at_rest,
        middle_of_the_body,
    ],
}


def its_numbers(model, folder, prepare):
    return model.state_dict()


def its_classes(model, folder, prepare):
    return ImageFolder(folder, prepare).classes


def with_a_score(model, folder, prepare):
    return model.eval(), 0.9


def a_loader(model, folder, prepare):
    return DataLoader(ImageFolder(folder, prepare), 32, shuffle=True)


def old_head_in_train_mode(model, folder, prepare):
    return model.train()


def a_sum_of_scores(model, folder, prepare):
    return nn.Sequential(model, nn.Softmax(dim=0), nn.Flatten(0)).train()


def sixteen_as_in_the_lesson(model, folder, prepare):
    data = ImageFolder(folder, prepare)
    models.replace_head(model, 16)
    learn(model.train(), data, torch.optim.AdamW(model.parameters(), lr=0.001))
    return model.eval()


def classes_the_other_way_round(model, folder, prepare):
    model = by_another_optimizer(model, folder, prepare)
    with torch.no_grad():
        model.fc.weight.copy_(model.fc.weight.flip(0))
        model.fc.bias.copy_(model.fc.bias.flip(0))
    return model


UNLISTED = {
    "transfer.transfer_to_folder": [
        sixteen_as_in_the_lesson,
        classes_the_other_way_round,
        its_numbers,
        its_classes,
        with_a_score,
        a_loader,
        old_head_in_train_mode,
        a_sum_of_scores,
    ],
}

# The name of the registered mistake, and someone else's way to make it.
WRONG = {
    "transfer.transfer_to_folder": {
        "_untrained": head_after_the_optimizer,
        "_left_in_train_mode": by_fit_and_train,
        "_old_head": old_head_kept,
        "_otherwise_prepared": from_files_alone,
    },
}


def test_any_other_number_of_scores_is_told_like_the_old_head():
    def spare(model, folder, prepare):
        model.fc = nn.Linear(256, 20)
        return model.eval()

    assert "doesn't give one score per class" in check("transfer.transfer_to_folder", spare).message


def test_a_folder_s_name_is_no_model():
    verdict = check("transfer.transfer_to_folder", lambda model, folder, prepare: str(folder))
    assert verdict.status == "wrong"
    assert "a model expected" in verdict.message
