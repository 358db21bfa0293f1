import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR, ReduceLROnPlateau

from vislearn.errors import InputError
from vislearn.training.updates import Updates, require_steps, require_trainable


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.Linear(3, 1, bias=False)


def sgd(model, lr=1.0):
    return torch.optim.SGD(model.parameters(), lr=lr)


def loss_of(model, images):
    return model(images).mean()


def test_batches_accumulated_are_one_large_batch(model):
    images, start = torch.randn(6, 3), model.weight.detach().clone()
    updates = Updates(model, sgd(model), accumulate=3)
    for part in images.split(2):
        updates.learn(loss_of(model, part))
    assert model.weight.detach().allclose(start - images.mean(0))


def test_batches_of_different_sizes_accumulated_are_one_large_batch(model):
    images, start = torch.randn(9, 3), model.weight.detach().clone()
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    updates = Updates(model, sgd(model), accumulate=4, scaler=scaler)
    for part in images.split((4, 4, 1)):
        updates.learn(loss_of(model, part), len(part))
    updates.finish_epoch()
    assert model.weight.detach().allclose(start - images.mean(0), atol=1e-6)


def test_the_rest_of_an_epoch_weighs_as_much_as_a_whole_group(model):
    images, start = torch.randn(2, 3), model.weight.detach().clone()
    updates = Updates(model, sgd(model), accumulate=3)
    updates.learn(loss_of(model, images))
    assert (updates.pending, torch.equal(model.weight, start)) == (1, True)
    updates.finish_epoch()
    assert updates.pending == 0
    assert model.weight.detach().allclose(start - images.mean(0))
    updates.finish_epoch()  # nothing left to do
    assert model.weight.detach().allclose(start - images.mean(0))


@pytest.mark.parametrize("accumulate", [1, 2, 3])
@pytest.mark.parametrize("sizes", [(4,), (4, 4), (4, 1), (2, 4, 4), (3, 1, 2, 2)])
def test_every_picture_of_a_group_counts_alike_however_many_there_are(model, accumulate, sizes):
    """The step of each group is the mean over its pictures, also where the epoch cuts the last one short."""
    images, due = torch.randn(sum(sizes), 3), model.weight.detach().clone()
    updates = Updates(model, sgd(model, lr=0.5), accumulate=accumulate)
    parts = images.split(sizes)
    for first in range(0, len(parts), accumulate):
        due = due - 0.5 * torch.cat(parts[first : first + accumulate]).mean(0)
    for part in parts:
        updates.learn(loss_of(model, part), len(part))
        if not updates.pending:
            model.zero_grad()
    updates.finish_epoch()
    assert model.weight.detach().allclose(due, atol=1e-6)


def test_clipping_shortens_what_is_too_long_and_nothing_else(model):
    start = model.weight.detach().clone()
    Updates(model, sgd(model), clip_norm=0.5).learn(loss_of(model, torch.tensor([[3.0, 0, 4]])))
    assert (start - model.weight.detach()).norm().item() == pytest.approx(0.5, rel=1e-4)
    model.zero_grad()
    start = model.weight.detach().clone()
    Updates(model, sgd(model), clip_norm=10).learn(loss_of(model, torch.tensor([[3.0, 0, 4]])))
    assert (start - model.weight.detach()).norm().item() == pytest.approx(5)


@pytest.mark.parametrize(("scheduler_step", "steps"), [("batch", 4), ("epoch", 1)])
def test_a_schedule_steps_when_it_is_told_to(model, scheduler_step, steps):
    optimizer = sgd(model)
    scheduler = LambdaLR(optimizer, lambda step: 1 / (1 + step))
    updates = Updates(model, optimizer, scheduler, scheduler_step=scheduler_step)
    for _ in range(4):
        updates.learn(loss_of(model, torch.ones(1, 3)))
    updates.schedule_epoch(0.0)
    assert scheduler.last_epoch == steps


def test_with_accumulation_a_schedule_steps_with_the_optimizer(model):
    optimizer = sgd(model)
    scheduler = LambdaLR(optimizer, lambda step: 1.0)
    updates = Updates(model, optimizer, scheduler, accumulate=2)
    for _ in range(4):
        updates.learn(loss_of(model, torch.ones(1, 3)))
    assert scheduler.last_epoch == 2


def test_a_plateau_waits_for_the_score_of_the_epoch(model):
    optimizer = sgd(model)
    updates = Updates(model, optimizer, ReduceLROnPlateau(optimizer, factor=0.1, patience=0))
    for score in (1.0, 2.0):
        updates.learn(loss_of(model, torch.ones(1, 3)))
        assert optimizer.param_groups[0]["lr"] == 1
        updates.schedule_epoch(score)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1)


def test_a_scaled_loss_gives_the_same_step_and_an_overflow_none(model):
    start, optimizer = model.weight.detach().clone(), sgd(model)
    scheduler = LambdaLR(optimizer, lambda step: 1.0)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0)
    updates = Updates(model, optimizer, scheduler, scaler=scaler, clip_norm=1.0)
    updates.learn(loss_of(model, torch.tensor([[3.0, 0, 4]])))
    assert (start - model.weight.detach()).norm().item() == pytest.approx(1, rel=1e-4)
    model.zero_grad()
    start = model.weight.detach().clone()
    updates.learn(loss_of(model, torch.tensor([[torch.inf, 0, 4]])))
    assert torch.equal(model.weight, start)
    assert (scheduler.last_epoch, scaler.get_scale()) == (1, 4.0)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"accumulate": 0}, "accumulate must be at least 1"),
        ({"clip_norm": 0}, "clip_norm must be above 0"),
        ({"scheduler_step": "step"}, "scheduler_step must be one of 'batch', 'epoch'"),
    ],
)
def test_settings_out_of_range_are_refused(model, how, message):
    with pytest.raises(InputError, match=message):
        Updates(model, sgd(model), **how)


@pytest.mark.parametrize(
    ("epochs", "accumulate", "step", "fits"),
    [
        (3, 1, "batch", True),
        (4, 1, "batch", False),
        (6, 2, "batch", True),
        (7, 2, "batch", False),
        (12, 1, "epoch", True),
        (13, 1, "epoch", False),
    ],
)
def test_a_schedule_too_short_is_refused_before_the_first_batch(model, epochs, accumulate, step, fits):
    scheduler = OneCycleLR(sgd(model), 1.0, total_steps=12)
    if fits:
        require_steps(scheduler, step, epochs, [0] * 4, accumulate)
        return
    with pytest.raises(InputError, match="scheduler must be made for at least"):
        require_steps(scheduler, step, epochs, [0] * 4, accumulate)


def test_an_optimizer_of_another_model_is_refused(model):
    with pytest.raises(InputError, match="must hold parameters of this model, got none"):
        require_trainable(model, sgd(nn.Linear(3, 1)))


def test_an_optimizer_of_frozen_parameters_is_refused(model):
    model.requires_grad_(False)
    with pytest.raises(InputError, match="got 1 frozen ones"):
        require_trainable(model, sgd(model))
    model.requires_grad_(True)
    require_trainable(model, sgd(model))


def test_gradients_that_a_replay_writes_over_are_copied_before():
    weight = nn.Parameter(torch.zeros(1))
    model, place = nn.ParameterList([weight]), torch.ones(1)  # the memory of a graph, whose gradient is 1

    def taken(parameter):  # as torch takes a graph's memory for the first gradient
        parameter.grad = place

    hook = weight.register_post_accumulate_grad_hook(taken)
    updates = Updates(model, torch.optim.SGD(model.parameters(), lr=1.0), accumulate=2, replayed=True)
    updates.learn(2 * weight.sum())
    hook.remove()
    place.fill_(100.0)  # the next replay
    updates.learn(2 * weight.sum())
    assert weight.item() == -2
