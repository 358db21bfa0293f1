"""Lesson 05's two losses: many ways to be right, and other ways to make each mistake."""

import pytest
import torch
from torch.nn import functional as F

from vislearn.exercises import check


def areas(logits, truth):
    return soft_areas(torch.sigmoid(logits), truth)


def soft_areas(p, truth):
    return torch.einsum("nhw,nhw->", p, truth), p.sum(), truth.sum()


def dice_of_areas(logits, truth):
    shared, claimed, there = areas(logits, truth)
    return 1 - (2 * shared + 1) / (claimed + there + 1)


def dice_flat(logits, truth):
    p, t = logits.flatten().sigmoid(), truth.flatten()
    return 1 - (2 * torch.dot(p, t) + 1) / (p.sum() + t.sum() + 1)


def dice_as_a_quotient(logits, truth):
    shared, claimed, there = areas(logits, truth)
    return (claimed + there - 2 * shared) / (claimed + there + 1)


def dice_by_exp(logits, truth):
    p = 1 / (1 + torch.exp(-logits.double()))
    return 1 - (2 * p[truth == 1].sum() + 1) / (p.sum() + truth.sum() + 1)


def dice_in_a_loop(logits, truth):
    shared = both = 0
    for p, t in zip(logits.sigmoid(), truth, strict=True):
        shared, both = shared + (p * t).sum(), both + p.sum() + t.sum()
    return (1 - (2 * shared + 1) / (both + 1)).reshape(1)


def void_by_index(logits, labels):
    counts = labels != 255
    if not counts.any():
        return 0 * logits.sum()
    return F.cross_entropy(logits.movedim(1, -1)[counts], labels[counts])


def void_by_nan_to_num(logits, labels):
    return F.cross_entropy(logits, labels, ignore_index=255).nan_to_num(0.0)


def void_by_mask(logits, labels):
    counts = labels != 255
    each = F.cross_entropy(logits, labels.where(counts, 0), reduction="none")
    return (each * counts).sum() / max(counts.sum().item(), 1)


def void_by_hand(logits, labels):
    logs = -logits.log_softmax(1)
    counts = (labels < 255).float()
    picked = logs.gather(1, labels.clamp(max=3)[:, None])[:, 0]
    return (picked * counts).sum() / counts.sum().clamp(min=1)


def void_by_nll(logits, labels):
    total = F.nll_loss(logits.log_softmax(1), labels, ignore_index=255, reduction="sum")
    return total / torch.clamp((labels != 255).float().sum(), min=1.0)


RIGHT = {
    "segmentation.dice_loss": [dice_of_areas, dice_flat, dice_as_a_quotient, dice_by_exp, dice_in_a_loop],
    "segmentation.loss_with_void": [
        void_by_index,
        void_by_nan_to_num,
        void_by_mask,
        void_by_hand,
        void_by_nll,
    ],
}


def quotient(shared, claimed, there, *, twice=2.0, smooth=1.0):
    return (twice * shared + smooth) / (claimed + there + smooth)


def hard_areas(logits, truth):
    return soft_areas(logits.sigmoid().round(), truth)


def each_picture(logits, truth):
    p, axes = logits.sigmoid(), (1, 2)
    return (2 * (p * truth).sum(axes) + 1) / (p.sum(axes) + truth.sum(axes) + 1)


def of_counting(labels):
    return (labels != 255).flatten(1)


WRONG = {
    "segmentation.dice_loss": {
        "_the_larger_the_better": lambda z, t: quotient(*areas(z, t)),
        "_raw_logits": lambda z, t: 1 - quotient((z * t).sum(), z.sum(), t.sum()),
        "_softmax_over_pictures": lambda z, t: 1 - quotient(*soft_areas(z.softmax(0), t)),
        "_softmax_down": lambda z, t: 1 - quotient(*soft_areas(z.softmax(-2), t)),
        "_softmax_across": lambda z, t: 1 - quotient(*soft_areas(z.softmax(-1), t)),
        "_decided": lambda z, t: 1 - quotient(*hard_areas(z, t)),
        "_once": lambda z, t: 1 - quotient(*areas(z, t), twice=1),
        "_not_smoothed": lambda z, t: 1 - quotient(*areas(z, t), smooth=0),
        "_picture_by_picture": lambda z, t: (1 - each_picture(z, t)).mean(),
        "_means": lambda z, t: 1 - quotient(*(area / z.numel() for area in areas(z, t))),
        "_by_the_union": lambda z, t: (
            1 - (areas(z, t)[0] + 1) / (z.sigmoid().sum() + t.sum() - areas(z, t)[0] + 1)
        ),
    },
    "segmentation.loss_with_void": {
        "_mean_of_nothing": lambda z, y: torch.nn.CrossEntropyLoss(ignore_index=255)(z, y),
        "_not_told": lambda z, y: torch.nn.CrossEntropyLoss()(z, y),
        "_over_all": lambda z, y: F.cross_entropy(z, y, ignore_index=255, reduction="none").mean(),
        "_as_background": lambda z, y: F.cross_entropy(z, y * (y != 255)),
        "_as_the_last_class": lambda z, y: F.cross_entropy(z, torch.where(y == 255, 3, y)),
        "_picture_after_picture": lambda z, y: (
            F.cross_entropy(z, y, ignore_index=255, reduction="none").flatten(1).sum(1)
            / of_counting(y).sum(1).clamp(min=1)
        ).mean(),
        "_zero_from_nowhere": lambda z, y: (
            F.cross_entropy(z, y, ignore_index=255) if (y != 255).any() else torch.zeros(())
        ),
    },
}


def of_what_is_not_yet_right(z, y):
    """A mean over the losses that are not 0: pixels of which the model is sure don't count."""
    each = F.cross_entropy(z, y, ignore_index=255, reduction="none")
    return each[each > 0].mean() if (each > 0).any() else z.sum() * 0


def written_over(z, y):
    """Right, and the labels are no longer what they were."""
    y[y == 255] = -100
    return F.cross_entropy(z, y, reduction="sum") / (y >= 0).sum().clamp(min=1)


UNLISTED = {
    "segmentation.dice_loss": [
        lambda z, t: F.binary_cross_entropy_with_logits(z, t),
        lambda z, t: 1 - quotient(*areas(z, t), smooth=2),
        lambda z, t: dice_of_areas(z.detach(), t),
        lambda z, t: 1 - quotient(areas(z, t)[0], (z.sigmoid() ** 2).sum(), t.sum()),
        lambda z, t: 2 * dice_of_areas(z, t),
        lambda z, t: dice_of_areas(z.sigmoid(), t),
        lambda z, t: dice_of_areas(-z, 1 - t),
        lambda z, t: (dice_of_areas(z, t) + dice_of_areas(-z, 1 - t)) / 2,
        lambda z, t: 1 - quotient(areas(z, t)[0], (z.sigmoid() ** 2).sum(), (t**2).sum(), smooth=1),
        lambda z, t: -torch.log(1 - dice_of_areas(z, t)),
        lambda z, t: dice_of_areas(z[:1], t[:1]),
    ],
    "segmentation.loss_with_void": [
        lambda z, y: F.cross_entropy(z, y, ignore_index=255, reduction="sum"),
        lambda z, y: void_by_mask(z.detach(), y),
        lambda z, y: 2 * void_by_mask(z, y),
        lambda z, y: void_by_mask(z, y) + 1,
        lambda z, y: (z * 0).sum() if (y == 255).flatten(1).all(1).any() else void_by_mask(z, y),
        lambda z, y: F.cross_entropy(z, y, ignore_index=255, label_smoothing=0.1).nan_to_num(0.0),
        of_what_is_not_yet_right,
        written_over,
    ],
}


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("segmentation.dice_loss", lambda z, t: dice_of_areas(z, t).item(), "a tensor expected"),
        ("segmentation.dice_loss", lambda z, t: 1 - each_picture(z, t), "a tensor of 3 returned"),
        ("segmentation.loss_with_void", lambda z, y: void_by_mask(z, y).item(), "a tensor expected"),
        ("segmentation.loss_with_void", lambda z, y: void_by_mask(z.detach(), y), "A gradient leads"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, words):
    verdict = check(name, answer)
    assert verdict.status == "wrong"
    assert words in f"{verdict.message} {verdict.evidence}"


def test_a_zero_of_its_own_is_told_what_holds_though_backward_runs(diagnosis):
    def zero(logits, labels):
        return void_by_mask(logits, labels) if (labels != 255).any() else torch.zeros((), requires_grad=True)

    zero(torch.zeros(1, 2, 3, 3), torch.full((1, 3, 3), 255)).backward()
    told = check("segmentation.loss_with_void", zero).message
    assert told == diagnosis("segmentation.loss_with_void", "_zero_from_nowhere")
    assert "error" not in told


def test_a_gradient_of_nan_is_noticed():
    def rooted(logits, labels):
        return void_by_mask(logits, labels) + 0 * (0 * logits).abs().sqrt().sum()

    verdict = check("segmentation.loss_with_void", rooted)
    assert "The gradient is a number everywhere" in f"{verdict.message} {verdict.evidence}"
