import pytest
import torch
from torch import nn

from vislearn.errors import InputError
from vislearn.training.stopping import Best


def watched(best, scores, column="val_loss"):
    """Which epochs improved, and the one after which patience ran out."""
    model, improved = nn.Linear(1, 1, bias=False), []
    for epoch, score in enumerate(scores):
        nn.init.constant_(model.weight, epoch)
        if best.look(epoch, {"train_loss": 0.0, column: score}, model):
            improved.append(epoch)
        if best.exhausted:
            break
    return model, improved, epoch


def test_a_loss_is_to_fall_and_patience_counts_epochs_in_a_row():
    best = Best(None, 2, keep=True)
    model, improved, last = watched(best, [3, 2, 2.5, 1, 1, 1.5, 0])
    assert (improved, last, best.epoch, best.score) == ([0, 1, 3], 5, 3, 1)
    best.restore(model)
    assert model.weight.item() == 3


def test_with_a_patience_of_one_the_first_epoch_without_a_best_ends_it():
    _, improved, last = watched(Best(None, 1, keep=False), [3, 2, 2, 1])
    assert (improved, last) == ([0, 1], 2)


def test_every_other_column_is_to_rise():
    _, improved, _ = watched(Best("val_accuracy", None, keep=False), [0.1, 0.3, 0.2, 0.4], "val_accuracy")
    assert improved == [0, 1, 3]


def test_the_task_says_what_it_is_judged_by_and_the_first_score_stands_in():
    row = {"train_loss": 1.0, "val_map": 0.7, "val_map50": 0.9}
    assert Best(None, None, keep=False, judged_by="val_map50").column(row) == "val_map50"
    assert Best(None, None, keep=False).column(row) == "val_map"
    assert Best(None, None, keep=False).column({**row, "val_loss": 1.0}) == "val_loss"
    assert Best("train_loss", None, keep=False, judged_by="val_map").column(row) == "train_loss"


def test_a_first_epoch_without_a_score_does_not_stay_the_best():
    best = Best(None, None, keep=False, judged_by="val_map")
    _, improved, _ = watched(best, [float("nan"), 0.2, float("nan"), 0.1], "val_map")
    assert improved == [0, 1]


def test_without_patience_it_never_ends_and_without_keep_nothing_is_kept():
    best = Best(None, None, keep=False)
    model, improved, last = watched(best, [1, 2, 3, 4])
    assert (improved, last, best.weights) == ([0], 3, None)
    best.restore(model)
    assert model.weight.item() == 3


def test_without_validation_the_training_loss_decides():
    best = Best(None, None, keep=False)
    assert best.value({"train_loss": 2.0}) == 2


def test_it_goes_on_from_its_state():
    best, again = Best(None, 2, keep=True), Best(None, 2, keep=True)
    watched(best, [1, 2])
    again.load(best.state())
    assert (again.epoch, again.score) == (0, 1)
    assert torch.equal(again.weights["weight"], best.weights["weight"])
    assert not again.exhausted
    again.look(2, {"val_loss": 5.0}, nn.Linear(1, 1))
    assert again.exhausted


def test_unknown_columns_and_no_patience_at_all_are_refused():
    with pytest.raises(InputError, match="Did you mean 'val_loss'"):
        Best("val_los", None, keep=False).value({"train_loss": 1.0, "val_loss": 1.0})
    with pytest.raises(InputError, match="patience must be at least 1"):
        Best(None, 0, keep=False)
