import pytest
import torch
from sklearn.metrics import accuracy_score, precision_recall_fscore_support, top_k_accuracy_score
from torch import nn

from vislearn.errors import InputError
from vislearn.training import ClassificationTask


def test_scores_do_not_depend_on_how_pictures_are_batched():
    chance = torch.Generator().manual_seed(0)
    images, target = torch.randn(7, 3, generator=chance), torch.randint(3, (7,), generator=chance)
    whole = ClassificationTask().evaluate(nn.Identity(), [(images, target)])
    parts = ClassificationTask().evaluate(nn.Identity(), [(images[:5], target[:5]), (images[5:], target[5:])])
    assert parts == pytest.approx(whole)
    assert whole["loss"] == pytest.approx(nn.functional.cross_entropy(images, target).item())


def test_loss_is_cross_entropy_with_a_gradient():
    model = nn.Linear(3, 2)
    batch = (torch.ones(4, 3), torch.tensor([0, 1, 0, 1]))
    loss = ClassificationTask().loss(model, batch)
    loss.backward()
    assert loss.item() == pytest.approx(nn.functional.cross_entropy(model(batch[0]), batch[1]).item())
    assert model.weight.grad.abs().sum() > 0


def three():
    """Seven answers among three classes, with their truth."""
    chance = torch.Generator().manual_seed(2)
    return torch.randn(7, 3, generator=chance), torch.tensor([0, 1, 2, 0, 1, 2, 0])


def test_smoothing_and_weights_change_the_training_loss_and_not_the_score():
    logits, target = three()
    weights = [1.0, 2.0, 5.0]
    task = ClassificationTask(label_smoothing=0.1, class_weights=weights)
    expected = nn.functional.cross_entropy(logits, target, torch.tensor(weights), label_smoothing=0.1)
    assert task.loss(nn.Identity(), (logits, target)).item() == pytest.approx(expected.item())
    scores = task.evaluate(nn.Identity(), [(logits, target)])
    assert scores["loss"] == pytest.approx(nn.functional.cross_entropy(logits, target).item())


def test_soft_labels_of_mixed_pictures_have_a_loss():
    logits, target = three()
    soft = nn.functional.one_hot(target, 3).float()
    plain = ClassificationTask().loss(nn.Identity(), (logits, target))
    assert ClassificationTask().loss(nn.Identity(), (logits, soft)).item() == pytest.approx(plain.item())


def test_scores_asked_for_are_scikit_learns():
    logits, target = three()
    parts = [(logits[:4], target[:4]), (logits[4:], target[4:])]
    scores = ClassificationTask(top_k=2, macro=True).evaluate(nn.Identity(), parts)
    answers = logits.argmax(1)
    oracle = precision_recall_fscore_support(target, answers, average="macro", zero_division=0)
    assert [scores[f"macro_{name}"] for name in ("precision", "recall", "f1")] == pytest.approx(oracle[:3])
    assert scores["top2_accuracy"] == pytest.approx(top_k_accuracy_score(target, logits, k=2))
    assert scores["accuracy"] == pytest.approx(accuracy_score(target, answers))


@pytest.mark.parametrize(
    ("label", "message"),
    [(3, r"labels must lie in 0…2, .* got 3. .* at least 4 scores"), (-1, "got -1. Labels count from 0")],
)
@pytest.mark.parametrize("job", ["loss", "evaluate"])
def test_a_label_without_a_score_is_named(job, label, message):
    logits, target = three()
    target[4] = label
    batch = (logits, target)
    with pytest.raises(InputError, match=message):
        getattr(ClassificationTask(), job)(nn.Identity(), batch if job == "loss" else [batch])


def test_a_complaint_is_about_labels_and_only_where_there_is_one():
    task, (logits, target) = ClassificationTask(), three()
    task.loss(nn.Identity(), (logits, target))
    assert task.complaint((logits, target)) == ""
    target[0] = 7
    assert "got 7" in task.complaint((logits, target))


def test_no_batches_and_impossible_smoothing_are_refused():
    with pytest.raises(InputError, match="loader must yield at least one batch"):
        ClassificationTask().evaluate(nn.Identity(), [])
    with pytest.raises(InputError, match=r"label_smoothing must lie in 0..1, got 1"):
        ClassificationTask(label_smoothing=1)
