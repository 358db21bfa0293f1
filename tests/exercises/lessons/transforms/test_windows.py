"""Where a square lies, told by its pixels."""

import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from vislearn.exercises.lessons.transforms.windows import all_inside, called, chance, fit_upright, how_wrong
from vislearn.exercises.running import Unusable

F = v2.functional
SIZE, CANVAS = 12, (30, 20)
ROWS, COLUMNS = torch.meshgrid(torch.arange(30), torch.arange(20), indexing="ij")
PICTURE = tv_tensors.Image(torch.stack([ROWS, COLUMNS, ROWS]).to(torch.uint8))
MARKS = (
    tv_tensors.BoundingBoxes([[4.0, 5, 9, 11]], format="XYXY", canvas_size=CANVAS),
    tv_tensors.Mask(((ROWS * 7 + COLUMNS) % 11).to(torch.uint8)),
    tv_tensors.KeyPoints([[[6.0, 7.0]]], canvas_size=CANVAS),
)


def cut(top, left, mirrored=False):
    def answer(*arguments):
        *marked, size = arguments
        square = [F.crop(one, top, left, size, size) for one in marked]
        return tuple(F.horizontal_flip(one) for one in square) if mirrored else tuple(square)

    return answer


@pytest.mark.parametrize(
    ("top", "left", "mirrored"), [(0, 0, False), (3, 5, False), (18, 8, True), (2, 1, True)]
)
def test_a_square_is_found_wherever_it_was_cut(top, left, mirrored):
    call = called(cut(top, left, mirrored), PICTURE, MARKS, SIZE)
    assert tuple(call.window) == (top, left, mirrored)
    assert call.how == "inside"
    assert call.fits == [True] * 3
    assert call.keeps_types


def test_what_lies_over_an_edge_or_upside_down_is_told():
    over = called(cut(-3, 2), PICTURE, MARKS, SIZE)
    assert over.how == "over the edge"
    upset = called(lambda *given: (F.vertical_flip(cut(2, 3)(*given)[0]), *given[1:4]), PICTURE, MARKS, SIZE)
    assert upset.how == "upside down"
    assert all_inside([over, over]) == "over the edge"
    assert all_inside([over, upset]) == "otherwise"


@pytest.mark.parametrize(
    ("rows", "columns", "how"),
    [
        (ROWS // 2, COLUMNS // 2, "resized"),  # each plane still tells one side alone
        ((ROWS * COLUMNS) % 7, COLUMNS // 2, "otherwise"),
        (ROWS // 2, (ROWS * COLUMNS) % 7, "otherwise"),
        (ROWS * 0, COLUMNS // 2, "otherwise"),  # of one value: nothing to tell
    ],
)
def test_a_resized_picture_is_told_from_another_one(rows, columns, how):
    image = torch.stack([rows, columns, rows])[:, :SIZE, :SIZE].to(torch.uint8)
    assert called(lambda *given: (image, *given[1:4]), PICTURE, MARKS, SIZE).how == how


def test_marks_of_the_whole_picture_fit_no_square():
    call = called(lambda *given: (cut(2, 3)(*given)[0], *given[1:4]), PICTURE, MARKS, SIZE)
    assert call.fits == [False] * 3
    assert fit_upright([call]) == "all by another window"  # the one at the corner
    assert [how_wrong([call], mark) for mark in range(3)] == ["elsewhere"] * 3


def test_chance_is_judged_over_many_calls():
    windows = [called(cut(at % 18, at % 8, at % 2 == 0), PICTURE, MARKS, SIZE).window for at in range(96)]
    assert all(chance(windows).values())
    assert chance(windows[:1])["The place changes from call to call"] is False
    assert chance(windows[1::2])["Some are mirrored, some are not"] == "none"


def test_four_tensors_are_wanted():
    with pytest.raises(Unusable, match="image, boxes, mask and points"):
        called(lambda *given: given[0], PICTURE, MARKS, SIZE)
