import statistics
import sys

import pytest
import torch
from torch import nn
from torch.nn import functional
from torchvision import ops
from torchvision.transforms import v2

from vislearn.exercises.calls import Calls

LOGITS, TARGET = torch.zeros(2, 3), torch.tensor([0, 1])
BOXES = torch.tensor([[0.0, 0, 1, 1]])
another_name = functional.cross_entropy
FORBIDDEN = [
    *(functional.cross_entropy, torch._C._nn.cross_entropy_loss, ops.nms, torch.ops.torchvision.nms),
    v2.Transform.forward,
]


@pytest.mark.parametrize(
    ("call", "seen"),
    [
        (lambda: functional.cross_entropy(LOGITS, TARGET), "cross_entropy"),
        (lambda: another_name(LOGITS, TARGET), "cross_entropy"),
        (lambda: nn.CrossEntropyLoss()(LOGITS, TARGET), "cross_entropy"),
        (lambda: torch._C._nn.cross_entropy_loss(LOGITS, TARGET), "cross_entropy_loss"),
        (lambda: ops.nms(BOXES, torch.ones(1), 0.5), "nms"),
        (lambda: torch.ops.torchvision.nms(BOXES, torch.ones(1), 0.5), "nms"),
        (lambda: v2.Resize(4)(torch.zeros(3, 8, 8)), "Resize"),
        (lambda: functional.nll_loss(LOGITS.log_softmax(1), TARGET), None),
        (lambda: ops.box_iou(BOXES, BOXES), None),
    ],
)
def test_a_call_is_seen_under_whatever_name(call, seen):
    with Calls(FORBIDDEN) as calls:
        call()
    assert next(iter(calls.seen), None) == seen


def test_nothing_is_watched_for_nothing_and_others_profilers_go_on():
    before = sys.getprofile()
    with Calls([]) as calls:
        assert sys.getprofile() is before
        statistics.mean([1])
    with Calls([statistics.mean]):
        pass
    assert sys.getprofile() is before
    assert calls.seen == []
