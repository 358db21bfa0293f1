"""What is asked of a model that an answer has trained: does it come back ready, and what does it know?"""

from copy import deepcopy
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, Exercise
from vislearn.exercises.running import Unusable
from vislearn.exercises.watch import Inputs
from vislearn.language import translate as _

__all__ = [
    "OTHERWISE_PREPARED",
    "are_probabilities",
    "classifier_facts",
    "good_model",
    "otherwise_prepared",
    "ready_model",
]

# The diagnosis of whoever learned from other pictures than `prepare` makes.
OTHERWISE_PREPARED = N_(
    "The network was given pictures in another range than `prepare` leaves them in, 0 … 255 perhaps, or 0 … "
    "1 without its `Normalize`. It will be asked about pictures that `prepare` has made: learn from such, "
    "`ImageFolder(folder, prepare)`."
)

_MATCHED = 0.4  # so many more answers fit when classes are renamed: untrained networks stay below .3


def ready_model(answer: Any) -> tuple[nn.Module, dict[str, bool]]:
    """A model on the CPU and in eval mode, and the fact whether it came back like that.

    Args:
        answer: what the learner's function returned.

    Raises:
        Unusable: it is no model.

    >>> ready_model(nn.Flatten())[1]
    {'The model comes back in eval mode, by `model.eval()`': False}
    """
    if not isinstance(answer, nn.Module):
        raise Unusable(_("a model expected, {got} returned.", got=describe(answer)))
    facts = {N_("The model comes back in eval mode, by `model.eval()`"): not answer.training}
    return answer.eval().cpu(), facts


def classifier_facts(
    answer: Any,
    images: Tensor,
    labels: Tensor,
    *,
    more_than_guessed: float,
    inputs: Inputs | None = None,
    enough: float = 1.0,
) -> tuple[dict[str, bool], float]:
    """The facts that hold for every trained classifier, and its accuracy.

    Args:
        answer: what the learner's function returned.
        images: float32 (N, 3, H, W), which it has never seen, prepared.
        labels: (N,), their classes, each at least once.
        more_than_guessed: an accuracy that nobody reaches by chance.
        inputs: what went into networks while the answer was trained; None where nobody looked.
        enough: an accuracy; who reaches it may have learned from any pictures.

    Raises:
        Unusable: it is no model, or one that doesn't give scores.
    """
    model, facts = ready_model(answer)
    with torch.inference_mode():
        scores = model(images)
    if not isinstance(scores, Tensor) or scores.ndim != 2 or len(scores) != len(images):
        raise Unusable(
            _(
                "the model must return scores ({count}, number of classes) for {count} pictures; it returned "
                "{got}.",
                count=len(images),
                got=describe(scores),
            )
        )
    said = scores.argmax(dim=1)
    right = (said == labels).float().mean().item()
    as_prepared = right >= enough or inputs is None or inputs.are_like(images)
    if inputs:
        facts[N_("Networks were given pictures as `prepare` makes them")] = as_prepared
    # what it knows is not asked of a network that has learned from others
    knows = right > more_than_guessed or not as_prepared
    facts |= {
        N_("It gives one score per class of the folder"): scores.shape[1] == len(labels.unique()),
        N_("It knows more than somebody who guesses"): knows,
        N_("Its scores stand in the order of the folder's classes, sorted by name"): (
            knows or _matched(said, labels) - right < _MATCHED
        ),
    }
    return facts, right


def otherwise_prepared(model: nn.Module, images: Tensor) -> nn.Module:
    """The model, after a network was given pictures in another range: what `OTHERWISE_PREPARED` tells of.

    Args:
        model: not trained.
        images: (N, C, H, W), as they should be.
    """
    nn.Conv2d(images.shape[1], 1, 1)(255 * images)
    return model.eval()


def _matched(said: Tensor, labels: Tensor) -> float:
    """The share of right answers, were each answer given the class that it fits best."""
    from scipy.optimize import linear_sum_assignment  # not at the top: only for what is wrong

    count = int(max(said.max(), labels.max())) + 1
    together = torch.bincount(said * count + labels, minlength=count**2).reshape(count, count)
    rows, columns = linear_sum_assignment(together.numpy(), maximize=True)
    return float(together[rows, columns].sum()) / len(labels)


def are_probabilities(scores: Tensor) -> bool:
    """Has a softmax been at work: is nothing below 0, and does each row sum to 1?

    Args:
        scores: (N, K).

    >>> are_probabilities(torch.tensor([[2.0, -1.0]])), are_probabilities(torch.tensor([[0.9, 0.1]]))
    (False, True)
    """
    return bool((scores >= 0).all()) and torch.allclose(scores.sum(1), torch.ones(len(scores)), atol=1e-4)


def good_model(exercise: Exercise) -> Any:
    """A copy of the model that the reference of an exercise trains, for mistakes that begin with a good one.

    It is trained once: a wrong answer is compared with every mistake.
    """
    return deepcopy(_trained(exercise))


@cache
def _trained(exercise: Exercise) -> Any:
    return exercise(*exercise.arguments(0))
