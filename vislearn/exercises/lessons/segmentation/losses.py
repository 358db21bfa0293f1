"""Exercises of lesson 05: a loss that compares areas, and one that leaves pixels out."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from vislearn.exercises.describing import describe
from vislearn.exercises.inputs import draw, unequal_sides
from vislearn.exercises.registry import N_, exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["dice_loss", "loss_with_void"]

_VOID = 255


def _learnable(function: Callable[..., Any], logits: Tensor, truth: Tensor, *, flat: bool) -> dict[str, Any]:
    """What training needs of a loss: its value, and a gradient of numbers; all 0 only if ``flat``."""
    logits, given = logits.clone().requires_grad_(), truth.clone()
    loss = function(logits, given)
    if not isinstance(loss, Tensor):
        raise Unusable(
            _("a tensor expected, {got} returned. `loss.backward()` needs the tensor.", got=describe(loss))
        )
    if loss.numel() != 1:
        raise Unusable(_("one number expected, a tensor of {count} returned.", count=loss.numel()))
    back = loss.requires_grad and torch.autograd.grad(loss, logits, allow_unused=True)[0]
    return {
        N_("The loss"): loss.detach().reshape(()).double(),
        N_("A gradient leads from the loss back to the logits"): isinstance(back, Tensor)
        and (flat or bool(back.any())),
        N_("The gradient is a number everywhere"): not isinstance(back, Tensor)
        or bool(back.isfinite().all()),
        # whoever calls a loss needs the truth once more: for the score, or in the next epoch
        N_("The truth is as it was"): torch.equal(given, truth),
    }


@exercise(
    "segmentation.dice_loss",
    hints=[
        N_(
            "Dice compares areas. A probability is a soft yes: the area that the model claims is the "
            "sum of its probabilities."
        ),
        N_(
            "`p = logits.sigmoid()`. What both share is `(p * truth).sum()`, over the whole batch; the two "
            "areas are `p.sum()` and `truth.sum()`."
        ),
        N_("`1 - (2 * shared + 1) / (p.sum() + truth.sum() + 1)`."),
    ],
)
def dice_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """One minus Dice: twice what both share plus 1, over both areas plus 1. Sums run over the whole batch.

    Probabilities, the sigmoid of the logits, take the place of yes and no, so that a gradient exists.
    The two ones keep a batch without any object from 0/0.

    Args:
        logits: (N, H, W), float32: above 0 the model says "object".
        truth: (N, H, W), float32: 1 where the object is, else 0.

    Returns:
        The loss, a tensor that holds one number in 0 … 1.
    """
    p = logits.sigmoid()
    shared = (p * truth).sum()
    return 1 - (2 * shared + 1) / (p.sum() + truth.sum() + 1)


@dice_loss.observe
def _dice_facts(function: Callable[..., Any], logits: Tensor, truth: Tensor) -> dict[str, Any]:
    return _learnable(function, logits, truth, flat=False)


@dice_loss.inputs
def _batch_of_blobs(generator: torch.Generator, trial: int) -> tuple[Tensor, Tensor]:
    """One picture without an object in each batch; in one trial no object at all."""
    height, width = unequal_sides(5, 5, generator)
    truth = (torch.rand(3, height, width, generator=generator) < 0.3).float()
    truth[0] = 0
    if trial == 2:
        truth[:] = 0
    logits = 2 * torch.randn(3, height, width, generator=generator) + 2 * truth - 1
    return logits, truth


def _dice(p: Tensor, truth: Tensor, *, twice: float = 2, smooth: float = 1) -> Tensor:
    return (twice * (p * truth).sum() + smooth) / (p.sum() + truth.sum() + smooth)


@dice_loss.mistake(
    N_("This is Dice, which is 1 when all is right. A loss must be 0 then: return 1 minus it.")
)
def _the_larger_the_better(logits: Tensor, truth: Tensor) -> Tensor:
    return _dice(logits.sigmoid(), truth)


@dice_loss.mistake(
    N_(
        "You multiply and add raw logits. They can be negative, and so can your areas. Turn them into "
        "probabilities first: `logits.sigmoid()`."
    )
)
def _raw_logits(logits: Tensor, truth: Tensor) -> Tensor:
    return 1 - _dice(logits, truth)


_SHARED_OUT = N_(
    "`softmax` shares one yes out among several. Here every pixel answers for itself, object or not: "
    "`logits.sigmoid()`."
)


@dice_loss.mistake(_SHARED_OUT)
def _softmax_over_pictures(logits: Tensor, truth: Tensor) -> Tensor:
    return 1 - _dice(logits.softmax(dim=0), truth)


@dice_loss.mistake(_SHARED_OUT)
def _softmax_down(logits: Tensor, truth: Tensor) -> Tensor:
    return 1 - _dice(logits.softmax(dim=1), truth)


@dice_loss.mistake(_SHARED_OUT)
def _softmax_across(logits: Tensor, truth: Tensor) -> Tensor:
    return 1 - _dice(logits.softmax(dim=2), truth)


@dice_loss.mistake(
    N_(
        "You decide yes or no before you compare. That is the score, not a loss: a threshold has no "
        "slope, so nothing can be learned. Use the probabilities."
    )
)
def _decided(logits: Tensor, truth: Tensor) -> Tensor:
    return 1 - _dice((logits > 0).float(), truth)


@dice_loss.mistake(
    N_("The factor 2 is missing: what is shared lies in both areas. As it is, a perfect answer costs 0.5.")
)
def _once(logits: Tensor, truth: Tensor) -> Tensor:
    return 1 - _dice(logits.sigmoid(), truth, twice=1)


@dice_loss.mistake(
    N_(
        "The two ones are missing. Above and below the line 1 is added, so that a batch without any object "
        "has a loss too."
    )
)
def _not_smoothed(logits: Tensor, truth: Tensor) -> Tensor:
    return 1 - _dice(logits.sigmoid(), truth, smooth=0)


@dice_loss.mistake(
    N_(
        "You compute Dice picture by picture. That is used too; here the sums run over the whole batch, so "
        "that a picture without an object does not outweigh the others."
    )
)
def _picture_by_picture(logits: Tensor, truth: Tensor) -> Tensor:
    pairs = zip(logits.sigmoid(), truth, strict=True)
    return 1 - torch.stack([_dice(p, one) for p, one in pairs]).mean()


@dice_loss.mistake(
    N_(
        "You take means where sums are asked for. Then the added 1 is larger than both areas, and the loss "
        "is near 0 whatever the model says."
    )
)
def _means(logits: Tensor, truth: Tensor) -> Tensor:
    p = logits.sigmoid()
    return 1 - (2 * (p * truth).mean() + 1) / (p.mean() + truth.mean() + 1)


@dice_loss.mistake(
    N_("This divides by the union: it is the IoU's loss. Dice divides twice the shared part by both areas.")
)
def _by_the_union(logits: Tensor, truth: Tensor) -> Tensor:
    p = logits.sigmoid()
    shared = (p * truth).sum()
    return 1 - (shared + 1) / (p.sum() + truth.sum() - shared + 1)


@exercise(
    "segmentation.loss_with_void",
    hints=[
        N_(
            "`ignore_index=255` leaves the pixels out. But the *mean* over no pixel is 0/0. Which "
            "reduction does not divide?"
        ),
        N_(
            '`reduction="sum"` gives 0 where nothing counts, with a gradient of 0. Then you divide, by the '
            "number of pixels that count."
        ),
        N_(
            "`counted = (labels != 255).sum()`, and `total / counted.clamp(min=1)`: where nothing "
            "counts, 0 is divided by 1."
        ),
    ],
)
def loss_with_void(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy, the mean over all pixels that count; 0 where none does.

    Pixels labelled 255 do not count. The mean runs over the whole batch. A gradient must always lead from the
    result back to the logits, so that `loss.backward()` works for every batch.

    Args:
        logits: (N, K, H, W), float32.
        labels: (N, H, W), int64: 0 … K − 1, or 255.

    Returns:
        The loss, a tensor that holds one number.
    """
    total = nn.functional.cross_entropy(logits, labels, ignore_index=255, reduction="sum")
    return total / (labels != 255).sum().clamp(min=1)


@loss_with_void.observe
def _void_facts(function: Callable[..., Any], logits: Tensor, labels: Tensor) -> dict[str, Any]:
    return _learnable(function, logits, labels, flat=True)


@loss_with_void.inputs
def _partly_void(generator: torch.Generator, trial: int) -> tuple[Tensor, Tensor]:
    """Each picture has its own share of void; in two trials all is void, in one a whole picture."""
    height, width = unequal_sides(4, 4, generator)
    logits = 2 * torch.randn(3, 4, height, width, generator=generator)
    labels = torch.randint(4, (3, height, width), generator=generator)
    void = torch.rand(3, height, width, generator=generator) < torch.tensor([0.1, 0.4, 0.7])[:, None, None]
    labels[void] = _VOID
    sure = (labels != _VOID) & (torch.rand(3, height, width, generator=generator) < 0.2)
    logits += (
        80 * sure[:, None] * nn.functional.one_hot(labels.where(sure, 0), 4).movedim(-1, 1)
    )  # loss 0, and it counts
    if trial in (1, 4):
        labels[:] = _VOID
    if trial == 2:
        labels[draw(2, generator)] = _VOID
    return logits, labels


def _entropy(logits: Tensor, labels: Tensor, reduction: str = "mean") -> Tensor:
    return nn.functional.cross_entropy(logits, labels, ignore_index=_VOID, reduction=reduction)


@loss_with_void.mistake(
    N_(
        "A batch in which every pixel is 255 gives nan: the mean over no pixel is 0/0. One such batch, and "
        "whatever the loss is added to is nan as well. Take the sum, and divide yourself."
    )
)
def _mean_of_nothing(logits: Tensor, labels: Tensor) -> Tensor:
    return _entropy(logits, labels)


@loss_with_void.mistake(
    N_("255 is no class, and cross-entropy was not told that it means *ignore*: `ignore_index=255`.")
)
def _not_told(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits, labels)


@loss_with_void.mistake(
    N_(
        "You divide by all pixels, those that don't count too. A picture with much void would then weigh "
        "less than its pixels deserve. Divide by the number of pixels that count."
    )
)
def _over_all(logits: Tensor, labels: Tensor) -> Tensor:
    return _entropy(logits, labels, "sum") / labels.numel()


@loss_with_void.mistake(
    N_('255 is taught as class 0 here, the background. It means "nobody knows": such pixels teach nothing.')
)
def _as_background(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits, labels.where(labels != _VOID, 0))


@loss_with_void.mistake(
    N_('255 is taught as the last class here. It means "nobody knows": such pixels teach nothing.')
)
def _as_the_last_class(logits: Tensor, labels: Tensor) -> Tensor:
    return nn.functional.cross_entropy(logits, labels.clamp(max=logits.shape[1] - 1))


@loss_with_void.mistake(
    N_(
        "You take the mean of each picture first, then the mean of those. A picture with three pixels that "
        "count weighs as much as a whole one then. Take one mean over all pixels of the batch."
    )
)
def _picture_after_picture(logits: Tensor, labels: Tensor) -> Tensor:
    means = [
        _entropy(one[None], label[None], "sum") / (label != _VOID).sum().clamp(min=1)
        for one, label in zip(logits, labels, strict=True)
    ]
    return torch.stack(means).mean()


@loss_with_void.mistake(
    N_(
        "Where nothing counts you return a 0 that has nothing to do with the logits: no gradient leads from "
        "it back to them. A sum over no pixel is a 0 with a way back."
    )
)
def _zero_from_nowhere(logits: Tensor, labels: Tensor) -> Tensor:
    return torch.tensor(0.0) if (labels == _VOID).all() else _entropy(logits, labels)
