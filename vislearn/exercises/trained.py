"""What is asked of a model that an answer has trained: does it come back ready, and what does it know?"""

from copy import deepcopy
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from vislearn.exercises.describing import describe
from vislearn.exercises.registry import N_, Exercise
from vislearn.exercises.running import Unusable
from vislearn.language import translate as _

__all__ = ["classifier_facts", "good_model", "ready_model"]


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
    answer: Any, images: Tensor, labels: Tensor, *, more_than_guessed: float
) -> tuple[dict[str, bool], float]:
    """The facts that hold for every trained classifier, and its accuracy.

    Args:
        answer: what the learner's function returned.
        images: float32 (N, 3, H, W), which it has never seen, prepared.
        labels: (N,), their classes, each at least once.
        more_than_guessed: an accuracy that nobody reaches by chance.

    Raises:
        Unusable: it is no model.
    """
    model, facts = ready_model(answer)
    with torch.inference_mode():
        scores = model(images)
    right = (scores.argmax(dim=1) == labels).float().mean().item()
    facts |= {
        N_("It gives one score per class of the folder"): scores.shape[1] == len(labels.unique()),
        N_("It knows more than somebody who guesses"): right > more_than_guessed,
    }
    return facts, right


def good_model(exercise: Exercise) -> Any:
    """A copy of the model that the reference of an exercise trains, for mistakes that begin with a good one.

    It is trained once: a wrong answer is compared with every mistake.
    """
    return deepcopy(_trained(exercise))


@cache
def _trained(exercise: Exercise) -> Any:
    return exercise(*exercise.arguments(0))
