"""Lesson 09's focal loss, and logits put right: ways to be right, and other ways to make each mistake."""

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.ops import sigmoid_focal_loss

from vislearn import imbalance, ops
from vislearn.exercises import check

FOCAL, LOGITS = "imbalance.focal_loss", "imbalance.adjusted_logits"


def of_truth(logits, labels):
    return logits.softmax(1)[torch.arange(len(labels)), labels]


def by_probabilities(logits, labels, gamma):
    p = of_truth(logits, labels)
    return -((1 - p) ** gamma * p.log()).mean()


def by_log_softmax(logits, labels, gamma):
    log_p = logits.log_softmax(1).gather(1, labels[:, None]).squeeze(1)
    return (torch.pow(1 - log_p.exp(), gamma) * -log_p).sum() / len(labels)


def by_one_hot(logits, labels, gamma):
    p = logits.softmax(1)
    each = -F.one_hot(labels, logits.shape[1]) * (1 - p) ** gamma * p.log()
    return each.sum(1).mean()


def in_a_loop(logits, labels, gamma):
    losses = []
    for row, label in zip(logits, labels, strict=True):
        p = torch.softmax(row, dim=0)[label]
        losses.append(-((1 - p) ** gamma) * torch.log(p))
    return torch.stack(losses).mean()


def by_nll(logits, labels, gamma):
    loss = nn.NLLLoss(reduction="none")(logits.double().log_softmax(1), labels)
    return torch.mean((1 - torch.exp(-loss)) ** gamma * loss).reshape(1)


def by_the_course(logits, labels, gamma):
    return ops.focal_loss(logits, labels, gamma)


def by_torchvision(logits, labels, gamma, **options):
    truth = torch.zeros_like(logits).scatter(1, labels[:, None], 1.0)
    return sigmoid_focal_loss(logits, truth, gamma=gamma, **options)


def share(counts):
    return counts.float() / counts.sum()


RIGHT = {
    FOCAL: [by_probabilities, by_log_softmax, by_one_hot, in_a_loop, by_nll, by_the_course],
    LOGITS: [
        lambda z, n, tau: z - tau * torch.log(share(n)),
        lambda z, n, tau: z - tau * n.log(),  # but for a constant
        lambda z, n, tau: z.log_softmax(1) - tau * share(n).log()[None],
        lambda z, n, tau: imbalance.adjusted(z, n, tau=tau),
        lambda z, n, tau: (z.softmax(1) / share(n) ** tau).log(),
        lambda z, n, tau: torch.stack([z[:, k] - tau * share(n)[k].log() for k in range(len(n))], dim=1),
        lambda z, n, tau: (z.softmax(1) / share(n) ** tau / 100).log().numpy(),
    ],
}

WRONG = {
    FOCAL: {
        "_mean_first": lambda z, y, g: (
            (1 - torch.exp(-nn.CrossEntropyLoss()(z, y))) ** g * F.cross_entropy(z, y)
        ),
        "_the_easy_ones": lambda z, y, g: -(of_truth(z, y) ** g * of_truth(z, y).log()).mean(),
        "_times_gamma": lambda z, y, g: -(g * (1 - of_truth(z, y)) * of_truth(z, y).log()).mean(),
        "_plain": lambda z, y, g: -of_truth(z, y).log().mean(),
        "_summed": lambda z, y, g: -((1 - of_truth(z, y)) ** g * of_truth(z, y).log()).sum(),
        "_by_sigmoid": lambda z, y, g: (
            -((1 - z.sigmoid()) ** g * z.sigmoid().log())[torch.arange(len(y)), y].mean()
        ),
        "_by_torchvision": lambda z, y, g: by_torchvision(z, y, g, reduction="mean"),
        "_by_torchvision_summed": lambda z, y, g: by_torchvision(z, y, g, reduction="sum"),
        "_by_torchvision_unweighed": lambda z, y, g: by_torchvision(z, y, g, alpha=-1, reduction="mean"),
        "_by_torchvision_per_picture": lambda z, y, g: by_torchvision(z, y, g, alpha=-1).sum(1).mean(),
        "_factor_alone": lambda z, y, g: ((1 - of_truth(z, y)) ** g).mean(),
        "_negative": lambda z, y, g: ((1 - of_truth(z, y)) ** g * of_truth(z, y).log()).mean(),
        "_factor_detached": lambda z, y, g: (
            -(((1 - of_truth(z, y)) ** g).detach() * of_truth(z, y).log()).mean()
        ),
    },
    LOGITS: {
        "_added": lambda z, n, tau: z + tau * n.log(),
        "_without_log": lambda z, n, tau: z - tau * share(n)[None],
        "_divided": lambda z, n, tau: z * share(n) ** -tau,
        "_of_probabilities": lambda z, n, tau: F.softmax(z, 1) * share(n) ** -tau,
        "_softmax_first": lambda z, n, tau: nn.Softmax(dim=1)(z) - tau * n.log(),
        "_softmax_last": lambda z, n, tau: F.softmax(z - tau * n.log(), dim=1),
        "_no_tau": lambda z, n, tau: z - n.log(),
        "_unchanged": lambda z, n, tau: z * 1,
    },
}

UNLISTED = {
    FOCAL: [
        lambda z, y, g: by_probabilities(z, y, g + 1),
        lambda z, y, g: by_probabilities(z, y, g) / 2,
        lambda z, y, g: by_probabilities(z, y, g).item(),
        lambda z, y, g: by_probabilities(z, y, g).detach(),
        lambda z, y, g: -((1 - of_truth(z, y)) ** g * of_truth(z, y).log()),
        lambda z, y, g: by_torchvision(z, y, g, alpha=0.75, reduction="mean"),
        lambda z, y, g: by_torchvision(z, y, g)[torch.arange(len(y)), y].mean(),
    ],
    LOGITS: [
        lambda z, n, tau: (z - tau * n.log()).argmax(1),
        lambda z, n, tau: z - tau * share(n).log2(),
        lambda z, n, tau: z - tau * n.flip(0).log(),
        lambda z, n, tau: (z - tau * n.log()).T,
        lambda z, n, tau: z[:1] - tau * n.log(),
        lambda z, n, tau: (z - tau * n.log()).softmax(0),
        lambda z, n, tau: (z - tau * n.log()).sigmoid(),
        lambda z, n, tau: z.softmax(0) - tau * n.log(),
    ],
}


def test_a_number_instead_of_a_tensor_is_told_why_it_cannot_be_learned_from():
    def number(logits, labels, gamma):
        return by_probabilities(logits, labels, gamma).item()

    assert "`loss.backward()` needs the tensor" in check(FOCAL, number).message


def test_a_loss_without_a_gradient_is_refused():
    verdict = check(FOCAL, lambda z, y, g: by_probabilities(z.detach(), y, g))
    assert verdict.status == "wrong"
    assert [fact.met for fact in verdict.facts] == [True, False, False]
