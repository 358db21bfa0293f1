"""The stages by themselves; that a whole rebuild goes on after a kill, test_rebuild.py shows."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.training.history import History
from vislearn.training.in_memory.pictures import Batches, Pictures
from vislearn.training.recipes.plans import PLANS
from vislearn.training.recipes.stages import Training

PLAN = replace(PLANS["photo"], batch_size=8, width=4, epochs=2, branches=2, averaged_epochs=2, max_lr=0.05)


def training(folder, count=16, said=None, **changed):
    pixels = torch.randint(
        0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    pictures = Pictures(pixels, torch.arange(count) % 2, ("dark", "light"))
    say = (lambda line: None) if said is None else said.append
    plan = replace(PLAN, **changed)
    return Training(plan, pictures, 2, seed=0, amp=None, compile=False, folder=folder, say=say)


def test_too_few_pictures_for_a_batch_are_refused(tmp_path):
    with pytest.raises(InputError, match="pictures must be at least 8 to learn from, got 7"):
        training(tmp_path, count=7).run()


def test_without_branches_the_cycle_is_all(tmp_path):
    said = []
    _model, history = training(tmp_path, said=said, branches=0, averaged_epochs=0).run()
    assert len(history) == 2
    assert [line[:12] for line in said] == ["Epoch 1 of 2", "Epoch 2 of 2"]


def test_every_stage_has_an_order_of_its_own_and_epochs_are_counted_through_all(tmp_path, monkeypatch):
    said, seeds = [], []

    def watched(*given, seed, **more):
        seeds.append(seed)
        return Batches(*given, seed=seed, **more)

    monkeypatch.setattr("vislearn.training.recipes.stages.Batches", watched)
    training(tmp_path, said=said).run()
    assert seeds == [0, 1, 2, 3]  # the cycle, two branches, BatchNorm
    assert [line.split(":")[0] for line in said] == [f"Epoch {number} of 6" for number in range(1, 7)]


def test_the_rate_has_a_cycle_then_stays_constant(tmp_path):
    _model, history = training(tmp_path, averaged_lr=0.01).run()
    rates = history["learning_rate"]
    assert rates[2:] == pytest.approx([0.01] * 4)
    assert rates[0] != rates[1]


def test_the_branches_differ_and_their_mean_is_kept_with_batch_norm_measured_for_it(tmp_path, monkeypatch):
    kept, branch = [], Training.branch

    def watched(self, number, model, before):
        learned, history = branch(self, number, model, before)
        kept.append({key: value.clone() for key, value in learned.state_dict().items()})
        return learned, history

    monkeypatch.setattr(Training, "branch", watched)
    model, _history = training(tmp_path).run()
    found, (first, second) = model.state_dict(), kept
    assert not torch.equal(first["conv1.weight"], second["conv1.weight"])
    torch.testing.assert_close(found["conv1.weight"], (first["conv1.weight"] + second["conv1.weight"]) / 2)
    assert found["bn1.num_batches_tracked"] == 2  # one pass
    assert not torch.allclose(found["bn1.running_var"], second["bn1.running_var"], rtol=1e-3)


@pytest.fixture
def asked_of_fit(monkeypatch):
    """What each stage asks `fit` for: model, task, how many batches, and the rest; nothing is learned."""
    asked = []

    def note(model, task, loader, **how):
        asked.append({"model": model, "task": task, "batches": len(loader), **how})
        return History()

    monkeypatch.setattr("vislearn.training.recipes.stages.fit", note)
    return asked


def test_each_stage_learns_as_the_plan_says(tmp_path, asked_of_fit):
    one = training(tmp_path, label_smoothing=0.2, warm_up=0.4, averaged_lr=0.01, averaged_over=3.0)
    replace(one, amp="bf16", compile=True).run()
    assert [each["checkpoint"].name for each in asked_of_fit] == [
        f"photo.training{part}.pt" for part in ("", ".branch0", ".branch1")
    ]
    for each in asked_of_fit:
        assert each["task"].label_smoothing == 0.2
        assert (each["epochs"], each["batches"], each["amp"], each["compile"]) == (2, 2, "bf16", True)
        assert (each["channels_last"], each["progress"]) == (True, False)
    cycle, branch, _other = asked_of_fit
    schedule = cycle["scheduler"]
    assert (schedule.total_steps, branch["scheduler"]) == (4, None)
    assert max(group["max_lr"] for group in schedule.optimizer.param_groups) == 0.05
    rates = []
    for _ in range(4):
        rates.append(schedule.get_last_lr()[0])
        schedule.optimizer.step()
        if len(rates) < 4:
            schedule.step()
    # it rises over two fifths of the four steps, then falls: step 0.6 of 3 is the highest
    assert rates[1] == max(rates) > rates[2] > rates[3]
    assert {group["lr"] for group in branch["optimizer"].param_groups} == {0.01}
    averaging = branch["model"]
    before = averaging.average.conv1.weight.clone()
    averaging.learner.conv1.weight.grad = torch.ones_like(before)
    branch["optimizer"].step()
    moved = averaging.learner.conv1.weight - before
    torch.testing.assert_close(averaging.average.conv1.weight - before, moved, rtol=1e-4, atol=1e-6)
    once = averaging.average.conv1.weight.clone()
    branch["optimizer"].step()
    gone = averaging.learner.conv1.weight - once
    # three epochs of two steps: a step counts one sixth
    torch.testing.assert_close(averaging.average.conv1.weight - once, gone / 6, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("nothing", [True, False])
def test_what_takes_the_steps_and_where_the_network_begins(tmp_path, asked_of_fit, optimizer, nothing):
    one = training(tmp_path, optimizer=optimizer, start_at_nothing=nothing, weight_decay=0.03, branches=0)
    (model, _history), again = one.cycle(), one.cycle()[0]
    steps = asked_of_fit[0]["optimizer"]
    if optimizer == "adamw":
        assert isinstance(steps, torch.optim.AdamW)
    else:
        assert isinstance(steps, torch.optim.SGD)
        assert (steps.defaults["momentum"], steps.defaults["nesterov"]) == (0.9, True)
    assert {group["weight_decay"] for group in steps.param_groups} == {0.0, 0.03}
    last = [
        block.bn2.weight for block in model.modules() if isinstance(getattr(block, "bn2", None), nn.Module)
    ]
    assert last
    assert all(bool((weight == (0 if nothing else 1)).all()) for weight in last)
    assert torch.equal(model.conv1.weight, again.conv1.weight)  # the seed decides
