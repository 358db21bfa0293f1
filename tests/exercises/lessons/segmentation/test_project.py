"""Lesson 05's project: other ways to teach a segmenter, and other ways to make each mistake."""

from copy import deepcopy
from functools import cache

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from vislearn.exercises import check
from vislearn.exercises.registry import find


def learn(model, images, labels, loss, *, lr=0.01, epochs=2, optimizer=torch.optim.AdamW):
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = optimizer(learning, lr=lr)
    for _epoch in range(epochs):
        for some, truth in DataLoader(TensorDataset(images, labels), 8, shuffle=True):
            optimizer.zero_grad()
            loss(model(some)["out"], truth).backward()
            optimizer.step()
    return model


def entropy(logits, truth):
    return nn.functional.cross_entropy(logits, truth, ignore_index=255)


def frozen(model, images, labels):
    model.backbone.requires_grad_(False)
    return learn(model.train(), images, labels, entropy).eval()


def all_of_it(model, images, labels):
    return learn(model.train(), images, labels, entropy, lr=0.002, epochs=1).eval()


def with_all_norms_at_rest(model, images, labels):
    model.requires_grad_(False).classifier.requires_grad_(True)
    return learn(model.eval(), images, labels, entropy)


def by_sgd(model, images, labels):
    model.backbone.requires_grad_(False).eval()

    def sgd(parameters, lr):
        return torch.optim.SGD(parameters, lr=lr, momentum=0.9)

    return learn(model, images, labels, entropy, lr=0.05, optimizer=sgd).eval()


def by_two_yes_or_no_questions(model, images, labels):
    def loss(logits, truth):
        counts = truth != 255
        yes = torch.stack([truth == 0, truth == 1], dim=1).float()
        each = nn.functional.binary_cross_entropy_with_logits(logits, yes, reduction="none").mean(1)
        return each[counts].mean()

    model.backbone.requires_grad_(False).eval()
    return learn(model, images, labels, loss).eval()


def by_areas_that_are_known(model, images, labels):
    def loss(logits, truth):
        known, coin = truth != 255, truth == 1
        p = logits.softmax(1)[:, 1] * known
        return 1 - (2 * (p * coin).sum() + 1) / (p.sum() + coin.sum() + 1)

    model.backbone.requires_grad_(False).eval()
    return learn(model, images, labels, loss).eval()


def features_once(model, images, labels):
    """The backbone runs once; what comes back answers with the logits alone."""
    with torch.no_grad():
        found = model.backbone.eval()(images)
    optimizer = torch.optim.AdamW(model.classifier.parameters(), lr=0.01)
    for _epoch in range(4):
        for some in torch.randperm(len(images)).split(16):
            logits = model.classifier({key: value[some] for key, value in found.items()})
            logits = nn.functional.interpolate(logits, size=labels.shape[1:], mode="bilinear")
            optimizer.zero_grad()
            entropy(logits, labels[some]).backward()
            optimizer.step()

    class OnlyLogits(nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, pictures):
            return self.model(pictures)["out"]

    return OnlyLogits().eval()


RIGHT = {
    "segmentation.train_segmenter": [
        frozen,
        all_of_it,
        with_all_norms_at_rest,
        by_sgd,
        by_two_yes_or_no_questions,
        by_areas_that_are_known,
        features_once,
    ]
}


@cache
def taught():
    return find("segmentation.train_segmenter").reference(*find("segmentation.train_segmenter").arguments(0))


def by_an_optimizer_of_nothing_that_learns(model, images, labels):
    elsewhere = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(elsewhere.parameters(), lr=0.1)
    entropy(model(images[:8])["out"], labels[:8]).backward()
    optimizer.step()
    return model.eval()


def at_a_rate_far_too_small(model, images, labels):
    model.backbone.requires_grad_(False)
    return learn(model.train(), images[:16], labels[:16], entropy, lr=1e-6, epochs=1).eval()


def with_the_rim_as(number):
    """What is void is called something."""

    def answer(model, images, labels):
        return frozen(model, images, labels.where(labels != 255, number))

    return answer


WRONG = {
    "segmentation.train_segmenter": {
        "_untrained": by_an_optimizer_of_nothing_that_learns,
        "_hardly_trained": at_a_rate_far_too_small,
        "_left_in_train_mode": lambda model, images, labels: taught().train(),
        "_void_not_told": lambda model, images, labels: learn(
            model, images, labels, nn.functional.cross_entropy
        ),
        "_rim_taught": with_the_rim_as(0),
    }
}


class Then(nn.Module):
    """A segmenter whose logits go through something else."""

    def __init__(self, model, change):
        super().__init__()
        self.model, self.change = model, change

    def forward(self, pictures):
        return {"out": self.change(self.model(pictures)["out"])}


UNLISTED = {
    "segmentation.train_segmenter": [
        lambda model, images, labels: Then(taught(), lambda logits: logits.softmax(1)).eval(),
        lambda model, images, labels: Then(taught(), lambda logits: logits.flip(1)).eval(),
        lambda model, images, labels: Then(taught(), lambda logits: logits.argmax(1)).eval(),
        lambda model, images, labels: taught().state_dict(),
        lambda model, images, labels: taught().classifier,
        lambda model, images, labels: model.train(),
        lambda model, images, labels: (taught(), 0.9),
        lambda model, images, labels: nn.Identity().eval(),
    ]
}


def test_a_model_for_another_number_of_classes_is_told_what_is_expected():
    def one_channel(model, images, labels):
        class First(nn.Module):
            def forward(self, pictures):
                return taught()(pictures)["out"][:, :1]

        return First().eval()

    message = check("segmentation.train_segmenter", one_channel).message
    assert "the model must return logits (1, 2, 303, 128)" in message


def test_the_photograph_s_two_parts_share_no_pixel():
    _model, images, labels = find("segmentation.train_segmenter").arguments(0)
    assert images.shape == (96, 3, 64, 64)
    assert set(labels.unique().tolist()) == {0, 1, 255}


def test_a_few_pictures_and_a_rate_far_too_large_are_not_told_that_nothing_has_changed(diagnosis):
    def of_eight(model, images, labels):
        model.backbone.requires_grad_(False)
        return learn(model.train(), images[:8], labels[:8], entropy, epochs=1).eval()

    def far_too_fast(model, images, labels):
        return learn(model.train(), images[:16], labels[:16], entropy, lr=1e3, epochs=1).eval()

    for answer in (of_eight, far_too_fast):
        told = check("segmentation.train_segmenter", answer).message
        assert told == diagnosis("segmentation.train_segmenter", "_hardly_trained")


def test_a_copy_that_has_learned_is_no_model_that_came_back_as_it_was():
    def of_a_copy(model, images, labels):
        return frozen(deepcopy(model), images, labels)

    assert check("segmentation.train_segmenter", of_a_copy).status == "right"


def test_a_rim_called_coin_teaches_too_and_so_it_does_on_a_copy(diagnosis):
    def on_a_copy(model, images, labels):
        return with_the_rim_as(0)(deepcopy(model), images, labels)

    for answer in (with_the_rim_as(1), on_a_copy):
        told = check("segmentation.train_segmenter", answer).message
        assert told == diagnosis("segmentation.train_segmenter", "_rim_taught")
