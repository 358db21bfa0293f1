"""Lesson 13's loop and evaluation: ways to mend each, and other ways to leave it ill."""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from vislearn import traps
from vislearn.exercises.registry import find

LEARNED, ANSWERS = "clinic.learned", "clinic.answers"
FORGOTTEN, MISSING = "zero_grad_forgotten", "missing_eval"


def looped(before=(), between=(), after=(), lr=0.1, name=FORGOTTEN):
    """A loop with calls of optimizer and model at three places."""

    def learn(model, batches):
        optimizer = torch.optim.SGD(model.parameters(), lr=lr)
        for images, labels in batches:
            for call in before:
                call(optimizer, model)
            F.cross_entropy(model(images), labels).backward()
            for call in between:
                call(optimizer, model)
            optimizer.step()
            for call in after:
                call(optimizer, model)
        return model, name

    return learn


def zero(optimizer, _model):
    optimizer.zero_grad()


def zero_in_place(optimizer, _model):
    optimizer.zero_grad(set_to_none=False)


def zero_of_model(_optimizer, model):
    model.zero_grad()


def without_optimizer(model, batches):
    for images, labels in batches:
        loss = F.cross_entropy(model(images), labels)
        parts = list(model.parameters())
        with torch.no_grad():
            for part, slope in zip(parts, torch.autograd.grad(loss, parts), strict=True):
                part -= 0.1 * slope
    return model, FORGOTTEN


def once_before(model, batches):
    model.zero_grad()
    return looped()(model, batches)


def every_other(model, batches):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for start in range(0, len(batches), 2):
        optimizer.zero_grad()
        for images, labels in batches[start : start + 2]:
            F.cross_entropy(model(images), labels).backward()
            optimizer.step()
    return model, FORGOTTEN


def of_a_copy(model, batches):
    other = nn.Linear(4, 3)
    other.load_state_dict(model.state_dict())
    return looped(before=[zero])(other, batches)


def evaluated(model, images):
    model.train(False)
    with torch.inference_mode():
        return model(images), MISSING


def one_by_one(model, images):
    model.eval()
    return torch.stack([model(image[None])[0] for image in images]).detach(), MISSING


def back_to_training(model, images):
    model.eval()
    logits = model(images)
    model.train()
    return logits, MISSING


def only_the_norm(model, images):
    model[1].eval()
    return model(images), MISSING


def by_formula(model, images):
    first, norm, _relu, last = model
    hidden = first(images)
    hidden = (hidden - norm.running_mean) / (norm.running_var + norm.eps).sqrt()
    return last((hidden * norm.weight + norm.bias).relu()).numpy(force=True), MISSING


def warmed_up(model, images):
    with torch.no_grad():
        model(images)
    model.eval()
    return model(images), MISSING


def at_rest(model, images):
    model[1].momentum = 0
    with torch.no_grad():
        return model(images), MISSING


RIGHT = {
    LEARNED: [
        looped(before=[zero]),
        looped(after=[zero]),
        looped(before=[zero_in_place]),
        looped(after=[zero_of_model]),
        without_optimizer,
    ],
    ANSWERS: [evaluated, one_by_one, back_to_training, only_the_norm, by_formula],
}

WRONG = {
    LEARNED: {
        "_still_adding": once_before,
        "_zeroed_too_late": looped(between=[zero_in_place]),
        "_every_second": every_other,
        "_loop_alone": looped(before=[zero], name="missing_no_grad"),
        "_a_copy": of_a_copy,
        "_first_batch_only": lambda model, batches: looped(after=[zero])(model, batches[:1]),
    },
    ANSWERS: {
        "_in_train_mode": lambda model, images: (model.train()(images).detach(), MISSING),
        "_too_late": warmed_up,
        "_held_still": at_rest,
        "_logits_alone": lambda model, images: (evaluated(model, images)[0], "missing_train"),
    },
}

UNLISTED = {
    LEARNED: [
        looped(before=[zero], lr=0.01),
        looped(before=[zero], name="zero_grad"),
        lambda model, batches: looped(before=[zero])(model, batches[1:]),
        lambda model, batches: looped(before=[zero])(model, batches[::-1]),
        lambda model, batches: looped(before=[zero])(model, 2 * batches),
        lambda model, batches: looped(before=[zero])(copy.deepcopy(model), batches[::-1]),
        lambda model, batches: looped(before=[zero], name="zero_grad")(copy.deepcopy(model), batches),
        lambda model, batches: looped(before=[zero])(model, batches)[0],
        lambda model, batches: (looped(before=[zero])(model, batches)[0].state_dict(), FORGOTTEN),
    ],
    ANSWERS: [
        lambda model, images: (evaluated(model, images)[0].softmax(1), MISSING),
        lambda model, images: (evaluated(model, images)[0].argmax(1), MISSING),
        lambda model, images: evaluated(model, images)[0],
        lambda model, images: (evaluated(model, images)[0], "eval"),
        lambda model, images: (model, MISSING),
        lambda model, images: (evaluated(model, images.flip(0))[0], MISSING),
    ],
}


def test_the_detector_gives_the_names_that_are_asked_for():
    model, batches = find(LEARNED).arguments(0)
    with traps.watch(model, say=None) as watched:
        looped()(model, batches)
    assert [one.trap.name for one in watched.found] == [FORGOTTEN]


def test_answers_judges_by_statistics_too():
    model, _images = find(ANSWERS).arguments(0)
    assert model.training
    assert isinstance(model[1], nn.BatchNorm1d)
