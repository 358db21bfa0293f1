"""Detection targets: what passes, and one sentence for each way to be wrong."""

import pytest
import torch
from torchvision import tv_tensors

from vislearn.errors import InputError
from vislearn.sample import empty_target, target_defects, validate_target

HW = (40, 60)


def sound(**changes):
    """Two objects on a 40×60 picture; a change of None leaves the key out."""
    masks = torch.zeros(2, *HW, dtype=torch.uint8)
    masks[0, 5:15, 10:30] = 1
    masks[1, 20:40, 40:60] = 1
    target = {
        "boxes": torch.tensor([[10.0, 5, 30, 15], [40, 20, 60, 40]]),
        "labels": torch.tensor([1, 3]),
        "image_id": torch.tensor(7),
        "area": torch.tensor([200.0, 400.0]),
        "iscrowd": torch.tensor([0, 1]),
        "masks": masks,
    } | changes
    return {key: value for key, value in target.items() if value is not None}


def boxes(*rows):
    """A target with these boxes, and nothing but labels beside them."""
    return {"boxes": torch.tensor(rows), "labels": torch.ones(len(rows), dtype=torch.int64)}


@pytest.mark.parametrize(
    "target",
    [
        empty_target(),
        {**empty_target(), "masks": torch.zeros(0, *HW, dtype=torch.uint8)},
        sound(),
        sound(image_id=7),
        sound(masks=sound()["masks"].bool()),
        {key: sound()[key] for key in ("boxes", "labels")},
        sound(boxes=tv_tensors.BoundingBoxes(sound()["boxes"], format="XYXY", canvas_size=HW)),
        boxes([-0.4, 0.0, 60.4, 40.0]),
        sound(file_name="a.png"),
    ],
)
def test_sound_targets_pass(target):
    validate_target(target, HW, num_classes=3)


moved = sound()["masks"].flip(-1)
gray = sound()["masks"] * 255
nothing = sound()["masks"] * torch.tensor([1, 0], dtype=torch.uint8)[:, None, None]

DEFECTS = [
    ("not a dict", [1, 2], "target must be a dict .* got list"),
    ("no boxes", sound(boxes=None), "must have a key 'boxes', got 'labels', 'image_id'"),
    ("no labels", sound(labels=None), "must have a key 'labels'"),
    ("empty dict", {}, "must have a key 'boxes', got an empty dict"),
    ("a list", sound(labels=[1, 3]), r"target\['labels'\] must be a tensor, got list"),
    ("whole numbers", sound(boxes=sound()["boxes"].long()), r"\['boxes'\] must be float32, got int64"),
    ("int32 labels", sound(labels=torch.tensor([1, 3], dtype=torch.int32)), "must be int64, got int32"),
    ("float masks", sound(masks=sound()["masks"].float()), "must be uint8 or bool, got float32"),
    ("one flat box", sound(boxes=torch.zeros(4)), r"must have shape \(N, 4\), got shape \(4,\)"),
    ("no boxes, flat", sound(boxes=torch.zeros(0)), r"got shape \(0,\). For a picture without objects"),
    ("labels too few", sound(labels=torch.tensor([1])), r"as many as the boxes \(2\), got 1"),
    ("area too few", sound(area=torch.tensor([1.0])), r"\['area'\] must be as many"),
    ("iscrowd too many", sound(iscrowd=torch.zeros(3)), r"\['iscrowd'\] must be as many"),
    ("masks too few", sound(masks=sound()["masks"][:1]), r"\['masks'\] must be as many"),
    ("labels in columns", sound(labels=torch.ones(2, 1).long()), r"shape \(N,\), got shape \(2, 1\)"),
    ("one mask for all", sound(masks=sound()["masks"][0]), r"must have shape \(N, H, W\)"),
    ("two ids", sound(image_id=torch.tensor([1, 2])), "must be one number"),
    ("masks resized", sound(masks=sound()["masks"][:, ::2]), "as large as the picture, 40×60, got 20×60"),
    ("label 0", sound(labels=torch.tensor([2, 0])), "1 or more, got 0 at index 1. 0 is the backg"),
    ("label too high", sound(labels=torch.tensor([4, 1])), "at most 3, the number .* got 4 at index 0"),
    ("nan", boxes([0.0, 0, float("nan"), 9]), r"must be finite numbers, got \[0, 0, nan, 9\] at index 0"),
    ("infinite", boxes([0.0, 0, float("inf"), 9]), "must be finite"),
    ("inverted", boxes([9.0, 5, 2, 30], [50.0, 30, 20, 35]), "must have left < right and top < bottom, got"),
    ("xywh", boxes([5.0, 5, 20, 20], [45.0, 20, 10, 15]), r"got \[45, 20, 10, 15\] at index 1, .* xywh"),
    ("shares", boxes([0.1, 0.1, 0.5, 0.9]), "must be in pixels, got .* shares of the picture"),
    ("shares up to the edges", boxes([0.0, 0, 1, 1]), "must be in pixels, got .* shares of the picture"),
    ("empty", boxes([5.0, 5, 5, 20]), "must have an area, got"),
    ("outside", boxes([5.0, 5, 61, 20]), r"0 ... 60 across and 0 ... 40 down, got \[5, 5, 61, 20\]"),
    ("outside left", boxes([-3.0, 5, 30, 20]), "must lie on the picture"),
    ("a crowd of 2", sound(iscrowd=torch.tensor([0, 2])), r"\['iscrowd'\] must be 0 or 1, got 2 at index 1"),
    ("negative area", sound(area=torch.tensor([1.0, -2.0])), "must be 0 or more, got -2.0 at index 1"),
    ("area nan", sound(area=torch.tensor([1.0, float("nan")])), "must be 0 or more, got nan"),
    ("masks of 255", sound(masks=gray), "must be 0 and 1, got values up to 255"),
    ("an empty mask", sound(masks=nothing), "must each show something, got an empty one at index 1"),
    ("masks flipped alone", sound(masks=moved), "must lie in their boxes, got one mostly outside at index 0"),
]


@pytest.mark.parametrize(("name", "target", "sentence"), DEFECTS, ids=[entry[0] for entry in DEFECTS])
def test_each_defect_has_its_sentence(name, target, sentence):
    with pytest.raises(InputError, match=sentence):
        validate_target(target, HW, num_classes=3)
    assert len(list(target_defects(target, HW, num_classes=3))) == 1 + (name == "empty dict")


def test_several_defects_are_all_told_and_named():
    target = boxes([5.0, 5, 5, 20], [5.0, 5, 70, 20]) | {"labels": torch.tensor([0, 9])}
    told = [str(defect) for defect in target_defects(target, HW, num_classes=3, name="target of 3.jpg")]
    assert len(told) == 4
    assert all(sentence.startswith("target of 3.jpg['") for sentence in told)


def test_without_a_number_of_classes_any_label_from_1_passes():
    validate_target(sound(labels=torch.tensor([1, 900])), HW)


def test_an_empty_target_keeps_its_shapes():
    target = empty_target(5)
    assert target["boxes"].shape == (0, 4)
    assert {key: str(value.dtype)[6:] for key, value in target.items()} == {
        "boxes": "float32",
        "labels": "int64",
        "image_id": "int64",
        "area": "float32",
        "iscrowd": "int64",
    }


def test_a_picture_of_two_pixels_may_have_a_box_of_one():
    one = boxes([0.0, 0, 1, 1])
    validate_target(one, (2, 2), num_classes=3)
    with pytest.raises(InputError, match="shares of the picture"):
        validate_target(one, (3, 3), num_classes=3)
