"""Lesson 12's step of a detector: many ways to be right, and other ways to make each mistake."""

from itertools import combinations

import pytest
import torch

from vislearn import models
from vislearn.exercises import check
from vislearn.exercises.registry import find

NAME = "detector.train_step"
PARTS = ("loss_classifier", "loss_box_reg", "loss_objectness", "loss_rpn_box_reg")


def as_in_the_text(model, images, targets, optimizer):
    model.train()
    loss_dict = model(images, targets)
    loss = sum(loss_dict.values())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    loss_dict = {name: float(value) for name, value in loss_dict.items()}
    loss_dict["total"] = float(loss)
    return loss_dict


def stacked_and_cleared_first(model, images, targets, optimizer):
    for parameter in model.parameters():
        parameter.grad = None
    parts = model.train()(images, targets)
    total = torch.stack(list(parts.values())).sum()
    total.backward()
    optimizer.step()
    return {"total": total.detach(), **{name: part.detach() for name, part in parts.items()}}


def by_a_loop(model, images, targets, optimizer):
    model.train()
    optimizer.zero_grad(set_to_none=False)
    answer, total = {}, 0
    for name, part in model(images, targets).items():
        answer[name] = part.item()
        total += part
    total.backward()
    optimizer.step()
    return {**answer, "total": sum(answer.values())}


def part_by_part(model, images, targets, optimizer):
    parts = model.train()(images, targets)
    optimizer.zero_grad()
    for part in parts.values():
        part.backward(retain_graph=True)
    optimizer.step()
    answer = {name: part.item() for name, part in parts.items()}
    return answer | {"total": sum(answer.values())}


def by_closure(model, images, targets, optimizer):
    model.train()
    answer = {}

    def closure():
        optimizer.zero_grad()
        parts = model(images, targets)
        total = sum(parts.values())
        total.backward()
        answer.update(parts, total=total)
        return total

    optimizer.step(closure)
    return {name: value.item() for name, value in answer.items()}


def by_keyword(model, images, targets, optimizer):
    parts = model.train()(images=images, targets=targets)
    model.zero_grad()
    torch.autograd.backward(list(parts.values()))
    optimizer.step()
    model.eval()
    answer = {name: part.detach().numpy().item() for name, part in parts.items()}
    return answer | {"total": sum(answer.values()), "pictures": len(images)}


def by_gradients(model, images, targets, optimizer):
    """Without `backward`: the gradients are asked for, and put where the optimizer looks."""
    parts = model.train()(images, targets)
    total = sum(parts.values())
    weights = list(model.parameters())
    for weight, gradient in zip(weights, torch.autograd.grad(total, weights), strict=True):
        weight.grad = gradient
    optimizer.step()
    return {name: part.item() for name, part in parts.items()} | {"total": total.item()}


RIGHT = {
    NAME: [
        *(as_in_the_text, stacked_and_cleared_first, by_a_loop),
        *(part_by_part, by_closure, by_keyword, by_gradients),
    ]
}


def step(
    *, mode=True, inside=lambda parts: sum(parts.values()), lines=("zero", "backward", "step"), answer=None
):
    """A step put together from parts, any of which can be wrong."""

    def learn(model, images, targets, optimizer):
        model.train(mode)
        parts = model(images, targets)
        total = inside(parts)
        for line in lines:
            {"zero": model.zero_grad, "backward": total.backward, "step": optimizer.step}[line]()
        numbers = {name: float(part.detach()) for name, part in parts.items()}
        return (answer or (lambda numbers, total, _parts: numbers | {"total": float(total.detach())}))(
            numbers, total, parts
        )

    return learn


def one_after_the_other(model, images, targets, optimizer):
    model.train()
    answer = {}
    for name in PARTS:
        optimizer.zero_grad()
        loss = model(images, targets)[name]
        loss.backward()
        optimizer.step()
        answer[name] = loss.item()
    answer["total"] = sum(answer.values())
    return answer


def shorter_names(numbers, total, _parts):
    return {name.removeprefix("loss_"): value for name, value in numbers.items()} | {"total": float(total)}


def exchanged(one, other):
    return lambda numbers, total, _parts: (
        numbers | {one: numbers[other], other: numbers[one], "total": total.item()}
    )


FINAL = ("loss_classifier", "loss_box_reg")

UNLISTED = {
    NAME: [
        step(inside=lambda parts: 2 * sum(parts.values())),
        step(inside=lambda parts: -sum(parts.values())),
        step(inside=lambda parts: torch.stack(list(parts.values())).max()),
        step(inside=lambda parts: parts["loss_classifier"] + parts["loss_rpn_box_reg"]),
        step(
            answer=lambda numbers, total, _parts: (
                {name: str(x) for name, x in numbers.items()} | {"total": "1"}
            )
        ),
        step(lines=("zero", "backward", "step", "step")),
        step(answer=lambda _numbers, total, _parts: total.item()),
        step(answer=lambda numbers, total, _parts: numbers | {"total": total.item() / 4}),
        step(answer=lambda numbers, _total, _parts: {name: round(x, 1) for name, x in numbers.items()}),
        step(answer=shorter_names),
        lambda model, images, targets, optimizer: step()(model, images[:1], targets[:1], optimizer),
        lambda model, images, targets, optimizer: (
            model.train()(images, targets) and step()(model, images, targets, optimizer)
        ),
    ]
}


WRONG = {
    NAME: {
        "_left_in_eval": step(mode=False, inside=lambda parts: sum(parts.values())),
        "_sums_names": step(inside=sum),
        "_classifier_only": step(inside=lambda parts: parts["loss_classifier"]),
        "_without_proposals": step(
            inside=lambda parts: sum(part for name, part in parts.items() if name in FINAL)
        ),
        "_proposals_only": step(
            inside=lambda parts: sum(part for name, part in parts.items() if name not in FINAL)
        ),
        "_without_places": step(inside=lambda parts: parts["loss_objectness"] + parts["loss_classifier"]),
        "_places_only": step(inside=lambda parts: parts["loss_rpn_box_reg"] + parts["loss_box_reg"]),
        "_mean_of_parts": step(inside=lambda parts: sum(parts.values()) / len(parts)),
        "_never_cleared": step(lines=("backward", "step")),
        "_cleared_too_late": step(lines=("backward", "zero", "step")),
        "_no_step": step(lines=("zero", "backward")),
        "_no_backward": step(lines=("zero", "step")),
        "_a_step_per_part": one_after_the_other,
        "_total_missing": step(answer=lambda numbers, _total, _parts: numbers),
        "_total_only": step(answer=lambda _numbers, total, _parts: {"total": total.item()}),
        "_exchanged_names": step(answer=exchanged("loss_box_reg", "loss_rpn_box_reg")),
        "_cut_off": lambda *batch: torch.no_grad()(step())(*batch),
        "_keeps_the_graph": step(answer=lambda _numbers, total, parts: {**parts, "total": total}),
    }
}


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_parts_of_the_loss_that_are_followed_are_called_by_their_names(count):
    for names in combinations(PARTS, count):
        verdict = check(NAME, step(inside=lambda parts, names=names: sum(parts[name] for name in names)))
        told = next(fact for fact in verdict.facts if "Parts of the loss" in fact.label)
        assert verdict.status == "wrong"
        assert not told.met
        if verdict.message not in {mistake.diagnosis for mistake in find(NAME).mistakes}:
            assert f"expected, {', '.join(names)} returned" in verdict.message
        cleared = next(fact for fact in verdict.facts if "gradient of the batch before" in fact.label)
        assert cleared.met


@pytest.mark.parametrize("pair", list(combinations(range(4), 2)))
def test_any_two_parts_under_each_other_s_names_are_told(pair, diagnosis):
    one, other = (PARTS[place] for place in pair)
    assert check(NAME, step(answer=exchanged(one, other))).message == diagnosis(NAME, "_exchanged_names")


@pytest.mark.parametrize(
    ("answer", "told"),
    [(lambda *_batch: 0.5, "a dict of numbers expected"), (lambda *_batch: {"a": "b"}, "numbers")],
)
def test_what_is_no_dict_of_numbers_is_told(answer, told):
    assert told in check(NAME, answer).message


def test_the_little_detector_behaves_as_torchvisions():
    exercise = find(NAME)
    little, images, targets, _optimizer = exercise.arguments(0)
    real = models.detector("faster_rcnn", num_classes=3, backbone="scratch")
    target = {"boxes": torch.tensor([[1.0, 1, 30, 30]]), "labels": torch.tensor([1])}
    parts = real([torch.rand(3, 32, 32)], [target])
    assert set(little.train()(images, targets)) == set(parts)
    assert set(little.eval()(images)[0]) == set(real.eval()([torch.rand(3, 32, 32)])[0])


def test_the_solution_trains_a_real_detector():
    model = models.detector("faster_rcnn", num_classes=2, backbone="scratch").eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    target = {"boxes": torch.tensor([[4.0, 4, 28, 28]]), "labels": torch.tensor([2])}
    numbers = find(NAME).reference(model, [torch.rand(3, 32, 32)], [target], optimizer)
    assert set(numbers) == {
        "loss_classifier",
        "loss_box_reg",
        "loss_objectness",
        "loss_rpn_box_reg",
        "total",
    }
    assert numbers["total"] == pytest.approx(sum(numbers.values()) / 2)
