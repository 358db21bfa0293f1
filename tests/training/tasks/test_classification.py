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


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (torch.zeros(4, 1, dtype=torch.int64), r"got int64 \(4, 1\). Add .squeeze\(1\)"),
        (torch.eye(3, dtype=torch.int64)[[0, 1, 2, 0]], r"got int64 \(4, 3\). One-hot .* .argmax\(dim=1\)"),
        (torch.zeros(4), r"got float32 \(4,\). Add .long\(\)"),
        ([0, 1, 2, 0], r"got list. torch.tensor\(labels\)"),
        (torch.zeros(3, dtype=torch.int64), "got 3 for 4 pictures"),
        (torch.zeros(4, 2, 2, dtype=torch.int64), "got int64 .* class per pixel"),
    ],
)
def test_labels_of_another_form_are_named_in_the_first_batch(target, said):
    batch = (torch.zeros(4, 3), target)
    for job in (
        lambda task: task.loss(nn.Identity(), batch),
        lambda task: task.evaluate(nn.Identity(), [batch]),
    ):
        with pytest.raises(InputError, match=r"labels must be integers \(N,\).*" + said):
            job(ClassificationTask())


def test_a_batch_that_is_no_pair_is_named():
    with pytest.raises(InputError, match=r"must be \(pictures, classes\), got 3 parts"):
        ClassificationTask().loss(nn.Identity(), (1, 2, 3))


def test_shares_of_classes_can_be_learned_from_and_not_judged_by():
    logits, target = three()
    shares = torch.eye(3)[target]
    task = ClassificationTask()
    plain = task.loss(nn.Identity(), (logits, target))
    assert task.loss(nn.Identity(), (logits, shares)).item() == pytest.approx(plain.item())
    with pytest.raises(InputError, match=r"got float32 \(7, 3\)"):
        task.evaluate(nn.Identity(), [(logits, shares)])


@pytest.mark.parametrize("dtype", [torch.int32, torch.uint8, torch.int16])
def test_every_type_of_integer_is_a_class(dtype):
    logits, target = three()
    task = ClassificationTask()
    assert task.loss(nn.Identity(), (logits, target.to(dtype))) == task.loss(nn.Identity(), (logits, target))
    own = task.evaluate(nn.Identity(), [(logits, target.to(dtype))])
    assert own == task.evaluate(nn.Identity(), [(logits, target)])


def test_pictures_that_were_never_scaled_are_warned_of_once():
    model, task = nn.Sequential(nn.Flatten(), nn.Linear(12, 2)), ClassificationTask()
    batch = (torch.full((1, 3, 2, 2), 255.0), torch.tensor([0]))
    with pytest.warns(UserWarning, match="values reach 255: .* scale=True"):
        task.loss(model, batch)
    task.loss(model, batch)
