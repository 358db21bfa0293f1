"""Lesson 08's project: other ways to mend what a reader does wrong, and other ways to make each mistake."""

import torch
from torchvision.ops import box_iou, masks_to_boxes

from vislearn.exercises.lessons.looking.project import delivery
from vislearn.exercises.registry import find

NAME = "looking.mend"


def by_index(image, boxes, masks):
    rows = torch.arange(masks.shape[1] - 1, -1, -1)
    return image[[2, 1, 0]], boxes[:, (1, 0, 3, 2)], masks[:, rows]


def by_stacking(image, boxes, masks):
    blue, green, red = image
    top, left, bottom, right = boxes.T
    return torch.stack([red, green, blue]), torch.stack([left, top, right, bottom]).T, masks.flip(1)


def boxes_from_masks(image, boxes, masks):
    masks = masks.flip(-2)
    around = masks_to_boxes(masks)
    around[:, 2:] += 1
    return image.flip(0), around, masks


def one_by_one(image, boxes, masks):
    turned = [[box[1], box[0], box[3], box[2]] for box in boxes.tolist()]
    standing = [torch.flipud(mask) for mask in masks]
    return torch.cat([image[2:], image[1:2], image[:1]]), torch.tensor(turned), torch.stack(standing)


def by_numpy(image, boxes, masks):
    pixels = image.numpy()[::-1].copy()
    return torch.from_numpy(pixels), boxes.reshape(-1, 2, 2).flip(-1).reshape(-1, 4), masks.flip(dims=(1,))


def in_place(image, boxes, masks):
    image[[0, 2]] = image[[2, 0]]
    boxes[:, [0, 1, 2, 3]] = boxes[:, [1, 0, 3, 2]].clone()
    return [image, boxes, masks.flip(-2)]


def built(colours="swap", boxes_by="turn", masks_by=(-2,)):
    """An answer put together from parts, any of which can be wrong."""

    def answer(image, boxes, masks):
        image = {"swap": image[[2, 1, 0]], "roll": image[[2, 0, 1]]}.get(colours, image)
        if boxes_by == "turn":
            boxes = torch.stack([boxes[:, 1], boxes[:, 0], boxes[:, 3], boxes[:, 2]], dim=1)
        elif boxes_by == "flip":
            height = masks.shape[1]
            boxes = torch.stack([boxes[:, 0], height - boxes[:, 3], boxes[:, 2], height - boxes[:, 1]], dim=1)
        return image, boxes, masks.flip(masks_by) if masks_by else masks

    return answer


RIGHT = {NAME: [by_index, by_stacking, boxes_from_masks, one_by_one, by_numpy, in_place]}

WRONG = {
    NAME: {
        "_only_the_picture": built(boxes_by="", masks_by=()),
        "_only_the_boxes": built(colours="", masks_by=()),
        "_only_the_masks": built(colours="", boxes_by=""),
        "_masks_left": built(masks_by=()),
        "_boxes_left": built(boxes_by=""),
        "_colours_left": built(colours=""),
        "_masks_left_to_right": built(masks_by=(2,)),
        "_masks_turned": built(masks_by=(1, 2)),
        "_boxes_upside_down": built(boxes_by="flip"),
        "_channels_rolled": built(colours="roll"),
    }
}

UNLISTED = {
    NAME: [
        lambda image, boxes, masks: (image, boxes, masks),
        lambda image, boxes, masks: image.flip(0),
        lambda image, boxes, masks: (image.flip(-1), boxes, masks),
        lambda image, boxes, masks: (image.flip(0), boxes + 3, masks.flip(-2)),
        lambda image, boxes, masks: (masks, boxes, image),
        lambda image, boxes, masks: (
            image.flip(0),
            boxes[:, [1, 0, 3, 2]],
            masks[:, list(range(111, -1, -1))],
        ),
        lambda image, boxes, masks: (image.flip(0), boxes[:, [1, 0, 3, 2]], masks.flip(0)),
        lambda image, boxes, masks: (image.flip(0), boxes[:, [1, 0, 2, 3]], masks.flip(-2)),
        lambda image, boxes, masks: (image.flip(0).flip(1), boxes[:, [1, 0, 3, 2]], masks),
        lambda image, boxes, masks: (255 - image, boxes[:, [1, 0, 3, 2]], masks.flip(-2)),
        lambda image, boxes, masks: (image.flip(0) / 255, boxes[:, [1, 0, 3, 2]], masks.flip(-2)),
    ]
}


def test_what_is_mended_fits_together():
    for sample in delivery():
        image, boxes, masks = find(NAME).reference(*sample)
        assert image.shape[1:] == masks.shape[1:] == (112, 128)
        around = masks_to_boxes(masks)
        around[:, 2:] += 1
        assert box_iou(boxes, around).diagonal().min() == 1


def test_the_judged_pictures_are_others_than_those_to_be_looked_at():
    exercise, seen = find(NAME), [sample.image for sample in delivery()]
    for trial in range(exercise.trials):
        image = exercise.arguments(trial)[0]
        assert not any(torch.equal(image, other) for other in seen)
