import copy

import pytest
from torch import nn

from vislearn.models import SmallConvNet, classifier, detector, replace_head
from vislearn.models.architecture import noted_architecture


def test_of_a_network_of_ones_own_nothing_is_known():
    assert noted_architecture(nn.Linear(1, 1)) == {}
    assert noted_architecture(classifier(SmallConvNet(3), 4, "finetune")) == {}
    assert noted_architecture(detector("fcos", 1, SmallConvNet(3), strides=[4])) == {}


def test_a_new_head_is_taken_into_account():
    model = classifier("squeezenet1_1", 3, "scratch")
    replace_head(model, 5)
    assert noted_architecture(model) == {"backbone": "squeezenet1_1", "num_classes": 5, "mode": "scratch"}


@pytest.mark.parametrize(("kind", "backbone"), [("fcos", "scene"), ("faster_rcnn", "scratch")])
def test_what_is_noted_builds_the_same_network(kind, backbone):
    model = detector(kind, 2, backbone, channels=32, anchor_sizes=(9, 12, 40), size=64, min_score=0.2)
    noted = noted_architecture(copy.deepcopy(model))
    again = detector(**noted)
    again.load_state_dict(model.state_dict())
    assert str(again.transform) == str(model.transform)
    assert noted["weights"] is False
    assert noted_architecture(again) == noted
