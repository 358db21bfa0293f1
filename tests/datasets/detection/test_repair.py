import pickle

import pytest
import torch
from PIL import Image

from vislearn.datasets import DetectionDS, check_detection
from vislearn.datasets.detection.repair import repaired
from vislearn.errors import FileError

GOOD = [10, 5, 30, 15]


@pytest.fixture
def picture(tmp_path):
    Image.new("RGB", (60, 40)).save(tmp_path / "a.png")
    return tmp_path / "a.png"


def mended(picture, *boxes, **more):
    labels = list(range(1, len(boxes) + 1))
    return DetectionDS([(picture, {"boxes": list(boxes), "labels": labels} | more)], repair=True)


def test_what_is_sound_stays_the_same_object(picture):
    item = (picture, {"boxes": [GOOD, [-0.5, 0, 60.5, 40]], "labels": [1, 2]})
    items, done = repaired([item])
    assert items[0][1] is item[1]
    assert done == []
    assert DetectionDS([item]).repairs == []


SLIPS = [
    ([50, 20, 60.6, 40], [50, 20, 60, 40], "sticks out, [50, 20, 60.6, 40]. It was clipped."),
    ([-2, -1, 9, 9], [0, 0, 9, 9], "sticks out, [-2, -1, 9, 9]. It was clipped."),
    ([10, 5, 10, 15], None, "without an area, [10, 5, 10, 15]. It was left out."),
    ([10, 5, 20, 5], None, "without an area, [10, 5, 20, 5]. It was left out."),
]


@pytest.mark.parametrize(("box", "expected", "sentence"), SLIPS)
def test_slips_are_mended_and_listed(picture, box, expected, sentence):
    with pytest.raises(FileError):
        DetectionDS([(picture, {"boxes": [box, GOOD], "labels": [1, 2]})])[0]
    dataset = mended(picture, box, GOOD)
    target = dataset[0][1]
    assert target["boxes"].tolist() == ([expected] if expected else []) + [GOOD]
    assert target["labels"].tolist() == ([1, 2] if expected else [2])
    (done,) = dataset.repairs
    assert (
        str(done) == f"{picture} has a box that {sentence}" or str(done) == f"{picture} has a box {sentence}"
    )
    assert check_detection(dataset) == []


def test_a_box_beside_the_edge_is_clipped_to_nothing_and_left_out(picture):
    dataset = mended(picture, [60, 5, 61, 9], GOOD)
    assert [done.fix for done in dataset.repairs] == ["It was clipped.", "It was left out."]
    assert len(dataset[0][1]["boxes"]) == 1


@pytest.mark.parametrize("box", [[50, 20, 62.1, 40], [30, 5, 10, 15], [0, 0, float("nan"), 9], [1, 2, 3]])
def test_what_is_no_slip_stays_an_error(picture, box):
    dataset = mended(picture, box)
    assert dataset.repairs == []
    with pytest.raises(FileError):
        dataset[0]


def test_all_that_belongs_to_an_object_goes_with_it(picture):
    masks = torch.zeros(2, 40, 60, dtype=torch.uint8)
    masks[0, 5:15, 10:11] = masks[1, 5:15, 10:30] = 1
    extras = {"iscrowd": [1, 0], "area": [1.0, 150.0], "masks": lambda: masks}
    target = mended(picture, [10, 5, 10, 15], GOOD, **extras)[0][1]
    assert (target["iscrowd"].tolist(), target["area"].tolist()) == ([0], [150])
    assert target["masks"].sum() == 200
    assert (
        pickle.loads(pickle.dumps(mended(picture, [10, 5, 10, 15], GOOD, masks=masks)))[0][1]["masks"].shape[
            0
        ]
        == 1
    )


def test_a_missing_picture_and_a_wrong_size_are_told_as_ever(picture, tmp_path):
    annotation = {"boxes": [[10, 5, 10, 15]], "labels": [1]}
    items = [(tmp_path / "no.png", annotation), (picture, annotation | {"size_hw": (4, 6)})]
    dataset = DetectionDS(items, repair=True)
    assert dataset.repairs == []
    assert [
        "does not exist" in str(problem) or "says 4×6" in str(problem) for problem in check_detection(dataset)
    ] == [
        True,
        True,
    ]
