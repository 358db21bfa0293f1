import pytest
import torch

from vislearn.steps.paper import around, from_the_corner, on_paper

BOXES = torch.tensor([[10.0, 20, 30, 40], [20.0, 20, 60, 30]])


def test_no_boxes_get_an_empty_sheet():
    sheet, places = on_paper(torch.zeros(0, 4), around(torch.zeros(0, 4)), 240)
    assert sheet.shape == (240, 240, 3)
    assert (sheet == 255).all()
    assert places.shape == (0, 4)


def test_around_leaves_the_same_margin_on_every_side():
    assert around(BOXES) == (6.0, 16.0, 64.0, 44.0)  # 8 % of 50
    sheet, places = on_paper(BOXES, around(BOXES), 232)
    assert sheet.shape == (112, 232, 3)
    assert places.tolist() == [[16.0, 16.0, 96.0, 96.0], [56.0, 16.0, 216.0, 56.0]]


def test_from_the_corner_keeps_where_boxes_are():
    region = from_the_corner(BOXES)
    assert region == pytest.approx((0, 0, 64.8, 43.2))
    sheet, places = on_paper(BOXES, region, 480)
    assert sheet.shape == (320, 480, 3)
    assert torch.allclose(places, BOXES.double() * 480 / 64.8)


@pytest.mark.parametrize("box", [[5.0, 5, 5, 5], [0.0, 0, 1e6, 1e-6]])
def test_boxes_without_an_area_fit_too(box):
    rows = torch.tensor([box], requires_grad=True)
    for region in (around(rows), from_the_corner(rows)):
        sheet, places = on_paper(rows, region, 100)
        assert max(sheet.shape) == 100
        assert min(sheet.shape) >= 1
        assert places.isfinite().all()
        assert not places.requires_grad
