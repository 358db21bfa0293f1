"""Numbers come back as they were, in as few digits as that takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vislearn.datasets.conversion.digits import coco_box, fractions, same_edges, shortest, voc_edges
from vislearn.datasets.detection.yolo_file import edges_of

SIZES = st.tuples(st.integers(1, 5000), st.integers(1, 5000))


@st.composite
def boxes(draw, size_hw):
    """Any float32 edges on the picture that are 0 or at least 1/1000 of a pixel away from it."""
    edges = []
    for limit in (size_hw[1], size_hw[0]):
        number = st.one_of(st.just(0.0), st.just(float(limit)), st.floats(0.0009765625, limit, width=32))
        edges.append(sorted([draw(number), draw(number)]))
    return [edges[0][0], edges[1][0], edges[0][1], edges[1][1]]


SIZED = SIZES.flatmap(lambda size_hw: st.tuples(st.just(size_hw), boxes(size_hw)))


@given(SIZED)
def test_yolo(sized):
    size_hw, edges = sized
    words = fractions(edges, size_hw)
    assert same_edges(edges_of(tuple(map(float, words)), size_hw), edges)


@given(SIZED)
def test_voc(sized):
    _size_hw, edges = sized
    left, top, right, bottom = map(float, voc_edges(edges))
    assert same_edges([max(left - 1, 0.0), max(top - 1, 0.0), right, bottom], edges)


@given(st.lists(st.floats(0, 1e6, width=32), min_size=4, max_size=4))
def test_coco(edges):
    left, top, right, bottom = [*map(min, edges[:2], edges[2:]), *map(max, edges[:2], edges[2:])]
    x, y, width, height = coco_box([left, top, right, bottom])
    assert same_edges([x, y, x + width, y + height], [left, top, right, bottom])


@pytest.mark.parametrize(
    ("edges", "size_hw", "words"),
    [
        ([5, 0, 15, 10], (10, 20), ["0.500000", "0.500000", "0.500000", "1.000000"]),
        ([0, 0, 1, 1], (3, 3), ["0.166666665", "0.166666665", "0.33333333", "0.33333333"]),
    ],
)
def test_no_more_digits_than_it_takes(edges, size_hw, words):
    assert fractions(edges, size_hw) == words


def test_decimals_stay_decimals():
    tenth = [float(np.float32(number)) for number in (0.1, 0.2, 30.3, 15.7)]
    assert coco_box(tenth) == [0.1, 0.2, 30.2, 15.5]
    assert voc_edges(tenth) == ["1.1", "1.2", "30.3", "15.7"]
    assert shortest(tenth[2]) == 30.3
