import pytest
import torch

from vislearn.errors import InputError
from vislearn.metrics.detection import ap_curve, average_precision, find_matches
from vislearn.metrics.detection.scores import IOU_THRESHOLDS

NOTHING = {"boxes": torch.empty(0, 4), "labels": torch.empty(0, dtype=torch.int64), "scores": torch.empty(0)}
TWO = {"boxes": torch.tensor([[0.0, 0, 10, 10], [20, 20, 30, 30]]), "labels": torch.tensor([1, 1])}


def found(boxes, scores, label=1):
    boxes = torch.tensor(boxes, dtype=torch.float32)
    return {"boxes": boxes, "scores": torch.tensor(scores), "labels": torch.full((len(boxes),), label)}


@pytest.mark.parametrize(
    ("predictions", "targets", "ap"),
    [
        ([], [], -1),
        ([NOTHING], [NOTHING], -1),
        ([NOTHING], [TWO], 0),
        ([found([[0, 0, 9, 9]], [0.5])], [NOTHING], -1),
        ([found([[50, 50, 60, 60]], [0.5])], [TWO], 0),
        ([found([[0, 0, 10, 10], [20, 20, 30, 30]], [0.5, 0.4])], [TWO], 1),
        ([found([[0, 0, 10, 10], [50, 50, 60, 60]], [0.5, 0.4])], [TWO], 51 / 101),
        (
            [found([[0, 0, 10, 10], [0, 0, 10, 9], [20, 20, 30, 30]], [0.9, 0.8, 0.7])],
            [TWO],
            (51 + 50 * 2 / 3) / 101,
        ),
    ],
)
def test_sets_small_enough_to_count(predictions, targets, ap):
    assert average_precision(predictions, targets) == pytest.approx(ap)


@pytest.mark.parametrize("seed", range(6))
def test_each_class_and_threshold_is_pycocotools_own(evaluated, random_set, seed):
    predictions, targets = random_set(seed, grid=[None, 4][seed % 2], detections=[12, 150][seed == 0])
    table = evaluated(predictions, targets, [1, 2, 3]).eval["precision"][..., 0, 2].mean(axis=1)
    for at, threshold in enumerate(IOU_THRESHOLDS.tolist()):
        for label in (1, 2, 3):
            got = average_precision(predictions, targets, threshold, label=label)
            assert got == pytest.approx(table[at, label - 1], abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_each_class_and_threshold_of_masks_too(evaluated, random_masks, seed):
    predictions, targets = random_masks(seed, grid=[None, 4][seed % 2])
    table = evaluated(predictions, targets, [1, 2, 3], "segm").eval["precision"][..., 0, 2].mean(axis=1)
    for at in (0, 5, 9):
        for label in (1, 2, 3):
            threshold = IOU_THRESHOLDS[at].item()
            got = average_precision(predictions, targets, threshold, label=label, kind="segm")
            assert got == pytest.approx(table[at, label - 1], abs=1e-9)


def test_every_match_is_told():
    crowd = TWO | {"iscrowd": torch.tensor([0, 1])}
    boxes = [[0, 0, 10, 8], [0, 0, 10, 10], [22, 22, 30, 30], [90, 90, 99, 99]]
    matches = find_matches([NOTHING, found(boxes, [0.5, 0.8, 0.7, 0.6])], [NOTHING, crowd])
    assert (matches.label, matches.objects) == (1, 1)
    told = [(m.image, m.detection, m.found, round(m.iou, 2), m.right, m.wrong) for m in matches.matches]
    assert told == [
        (1, 1, 0, 1.0, True, False),
        (1, 2, 1, 1.0, False, False),
        (1, 3, None, 0.0, False, True),
        (1, 0, None, 0.8, False, True),
    ]


def test_rows_and_pictures_are_those_of_the_lists_whatever_the_ids():
    targets = [TWO | {"image_id": torch.tensor(9)}, TWO | {"image_id": torch.tensor(2)}]
    predictions = [found([[0, 0, 10, 10]], [0.5]), found([[20, 20, 30, 30]], [0.5])]
    matches = find_matches(predictions, targets).matches
    assert [(match.image, match.found) for match in matches] == [(1, 1), (0, 0)]  # by id, as COCO counts


def test_the_curve_leaves_out_what_is_ignored():
    crowd = TWO | {"iscrowd": torch.tensor([0, 1])}
    curve = ap_curve([found([[22, 22, 30, 30], [0, 0, 10, 10]], [0.9, 0.8])], [crowd])
    assert (curve.precision.tolist(), curve.recall.tolist(), curve.ap) == ([1], [1], 1)
    assert curve.scores.tolist() == pytest.approx([0.8])
    assert curve.interpolated.shape == (101,)


@pytest.mark.parametrize("threshold", [0, -0.5, 1.01])
def test_a_threshold_out_of_range(threshold):
    with pytest.raises(InputError, match=r"iou_threshold must be above 0 and at most 1, got"):
        average_precision([], [], threshold)


def test_one_class_of_several_must_be_named():
    target = TWO | {"labels": torch.tensor([1, 4])}
    with pytest.raises(InputError, match=r"label must say which class.*Choose one of 1, 4\."):
        average_precision([NOTHING], [target])
    assert average_precision([found([[0, 0, 10, 10]], [0.5])], [target], label=1) == 1
