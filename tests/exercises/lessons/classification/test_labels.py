"""Lesson 11's doubtful labels: other ways to find them, and other ways to make each mistake."""

import numpy as np
import torch
from torch import nn

SUSPECTS = "classification.suspects"


def own(p, y):
    return p[torch.arange(len(y)), y]


def by_loss(p, y, count):
    return nn.functional.nll_loss(p.log(), y, reduction="none").argsort(descending=True)[:count]


def by_topk(p, y, count):
    return own(p, y).topk(count, largest=False).indices


def by_one_hot(p, y, count):
    return (p * nn.functional.one_hot(y, p.shape[1])).sum(1).sort().indices[:count]


def by_numpy(p, y, count):
    return np.argsort(p.numpy()[np.arange(len(y)), y.numpy()])[:count]


def by_sorted(p, y, count):
    return sorted(range(len(y)), key=lambda at: float(p[at][y[at]]))[:count]


RIGHT = {SUSPECTS: [by_loss, by_topk, by_one_hot, by_numpy, by_sorted]}

WRONG = {
    SUSPECTS: {
        "_believed": lambda p, y, count: own(p, y).topk(count).indices,
        "_unsure": lambda p, y, count: p.amax(1).topk(count, largest=False).indices,
        "_sure": lambda p, y, count: p.amax(1).topk(count).indices,
        "_values": lambda p, y, count: own(p, y).topk(count, largest=False).values,
        "_all_of_them": lambda p, y, count: own(p, y).sort().indices,
        "_in_order": lambda p, y, count: sorted(by_sorted(p, y, count)),
        "_backwards": lambda p, y, count: own(p, y).sort(descending=True).indices[-count:],
    }
}

UNLISTED = {
    SUSPECTS: [
        lambda p, y, count: by_loss(p, y, count + 1),
        lambda p, y, count: by_loss(p, y, count - 1),
        lambda p, y, count: (p.argmax(1) != y).nonzero()[:, 0],
        lambda p, y, count: y[by_loss(p, y, count)],
        lambda p, y, count: own(p, y) < 0.5,
        lambda p, y, count: by_loss(p, y, count)[:, None],
        lambda p, y, count: (p.max(1).values - own(p, y)).topk(count).indices,
        lambda p, y, count: -(p * p.log()).sum(1).argsort()[:count],
        lambda p, y, count: by_loss(p, y, count) + 1,
        lambda p, y, count: by_loss(p, y, len(y))[-count:],
        lambda p, y, count: by_loss(p, y, count).float(),
    ]
}
