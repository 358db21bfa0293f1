"""Any set, any format, there and back: boxes are the same bit by bit."""

import tempfile
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vislearn.datasets import DetectionDS, convert, open_detection, scene_detection
from vislearn.datasets.conversion.losses import FORMATS
from vislearn.errors import InputError

WIDTH, HEIGHT = 61, 43


@st.composite
def annotations(draw):
    """Boxes anywhere on the picture, which touch its edge or keep 1/1000 of a pixel away."""

    def side(limit):
        number = st.one_of(st.just(0.0), st.just(float(limit)), st.floats(0.0009765625, limit, width=32))
        start, end = sorted((draw(number), draw(number)))
        return (start, end) if start < end else (0.0, float(limit))

    boxes, labels = [], []
    for _place in range(draw(st.integers(0, 3))):
        (left, right), (top, bottom) = side(WIDTH), side(HEIGHT)
        if [left, top, right, bottom] not in boxes:
            boxes.append([left, top, right, bottom])
            labels.append(draw(st.integers(1, 3)))
    return {"boxes": boxes, "labels": labels}


@settings(deadline=None, max_examples=15)
@given(st.lists(annotations(), min_size=1, max_size=2))
@pytest.mark.parametrize("to", FORMATS)
def test_there_and_back(to, found):
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for index in range(len(found)):
            Image.new("RGB", (WIDTH, HEIGHT)).save(folder / f"{index}.png")
        items = [(folder / f"{index}.png", annotation) for index, annotation in enumerate(found)]
        before = DetectionDS(items, classes=["ant", "bee", "cow"])
        convert(before, folder / "out", to, tell=lambda _sentence: None)
        how = {"classes": before.classes} if to == "voc" else {}
        after = open_detection(folder / "out", **how)
        assert after.classes == before.classes
        for index in range(len(found)):
            one, other = before.read(index), after.read(index)
            assert torch.equal(one[0], other[0])
            assert all(
                torch.equal(one[1][key], other[1][key]) for key in ("boxes", "labels", "iscrowd", "area")
            )


def test_around_all_formats_and_home_again(bundled, tmp_path):
    before = scene_detection("val")
    before.items = before.items[:5]
    dataset = before
    for to in (*FORMATS, "coco"):
        folder = tmp_path / f"{to}{len(list(tmp_path.iterdir()))}"
        convert(dataset, folder, to, tell=lambda _sentence: None)
        dataset = open_detection(folder, **({"classes": before.classes} if to == "voc" else {}))
    for index in range(5):
        assert torch.equal(before.read(index)[1]["boxes"], dataset.read(index)[1]["boxes"])


def test_another_format(one, tmp_path):
    with pytest.raises(InputError, match=r"to must be one of .* got 'csv'"):
        convert(one, tmp_path / "out", "csv")
