import math

import pytest
import torch
from sklearn.metrics import accuracy_score

from vislearn.errors import InputError
from vislearn.metrics import accuracy


def test_no_pictures_no_accuracy():
    assert math.isnan(accuracy(torch.empty(0, 3), torch.empty(0, dtype=torch.long)))


@pytest.mark.parametrize("seed", range(20))
def test_equal_to_scikit_learn(seed):
    chance = torch.Generator().manual_seed(seed)
    logits = torch.randn(50, 4, generator=chance)
    target = torch.randint(4, (50,), generator=chance)
    assert accuracy(logits, target) == pytest.approx(accuracy_score(target, logits.argmax(1)))


@pytest.mark.parametrize(("logits", "target"), [((4, 3), (5,)), ((4,), (4,)), ((4, 3), (4, 3))])
def test_shapes_that_do_not_fit_are_named(logits, target):
    with pytest.raises(InputError, match=r"must have shapes \(N, K\) and \(N,\), got"):
        accuracy(torch.zeros(logits), torch.zeros(target))
