"""What a detector's stages look like."""

import pytest
import torch

from vislearn.steps.detector_pictures import (
    anchors_at_one_place,
    crowd,
    features_beside,
    lying_apart,
    spotlight,
)

PICTURE = torch.rand(3, 40, 60, generator=torch.Generator().manual_seed(0))


def test_nothing_to_draw():
    nothing = torch.zeros(0, 4)
    assert anchors_at_one_place(PICTURE, nothing).boxes.shape == (0, 4)
    assert crowd(PICTURE, nothing).boxes.shape == (0, 4)
    assert features_beside(PICTURE, nothing, torch.zeros(0, 8, 7, 7)).min() == 1  # white paper
    assert lying_apart(nothing, torch.zeros(0)).tolist() == []


def test_anchors_of_the_middle_a_colour_per_size():
    centres = torch.tensor([[30.0, 20], [30, 20], [30, 20], [20, 20], [30, 13], [10, 10]])
    halves = torch.tensor([[8.0, 8], [4, 16], [12, 12], [8, 8], [8, 8], [8, 8]])
    drawing = anchors_at_one_place(PICTURE, torch.cat([centres - halves, centres + halves], dim=1))
    assert ((drawing.boxes[:, :2] + drawing.boxes[:, 2:]) / 2).tolist() == 3 * [[30, 20]]
    colors = [style.color for style in drawing.styles]
    assert colors[0] == colors[1] != colors[2]


def test_a_crowd_shows_the_surest_and_them_on_top():
    boxes = torch.tensor([[float(at), 0, at + 5, 5] for at in range(10)])
    assert crowd(PICTURE, boxes, most=3).boxes[:, 0].tolist() == [2, 1, 0]


def test_features_stand_beside_what_is_in_the_box():
    picture = torch.zeros(3, 40, 60)
    picture[0, 10:20, 10:20] = 1
    boxes = torch.tensor(
        [[10.0, 10, 20, 20], [10.5, 10, 20, 20], [30, 20, 60, 40]]
    )  # two are nearly the same
    features = torch.zeros(3, 5, 7, 7)
    features[0, 3, :, 4:], features[2, 3] = 2, 1  # the liveliest map: right half bright; all grey
    sheet = features_beside(picture, boxes, features)
    assert sheet.shape == (3, 230, 230)
    first, map_of_first = sheet[:, :56, :56], sheet[:, :56, 58:114]
    assert first[:, 4:-4, 4:-4].amin((1, 2)).tolist() == pytest.approx([1, 0, 0], abs=1e-5)
    assert map_of_first[:, :, :32].max() == 0
    assert map_of_first[:, :, 32:].min() == 1
    assert (sheet[:, 58:114, 58:114] == 0.5).all()  # the third box has the second row
    assert (sheet[:, 116:] == 1).all()


def test_boxes_that_hide_a_surer_one_are_left_out_and_four_are_enough():
    boxes = torch.tensor([[20.0 * at, 0, 20 * at + 15, 15] for at in range(6)])
    boxes[3] = boxes[4] + 2  # IoU 0.6
    scores = torch.tensor([0.1, 0.2, 0.3, 0.8, 0.9, 0.4])
    assert lying_apart(boxes, scores).tolist() == [4, 5, 2, 1]


def test_the_spotlight_falls_where_the_chance_is_high_and_not_on_the_padding():
    chances = torch.zeros(6, 8)  # over a picture padded from 40×60 to 48×64
    chances[5, :] = chances[:, 7] = 1  # all but a sliver of this lies on the padding
    chances[1, 2] = 1
    light = spotlight(torch.ones(3, 40, 60), chances, (40, 60), (48, 64))
    assert light.shape == (3, 40, 60)
    # cell (1, 2) of 8×8 pixels lies around row 12, column 20
    brightest = light[0, :34, :50].argmax().item()
    assert divmod(brightest, 50) in [(row, column) for row in (11, 12) for column in (19, 20)]
    assert light[0, 12, 20] > 0.85
    assert light[0, 26, 30] == light.min() == 0.25
