"""Lesson 08's mirror: many ways to be right, and other ways to make each mistake."""

import torch
from torchvision import tv_tensors
from torchvision.transforms.v2 import functional as F

from vislearn.exercises.registry import find

NAME = "looking.mirrored"


def by_torchvision(boxes, points, twins, width):
    size = (width, width)
    boxes = F.horizontal_flip(tv_tensors.BoundingBoxes(boxes, format="XYXY", canvas_size=size))
    points = F.horizontal_flip(tv_tensors.KeyPoints(points, canvas_size=size))
    return boxes, points[:, twins]


def in_place(boxes, points, twins, width):
    boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
    points[..., 0] = width - 1 - points[..., 0]
    return boxes, points[:, twins]


def by_signs(boxes, points, twins, width):
    turned = boxes[:, [2, 1, 0, 3]] * torch.tensor([-1, 1, -1, 1]) + torch.tensor([width, 0, width, 0])
    moved = points * torch.tensor([-1, 1]) + torch.tensor([width - 1, 0])
    return turned, moved.index_select(1, twins)


def by_names_first(boxes, points, twins, width):
    x, y = points[:, twins].unbind(-1)
    left, right = width - boxes[:, 2], width - boxes[:, 0]
    return torch.column_stack([left, boxes[:, 1], right, boxes[:, 3]]), torch.stack([width - 1 - x, y], -1)


def one_by_one(boxes, points, twins, width):
    new_boxes = [[width - x2, y1, width - x1, y2] for x1, y1, x2, y2 in boxes.tolist()]
    new_points = [
        [[width - 1 - one[other][0], one[other][1]] for other in twins.tolist()] for one in points.tolist()
    ]
    return torch.tensor(new_boxes), torch.tensor(new_points)


def by_sorting(boxes, points, twins, width):
    x = (width - boxes[:, [0, 2]]).sort(dim=1).values
    moved = points.clone()
    moved[..., 0] = width - 1 - moved[..., 0]
    new = torch.empty_like(moved)
    new[:, twins] = moved
    return [torch.stack([x[:, 0], boxes[:, 1], x[:, 1], boxes[:, 3]], dim=1), new]


def built(*, swap=True, move_points=True, move_boxes=True, last=1, edge=0, sort=True):
    """An answer put together from parts, any of which can be wrong."""

    def answer(boxes, points, twins, width):
        boxes, points = boxes.clone(), points.clone()
        if move_boxes:
            order = [2, 0] if sort else [0, 2]
            boxes[:, [0, 2]] = width - edge - boxes[:, order]
        if move_points:
            points[..., 0] = width - last - points[..., 0]
        return boxes, points[:, twins] if swap else points

    return answer


def upside_down(boxes, points, twins, width):
    boxes[:, [1, 3]] = width - boxes[:, [3, 1]]
    points[..., 1] = width - 1 - points[..., 1]
    return boxes, points[:, twins]


RIGHT = {NAME: [by_torchvision, in_place, by_signs, by_names_first, one_by_one, by_sorting]}

WRONG = {
    NAME: {
        "_names_kept": built(swap=False),
        "_only_the_names": built(move_points=False),
        "_points_stay": built(swap=False, move_points=False),
        "_boxes_stay": built(move_boxes=False),
        "_points_as_edges": built(last=0),
        "_edges_as_points": built(edge=1),
        "_inside_out": built(sort=False),
        "_upside_down": upside_down,
    }
}


def boxes_only(boxes, points, twins, width):
    return find(NAME).reference(boxes, points, twins, width)[0]


def other_way_round(*given):
    return find(NAME).reference(*given)[::-1]


def nothing_done(boxes, points, twins, width):
    return boxes, points


def objects_swapped(boxes, points, twins, width):
    boxes, points = find(NAME).reference(boxes, points, twins, width)
    return boxes, points.flip(0)


def both_off(boxes, points, twins, width):
    return built(last=0, edge=1)(boxes, points, twins, width)


UNLISTED = {NAME: [boxes_only, other_way_round, nothing_done, objects_swapped, both_off]}


def test_torchvision_s_flip_keeps_the_names():
    """The lesson says so: whoever mirrors people by v2 must swap right and left themselves."""
    points = tv_tensors.KeyPoints([[[3.0, 5.0], [8.0, 5.0]]], canvas_size=(10, 20))
    assert F.horizontal_flip(points)[0, :, 0].tolist() == [16.0, 11.0]
