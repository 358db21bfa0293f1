"""Rare classes and common ones: weights, a sampler, and logits put right, before training and after it.

| remedy | when | what changes |
|---|---|---|
| :func:`class_weights` | training | how much a picture's loss counts |
| :func:`balanced_sampler` | training | how often a picture is seen |
| :func:`balanced_softmax_loss` | training | the loss knows what is common, the scores need not |
| :func:`adjusted` | after training | what common classes owe to their number is taken from the scores |

All of them aim at classes that count alike (macro F1, balanced accuracy). Plain accuracy on data as unequal
as the training's may fall: whoever wants that should change nothing.
"""

from collections.abc import Sequence

import torch
from torch.nn import functional as F
from torch.utils.data import WeightedRandomSampler

from vislearn.errors import InputError, require_one_of

__all__ = [
    "adjusted",
    "balanced_sampler",
    "balanced_softmax_loss",
    "class_counts",
    "class_weights",
    "log_prior",
    "sample_weights",
]

Labels = Sequence[int] | torch.Tensor

_HOW = ("balanced", "sqrt", "effective")


def class_counts(labels: Labels, num_classes: int | None = None) -> torch.Tensor:
    """How many pictures each class has.

    Args:
        labels: class numbers from 0, one per picture.
        num_classes: K; None: the largest label and one.

    Returns:
        int64, (K,).

    Raises:
        InputError: no labels, or one that is no class number.

    >>> class_counts([0, 2, 0])
    tensor([2, 0, 1])
    """
    found = torch.as_tensor(labels).cpu()
    if found.ndim != 1 or not len(found) or found.is_floating_point() or found.dtype == torch.bool:
        got = f"{found.dtype} {tuple(found.shape)}"
        raise InputError("labels", "must be class numbers, one per picture", got=got)
    highest = int(found.max())
    if found.min() < 0 or (num_classes is not None and highest >= num_classes):
        top = "" if num_classes is None else f"…{num_classes - 1}"
        raise InputError("labels", f"must lie in 0{top}", got=f"{int(found.min())}…{highest}")
    return torch.bincount(found, minlength=num_classes or 0)


def class_weights(counts: Labels, how: str = "balanced", *, beta: float = 0.999) -> torch.Tensor:
    """One weight per class, greater for rarer ones, for ``CrossEntropyLoss(weight=…)`` and its like.

    Their mean over all pictures is 1, so a loss keeps its scale and a learning rate its meaning.

    Args:
        counts: pictures of each class, (K,), see :func:`class_counts`.
        how: ``"balanced"``: 1 / n, scikit-learn's; ``"sqrt"``: 1 / √n, half as far on a log scale;
            ``"effective"``: (1 - beta) / (1 - betaⁿ), for pictures that resemble each other.
        beta: of ``"effective"``, in 0…1: near 0 all classes count alike, near 1 it is ``"balanced"``.

    Returns:
        float32, (K,).

    Raises:
        InputError: a class without pictures, an unknown ``how``, or ``beta`` outside 0…1.

    Source: Cui et al., Class-Balanced Loss Based on Effective Number of Samples (2019), for ``"effective"``.

    >>> class_weights([90, 10])
    tensor([0.5556, 5.0000])
    >>> class_weights([90, 10], "sqrt")
    tensor([0.8333, 2.5000])
    """
    require_one_of("how", how, _HOW)
    if not 0 <= beta < 1:
        raise InputError("beta", "must lie in 0…1, below 1", got=beta, fix="Try 0.999.")
    number = _counted(counts)
    if how == "balanced":
        weights = 1 / number
    elif how == "sqrt":
        weights = number.rsqrt()
    else:
        weights = (1 - beta) / (1 - beta**number)
    return (weights * number.sum() / (weights * number).sum()).float()


def sample_weights(labels: Labels, how: str = "balanced", *, beta: float = 0.999) -> torch.Tensor:
    """One weight per picture: that of its class, for a ``WeightedRandomSampler``.

    Args:
        labels: class numbers from 0, (N,); every class up to the largest has pictures.
        how: see :func:`class_weights`.
        beta: likewise.

    Returns:
        float32, (N,), mean 1.

    Raises:
        InputError: as in :func:`class_counts` and :func:`class_weights`.

    >>> sample_weights([0, 0, 0, 1])
    tensor([0.6667, 0.6667, 0.6667, 2.0000])
    """
    return class_weights(class_counts(labels), how, beta=beta)[torch.as_tensor(labels).cpu()]


def balanced_sampler(
    labels: Labels, how: str = "balanced", *, num_samples: int | None = None, seed: int = 0
) -> WeightedRandomSampler:
    """A sampler that draws rare classes more often, with replacement.

    A rare picture comes again and again, so augmentation matters more than usual. `vislearn.training.fit`
    shares what it draws among the processes of torchrun; a loop of one's own needs a sampler that does.

    Args:
        labels: class numbers from 0, (N,).
        how: ``"balanced"``: every class as often as every other; see :func:`class_weights`.
        num_samples: drawn per epoch; None: N.
        seed: of the draws.

    Raises:
        InputError: as in :func:`sample_weights`, or ``num_samples`` below 1.

    >>> sampler = balanced_sampler([0] * 99 + [1])
    >>> 30 < sum(index == 99 for index in sampler) < 70
    True
    """
    weights = sample_weights(labels, how)
    if num_samples is not None and num_samples < 1:
        raise InputError("num_samples", "must be at least 1", got=num_samples)
    generator = torch.Generator().manual_seed(seed)
    return WeightedRandomSampler(weights.tolist(), num_samples or len(weights), generator=generator)


def log_prior(counts: Labels) -> torch.Tensor:
    """The logarithm of each class's share of the training pictures.

    Args:
        counts: pictures of each class, (K,), none of them 0.

    Returns:
        float32, (K,), in nats.

    Raises:
        InputError: a class without pictures.

    >>> log_prior([3, 1]).exp()
    tensor([0.7500, 0.2500])
    """
    number = _counted(counts)
    return (number / number.sum()).log().float()


def adjusted(logits: torch.Tensor, counts: Labels, *, tau: float = 1.0) -> torch.Tensor:
    """Logits without what common classes owe to their number: no training needed.

    A network trained with plain cross-entropy answers log p(picture | class) + log p(class), but for a
    constant. Taking the second away leaves the best answer where all classes are equally common.

    Args:
        logits: (N, K), of a network trained with plain cross-entropy on data of these ``counts``.
        counts: pictures of each class in training, (K,).
        tau: how much is taken away; choose it on validation pictures, about 1.

    Returns:
        (N, K), of the dtype of ``logits``.

    Raises:
        InputError: a class without pictures, or another number of classes.

    Source: Menon et al., Long-tail learning via logit adjustment (2021), section 4.1.

    >>> adjusted(torch.tensor([[2.0, 1.0]]), [90, 10]).argmax(1)
    tensor([1])
    """
    return logits - tau * _prior_of(logits, counts)


def balanced_softmax_loss(
    logits: torch.Tensor, target: torch.Tensor, counts: Labels, *, tau: float = 1.0, reduction: str = "mean"
) -> torch.Tensor:
    """Cross-entropy of logits to which each class's log share is added: they need not learn what is common.

    At test time the plain logits are used.

    Args:
        logits: (N, K).
        target: class numbers, (N,).
        counts: pictures of each class in training, (K,).
        tau: how much is added.
        reduction: ``"mean"``, ``"sum"`` or ``"none"``.

    Returns:
        A scalar, or (N,) for ``"none"``; in nats.

    Raises:
        InputError: a class without pictures, or another number of classes.

    Source: Menon et al. (2021), section 4.2; Ren et al., Balanced Meta-Softmax (2020).

    >>> balanced_softmax_loss(torch.zeros(1, 2), torch.tensor([1]), [90, 10])  # a coin tossed: -log .1
    tensor(2.3026)
    """
    return F.cross_entropy(logits + tau * _prior_of(logits, counts), target, reduction=reduction)


def _prior_of(logits: torch.Tensor, counts: Labels) -> torch.Tensor:
    prior = log_prior(counts).to(logits)
    if logits.ndim != 2 or logits.shape[1] != len(prior):
        rule = f"must be (N, {len(prior)}), as there are {len(prior)} counts"
        raise InputError("logits", rule, got=tuple(logits.shape))
    return prior


def _counted(counts: Labels) -> torch.Tensor:
    """Counts as float64, refused where a class has none: its weight would be infinite."""
    number = torch.as_tensor(counts).double().cpu()
    if number.ndim != 1 or not len(number):
        raise InputError("counts", "must be one number per class", got=tuple(number.shape))
    if not (number >= 1).all():
        place = int((~(number >= 1)).nonzero()[0])
        raise InputError(
            "counts",
            "must be 1 or more for every class",
            got=f"{number[place].item():g} for class {place}",
            fix="Leave the class out, or find pictures of it.",
        )
    return number
