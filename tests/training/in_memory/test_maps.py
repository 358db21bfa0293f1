"""Maps of frozen stages: the same answers as from pictures, and what learns from them is the segmenter."""

import pytest
import torch
from torch.utils.data import default_collate

from vislearn.models import SEGMENTERS, SmallResNet, segmenter
from vislearn.models.architecture import noted_architecture
from vislearn.training.in_memory import OnMaps, maps_once


def small(kind="lraspp", **changes):
    torch.manual_seed(0)
    how = {"channels": 16, "trainable_from": 2, "strides": (2, 8)} | changes
    return segmenter(kind, 3, SmallResNet(2, width=8), **how)


def pictures(count=5, size=(16, 24)):
    chance = torch.Generator().manual_seed(0)
    return [
        (torch.randn(3, *size, generator=chance), torch.zeros(size, dtype=torch.uint8)) for _ in range(count)
    ]


@pytest.mark.parametrize("kind", SEGMENTERS)
@pytest.mark.parametrize("trainable_from", [2, 4, 100])
def test_answers_are_those_from_pictures(kind, trainable_from):
    model, data = small(kind, trainable_from=trainable_from, aux=kind != "lraspp").eval(), pictures()
    maps, _masks = default_collate(list(maps_once(model, data, batch_size=2)))
    with torch.no_grad():
        expected, found = model(torch.stack([image for image, _mask in data])), OnMaps(model).eval()(maps)
    assert found.keys() == expected.keys()
    # 16 bits keep three digits
    assert all(torch.allclose(found[name], expected[name], atol=2e-2) for name in expected)


def test_what_has_learned_is_the_segmenter():
    model = small()
    learner = OnMaps(model)
    assert learner.state_dict().keys() == model.state_dict().keys()
    maps, _masks = default_collate(list(maps_once(model, pictures())))
    learner.train()(maps)["out"].sum().backward()
    learns = {name.split(".")[1] for name, one in model.named_parameters() if one.grad is not None}
    assert learns >= {"layer2", "layer3", "layer4", "cbr"}
    assert not learns & {"conv1", "layer1"}
    assert noted_architecture(learner) == noted_architecture(model)


def test_the_frozen_stages_are_left_as_they_were():
    model = small()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    maps_once(model, pictures())
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_where_maps_are_not_computed_once():
    assert maps_once(small(trainable_from=1), pictures()) is None  # everything learns
    assert maps_once(small(), pictures(2) + pictures(1, (16, 16))) is None
    assert maps_once(small(), pictures(2) + pictures(1, (16, 16)), batch_size=2) is None
    assert maps_once(small(), pictures(), limit=1000) is None


def test_the_limit_is_of_all_pictures_together_in_bytes_of_16_bits():
    found = maps_once(small(), pictures())
    taken = sum(one.numel() * one.element_size() for one in found.maps.values())
    assert maps_once(small(), pictures(), limit=taken) is not None
    assert maps_once(small(), pictures(), limit=taken - 1) is None
