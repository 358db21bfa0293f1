"""VOC's average precision, by hand and by published toy figures."""

import pytest
import torch

from vislearn.errors import InputError
from vislearn.metrics import average_precision, voc_average_precision
from vislearn.metrics.detection.voc import voc_matches


def target(boxes, difficult=None, label=1):
    count = len(boxes)
    return {
        "boxes": torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
        "labels": torch.full((count,), label),
        "iscrowd": torch.tensor(difficult or [0] * count),
    }


def found(boxes, scores, label=1):
    boxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    return {"boxes": boxes, "scores": torch.tensor(scores), "labels": torch.full((len(boxes),), label)}


def test_nothing_to_find_and_nothing_found():
    assert voc_average_precision([found([], [])], [target([])]) == -1
    assert voc_average_precision([found([[0, 0, 9, 9]], [0.9])], [target([[0, 0, 9, 9]], [1])]) == -1
    for points in ("all", "11"):
        assert voc_average_precision([found([], [])], [target([[0, 0, 9, 9]])], points=points) == 0


# Padilla et al. 2020, A Survey on Performance Metrics for Object-Detection Algorithms, the example of their
# repository: 15 objects, 24 detections, the surest first.
RIGHT = [1, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]


@pytest.mark.parametrize(("points", "published"), [("11", 0.2684), ("all", 0.2456)])
def test_the_published_toy_figures(points, published):
    true = [[20 * place, 0, 20 * place + 10, 10] for place in range(15)]
    hits = iter(true)
    boxes = [next(hits) if right else [20 * at, 50, 20 * at + 9, 60] for at, right in enumerate(RIGHT)]
    scores = [1 - 0.01 * place for place in range(len(RIGHT))]
    ap = voc_average_precision([found(boxes, scores)], [target(true)], points=points)
    assert ap == pytest.approx(published, abs=1e-4)


def test_small_false_alarms_inside_a_difficult_object_are_false_alarms():
    """COCO's rule for crowds forgives them: 1.0. VOC's doesn't: the easy object comes third, 1/3."""
    true = target([[0, 0, 10, 10], [100, 100, 200, 200]], [0, 1])
    boxes = [[110, 110, 120, 120], [150, 150, 160, 160], [0, 0, 10, 10]]
    answer = found(boxes, [0.9, 0.8, 0.7])
    assert average_precision([answer], [true]) == 1
    assert voc_average_precision([answer], [true]) == pytest.approx(1 / 3)
    assert voc_average_precision([answer], [true], points="11") == pytest.approx(1 / 3)


def test_a_difficult_object_that_was_found_counts_neither_way_however_often():
    true = target([[0, 0, 10, 10], [100, 100, 200, 200]], [0, 1])
    answer = found([[100, 100, 200, 200], [101, 100, 200, 200], [0, 0, 10, 10]], [0.9, 0.8, 0.7])
    assert voc_average_precision([answer], [true]) == 1
    assert [match.ignored for match in voc_matches([answer], [true]).matches] == [True, True, False]


def test_a_detection_belongs_to_the_object_it_overlaps_most_taken_or_not():
    """Two objects almost in one place, found twice: the second box is nearer the first object, and lost."""
    true = target([[0, 0, 10, 10], [0, 3, 10, 13]])
    answer = found([[0, 0, 10, 10], [0, 1, 10, 11]], [0.9, 0.8])
    assert [match.found for match in voc_matches([answer], [true]).matches] == [0, None]
    assert voc_average_precision([answer], [true]) == 0.5
    assert average_precision([answer], [true]) == pytest.approx(1)


def test_pictures_are_kept_apart_and_the_surest_of_all_comes_first():
    true = [target([[0, 0, 10, 10]]), target([[20, 0, 30, 10]])]
    answers = [found([[20, 0, 30, 10], [0, 0, 10, 10]], [0.9, 0.6]), found([[20, 0, 30, 10]], [0.8])]
    matches = voc_matches(answers, true).matches
    assert [(match.image, match.detection, match.found) for match in matches] == [
        (0, 0, None),
        (1, 0, 0),
        (0, 1, 0),
    ]
    assert voc_average_precision(answers, true) == pytest.approx(2 / 3)


def test_other_points_and_thresholds_are_refused():
    with pytest.raises(InputError, match="points must be one of 'all', '11'"):
        voc_average_precision([], [], points="101")
    with pytest.raises(InputError, match="iou_threshold must be above 0"):
        voc_average_precision([], [], 0)
