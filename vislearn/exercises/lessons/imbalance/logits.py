"""Exercises of lesson 09: focal loss, and logits put right after training."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from vislearn.exercises.comparing import as_tensor
from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _
from vislearn.ops import sigmoid_focal_loss

__all__ = ["adjusted_logits", "focal_loss"]

F = nn.functional


@exercise(
    "imbalance.focal_loss",
    hints=[
        N_(
            "Begin with the cross-entropy of each picture on its own: "
            '`nn.functional.cross_entropy(logits, labels, reduction="none")`, (N,).'
        ),
        N_(
            "Cross-entropy is -log p, where p is the probability of the true class. So `p = (-loss).exp()`: "
            "no softmax is needed."
        ),
        N_("`((1 - p) ** gamma * loss).mean()`: first the factor for each picture, then the mean."),
    ],
)
def focal_loss(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    """Cross-entropy in which a picture counts the less, the surer the network is of the right answer.

    With p, the softmax probability of the true class, each picture's cross-entropy -log p is multiplied by
    (1 - p) to the power of gamma. The loss is the mean over the pictures.

    Args:
        logits: (N, K), float32.
        labels: (N,), int64: the true classes.
        gamma: 0 is plain cross-entropy; 2 is usual.

    Returns:
        The loss, a tensor that holds one number.
    """
    loss = nn.functional.cross_entropy(logits, labels, reduction="none")
    p = (-loss).exp()
    return ((1 - p) ** gamma * loss).mean()


@focal_loss.inputs
def _batch(generator: torch.Generator, trial: int) -> tuple[Tensor, Tensor, float]:
    classes, pictures = draw(3, generator) + 3, draw(4, generator) + 5
    labels = torch.randint(classes, (pictures,), generator=generator)
    logits = 1.5 * torch.randn(pictures, classes, generator=generator)
    return logits, labels, (2.0, 1.0, 0.5, 3.0, 0.0, 2.0)[trial % 6]


@focal_loss.observe
def _learnable(function: Callable[..., Any], logits: Tensor, labels: Tensor, gamma: float) -> dict[str, Any]:
    """What training needs of a loss: its value, and where its gradient leads."""
    logits = logits.clone().requires_grad_()
    loss = function(logits, labels, gamma)
    if not isinstance(loss, Tensor):
        raise Unusable(
            _("a tensor expected, {got} returned. `loss.backward()` needs the tensor.", got=describe(loss))
        )
    if loss.numel() != 1:
        raise Unusable(_("one number expected, a tensor of {count} returned.", count=loss.numel()))
    back = loss.requires_grad and torch.autograd.grad(loss.sum(), logits, allow_unused=True)[0]
    return {
        N_("The loss"): loss.detach().reshape(()).double(),
        N_("A gradient leads from the loss back to the logits"): isinstance(back, Tensor),
        N_("Its gradient"): back.double() if isinstance(back, Tensor) else torch.zeros_like(logits).double(),
    }


@focal_loss.mistake(
    N_(
        "You take the mean first, and make one p of it for the whole batch. An easy picture and a hard one "
        'then get the same factor. Use `reduction="none"`, and the mean at the end.'
    )
)
def _mean_first(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    loss = F.cross_entropy(logits, labels)
    return (1 - (-loss).exp()) ** gamma * loss


@focal_loss.mistake(
    N_("The factor is p, not 1 - p: now the pictures that the network knows already count most.")
)
def _the_easy_ones(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    loss = F.cross_entropy(logits, labels, reduction="none")
    return ((-loss).exp() ** gamma * loss).mean()


@focal_loss.mistake(N_("The factor is multiplied by gamma. It is raised to that power: `(1 - p) ** gamma`."))
def _times_gamma(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    loss = F.cross_entropy(logits, labels, reduction="none")
    return (gamma * (1 - (-loss).exp()) * loss).mean()


@focal_loss.mistake(N_("gamma has no part in it: this is plain cross-entropy."))
def _plain(logits: Tensor, labels: Tensor, _gamma: float) -> Tensor:
    return F.cross_entropy(logits, labels)


@focal_loss.mistake(
    N_("This is the sum over the batch: with twice the pictures it is twice as large. Take the mean.")
)
def _summed(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    return focal_loss(logits, labels, gamma) * len(labels)


@focal_loss.mistake(
    N_(
        "This asks each class a yes-or-no question, by a sigmoid. Here p is the *softmax* probability of the "
        "true class."
    )
)
def _by_sigmoid(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    loss = F.softplus(-logits.gather(1, labels[:, None])[:, 0])
    return ((1 - (-loss).exp()) ** gamma * loss).mean()


_YES_OR_NO = N_(
    "torchvision's `sigmoid_focal_loss` asks each class a yes-or-no question, and its `alpha` weighs the "
    "answers. Here p is the *softmax* probability of the true class, and nothing else is weighed."
)


@focal_loss.mistake(_YES_OR_NO)
def _by_torchvision(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    return _sigmoid_focal(logits, labels, gamma).mean()


@focal_loss.mistake(_YES_OR_NO)
def _by_torchvision_summed(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    return _sigmoid_focal(logits, labels, gamma).sum()


@focal_loss.mistake(_YES_OR_NO)
def _by_torchvision_unweighed(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    return _sigmoid_focal(logits, labels, gamma, alpha=-1).mean()


@focal_loss.mistake(_YES_OR_NO)
def _by_torchvision_per_picture(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    return _sigmoid_focal(logits, labels, gamma, alpha=-1).sum() / len(labels)


def _sigmoid_focal(logits: Tensor, labels: Tensor, gamma: float, alpha: float = 0.25) -> Tensor:
    """torchvision's, of each class of each picture: (N, K)."""
    truth = F.one_hot(labels, logits.shape[1]).to(logits.dtype)
    return sigmoid_focal_loss(logits, truth, alpha=alpha, gamma=gamma)


@focal_loss.mistake(
    N_("Only the factor came back; the cross-entropy, -log p, is missing: `(1 - p) ** gamma * loss`.")
)
def _factor_alone(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    p = logits.softmax(1).gather(1, labels[:, None])[:, 0]
    return ((1 - p) ** gamma).mean()


@focal_loss.mistake(
    N_("The sign is wrong: log p is negative, so the loss must be minus that. Training would make it worse.")
)
def _negative(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    return -focal_loss(logits, labels, gamma)


@focal_loss.mistake(
    N_(
        "The value is right, but the factor is cut off from the gradient (`detach`, `no_grad` or `.data`). "
        "In focal loss the gradient goes through the factor too."
    )
)
def _factor_detached(logits: Tensor, labels: Tensor, gamma: float) -> Tensor:
    loss = F.cross_entropy(logits, labels, reduction="none")
    return ((1 - (-loss.detach()).exp()) ** gamma * loss).mean()


@exercise(
    "imbalance.adjusted_logits",
    hints=[
        N_(
            "Which class is common? `counts / counts.sum()` is each class's share of the training pictures. "
            "What of it is in the logits?"
        ),
        N_(
            "Logits live on a scale of logarithms. So take the logarithm of the share away from them: from "
            "each class's column its own."
        ),
        N_("`logits - tau * (counts / counts.sum()).log()`: (N, K) minus (K,) works column by column."),
    ],
)
def adjusted_logits(logits: Tensor, counts: Tensor, tau: float) -> Tensor:
    """Take out of a trained network's logits what it has learned about how frequent the classes are.

    From each class's logit take tau times the logarithm of the class's share of the training pictures.

    Args:
        logits: (N, K), float32, of a network trained with plain cross-entropy.
        counts: (K,), int64: how many training pictures each class had, at least 1.
        tau: how much of it: 0 nothing, 1 all.

    Returns:
        (N, K), float32. The same number added to all logits of a picture changes no answer, so it may differ.
    """
    return logits - tau * (counts / counts.sum()).log()


@adjusted_logits.inputs
def _logits_and_counts(generator: torch.Generator, trial: int) -> tuple[Tensor, Tensor, float]:
    classes, pictures = draw(3, generator) + 3, draw(3, generator) + 6
    counts = torch.randperm(60, generator=generator)[:classes] + 1
    return 2 * torch.randn(pictures, classes, generator=generator), counts, (1.0, 0.5, 1.5, 0.0)[trial % 4]


@adjusted_logits.read
def _but_for_a_constant(answer: Any) -> Any:
    """Each picture's logits with mean 0: a constant added to all of them changes no answer."""
    logits = as_tensor(answer)
    if logits is None or logits.ndim != 2 or not logits.is_floating_point():
        return answer
    return logits - logits.mean(dim=1, keepdim=True)


@adjusted_logits.mistake(
    N_(
        "You *add* the logarithm of the share: common classes gain still more. That belongs into the loss "
        "during training; afterwards it is taken away."
    )
)
def _added(logits: Tensor, counts: Tensor, tau: float) -> Tensor:
    return logits + tau * (counts / counts.sum()).log()


@adjusted_logits.mistake(
    N_(
        "You take the share itself away, a number below 1. Logits are logarithms: take the *logarithm* of "
        "the share."
    )
)
def _without_log(logits: Tensor, counts: Tensor, tau: float) -> Tensor:
    return logits - tau * counts / counts.sum()


@adjusted_logits.mistake(
    N_(
        "Probabilities may be divided by shares. Logits may not: a negative one would fall when it should "
        "rise. Take the share's logarithm away instead."
    )
)
def _divided(logits: Tensor, counts: Tensor, tau: float) -> Tensor:
    return logits / (counts / counts.sum()) ** tau


@adjusted_logits.mistake(
    N_(
        "These are probabilities, divided by the shares: the right order of classes, but no logits any more. "
        "Leave softmax out, and take the logarithm of the share from the logits."
    )
)
def _of_probabilities(logits: Tensor, counts: Tensor, tau: float) -> Tensor:
    return logits.softmax(1) / (counts / counts.sum()) ** tau


@adjusted_logits.mistake(
    N_(
        "Logarithms are taken from probabilities here: two scales in one sum. Leave softmax out, or take its "
        "logarithm too: `logits.log_softmax(1)`."
    )
)
def _softmax_first(logits: Tensor, counts: Tensor, tau: float) -> Tensor:
    return logits.softmax(1) - tau * (counts / counts.sum()).log()


@adjusted_logits.mistake(
    N_(
        "The right logits went through softmax: probabilities came back. Logits are asked for: leave the "
        "last softmax out."
    )
)
def _softmax_last(logits: Tensor, counts: Tensor, tau: float) -> Tensor:
    return adjusted_logits(logits, counts, tau).softmax(1)


@adjusted_logits.mistake(N_("`tau` has no part in it: multiply the logarithm of the share by it."))
def _no_tau(logits: Tensor, counts: Tensor, _tau: float) -> Tensor:
    return logits - (counts / counts.sum()).log()


@adjusted_logits.mistake(
    N_(
        "The logits come back as they were, or all of a picture's moved alike, which changes no answer. Each "
        "class has a share of its own."
    )
)
def _unchanged(logits: Tensor, _counts: Tensor, _tau: float) -> Tensor:
    return logits
