import numpy as np
import pytest
import torch

from vislearn import metrics
from vislearn.errors import InputError
from vislearn.steps import average_precision
from vislearn.viz import CurveDrawing, filmstrip

NOTHING = {"boxes": torch.empty(0, 4), "labels": torch.empty(0, dtype=torch.int64), "scores": torch.empty(0)}
TRUE = {
    "boxes": torch.tensor([[0.0, 0, 20, 20], [30, 30, 50, 50], [60, 0, 80, 30]]),
    "labels": torch.tensor([1, 1, 1]),
    "iscrowd": torch.tensor([0, 0, 1]),
}
FOUND = {
    "boxes": torch.tensor(
        [
            [0.0, 0, 20, 20],
            [0, 0, 20, 19],
            [30, 30, 50, 38],
            [62, 2, 70, 20],
            [90, 90, 99, 99],
            [30, 30, 50, 49],
        ]
    ),
    "labels": torch.ones(6, dtype=torch.int64),
    "scores": torch.tensor([0.9, 0.8, 0.7, 0.6, 0.5, 0.4]),
}


def test_nothing_at_all():
    steps = list(average_precision([], []))
    assert [step.title for step in steps] == [
        "Ranking",
        "Precision and recall",
        "Envelope",
        "Average precision",
    ]
    assert steps[-1].value.item() == -1
    assert "nothing to find" in steps[-1].note
    assert filmstrip(steps).data


def test_every_way_a_detection_can_go():
    steps = list(average_precision([NOTHING, FOUND], [NOTHING, TRUE]))
    assert [step.title for step in steps[1:7]] == [
        "1. right",
        "2. wrong",
        "3. wrong",
        "4. ignored",
        "5. wrong",
        "6. right",
    ]
    assert [step.note for step in steps[1:7]] == [
        "IoU 1.00 with an object that is still free. Right so far: 1 of 1. Found: 1 of 2.",
        "IoU 0.95, but a surer one has found that object: a duplicate. Right so far: 1 of 2. Found: 1 of 2.",
        "IoU 0.40 is less than 0.5: badly placed. Right so far: 1 of 3. Found: 1 of 2.",
        "It lies on a crowd: counts neither for nor against. Right so far: 1 of 3. Found: 1 of 2.",
        "No object of its class is near. Right so far: 1 of 4. Found: 1 of 2.",
        "IoU 0.95 with an object that is still free. Right so far: 2 of 5. Found: 2 of 2.",
    ]
    assert steps[2].summary == "score 0.80 · IoU 0.95 · picture 1"


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.75])
def test_the_last_value_is_the_metric(threshold):
    last = list(average_precision([FOUND], [TRUE], threshold))[-1]
    assert last.value.item() == metrics.average_precision([FOUND], [TRUE], threshold) > 0
    assert f"{last.value:.3f}" in last.note


def test_the_class_is_told_by_its_name_where_there_is_one():
    first = next(average_precision([FOUND], [TRUE], names=["seven", "eight"]))
    assert "of class seven on" in first.note
    with pytest.raises(InputError):
        list(average_precision([FOUND], [TRUE], names=[]))


def test_the_values_between_are_the_curve_s():
    steps = {step.title: step for step in average_precision([FOUND], [TRUE])}
    curve = metrics.ap_curve([FOUND], [TRUE])
    assert torch.equal(steps["Precision and recall"].value, torch.stack([curve.precision, curve.recall]))
    assert torch.equal(steps["Envelope"].value, curve.interpolated)
    assert torch.equal(steps["Ranking"].value, FOUND["scores"])
    drawn = {
        title: (picture.zigzag, picture.envelope, picture.area)
        for title in steps
        if isinstance(picture := steps[title].picture, CurveDrawing)
    }
    assert drawn == {
        "Precision and recall": (True, False, True),
        "Envelope": (True, True, False),
        "Average precision": (False, True, True),
    }


def test_a_match_is_drawn_on_its_picture_among_the_objects_of_its_class():
    target = TRUE | {"labels": torch.tensor([1, 2, 1])}
    image = np.zeros((100, 100, 3), np.uint8)
    step = list(average_precision([FOUND], [target], label=1, images=[image]))[1]
    assert step.picture.image is image
    assert step.picture.boxes.tolist() == [*TRUE["boxes"][[0, 2]].tolist(), FOUND["boxes"][0].tolist()]
    assert (step.picture.words, step.picture.numbers) == (["", "", "✓"], ["", "", "0.90"])


def test_without_pictures_the_boxes_lie_on_paper_in_proportion():
    step = list(average_precision([FOUND], [TRUE]))[5]  # the false alarm in the far corner
    assert (step.picture.words[-1], step.picture.numbers[-1]) == ("✗", "0.50")
    assert step.picture.on_paper
    height, width = step.picture.image.shape[:2]
    assert (step.picture.boxes[:, 2:] < torch.tensor([width, height])).all()
    scale = step.picture.boxes[-1, 0] / FOUND["boxes"][4, 0]
    assert torch.allclose(step.picture.boxes[:-1], TRUE["boxes"].double() * scale)


def test_the_rest_is_told_in_one_step():
    steps = list(average_precision([FOUND], [TRUE], rounds=2))
    assert [step.title for step in steps[1:4]] == ["1. right", "2. wrong", "And so on"]
    assert steps[3].note == "The other 4 go the same way."


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rounds": 0}, "rounds must be at least 1, got 0"),
        ({"images": []}, r"images must be one per target \(1\), got 0"),
        ({"iou_threshold": 0}, "iou_threshold must be above 0"),
    ],
)
def test_what_breaks_its_rule(options, sentence):
    with pytest.raises(InputError, match=sentence):
        list(average_precision([FOUND], [TRUE], **options))
