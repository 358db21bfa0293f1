import base64
import json

import pytest
from PIL import Image

from vislearn.demo.answers import LEAST_SCORE, answer, fitting


def test_a_classifier_gets_the_picture_as_it_is(make, picture):
    model, large = make(), Image.new("RGB", (3000, 20))
    assert answer(model, large) == {"kind": "classifier", "probabilities": [0.75, 0.25]}
    assert model.seen == [large]


def test_a_segmenter_s_mask_comes_in_bytes(make, picture):
    told = answer(make("segmenter"), picture)
    assert (told["width"], told["height"]) == (40, 30)
    assert base64.b64decode(told["mask"]) == bytes([0, 1] * 600)


def test_a_detector_s_boxes_begin_where_the_slider_does(make, picture):
    told = answer(make("detector"), picture)
    assert told["boxes"] == [[0, 0, 40, 30]]
    assert told["labels"] == [2]
    assert told["scores"] == [pytest.approx(LEAST_SCORE)]
    json.dumps(told)


@pytest.mark.parametrize(
    ("resize", "seen"), [(None, (1024, 512)), ((32, 32), (2048, 1024))], ids=["any size", "own size"]
)
def test_only_what_takes_any_size_gets_large_pictures_smaller(make, resize, seen):
    model = make("detector", resize=resize)
    told = answer(model, Image.new("RGB", (2048, 1024)))
    assert model.seen[0].size == (told["width"], told["height"]) == seen


@pytest.mark.parametrize(
    ("size", "fits"), [((1024, 9), (1024, 9)), ((1025, 9), (1024, 8)), ((1, 5000), (1, 1024))]
)
def test_fitting(size, fits):
    assert fitting(Image.new("RGB", size)).size == fits
