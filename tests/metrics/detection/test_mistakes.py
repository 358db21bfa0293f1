import pytest
import torch
from torchvision.ops import box_convert

from vislearn.errors import InputError
from vislearn.metrics.detection import coco_scores
from vislearn.metrics.detection.mistakes import names_of

SIDE = 200


def honest(seed=0, pictures=8, classes=5, noise=1.0):
    """A fair detector on pictures of three objects, with scores that tell right from wrong."""
    generator = torch.Generator().manual_seed(seed)
    predictions, targets = [], []
    for _ in range(pictures):
        corner = torch.rand(3, 2, generator=generator) * 60
        boxes = torch.cat([corner, corner + 70 + 60 * torch.rand(3, 2, generator=generator)], dim=1)
        labels = torch.randint(1, classes + 1, (3,), generator=generator)
        targets.append({"boxes": boxes, "labels": labels})
        moved = boxes + noise * torch.randn(boxes.shape, generator=generator)
        junk = torch.tensor([[0.0, 0, 5, 5]])
        predictions.append(
            {
                "boxes": torch.cat([moved, junk]),
                "labels": torch.cat([labels, labels[:1]]),
                "scores": torch.tensor([0.9, 0.8, 0.7, 0.1]),
            }
        )
    return predictions, targets


def changed(entries, key, change):
    return [entry | {key: change(entry[key])} for entry in entries]


def as_xywh(boxes):
    return box_convert(boxes, "xyxy", "xywh")


def test_an_honest_detector_passes():
    predictions, targets = honest()
    assert coco_scores(predictions, targets).ap50 > 0.9
    assert coco_scores(predictions, targets, classes=range(1, 6)).ap50 > 0.9


@pytest.mark.parametrize(("shift", "advice"), [(1, "Subtract 1 from"), (-1, "Add 1 to")])
@pytest.mark.parametrize("classes", [None, range(7)])
def test_labels_shifted_by_one(shift, advice, classes):
    predictions, targets = honest()
    predictions = changed(predictions, "labels", lambda labels: labels + shift)
    with pytest.raises(InputError, match=rf"labels shifted by one: \d is called \d\. {advice}"):
        coco_scores(predictions, targets, classes=classes)


@pytest.mark.parametrize("sure", [True, False])
def test_labels_count_where_a_detector_is_sure(sure):
    """Three boxes lie well, with labels shifted by one, and three lie nowhere: which ones are the surest?"""
    predictions, targets = honest()
    scores = torch.tensor([0.9, 0.8, 0.7] if sure else [0.03, 0.02, 0.01])
    found = [
        {
            "boxes": torch.cat([entry["boxes"][:3], torch.tensor([[0.0, 0, 5, 5]] * 3)]),
            "labels": torch.cat([entry["labels"][:3] + 1, torch.ones(3, dtype=torch.int64)]),
            "scores": torch.cat([scores, torch.full((3,), 0.5)]),
        }
        for entry in predictions
    ]
    if sure:
        with pytest.raises(InputError, match="labels shifted by one"):
            coco_scores(found, targets, classes=range(1, 7))
    else:
        assert coco_scores(found, targets, classes=range(1, 7)).ap < 0.2


def test_two_classes_mixed_up_are_a_poor_detector_and_no_mistake():
    predictions, targets = honest(classes=2)
    predictions = changed(predictions, "labels", lambda labels: 3 - labels)
    assert coco_scores(predictions, targets).ap < 0.1
    assert coco_scores(changed(predictions, "labels", lambda labels: 0 * labels + 2), targets).ap >= 0


@pytest.mark.parametrize(
    ("predicted", "classes", "sentence"),
    [
        ([7], None, r"must be among those of the targets \(1, 2\), got 7\. If they are right"),
        ([0, 3], None, r"must be among those of the targets \(1, 2\), got 0, 3\."),
        ([0], None, r"got 0\. They look shifted by one: add 1\."),
        ([3], None, r"got 3\. They look shifted by one: subtract 1\."),
        ([1, 7], [1, 2], r"the labels of predictions must be among the classes \(1, 2\), got 7\."),
        ([0, 1], [1, 2], r"got 0\. They look shifted by one: add 1\."),
        ([1], [1], r"the labels of targets must be among the classes \(1\), got 2\."),
    ],
)
def test_labels_that_do_not_exist(predicted, classes, sentence):
    boxes = torch.tensor([[10.0, 10, 50, 50], [60, 60, 90, 90]])
    target = {"boxes": boxes, "labels": torch.tensor([1, 2])}
    found = {
        "boxes": boxes[: len(predicted)],
        "labels": torch.tensor(predicted),
        "scores": torch.ones(len(predicted)),
    }
    with pytest.raises(InputError, match=sentence):
        coco_scores([found], [target], classes=classes)


def test_a_label_that_only_these_pictures_lack_is_none_of_our_business():
    target = {"boxes": torch.tensor([[10.0, 10, 50, 50]]), "labels": torch.tensor([1])}
    found = target | {"labels": torch.tensor([2]), "scores": torch.ones(1)}
    assert coco_scores([found], [target], classes=[1, 2]).ap == 0
    empty = {"boxes": torch.empty(0, 4), "labels": torch.empty(0, dtype=torch.int64)}
    assert coco_scores([found], [empty]).ap == -1


@pytest.mark.parametrize("which", ["predictions", "targets"])
def test_boxes_as_xywh_though_no_corner_is_inverted(which):
    predictions, targets = honest()
    if which == "predictions":
        predictions = changed(predictions, "boxes", as_xywh)
    else:
        targets = changed(targets, "boxes", as_xywh)
    for entry in predictions + targets:
        assert (entry["boxes"][:, 2:] >= entry["boxes"][:, :2]).all()  # nothing to see in one box alone
    with pytest.raises(
        InputError, match=rf"boxes of {which} must be x1, y1, x2, y2, got \d+ boxes that fit .*box_convert"
    ):
        coco_scores(predictions, targets)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("shape", ["anywhere", "tiny", "whole"])
def test_a_detector_that_knows_nothing_yet_passes(seed, shape):
    _, targets = honest(seed)
    generator = torch.Generator().manual_seed(seed)
    predictions = []
    for _ in targets:
        corner = SIDE * torch.rand(100, 2, generator=generator)
        size = {"anywhere": SIDE, "tiny": 4, "whole": 0}[shape] * torch.rand(100, 2, generator=generator)
        boxes = torch.cat([corner, corner + size], dim=1)
        if shape == "whole":
            boxes = torch.tensor([0.0, 0, SIDE, SIDE]).expand(100, 4)
        labels = torch.randint(1, 6, (100,), generator=generator)
        predictions.append({"boxes": boxes, "labels": labels, "scores": torch.rand(100, generator=generator)})
    assert 0 <= coco_scores(predictions, targets).ap < 0.2


@pytest.mark.parametrize("which", ["predictions", "targets"])
def test_coordinates_as_shares_of_the_picture(which):
    predictions, targets = honest()
    if which == "predictions":
        predictions = changed(predictions, "boxes", lambda boxes: boxes.clamp(min=0) / SIDE)
    else:
        targets = changed(targets, "boxes", lambda boxes: boxes / SIDE)
    with pytest.raises(
        InputError, match=rf"the boxes of {which} must be in pixels, got .*\[0, 1\]\. Multiply"
    ):
        coco_scores(predictions, targets)


def test_one_crumb_in_the_corner_is_no_pattern():
    _, targets = honest(pictures=1)
    crumb = {
        "boxes": torch.tensor([[0.0, 0, 0.5, 0.8]]),
        "labels": targets[0]["labels"][:1],
        "scores": torch.ones(1),
    }
    assert coco_scores([crumb], targets).ap == 0


def test_names_alone_are_those_of_the_labels_from_1():
    predictions, targets = honest()
    named = coco_scores(predictions, targets, classes=["ant", "bee", "cat", "dog", "elk"])
    assert {label: scores.name for label, scores in named.per_class.items()}[3] == "cat"
    with pytest.raises(InputError, match=r"the labels of .* must be among the classes"):
        coco_scores(predictions, targets, classes=["ant", "bee"])


@pytest.mark.parametrize("classes", [3, "cat", ["cat", 2], [1.5], ["__background__", "cat"], {"cat": 1}])
def test_what_are_neither_names_nor_labels_is_refused(classes):
    with pytest.raises(InputError, match=r"^classes must be"):
        names_of(classes)
