import torch

from vislearn.exercises.lessons.sets.boxes import whole_boxes


def test_boxes_are_whole_have_room_and_begin_inside():
    boxes = whole_boxes(200, 40, 61, torch.Generator().manual_seed(0))
    assert torch.equal(boxes, boxes.round())
    assert boxes.min() >= 1
    assert (boxes[:, 2:] - boxes[:, :2]).min() >= 3
    assert boxes[:, 2].max() < 61
    assert boxes[:, 3].max() < 40


def test_no_boxes_still_have_four_columns():
    assert whole_boxes(0, 50, 60, torch.Generator()).shape == (0, 4)
