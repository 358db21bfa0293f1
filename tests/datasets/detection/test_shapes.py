"""Drawn shapes: their boxes, their pixels, and several that are one object."""

from pathlib import Path

import numpy as np
import pytest

from vislearn.datasets.detection.shapes import Shape, annotation_of, brushed, ellipse, outline, rectangle
from vislearn.errors import FileError

SIZE = (20, 30)


def test_no_shapes():
    annotation = annotation_of(Path("a.json"), [], {"bee": 1}, SIZE, masks=True)
    assert annotation["boxes"] == []
    assert annotation["masks"]().shape == (0, *SIZE)


@pytest.mark.parametrize("points", [[(2, 3), (12, 8)], [(12, 8), (2, 3)], [(12, 3), (2, 8)]])
def test_a_rectangle_between_corners_in_any_order(points):
    box, fill = rectangle(points)
    assert box == (2, 3, 12, 8)
    assert fill(SIZE)[3:8, 2:12].all()
    assert fill(SIZE).sum() == 50


def test_an_ellipse_has_its_area():
    box, fill = ellipse((15, 10), (8, 5))
    assert box == (7, 5, 23, 15)
    assert fill(SIZE).sum() == pytest.approx(np.pi * 40, rel=0.05)


def test_brushed_pixels_have_a_tight_box():
    pixels = np.zeros((4, 5), np.uint8)
    pixels[1:3, 2] = 1
    box, fill = brushed(pixels, (10, 6))
    assert box == (12, 7, 13, 9)
    assert np.argwhere(fill(SIZE)).tolist() == [[7, 12], [8, 12]]


def test_one_group_of_one_class_is_one_object():
    shapes = [
        Shape(name, *rectangle(points), group, "", "box")
        for name, points, group in [
            ("bee", [(0, 0), (4, 4)], 1),
            ("bee", [(10, 10), (12, 14)], 1),
            ("ant", [(0, 0), (2, 2)], 1),
            ("bee", [(0, 0), (2, 2)], None),
        ]
    ]
    annotation = annotation_of(Path("a.json"), shapes, {"ant": 1, "bee": 2}, SIZE, masks=True)
    assert annotation["boxes"] == [(0, 0, 12, 14), (0, 0, 2, 2), (0, 0, 2, 2)]
    assert annotation["labels"] == [2, 1, 2]
    assert annotation["masks"]().flatten(1).sum(1).tolist() == [24, 4, 4]


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: outline([(0, 0), (1, 1)]), "an outline of 2 points, and needs 3"),
        (lambda: outline([(0, 0), (1, 1), (float("nan"), 0)]), "a point that lies on no picture"),
        (lambda: outline([(0, 0), (1, 1), (1e9, 0)]), "a point that lies on no picture"),
        (lambda: brushed(np.zeros((2, 2), np.uint8), (0, 0)), "a mask without a pixel"),
        (lambda: brushed(np.ones((2, 2), np.uint8), (29, 0))[1](SIZE), "sticks out of its picture"),
    ],
)
def test_what_can_be_no_object(draw, sentence):
    with pytest.raises(ValueError, match=sentence):
        draw()


def test_what_is_wrong_with_pixels_names_the_file_and_the_shape():
    shape = Shape("bee", *brushed(np.ones((2, 2), np.uint8), (29, 0)), None, "shape 3", "pixels")
    with pytest.raises(FileError, match=r"a.json has a mask that sticks out of its picture \(shape 3\)"):
        annotation_of(Path("a.json"), [shape], {"bee": 1}, SIZE, masks=True)["masks"]()
    with pytest.raises(FileError, match=r"has an unknown class 'bee' \(shape 3\). Known: ant"):
        annotation_of(Path("a.json"), [shape], {"ant": 1}, SIZE, masks=False)
