"""Parts that an optimizer holds and no gradient reaches, in other ways than the example."""

import copy

import pytest
import torch
from torch import nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator

STEP = """
    for x, y in loader:
        loss = F.cross_entropy({scores}, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""
EPOCHS = "with watch(model, optimizer):\n  for epoch in range(2):"


def loop(scores, before=""):
    return before + EPOCHS + STEP.format(scores=scores)


class Detached(nn.Module):
    """A trunk whose features are cut off from what comes after; ``net`` is a wrapper's child.

    Args:
        cut: features -> features.
    """

    def __init__(self, cut=torch.Tensor.detach):
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Linear(4, 3)
        self.aux_head = nn.Linear(4, 3)
        self.cut = cut

    def forward(self, images):
        found = self.trunk(images)
        self.aux_head(found)
        return self.head(self.cut(found))


class Wrapper(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = Detached()

    def forward(self, images):
        return self.net(images)


def run(found, model, code=None, **names):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return found(code or loop("model(x)"), model=model, optimizer=optimizer, **names)


def test_features_that_are_detached_are_found(found):
    assert run(found, Detached()) == ["part_without_gradients"]


def test_they_are_found_inside_a_wrapper(found):
    assert run(found, Wrapper()) == ["part_without_gradients"]


def test_they_are_found_in_a_list_of_heads(found):
    class Two(Detached):
        def __init__(self):
            super().__init__(lambda one: one)
            self.heads = nn.ModuleList([self.head, copy.deepcopy(self.head)])
            del self.head

        def forward(self, images):
            first, second = (head(self.trunk(images)) for head in self.heads)
            return first + second.detach()

    assert run(found, Two()) == ["part_without_gradients"]


def test_answers_turned_into_new_tensors_are_found(found):
    assert run(found, Detached(lambda one: torch.tensor(one.tolist()))) == ["part_without_gradients"]


DETECT = """
with watch(model, optimizer):
    for number in range(8):
        losses = model([torch.rand(3, 32, 32)] * 2, [target] * 2)
        optimizer.zero_grad()
        sum(losses[name] for name in names).backward()
        optimizer.step()
"""
ALL = ("loss_classifier", "loss_box_reg", "loss_objectness", "loss_rpn_box_reg")


def detector():
    body = nn.Sequential(nn.Conv2d(3, 8, 3, 4, 1), nn.ReLU())
    body.out_channels = 8
    anchors = AnchorGenerator(((16,),), ((1.0,),))
    return FasterRCNN(body, 3, rpn_anchor_generator=anchors, min_size=32, max_size=32)


@pytest.mark.parametrize(
    ("names", "trap"),
    [(ALL, []), (ALL[:2], ["part_without_gradients"]), ((ALL[0], *ALL[2:]), ["part_without_gradients"])],
)
def test_losses_of_a_detector_that_are_left_out_are_found(names, trap, found):
    target = {"boxes": torch.tensor([[4.0, 4.0, 20.0, 20.0]]), "labels": torch.tensor([1])}
    assert run(found, detector(), DETECT, names=names, target=target) == trap


def test_a_part_at_rest_is_meant(found):
    model = Detached()
    model.trunk.eval()
    assert run(found, model) == []
    model.trunk.train().requires_grad_(False)
    assert run(found, model) == []


def test_a_part_that_the_optimizer_does_not_hold_is_meant(found):
    model = Detached()
    held = torch.optim.SGD([*model.head.parameters()], lr=0.01)
    assert found(loop("model(x)"), model=model, optimizer=held) == []


def test_a_part_that_is_never_called_may_rest(found):
    """As auxiliary heads in eval mode do, or layers that stochastic depth leaves out."""
    model = Detached(lambda one: one)
    model.spare = nn.Linear(4, 3)
    assert run(found, model) == []


def test_an_average_of_another_part_is_moved_by_hand(found):
    class Taught(Detached):
        def __init__(self):
            super().__init__(lambda one: one)
            self.teacher = copy.deepcopy(self.trunk)

        def forward(self, images):
            with torch.no_grad():
                for mine, theirs in zip(self.teacher.parameters(), self.trunk.parameters(), strict=True):
                    mine.data.lerp_(theirs.data, 0.5)
                self.teacher(images)
            return super().forward(images)

    assert run(found, Taught()) == []


def test_a_part_that_learns_later_is_no_trap(found):
    calls = []

    def cut(features):
        calls.append(1)
        return features.detach() if len(calls) < 12 else features

    assert run(found, Detached(cut)) == []


def test_copies_and_the_model_have_no_hooks_left(found):
    model = Detached()
    code = loop("model(x)").replace(
        "optimizer.step()", "optimizer.step(); copies.append(copy.deepcopy(model))"
    )
    copies = []
    run(found, model, code, copies=copies)
    assert not any(one._forward_pre_hooks for one in model.modules())
    assert copies[3](torch.rand(1, 3, 8, 8)).shape == (1, 3)
