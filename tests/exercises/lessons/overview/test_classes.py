"""Lesson 00's exercise on scores: many ways to be right, and other ways to make each mistake."""

import numpy as np
import pytest
import torch

from vislearn.exercises import check
from vislearn.exercises.registry import find


def name_by_loop(logits, names):
    best, best_name = -float("inf"), None
    for score, name in zip(logits.flatten().tolist(), names, strict=True):
        if score > best:
            best, best_name = score, name
    return best_name


def name_in_place(logits, names):
    logits = logits.squeeze()
    logits -= logits.max().clone()
    return names[(logits == 0).nonzero().item()]


RIGHT = {
    "overview.class_name": [
        lambda logits, names: names[logits.argmax()],
        lambda logits, names: names[int(logits.argmax(dim=-1))],
        lambda logits, names: names[logits.softmax(-1).argmax().item()],
        lambda logits, names: names[logits.flatten().topk(1).indices[0]],
        lambda logits, names: names[int(np.argmax(logits.numpy()))],
        lambda logits, names: names[logits.squeeze(0).max(dim=0)[1]],
        lambda logits, names: sorted(zip(logits.flatten().tolist(), names, strict=True))[-1][1],
        lambda logits, names: dict(zip(logits.flatten().tolist(), names, strict=True))[logits.max().item()],
        lambda logits, names: names[torch.log_softmax(logits, -1).argmax()],
        name_by_loop,
        name_in_place,
    ],
}

UNLISTED = {
    "overview.class_name": [
        lambda logits, names: names[logits.abs().argmax()],
        lambda logits, names: names[logits.flatten().argsort()[-2]],
        lambda logits, names: names[logits.argmax() + 1 - len(names)],
        lambda logits, names: sorted(names)[logits.argmax()],
        lambda logits, names: names[logits.argmax()].upper(),
        lambda logits, names: names,
    ],
}


# The name of the registered mistake, and someone else's way to make it.
WRONG = {
    "overview.class_name": {
        "_lowest": lambda logits, names: names[logits.flatten().argsort()[0]],
        "_place": lambda logits, names: logits.argmax(),
        "_probability": lambda logits, names: float(torch.exp(logits).max() / torch.exp(logits).sum()),
        "_score": lambda logits, names: logits.flatten().sort().values[-1],
        "_along_the_batch": lambda logits, names: names[torch.argmax(logits, 0)],
        "_always_a_batch": lambda logits, names: names[torch.argmax(logits[0]).item()],
        "_counted_from_one": lambda logits, names: ([names[-1], *names])[logits.argmax()],
    },
}


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        (
            "overview.class_name",
            lambda logits, names: [names[logits.argmax()]],
            "a list of length 1 returned",
        ),
        ("overview.class_name", lambda logits, names: names[0], "'ant' expected"),
    ],
)
def test_other_answers_get_a_plain_message(name, answer, words):
    verdict = check(name, answer)
    assert verdict.status in ("wrong", "error")
    assert words in f"{verdict.message} {verdict.evidence}"


def test_inputs_cover_both_shapes_of_scores():
    scores = find("overview.class_name")
    assert {scores.arguments(trial)[0].ndim for trial in range(scores.trials)} == {1, 2}
