import pytest
import torch

from vislearn.datasets.detection.targets import plain, target_of
from vislearn.errors import FileError

WHOLE = {"boxes": [[0, 0, 4, 2]], "labels": [1]}


def test_no_objects():
    target = target_of({"boxes": [], "labels": []}, 6)
    assert target["boxes"].shape == (0, 4)
    assert (target["image_id"].item(), target["labels"].dtype) == (7, torch.int64)


def test_what_is_not_given_is_counted():
    target = target_of(WHOLE | {"area": None}, 0)
    assert (target["area"].tolist(), target["iscrowd"].tolist()) == ([8], [0])
    assert target_of(WHOLE | {"masks": torch.ones(1, 3, 3)}, 0)["area"].tolist() == [9]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"boxes": [[0, 0, 4], [0, 0, 4, 2]]}, "its boxes are no numbers, or not as many in each row"),
        ({"labels": ["a"]}, "its labels are no numbers"),
        ({"labels": [1.5]}, "labels must be whole numbers"),
        ({"iscrowd": [0.5]}, "iscrowd must be whole numbers"),
        ({"area": "large"}, "its area are no numbers"),
        ({"image_id": 2**80}, "its image_id are no numbers"),
    ],
    ids=str,
)
def test_what_is_no_number_is_a_clause(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        target_of(WHOLE | change, 0)


def test_masks_that_cannot_be_read_say_so_themselves():
    def read():
        raise FileError("m.png", "is damaged")

    with pytest.raises(FileError, match=r"m\.png is damaged"):
        target_of(WHOLE | {"masks": read}, 0)


def test_plain_leaves_other_things_alone():
    assert plain("a") == "a"
