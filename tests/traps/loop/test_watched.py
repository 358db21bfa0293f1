import copy
import io
import pickle

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import lr_scheduler
from torch.optim.optimizer import Optimizer, _global_optimizer_post_hooks, _global_optimizer_pre_hooks
from torch.utils.data.dataloader import _BaseDataLoaderIter

from vislearn import traps
from vislearn.errors import InputError
from vislearn.models import SmallResNet, detector
from vislearn.training import ClassificationTask, fit, fit_detector

SCHEDULES = [lr_scheduler.LRScheduler, lr_scheduler.ReduceLROnPlateau, lr_scheduler.SequentialLR]


def patched():
    """Everything that a watch exchanges, as it is now."""
    functions = [torch.autograd.backward, torch.autograd.grad, vars(_BaseDataLoaderIter)["__next__"]]
    functions += [
        F.cross_entropy,
        F.nll_loss,
        torch.binary_cross_entropy_with_logits,
        torch._C._nn.cross_entropy_loss,
        torch._C._nn.nll_loss_nd,
        vars(Optimizer)["zero_grad"],
    ]
    return functions + [vars(kind)["step"] for kind in SCHEDULES]


def hooks(*models):
    layers = [layer for model in models for layer in model.modules()]
    return [hook for layer in layers for hook in (*layer._forward_hooks, *layer._forward_pre_hooks)]


def forgetful(model, optimizer, right):
    for images, labels in right["loaders"]()[0]:
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()


def test_all_is_given_back(right):
    model = right["Net"]()
    optimizer, before = torch.optim.SGD(model.parameters(), lr=0.1), patched()
    scheduler = lr_scheduler.StepLR(optimizer, 1)
    kept = set(vars(scheduler)), set(vars(optimizer)) | {"_opt_called"}, set(vars(model))  # which torch adds
    with traps.watch(model, optimizer, scheduler, say=None):
        assert all(one is not other for one, other in zip(patched()[:3], before[:3], strict=True))
        forgetful(model, optimizer, right)
        assert hooks(model)
    assert all(one is other for one, other in zip(patched(), before, strict=True))
    assert not hooks(model)
    assert not _global_optimizer_post_hooks
    assert not _global_optimizer_pre_hooks
    assert not any(one._backward_hooks for one in model.parameters())
    assert (set(vars(scheduler)), set(vars(optimizer)), set(vars(model))) == kept


def test_all_is_given_back_after_an_error_and_what_was_found_is_said(right):
    model, before, said = right["Net"](), patched(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def interrupted():
        with traps.watch(model, optimizer, say=said.append):
            forgetful(model, optimizer, right)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert all(one is other for one, other in zip(patched(), before, strict=True))
    assert not hooks(model)
    assert len(said) == 1


def test_all_is_given_back_where_the_watch_itself_can_not_begin(right, monkeypatch):
    before = patched()
    monkeypatch.setattr("vislearn.traps.loop.watched._schedule_kinds", lambda: 1 / 0)
    model = right["Net"]()
    with pytest.raises(ZeroDivisionError), traps.watch(model, say=None):
        pass
    assert all(one is other for one, other in zip(patched(), before, strict=True))
    assert not hooks(model)


def test_one_watch_inside_another(right):
    model, before = right["Net"](), patched()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with traps.watch(model, optimizer, say=None) as outer, traps.watch(model, optimizer, say=None) as inner:
        forgetful(model, optimizer, right)
    assert [one.trap.name for one in outer.found] == [one.trap.name for one in inner.found]
    assert all(one is other for one, other in zip(patched(), before, strict=True))


def test_copies_and_files_take_no_watch_along():
    model = SmallResNet(2, width=8)
    with traps.watch(model, say=None) as watched:
        twin = copy.deepcopy(model)
        read = pickle.loads(pickle.dumps(model))
        scheduler = lr_scheduler.StepLR(torch.optim.SGD(model.parameters(), lr=0.1), 1)
        torch.save(scheduler.state_dict(), file := io.BytesIO())
        for other in (twin, read):
            other(torch.rand(2, 3, 8, 8))
        assert watched.inputs.training == []
        model(torch.rand(2, 3, 8, 8))
        assert len(watched.inputs.training) == 1
    file.seek(0)
    assert torch.load(file, weights_only=True) == scheduler.state_dict()


def test_numbers_are_the_same_with_and_without(right):
    def weights(with_watch):
        torch.manual_seed(3)
        model = right["Net"]()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        if with_watch:
            with traps.watch(model, optimizer, say=None):
                forgetful(model, optimizer, right)
        else:
            forgetful(model, optimizer, right)
        return model.state_dict()

    one, other = weights(False), weights(True)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_right_code_is_silent_and_wrong_code_gets_one_sentence(right, capsys):
    right["plain"](traps.watch)
    assert capsys.readouterr().out == ""
    model = right["Net"]()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with traps.watch(model, optimizer) as watched:
        forgetful(model, optimizer, right)
    said = capsys.readouterr().out
    assert said.count("certain: ") == 1
    assert said.startswith("certain: SGD takes its steps")
    assert said.strip() == str(watched)


def test_found_is_there_before_the_end(right):
    model = right["Net"]()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with traps.watch(model, optimizer, say=None) as watched:
        assert watched.found == []
        forgetful(model, optimizer, right)
        assert [one.trap.name for one in watched.found] == ["zero_grad_forgotten"]


def test_the_surest_comes_first(right):
    model = right["Net"]()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    with traps.watch(model, optimizer, say=None) as watched:
        for images, labels in right["loaders"]()[0]:
            F.cross_entropy(model((images - 0.5) / 0.25 - 2), labels).backward()
            optimizer.step()
        model(torch.rand(2, 3, 8, 8))
    assert [one.trap.certainty for one in watched.found] == ["certain"]


@pytest.mark.parametrize("parts", [(), ("model",), (nn.Linear(1, 1), 3)])
def test_what_is_no_model_is_refused(parts):
    before = patched()
    with pytest.raises(InputError), traps.watch(*parts):
        pass
    assert all(one is other for one, other in zip(patched(), before, strict=True))


def test_fit_is_silent(right, monkeypatch):
    monkeypatch.setenv("VISLEARN_DEVICE", "cpu")
    model, (loader, val_loader) = right["Net"](), right["loaders"]()
    for schedule, by in ((lr_scheduler.OneCycleLR, "batch"), (lr_scheduler.CosineAnnealingLR, "epoch")):
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
        scheduler = schedule(optimizer, *((0.1, 24) if by == "batch" else (3,)))
        with traps.watch(model, optimizer, scheduler, say=None) as watched:
            fit(
                model,
                ClassificationTask(),
                loader,
                epochs=3,
                optimizer=optimizer,
                scheduler=scheduler,
                scheduler_step=by,
                val_loader=val_loader,
                clip_norm=1.0,
                patience=3,
            )
        assert watched.found == []


class Squares(torch.utils.data.Dataset):
    """Pictures with one object each."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        boxes = torch.tensor([[4.0, 4.0, 26.0, 26.0]])
        target = {"boxes": boxes, "labels": torch.tensor([1]), "image_id": torch.tensor([index])}
        return torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(index)), target


def test_fit_of_a_detector_is_silent(monkeypatch):
    monkeypatch.setenv("VISLEARN_DEVICE", "cpu")
    torch.manual_seed(0)
    model = detector("faster_rcnn", 1, SmallResNet(2, width=8), channels=16, anchor_sizes=(24,))
    with traps.watch(model, say=None) as watched:
        fit_detector(model, Squares(), Squares(), epochs=2)
    assert watched.found == []
    assert watched.gradients.samples


def test_a_trap_that_fails_costs_no_training(right, monkeypatch):
    monkeypatch.setattr(traps.Watched, "found", property(lambda _watched: 1 / 0))
    said = []
    with pytest.warns(UserWarning, match="could not say"), traps.watch(right["Net"](), say=said.append):
        pass
    assert said == []
