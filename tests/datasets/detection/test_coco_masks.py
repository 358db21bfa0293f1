import numpy as np
import pytest
from pycocotools import mask as pycoco

from vislearn.datasets.detection.coco_masks import coco_mask, counts_of


def runs(mask):
    encoded = pycoco.encode(np.asfortranarray(mask))
    return {"size": [int(side) for side in encoded["size"]], "counts": encoded["counts"].decode()}


@pytest.mark.parametrize("share", [0, 0.02, 0.5, 1])
def test_run_lengths_as_text_are_what_pycocotools_wrote(share):
    chance = np.random.default_rng(1)
    for _attempt in range(40):
        height, width = chance.integers(1, 70, 2).tolist()
        mask = (chance.random((height, width)) < share).astype(np.uint8)
        assert np.array_equal(coco_mask(runs(mask), (height, width)), mask)


def test_long_runs_have_several_groups():
    mask = np.zeros((900, 1300), np.uint8)
    mask[100:700, 50:1200] = 1
    assert np.array_equal(coco_mask(runs(mask), mask.shape), mask)


def test_run_lengths_as_numbers():
    assert coco_mask({"size": [2, 2], "counts": [1, 3]}, (2, 2)).tolist() == [[0, 1], [1, 1]]


# pycocotools 2.0.11 hands NumPy 2 an old-style array
@pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)
def test_polygons_are_what_pycocotools_draws():
    polygons = [[10, 5, 30, 5, 30, 15, 10, 15], [1, 1, 8, 2.5, 3, 9]]
    oracle = pycoco.decode(pycoco.merge(pycoco.frPyObjects(polygons, 40, 60)))
    assert np.array_equal(coco_mask(polygons, (40, 60)), oracle)


WRONG = [
    ([], "no segmentation"),
    (None, "no segmentation"),
    ("text", "neither polygons nor run lengths: 'text'"),
    ([[1, 2, 3]], "a polygon of 3 numbers; three points make six"),
    ([[1, 1, 9, 9]], "a polygon of 4 numbers"),
    ([[1, 1, 9, 9, 5, 5, 3]], "a polygon of 7 numbers"),
    ([[1, 1, 9, 9, 5, "5"]], "isn't a list of numbers"),
    ([[1, 1, 9, 9, 5, float("nan")]], "isn't a list of numbers"),
    ([3, 4, 5, 6, 7, 8], "isn't a list of numbers: 3"),
    ([[1, 1, 9, 9, 5, 1e9]], "far beyond its picture of 40×60"),
    ({"size": [30000, 30000], "counts": "0"}, r"size \[30000, 30000\], but its picture is 40×60"),
    ({"counts": [2400]}, "size None"),
    ({"size": [40, 60]}, "don't add up to 40·60 pixels: None"),
    ({"size": [40, 60], "counts": [2400, 1]}, "don't add up"),
    ({"size": [40, 60], "counts": [2401, -1]}, "don't add up"),
    ({"size": [40, 60], "counts": [2400.0]}, "don't add up"),
    ({"size": [40, 60], "counts": "0 1"}, "characters that can't be there: '0 1'"),
    ({"size": [40, 60], "counts": "ooooooooooooooo0"}, "characters that can't be there"),
    ({"size": [40, 60], "counts": "0o"}, "cut off: '0o'"),
    ({"size": [40, 60], "counts": "1234567"}, "don't add up"),
]


@pytest.mark.parametrize(
    ("segmentation", "sentence"), WRONG, ids=[str(number) for number in range(len(WRONG))]
)
def test_anything_else_is_a_clause_before_memory_is_taken(segmentation, sentence):
    with pytest.raises(ValueError, match=sentence):
        coco_mask(segmentation, (40, 60))


def test_no_characters_no_numbers():
    assert counts_of("") == []
