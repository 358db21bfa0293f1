"""Outlines as they stand in a COCO file: which of them can't be used, and why."""

from pathlib import Path

import pytest
from PIL import Image

from vislearn.datasets.detection.coco_outlines import CocoOutlines
from vislearn.errors import FileError

SQUARE = [[10, 5, 30, 5, 30, 15, 10, 15]]


@pytest.fixture
def outlines(tmp_path):
    """Makes those of a picture of 40×60 pixels, all in the box [10, 5, 20, 10]."""
    Image.new("RGB", (60, 40)).save(tmp_path / "a.png")

    def make(*segmentations, size_hw=(40, 60), bbox=(10, 5, 20, 10)):
        entries = [
            {"id": number, "bbox": list(bbox), "segmentation": one}
            for number, one in enumerate(segmentations, 1)
        ]
        return CocoOutlines(Path("instances.json"), tmp_path / "a.png", entries, size_hw)

    return make


def told(made):
    return [str(trouble) for trouble in made.troubles()]


def test_sound_outlines_are_masks(outlines):
    made = outlines(SQUARE, SQUARE, size_hw=None)
    assert made().flatten(1).sum(1).tolist() == [200, 200]
    assert told(made) == []


@pytest.mark.parametrize(
    ("segmentation", "says"),
    [
        ([[1, 2]], "a polygon of 2 numbers"),
        ("x", "a segmentation that is neither polygons nor run lengths"),
        ([[12, 7, 12, 7, 12, 7]], "an outline without a pixel"),
        ([[40, 20, 50, 20, 50, 30, 40, 30]], r"an outline mostly outside its own box \[10, 5, 20, 10\]"),
    ],
)
def test_what_cannot_be_used_names_file_and_annotation(outlines, segmentation, says):
    made = outlines(SQUARE, segmentation, segmentation)
    with pytest.raises(FileError, match=f"instances.json has {says}.*, in annotation 2 of a.png"):
        made()
    assert [f"annotation {number} of" in text for number, text in zip((2, 3), told(made), strict=True)] == [
        True,
        True,
    ]


def test_what_has_no_outline_is_a_box_and_refused_as_a_mask_alone(outlines):
    made = outlines(None, [], [[]])
    assert told(made) == []
    with pytest.raises(FileError, match=r"no segmentation.*annotation 1"):
        made()


@pytest.mark.parametrize("bbox", [(10, 5, 500, 10), (10, 5, 0, 10), (-9, 5, 9, 10)])
def test_a_box_that_is_wrong_itself_says_nothing_of_its_outline(outlines, bbox):
    assert told(outlines([[40, 20, 50, 20, 50, 30, 40, 30]], bbox=bbox)) == []


def test_a_picture_of_another_size_or_none_takes_no_memory(outlines):
    huge = outlines({"size": [10**6, 10**6], "counts": [0, 10**12]}, size_hw=(10**6, 10**6))
    assert told(huge) == []
    huge.picture.unlink()
    assert told(huge) == []
