import json
from dataclasses import replace

import pytest
import torch
from torchvision.models import Inception_V3_Weights, MobileNet_V2_Weights

from vislearn.errors import FileError
from vislearn.models.cards import Card, published_card, read_card, write_card

CARD = Card(
    name="tiny",
    classes=("cat", "dog"),
    size=32,
    mean=(0.5, 0.5, 0.5),
    std=(0.2, 0.2, 0.2),
    data="two pets",
    recipe="by hand",
    scores={"accuracy": 0.5},
    seed=3,
    versions={"torch": "2"},
    sha256="ab",
)


def test_a_card_comes_back_as_it_was_written(tmp_path):
    write_card(tmp_path / "tiny.json", CARD)
    assert read_card(tmp_path / "tiny.json") == CARD


def test_people_can_read_a_card(tmp_path):
    write_card(tmp_path / "tiny.json", replace(CARD, data="বিড়াল"))
    first, second, *_rest = (tmp_path / "tiny.json").read_text(encoding="utf-8").splitlines()
    assert (first, second) == ("{", ' "name": "tiny",')
    assert ' "data": "বিড়াল",' in _rest


def test_what_a_newer_version_adds_is_passed_over(tmp_path):
    write_card(tmp_path / "tiny.json", CARD)
    record = json.loads((tmp_path / "tiny.json").read_text(encoding="utf-8"))
    (tmp_path / "tiny.json").write_text(json.dumps(record | {"colour": "red"}), encoding="utf-8")
    assert read_card(tmp_path / "tiny.json") == CARD


@pytest.mark.parametrize("text", ["", "[]", "{", '{"name": "tiny"}', '{"classes": 3}', '"card"'])
def test_anything_else_is_refused(tmp_path, text):
    (tmp_path / "tiny.json").write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=r"is not a card of weights .*vislearn weights rebuild tiny"):
        read_card(tmp_path / "tiny.json")


def test_a_missing_card_is_refused(tmp_path):
    with pytest.raises(FileError, match="is not a card of weights"):
        read_card(tmp_path / "tiny.json")


def test_the_transform_prepares_as_the_card_says():
    picture = torch.full((3, 40, 64), 255, dtype=torch.uint8)
    prepared = CARD.transform(picture)
    assert prepared.shape == (3, 32, 32)
    torch.testing.assert_close(prepared, torch.full((3, 32, 32), 2.5))


@pytest.mark.parametrize(
    ("name", "weights", "size"),
    [
        ("mobilenet_v2", MobileNet_V2_Weights.IMAGENET1K_V1, 224),
        ("inception_v3", Inception_V3_Weights.IMAGENET1K_V1, 299),
    ],
)
def test_torchvision_s_own_words_as_a_card(name, weights, size):
    card = published_card(name, weights)
    assert (card.name, card.size, len(card.classes)) == (name, size, 1000)
    assert card.mean == tuple(weights.transforms().mean)
    assert card.std == tuple(weights.transforms().std)
    assert card.parameters == weights.meta["num_params"]
    assert 0.5 < card.scores["acc@1"] < card.scores["acc@5"] < 1
    assert card.data == "ImageNet-1K"


@pytest.mark.parametrize(
    "change",
    [
        {"width": -3},
        {"width": "32"},
        {"size": 1.5},
        {"size": 0},
        {"bytes": True},
        {"mean": "abc"},
        {"mean": [0.5, 0.5]},
        {"std": [0.2, 0.2, 0]},
        {"std": [0.2, 0.2, float("nan")]},
    ],
)
def test_numbers_that_can_not_be_are_no_card(tmp_path, change):
    write_card(tmp_path / "tiny.json", CARD)
    record = json.loads((tmp_path / "tiny.json").read_text(encoding="utf-8"))
    (tmp_path / "tiny.json").write_text(json.dumps(record | change), encoding="utf-8")
    with pytest.raises(
        FileError, match=r"tiny.json is not a card of weights .*vislearn weights rebuild tiny"
    ):
        read_card(tmp_path / "tiny.json")
