import torch

from vislearn.metrics.detection.scores import AREAS, IOU_THRESHOLDS, summarise


def tables(classes):
    return torch.full((10, 101, classes, 4, 3), -1.0), torch.full((10, classes, 4, 3), -1.0)


def test_no_classes():
    scores = summarise(*tables(0), [], [], {})
    assert set(scores.twelve.values()) == {-1.0}
    assert scores.per_class == {}
    assert scores.rows() == []
    assert scores.precision.shape == (10, 101, 0)


def test_each_number_comes_from_its_own_part_of_the_tables():
    precision, recall = tables(2)
    precision[..., 1, :, 2] = torch.tensor([0.1, 0.2, 0.3, 0.4])  # by area; the first class stays without
    precision[0, :, 1, 0, 2], precision[5, :, 1, 0, 2] = 0.9, 0.5
    recall[:, 1, 0] = torch.tensor([0.1, 0.2, 0.3])  # by number of detections
    recall[:, 1, 1:, 2] = torch.tensor([0.6, 0.7, 0.8])
    scores = summarise(precision, recall, [4, 7], [0, 5], {7: "seven"})
    expected = [(8 * 0.1 + 0.9 + 0.5) / 10, 0.9, 0.5, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3, 0.6, 0.7, 0.8]
    assert torch.allclose(torch.tensor(list(scores.twelve.values())), torch.tensor(expected))
    assert (scores.per_class[7].name, scores.per_class[7].objects) == ("seven", 5)
    assert scores.per_class[7].ap == scores.ap
    assert (scores.per_class[4].name, scores.per_class[4].ap, scores.per_class[4].ar_100) == ("4", -1, -1)


def test_the_thresholds_and_sizes_are_coco_s():
    assert len(IOU_THRESHOLDS) == 10
    assert IOU_THRESHOLDS[[0, 5, 9]].tolist() == [0.5, 0.75, 0.95]
    assert AREAS["medium"] == (1024, 9216)
