import copy

import pytest
import torch
from torch import nn

from vislearn.errors import InputError, VislearnError
from vislearn.models import SmallConvNet
from vislearn.steps import training_step
from vislearn.training import ClassificationTask

CHANCE = torch.Generator().manual_seed(0)
BATCH = torch.randn(8, 3, 16, 16, generator=CHANCE), torch.randint(5, (8,), generator=CHANCE)
TASK = ClassificationTask()

OPTIMIZERS = {
    "SGD": lambda weights: torch.optim.SGD(weights, 0.05, momentum=0.9, weight_decay=1e-4),
    "AdamW": lambda weights: torch.optim.AdamW(weights, 1e-3),
}


class WithDropout(SmallConvNet):
    def forward(self, images):
        return super().forward(nn.functional.dropout(images, 0.3, self.training))


class Squares:
    """A task without classes."""

    def loss(self, model, batch):
        return model(batch).square().mean()


def model_of(kind=WithDropout):
    torch.manual_seed(1)
    return kind(5, width=4)


def plain_step(model, optimizer, clip_norm):
    model.train()
    loss = TASK.loss(model, BATCH)
    optimizer.zero_grad()
    loss.backward()
    if clip_norm is not None:
        nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
    optimizer.step()
    return loss.item()


def values(steps):
    return {step.title: step.value for step in steps}


@pytest.mark.parametrize("clip_norm", [None, 0.1, 1e6])
@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_three_steps_leave_everything_as_three_plain_ones_do(make, clip_norm):
    ours = model_of()
    theirs = copy.deepcopy(ours)
    our_optimizer, their_optimizer = make(ours.parameters()), make(theirs.parameters())
    torch.manual_seed(7)
    our_losses = [
        values(training_step(ours, TASK, BATCH, our_optimizer, clip_norm=clip_norm))["Loss"].item()
        for _again in range(3)
    ]
    our_chance = torch.rand(1)
    torch.manual_seed(7)
    assert our_losses == [plain_step(theirs, their_optimizer, clip_norm) for _again in range(3)]
    assert torch.equal(our_chance, torch.rand(1))
    for (name, own), other in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        assert torch.equal(own, other), name  # BatchNorm's statistics among them
    for own, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(own.grad, other.grad)
    own, other = our_optimizer.state_dict()["state"], their_optimizer.state_dict()["state"]
    assert all(
        torch.equal(torch.as_tensor(own[at][key]), torch.as_tensor(other[at][key]))
        for at in own
        for key in own[at]
    )


def test_every_layer_is_back_in_its_mode():
    model = model_of().eval()
    model.head.train()
    training_step(model, TASK, BATCH, OPTIMIZERS["SGD"](model.parameters()))
    assert [name for name, module in model.named_modules() if module.training] == ["head"]


def test_each_stage_shows_its_number():
    model = model_of(SmallConvNet)
    before = copy.deepcopy(model).train()
    shown = values(training_step(model, TASK, BATCH, torch.optim.SGD(model.parameters(), 0.1)))
    logits = before(BATCH[0])
    loss = nn.functional.cross_entropy(logits, BATCH[1])
    loss.backward()
    assert list(shown) == ["Batch", "Logits", "Right class", "Loss", "Gradients", "Update", "Loss again"]
    assert torch.equal(shown["Logits"], logits)
    assert torch.allclose(-shown["Right class"].log().mean(), loss)
    assert shown["Gradients"]["head"] == pytest.approx(
        float(torch.cat([before.head.weight.grad.flatten(), before.head.bias.grad]).norm())
    )
    now = torch.cat([model.head.weight.flatten(), model.head.bias]).detach().norm()
    assert shown["Update"]["head"] == pytest.approx(0.1 * shown["Gradients"]["head"] / float(now), rel=1e-4)
    after = nn.functional.cross_entropy(model.train()(BATCH[0]), BATCH[1]).item()
    assert shown["Loss again"] == {"before": pytest.approx(loss.item()), "after": pytest.approx(after)}


def test_the_loss_is_asked_again_with_the_same_units_dropped():
    model = model_of()
    shown = values(training_step(model, TASK, BATCH, torch.optim.SGD(model.parameters(), 0.0)))
    assert shown["Loss again"]["after"] == pytest.approx(shown["Loss again"]["before"], abs=1e-6)


def test_clipping_shows_what_is_left():
    model = model_of()
    steps = training_step(model, TASK, BATCH, OPTIMIZERS["SGD"](model.parameters()), clip_norm=0.1)
    (clipping,) = [step for step in steps if step.title == "Clipping"]
    assert sum(size**2 for size in clipping.value.values()) ** 0.5 == pytest.approx(0.1, rel=1e-4)
    assert "all are shortened alike, to 0.1" in clipping.note


def test_frozen_parts_are_told_and_not_shown():
    model = model_of()
    model.features.requires_grad_(False)
    steps = training_step(model, TASK, BATCH, OPTIMIZERS["SGD"](model.head.parameters()))
    (gradients,) = [step for step in steps if step.title == "Gradients"]
    assert list(gradients.value) == ["head"]
    assert gradients.note.endswith("9 frozen tensors get none.")


def test_a_task_of_another_kind_shows_its_output():
    model = nn.Linear(3, 2)
    steps = training_step(model, Squares(), torch.ones(4, 3), torch.optim.SGD(model.parameters(), 0.1))
    assert [step.title for step in steps] == ["Batch", "Output", "Loss", "Gradients", "Update", "Loss again"]
    assert "training makes it smaller" in steps[2].note


@pytest.mark.parametrize(("rate", "told"), [(0.01, "the loss fell by"), (-0.5, "the loss did not fall")])
def test_the_last_note_says_whether_it_helped(rate, told):
    model = model_of(SmallConvNet)
    optimizer = torch.optim.SGD(model.parameters(), abs(rate), maximize=rate < 0)
    assert told in training_step(model, TASK, BATCH, optimizer)[-1].note


def test_a_broken_step_learns_nothing():
    model = model_of(SmallConvNet)
    optimizer = OPTIMIZERS["SGD"](model.parameters())
    before = [weight.clone() for weight in model.parameters()]
    with pytest.raises(VislearnError, match=r"The loss of this batch is nan\. Lower the learning rate"):
        training_step(model, TASK, (BATCH[0] * torch.nan, BATCH[1]), optimizer)
    with pytest.raises(InputError, match="clip_norm must be above 0, got 0"):
        training_step(model, TASK, BATCH, optimizer, clip_norm=0)
    assert all(torch.equal(now, then) for now, then in zip(model.parameters(), before, strict=True))
    model.requires_grad_(False)
    with pytest.raises(InputError, match="model must have a parameter that may change"):
        training_step(model, TASK, BATCH, optimizer)
