import numpy as np
import pytest
import torch
from torchvision import ops as tv

from vislearn import steps, viz
from vislearn.errors import InputError
from vislearn.viz import Boxed

BOXES = torch.tensor([[0.0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10], [2, 0, 12, 10]])
SCORES = torch.tensor([0.8, 0.9, 0.3, 0.7])
PAPER = np.full((20, 40, 3), 255, np.uint8)


def styles(step):
    """Word → (dashes, thickness) of the boxes drawn."""
    return [(style.dash, style.line) for style in step.picture.styles]


def test_of_no_boxes_there_is_nothing_to_tell():
    walked = list(steps.nms(torch.zeros(0, 4), torch.zeros(0), 0.5))
    assert [step.title for step in walked] == ["Boxes", "Kept"]
    assert walked[-1].value.tolist() == []
    assert viz.filmstrip(walked).alt


@pytest.mark.parametrize("image", [None, PAPER])
def test_each_round_says_who_stays_and_whom_it_drops(image):
    walked = list(steps.nms(BOXES, SCORES, 0.5, image))
    assert [step.title for step in walked] == ["Boxes", "Order", "Box 1 stays", "Box 2 stays", "Kept"]
    assert walked[1].value == [1, 0, 3, 2]
    assert [step.value for step in walked[2:4]] == [[1], [1, 2]]
    assert "so dropped: 0 (0.82), 3 (0.82)." in walked[2].note
    assert "Dashed: dropped now" in walked[2].note
    assert "No other overlaps it by more than 0.5." in walked[3].note
    drawn = walked[2].picture
    assert sorted(drawn.words) == ["", "1", "✗ 0", "✗ 3"]  # short, or they hide what they name
    assert drawn.words[-1] == "1"  # the one whose turn it is lies on top
    assert len({(style.dash, style.line) for style in drawn.styles}) == 3  # told apart without colour


@pytest.mark.parametrize("seed", range(5))
def test_the_last_step_is_torchvisions(seed):
    chance = torch.Generator().manual_seed(seed)
    some = 30 * torch.rand(40, 4, generator=chance)
    some[:, 2:] += some[:, :2]
    scores = torch.rand(40, generator=chance)
    walked = list(steps.nms(some, scores, 0.4, rounds=3))
    kept = tv.nms(some, scores, 0.4)
    assert torch.equal(walked[-1].value, kept)
    assert [step.title for step in walked][-2:] == ["And so on", "Kept"]
    assert walked[-2].value == kept.tolist()
    assert [step.value for step in walked[2:5]] == [kept[:count].tolist() for count in (1, 2, 3)]
    assert f"other {len(kept) - 3} rounds" in walked[-2].note


@pytest.mark.parametrize("shift", [-1e3, 0.0, 1e6])
@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e4])
def test_without_a_picture_all_boxes_fit_on_the_paper(shift, scale):
    for step in steps.nms(BOXES.double() * scale + shift, SCORES.double(), 0.5):
        assert step.picture.on_paper
        height, width = step.picture.image.shape[:2]
        assert max(height, width) == 240
        assert step.picture.boxes.min() >= 0
        assert (step.picture.boxes[:, 2] <= width).all()
        assert (step.picture.boxes[:, 3] <= height).all()


def test_boxes_without_area_can_be_drawn():
    dots = torch.tensor([[5.0, 5, 5, 5], [5, 5, 5, 5]])
    assert viz.filmstrip(steps.nms(dots, SCORES[:2], 0.5)).alt


def test_every_step_brings_a_picture_that_can_be_drawn():
    walked = list(steps.nms(BOXES, SCORES, 0.5, PAPER))
    assert all(isinstance(step.picture, Boxed) for step in walked)
    assert walked[0].picture.image is PAPER
    assert not walked[0].picture.on_paper  # it was given, so it is a picture, however white
    assert viz.filmstrip(walked).alt.startswith("5 stages")
    assert "dashed" in str(viz.stage(walked[2]).digest)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rounds": 0}, "rounds must be at least 1"),
        ({"iou_threshold": 2}, "iou_threshold must be in 0…1"),
        ({"boxes": BOXES.flip(1)}, "They may be xywh"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        list(steps.nms(**{"boxes": BOXES, "scores": SCORES, "iou_threshold": 0.5} | arguments))
