import pytest
from torch import nn

from vislearn.models import classifier, detector, segmenter
from vislearn.models.architecture import noted_architecture
from vislearn.models.kinds import BUILDERS, any_network, kind_noted, kind_of

NETWORKS = {
    "classifier": lambda: classifier("photo", 2, "scratch"),
    "detector": lambda: detector("fcos", 2, "scratch"),
    "segmenter": lambda: segmenter("fcn", 2, "scratch"),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_its_note_and_its_builder_are_of_one_kind(kind):
    network = NETWORKS[kind]()
    noted = noted_architecture(network)
    assert (kind_of(network), kind_noted(noted), kind_of(BUILDERS[kind])) == (kind, kind, kind)
    assert type(any_network(**noted)) is type(network)


def test_what_no_builder_of_ours_made_is_of_no_kind():
    assert kind_of(nn.Linear(1, 1)) is None
    assert kind_of(nn.Linear) is None
    assert kind_noted({}) is None


def test_arguments_that_fit_several_kinds_decide_for_none_and_build_a_classifier():
    told = {"backbone": "photo", "num_classes": 3}
    assert kind_noted(told) is None
    assert kind_of(any_network(**told)) == "classifier"


def test_a_detector_of_torchvision_is_one_without_a_note():
    network = NETWORKS["detector"]()
    del network.vislearn_architecture
    assert kind_of(network) == "detector"
