"""LabelMe's files: as version 5 writes them, and spoilt in twenty ways."""

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from vislearn.datasets import check_detection, labelme_detection
from vislearn.errors import FileError


def packed(pixels):
    file = io.BytesIO()
    Image.fromarray(np.asarray(pixels, bool)).save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()


def shape(kind="rectangle", points=((10, 5), (30, 15)), label="bee", **more):
    points = [list(point) for point in points]
    more = {"group_id": None, "description": "", "flags": {}, "mask": None} | more
    return {"label": label, "points": points, "shape_type": kind} | more


def content(*shapes, **more):
    head = {"version": "5.5.0", "flags": {}, "shapes": list(shapes), "imagePath": "a.png"}
    return head | {"imageData": None, "imageHeight": 40, "imageWidth": 60} | more


@pytest.fixture
def folder(tmp_path):
    Image.new("RGB", (60, 40)).save(tmp_path / "a.png")
    return tmp_path


def written(folder, value, name="a.json"):
    (folder / name).write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return folder


KINDS = [
    (shape(points=[(30, 15), (10, 5)]), [10, 5, 30, 15], 200),
    (shape(points=[(10, 5), (30, 5), (30, 15), (10, 15)]), [10, 5, 30, 15], 200),
    (shape("polygon", [(10, 5), (30, 5), (30, 15), (10, 15)]), [10, 5, 30, 15], 200),
    (shape(None, [(10, 5), (30, 5), (30, 15), (10, 15)]), [10, 5, 30, 15], 200),  # version 3 had no kinds
    (shape("circle", [(20, 20), (20, 30)]), [10, 10, 30, 30], 314),
    (shape("mask", [(10, 5), (12, 6)], mask=packed([[1, 1, 0], [0, 1, 0]])), [10, 5, 12, 7], 3),
]


@pytest.mark.parametrize(("drawn", "box", "area"), KINDS, ids=[str(row[0]["shape_type"]) for row in KINDS])
def test_kinds(folder, drawn, box, area):
    dataset = labelme_detection(written(folder, content(drawn)), masks=True)
    target = dataset[0][1]
    assert target["boxes"].tolist() == [box]
    assert int(target["masks"].sum()) == pytest.approx(area, rel=0.04)
    assert check_detection(dataset) == []


def test_no_shapes(folder):
    assert labelme_detection(written(folder, content()), classes=["bee"])[0][1]["boxes"].shape == (0, 4)


def test_one_group_is_one_object(folder):
    parts = [shape(group_id=3), shape(points=[(40, 20), (50, 30)], group_id=3), shape(group_id=None)]
    target = labelme_detection(written(folder, content(*parts)))[0][1]
    assert target["boxes"].tolist() == [[10, 5, 50, 30], [10, 5, 30, 15]]


@pytest.mark.parametrize("path", ["a.png", "..\\photos\\a.png", "/home/me/a.png", "other.jpg", ""])
def test_the_picture_is_found_whatever_path_is_noted(folder, path):
    assert len(labelme_detection(written(folder, content(shape(), imagePath=path)))) == 1


def test_pictures_in_a_folder_of_their_own(folder):
    (folder / "json").mkdir()
    assert len(labelme_detection(written(folder / "json", content(shape())), folder)) == 1


def test_points_are_left_out_on_request(folder):
    value = content(shape("point", [(1, 1)]), shape())
    assert len(labelme_detection(written(folder, value), skip=("point",))[0][1]["labels"]) == 1


def test_classes_in_the_order_that_is_said(folder):
    written(folder, content(shape()))
    assert labelme_detection(folder).classes == ["bee"]
    assert labelme_detection(folder, classes=["ant", "bee"])[0][1]["labels"].tolist() == [2]
    with pytest.raises(FileError, match="unknown class 'bee'"):
        labelme_detection(folder, classes=["ant"])


SPOILT = [
    ("{", "is not JSON"),
    ("[]", "is not LabelMe's"),
    (content(shapes=None), "is not LabelMe's"),
    (content(shape(label="")), "a shape without a label: shape 0"),
    (content(shape(), shape(label=None)), "a shape without a label: shape 1"),
    (content("bee"), "a shape without a label"),
    (content(shape(points=[(1, 1)])), "a rectangle of 1 points, and needs 2"),
    (content(shape("polygon", [(1, 1), (2, 2)])), "an outline of 2 points, and needs 3"),
    (content(shape("circle", [(1, 1)])), "a circle of 1 points"),
    (content(shape("point", [(1, 1)])), "of the kind 'point', which has no box"),
    (content(shape("line", [(1, 1), (2, 2)])), "of the kind 'line'"),
    (content(shape(points=[(1, 1), (2, "3")])), "points that aren't pairs of numbers"),
    (content(shape(points=[(1, 1, 1), (2, 3, 1)])), "points that aren't pairs"),
    (content(shape(points=[(1, 1), (2, float("nan"))])), "points that aren't pairs"),
    (content(shape("mask", mask="!")), "a mask that can't be unpacked"),
    (content(shape("mask", mask=None)), "a mask that can't be unpacked"),
    (content(shape("mask", mask=packed([[0]]))), "a mask without a pixel"),
    (content(shape(), imageHeight="40"), "imageHeight and imageWidth that are no pixels"),
    (content(shape(), imageHeight=60, imageWidth=40), "but its annotation says 60×40"),
    (content(shape(), imagePath=7), "an imagePath that is no name"),
    (content(shape(points=[(10, 5), (70, 15)])), "must lie on the picture"),
    (
        content(shape(points=[(10, 5), (10, 15)])),
        "has a wrong box for a.png: shape 0, from 0 (bee) must have an area",
    ),
]


def test_what_is_hardly_meant_is_named_by_its_shape(folder):
    tiny, group = shape(points=[(3, 3), (4, 9)]), {"group_id": 7}
    value = content(
        shape(), tiny, shape(points=[(10, 5), (20, 15)]) | group, shape(points=[(20, 5), (30, 15)]) | group
    )
    small, twice = check_detection(labelme_detection(written(folder, value)))
    assert small.where == twice.where == str(folder / "a.json")
    assert small.what.startswith(
        "has an object of 1×6 pixels (width×height) for a.png: shape 1, from 0 (bee); left"
    )
    assert (
        "twice for a.png: shape 0, from 0 (bee) and shape 2, from 0 and shape 3, from 0 (bee); left"
        in twice.what
    )


@pytest.mark.parametrize(("value", "sentence"), SPOILT, ids=[row[1] for row in SPOILT])
def test_spoilt_files(folder, value, sentence):
    with pytest.raises(FileError) as raised:
        labelme_detection(written(folder, value))[0]
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_folders_that_are_nothing(folder):
    with pytest.raises(FileError, match="has no JSON files"):
        labelme_detection(folder)
    with pytest.raises(FileError, match="is not a folder"):
        labelme_detection(folder / "nowhere")
    written(folder, content(shape(), imagePath="b.png"), "b.json")
    with pytest.raises(FileError, match=r"b.png is not there, but b.json names it"):
        labelme_detection(folder)
    written(folder, content(shape()), "b.json")
    written(folder, content(shape()))
    with pytest.raises(FileError, match=r"two annotations of a.png"):
        labelme_detection(folder)
