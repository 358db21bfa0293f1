"""Lesson 03's loop: many ways to be right, and other ways to make each mistake."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from vislearn.exercises import check
from vislearn.exercises.registry import find

NAME = "training.train_epoch"


def mean_loss(losses, sizes):
    return sum(loss.item() * size for loss, size in zip(losses, sizes, strict=True)) / sum(sizes)


def softmax_inside(logits, target):
    return functional.cross_entropy(logits.softmax(1), target)


def loop(
    *,
    order=("zero", "backward", "step"),
    mode=True,
    inside=functional.cross_entropy,
    backward=lambda loss, size: loss,
    first_only=False,
    answer=mean_loss,
):
    """An epoch put together from parts, any of which can be wrong."""

    def epoch(model, loader, optimizer):
        model.train(mode)
        losses, sizes = [], []
        for images, target in loader:
            loss = inside(model(images), target)
            losses.append(loss)
            sizes.append(len(target))
            actions = {
                "zero": optimizer.zero_grad,
                "backward": backward(loss, len(target)).backward,
                "step": optimizer.step,
            }
            for name in order:
                actions[name]()
            if first_only:
                break
        return answer(losses, sizes)

    return epoch


def with_criterion(model, loader, optimizer):
    criterion = torch.nn.CrossEntropyLoss()
    model.train()
    running = 0.0
    for _number, (images, target) in enumerate(loader):
        model.zero_grad(set_to_none=False)
        logits = model(images)
        loss = criterion(logits, target)
        loss.backward()
        optimizer.step()
        running += loss.item() * images.size(0)
    return running / len(loader.dataset)


def all_losses_kept(model, loader, optimizer):
    model.train()
    losses = []
    optimizer.zero_grad()
    for images, target in loader:
        each = functional.cross_entropy(model(images), target, reduction="none")
        each.mean().backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(each.detach())
    return torch.cat(losses).mean()


def without_backward(model, loader, optimizer):
    parameters, losses, sizes = list(model.train().parameters()), [], []
    for images, target in loader:
        loss = functional.cross_entropy(model(images), target)
        for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
            parameter.grad = gradient
        optimizer.step()
        losses.append(loss.item())
        sizes.append(len(target))
    return sum(a * b for a, b in zip(losses, sizes, strict=True)) / sum(sizes)


RIGHT = {
    NAME: [
        loop(),
        loop(answer=lambda losses, sizes: (torch.tensor(losses) @ torch.tensor(sizes).float()) / sum(sizes)),
        loop(inside=lambda logits, target: functional.nll_loss(logits.log_softmax(1), target)),
        with_criterion,
        all_losses_kept,
        without_backward,
    ]
}


def two_epochs(model, loader, optimizer):
    return (loop()(model, loader, optimizer) + loop()(model, loader, optimizer)) / 2


def without_the_last(model, loader, optimizer):
    return loop()(model, list(loader)[:-1], optimizer)


# Several faults at once, or one that no registered mistake describes.
def one_hot(target):
    return functional.one_hot(target, 3).float()


UNLISTED = {
    NAME: [
        loop(order=("backward", "step"), mode=False),
        loop(inside=lambda logits, target: functional.cross_entropy(logits, target, label_smoothing=0.1)),
        loop(inside=functional.multi_margin_loss),
        loop(inside=lambda logits, target: functional.cross_entropy(logits.sigmoid(), target)),
        loop(answer=lambda losses, sizes: str(mean_loss(losses, sizes))),
        loop(inside=lambda logits, target: functional.cross_entropy(-logits, target)),
        loop(order=("zero", "backward", "step", "step")),
        two_epochs,
        without_the_last,
        loop(backward=lambda loss, size: -loss),
        loop(answer=lambda losses, sizes: losses),
        loop(answer=lambda losses, sizes: mean_loss(losses[:-1], sizes[:-1])),
    ]
}

WRONG = {
    NAME: {
        "_never_cleared": loop(order=("backward", "step")),
        "_cleared_too_late": loop(order=("zero", "step", "backward")),
        "_no_backward": loop(order=("zero", "step")),
        "_no_step": loop(order=("zero", "backward")),
        "_left_in_eval": loop(mode=False),
        "_one_batch": loop(first_only=True),
        "_softmax_first": loop(
            inside=lambda logits, target: functional.cross_entropy(logits.softmax(1), target)
        ),
        "_summed": loop(backward=lambda loss, size: loss * size),
        "_sum_weighted_again": loop(
            inside=lambda logits, target: -logits.log_softmax(1)[range(len(target)), target].sum()
        ),
        "_squares_of_logits": loop(inside=lambda logits, target: (logits - one_hot(target)).pow(2).mean()),
        "_squares_of_probabilities": loop(
            inside=lambda logits, target: nn.MSELoss()(logits.softmax(-1), one_hot(target))
        ),
        "_yes_or_no": loop(
            inside=lambda logits, target: nn.BCELoss()(logits.sigmoid(), one_hot(target)),
        ),
        "_nll_of_logits": loop(inside=lambda logits, target: nn.NLLLoss()(logits, target)),
        "_nll_of_probabilities": loop(
            inside=lambda logits, target: -(logits.softmax(1) * one_hot(target)).sum(1).mean()
        ),
        "_cut_off": loop(inside=lambda logits, target: (logits.argmax(1) - target).float().pow(2).mean()),
        "_mean_of_batches": loop(
            answer=lambda losses, sizes: sum(loss.item() for loss in losses) / len(losses)
        ),
        "_sum_of_batches": loop(answer=lambda losses, sizes: torch.tensor(losses).sum()),
        "_last_loss": loop(answer=lambda losses, sizes: losses[-1].detach()),
        "_keeps_the_graph": loop(
            answer=lambda losses, sizes: (
                sum(loss * size for loss, size in zip(losses, sizes, strict=True)) / sum(sizes)
            )
        ),
    }
}


def test_every_fact_is_shown():
    assert len(check(NAME, RIGHT[NAME][0]).facts) == 10


def test_of_two_mistakes_both_are_told():
    both = check(NAME, loop(order=("zero", "backward"), mode=False))
    assert "The model is in train mode" in both.message
    assert "The optimizer steps once per batch" in both.message


def test_a_closure_is_as_good():
    def by_closure(model, loader, optimizer):
        model.train()
        total = 0.0
        for images, target in loader:

            def closure(images=images, target=target):
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(model(images), target)
                loss.backward()
                return loss

            total += optimizer.step(closure).item() * len(target)
        return total / len(loader.dataset)

    assert check(NAME, by_closure).status == "right"


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (loop(answer=lambda losses, sizes: losses), "wrong", "one number expected, the mean loss; a list of"),
        (loop(answer=lambda losses, sizes: "0.5 nats"), "wrong", "the text '0.5 nats' returned"),
        (loop(inside=lambda logits, target: logits), "error", "RuntimeError: grad can be implicitly created"),
        (
            loop(backward=lambda loss, size: 2 * loss),
            "wrong",
            "The first step's gradient, in multiples of cross-entropy's: 1 expected, 2 returned",
        ),
    ],
)
def test_other_answers_get_a_plain_message(answer, status, words):
    verdict = check(NAME, answer)
    assert verdict.status == status
    assert words in verdict.message


def test_a_loss_that_was_cut_off_is_told_so():
    def cut_off(logits, target):
        return functional.cross_entropy(logits.detach().requires_grad_(), target)

    verdict = check(NAME, loop(inside=cut_off))
    assert verdict.status == "wrong"
    assert "the loss was cut off from the model" in verdict.message


def test_drawing_the_arguments_leaves_chance_as_it_was():
    torch.manual_seed(3)
    wanted = torch.rand(1).item()
    torch.manual_seed(3)
    model, _loader, _optimizer = find(NAME).arguments(0)
    assert torch.rand(1).item() == wanted
    assert not model.training
