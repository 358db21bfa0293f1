"""The photograph in Cityscapes' files, as torchvision's class reads them."""

import numpy as np
import pytest
from torchvision.datasets import Cityscapes

from vislearn.datasets import miniatures


@pytest.mark.parametrize("split", ["train", "val"])
def test_cityscapes(bundled, split):
    kinds = ["semantic", "instance", "color", "polygon"]
    image, (semantic, instance, colour, polygon) = Cityscapes(miniatures(), split, target_type=kinds)[0]
    values = np.asarray(semantic)
    assert semantic.size == instance.size == colour.size == image.size
    assert image.size == (polygon["imgWidth"], polygon["imgHeight"])
    assert np.array_equal(values, np.asarray(instance))
    official = {entry.id: (*entry.color, 255) for entry in Cityscapes.classes}
    for number in np.unique(values).tolist():
        assert np.array_equal(np.unique(np.asarray(colour)[values == number], axis=0), [official[number]])
    names = {entry.name: entry.id for entry in Cityscapes.classes}
    assert {names[item["label"]] for item in polygon["objects"]} >= set(np.unique(values).tolist())
    assert values[5, 5] == names["sky"]  # the upper left corner of either part


@pytest.mark.parametrize(
    ("split", "corners", "look", "colours"),
    [
        ("train", (58, 8304, 5183), (112.80, 71.39), (87.28, 38.90)),
        ("val", (58, -2194, 5183), (152.62, 90.10), (102.38, 50.12)),
    ],
)
def test_outlines_stay_where_they_were_drawn_by_hand(bundled, brightness, split, corners, look, colours):
    _image, polygon = Cityscapes(miniatures(), split, target_type="polygon")[0]
    points = np.concatenate([item["polygon"] for item in polygon["objects"]])
    assert (len(points), *points.sum(axis=0).tolist()) == corners
    assert brightness((miniatures() / "leftImg8bit" / split).glob("*/*.png")) == look
    assert brightness((miniatures() / "gtFine" / split).glob("*/*_color.png")) == colours
