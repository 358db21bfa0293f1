"""Marks on a picture, whatever holds them; and one sheet of many transforms."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.errors import InputError
from vislearn.viz import marked, panels, transform_sheet
from vislearn.viz.pictures import marks

GRAY = torch.full((3, 40, 60), 128, dtype=torch.uint8)
BOXES = torch.tensor([[10.0, 5, 30, 25], [40, 10, 50, 20]])
MASKS = torch.zeros(2, 40, 60, dtype=torch.uint8)
MASKS[0, 5:25, 10:30], MASKS[1, 10:20, 40:50] = 1, 1
POINTS = torch.tensor([[[20.0, 15]], [[45.0, 15]]])
TYPED = {
    "boxes": tv_tensors.BoundingBoxes(BOXES, format="XYXY", canvas_size=(40, 60)),
    "masks": tv_tensors.Mask(MASKS),
    "keypoints": tv_tensors.KeyPoints(POINTS, canvas_size=(40, 60)),
    "labels": torch.tensor([1, 2]),
}
AS_XYWH = v2.ConvertBoundingBoxFormat("XYWH")(TYPED["boxes"])
FORMS = {
    "typed": TYPED,
    "plain": {"boxes": BOXES, "masks": MASKS, "keypoints": POINTS, "labels": torch.tensor([1, 2])},
    "visibility beside the points": {
        "boxes": BOXES,
        "masks": MASKS,
        "keypoints": torch.cat([POINTS, torch.ones(2, 1, 1)], dim=2),
    },
    "another format, nested": [(AS_XYWH, TYPED["masks"]), {"anything": TYPED["keypoints"]}],
}


@pytest.mark.parametrize("form", FORMS)
def test_marks_are_found_in_every_structure(form):
    drawing = marked(GRAY, FORMS[form])
    assert drawing.boxes.tolist() == BOXES.tolist()
    assert drawing.points.tolist() == [[20, 15], [45, 15]]
    assert np.array_equal(drawing.masks, MASKS.numpy() > 0)
    assert drawing.numbers == (0, 1)


@pytest.mark.parametrize("target", [None, {}, {"labels": torch.tensor([1])}, {"boxes": torch.zeros(0, 4)}])
def test_nothing_on_it(target):
    drawing = marked(GRAY, target)
    assert (len(drawing.boxes), drawing.masks, len(drawing.points)) == (0, None, 0)
    panels({"empty": drawing}, alt="Nothing.")


def test_a_mask_of_classes_is_one_for_each_and_colours_stay_where_one_is_lost():
    classes = tv_tensors.Mask(MASKS[0] * 3 + MASKS[1] * 5)
    assert marked(GRAY, classes).numbers == (2, 4)
    left = tv_tensors.Mask(torch.where(classes == 3, 0, classes))
    assert marked(GRAY, left).numbers == (4,)


def drawn(target, monkeypatch):
    """What reaches the sheet: frames but for the picture's and the white ones, and dots."""
    frames, dots = [], []
    real = marks.Canvas.frame
    monkeypatch.setattr(
        marks.Canvas,
        "frame",
        lambda self, *place, **style: frames.append(place) or real(self, *place, **style),
    )
    monkeypatch.setattr(
        marks.Canvas, "dots", lambda _self, xs, ys, **_style: dots.extend(zip(xs, ys, strict=True))
    )
    canvas = marks.Canvas(60, 40)
    marked(GRAY, target).draw_on(canvas, 0, 0, 60, 40)
    return frames[2::2], dots


def test_marks_stand_where_they_are_and_what_is_outside_or_empty_is_left_out(monkeypatch):
    lost = {
        "boxes": torch.cat([BOXES, torch.tensor([[60.0, 5, 60, 9], [-30, -30, -5, -5]])]),
        "keypoints": torch.tensor([[[20.0, 15]], [[60.0, 15]], [[-1.0, 3]]]),
    }
    frames, dots = drawn(lost, monkeypatch)
    assert frames == [(10, 5, 20, 20), (40, 10, 10, 10)]
    assert dots == [(20.5, 15.5)]


def test_refused():
    turned = tv_tensors.BoundingBoxes([[30.0, 20, 8, 4, 20]], format="CXCYWHR", canvas_size=(40, 60))
    with pytest.raises(InputError, match=r"must stand upright.*CXCYWHR"):
        marked(GRAY, turned)
    with pytest.raises(InputError, match="masks must be as large as the picture, 40×60"):
        marked(GRAY, {"masks": MASKS[:, 1:]})
    with pytest.raises(InputError, match="transforms must name at least one"):
        transform_sheet(GRAY, {})


def test_a_sheet_moves_the_marks_with_the_picture(monkeypatch):
    seen = {}
    monkeypatch.setattr(marks, "_sheet", lambda drawings, title: seen.update(drawings) or marks.Canvas(9, 9))
    transform_sheet(GRAY, {"flip": v2.RandomHorizontalFlip(1.0)}, FORMS["plain"], alt="Two.")
    assert seen["as it is"].boxes.tolist() == BOXES.tolist()
    assert seen["flip"].boxes.tolist() == [[30, 5, 50, 25], [10, 10, 20, 20]]
    assert seen["flip"].masks[0, 5:25, 30:50].all()
    assert seen["flip"].points.tolist() == [[39, 15], [14, 15]]


def test_chance_is_the_same_for_each_and_nobody_elses(monkeypatch):
    seen = {}
    monkeypatch.setattr(marks, "_sheet", lambda drawings, title: seen.update(drawings) or marks.Canvas(9, 9))
    noise = v2.GaussianNoise()
    torch.manual_seed(5)
    before = torch.get_rng_state()
    transform_sheet(GRAY, {"one": noise, "two": noise}, seed=3, alt="Noise.")
    assert torch.equal(seen["one"].image, seen["two"].image)
    assert torch.equal(before, torch.get_rng_state())
    first = seen["one"].image
    transform_sheet(GRAY, {"one": noise}, seed=4, alt="Noise.")
    assert not torch.equal(first, seen["one"].image)


def test_a_sheet_of_many_fits_on_a_screen_and_lists_its_names():
    many = {f"number {at}": v2.Identity() for at in range(24)}
    sheet = transform_sheet(Image.new("RGB", (60, 60)), many, title="Many")
    assert sheet.height <= 620
    assert sheet.width == 1000
    assert sheet.alt.startswith("A picture as it is, and after each of: number 0, number 1")
    assert transform_sheet(GRAY, {"one": v2.Identity()}).width < 500


def test_it_is_as_tall_for_its_width_as_its_picture():
    assert marked(GRAY, None).aspect == 40 / 60
