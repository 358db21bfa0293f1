"""Calls of torchvision's drawing functions, and how they are written down."""

import pytest
import torch

from vislearn.errors import InputError
from vislearn.widgets.drawing_calls import OverlayStyle, code_of, drawing_calls, require_overlay

TARGET = {
    "boxes": torch.tensor([[1.0, 1, 20, 20]]),
    "masks": torch.ones(1, 24, 24, dtype=torch.bool),
    "keypoints": torch.tensor([[[4.0, 4]]]),
    "labels": torch.tensor([2]),
}


def test_nothing_to_draw_is_the_picture():
    assert drawing_calls(TARGET, OverlayStyle(order=())) == []
    assert code_of([]).endswith("image = picture\nto_pil_image(image)")
    assert "torchvision.utils" not in code_of([])


@pytest.mark.parametrize(
    ("style", "line"),
    [
        (
            OverlayStyle(["masks"], color="cyan", alpha=0.3),
            'image = draw_segmentation_masks(image, target["masks"].bool(), alpha=0.3, colors="cyan")',
        ),
        (
            OverlayStyle(["boxes"], labels=False, width=4),
            'image = draw_bounding_boxes(image, target["boxes"], colors=["#009E73"], width=4)',
        ),
        (
            OverlayStyle(["keypoints"], points="white", width=5),
            'image = draw_keypoints(image, target["keypoints"], colors="white", radius=5)',
        ),
    ],
)
def test_a_call_fits_on_a_line(style, line):
    call = drawing_calls(TARGET, style)[0]
    assert call.code().replace("(\n    ", "(").replace(",\n    ", ", ").replace(",\n)", ")") == line


def test_calls_come_in_the_order_that_was_chosen():
    order = ["keypoints", "masks", "boxes"]
    assert [call.part for call in drawing_calls(TARGET, OverlayStyle(order))] == order


def test_letters_bring_their_font_and_its_import():
    code = code_of(drawing_calls(TARGET, OverlayStyle(["boxes"]), {2: 'a "quoted" word'}))
    assert code.index("from pathlib import Path") < code.index("font = str(") < code.index("font=font")
    assert 'labels=["a \\"quoted\\" word"]' in code
    names = {"picture": torch.zeros(3, 24, 24, dtype=torch.uint8), "target": TARGET}
    exec(code, names)
    assert names["image"].sum() > 0


def test_empty_parts_are_none():
    picture = torch.zeros(3, 24, 24, dtype=torch.uint8)
    parts = require_overlay(picture, {"boxes": torch.zeros(0, 4), "masks": TARGET["masks"]})
    assert parts == ("masks",)


PICTURE = torch.zeros(3, 24, 24, dtype=torch.uint8)


@pytest.mark.parametrize(
    ("picture", "change", "rule"),
    [
        (PICTURE.float(), {}, "a uint8 tensor"),
        (PICTURE[0], {}, "a uint8 tensor"),
        ("cat.png", {}, "a uint8 tensor .*got str"),
        (PICTURE[:1], {}, "picture must have 3 channels, got 1"),
        (PICTURE, None, "target must be a dict"),
        (PICTURE, dict.fromkeys(["boxes", "masks", "keypoints"], ()), "of at least one object, got 'boxes'"),
        (PICTURE, {"boxes": [[1, 1, 2, 2]]}, "boxes must be a tensor of 2 dimensions, got list"),
        (PICTURE, {"masks": TARGET["masks"][0]}, "masks must be a tensor of 3 dimensions"),
        (PICTURE, {"masks": TARGET["masks"][:, 1:]}, "masks must be as large as the picture, 24×24"),
        (PICTURE, {"keypoints": torch.zeros(1, 1, 4)}, "keypoints must be"),
        (PICTURE, {"boxes": torch.tensor([[9.0, 1, 2, 20]])}, "boxes must be xyxy"),
        (
            PICTURE,
            {"labels": torch.tensor([1, 2])},
            "one of everything for each object, got 1 .* 2 labels",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(picture, change, rule):
    with pytest.raises(InputError, match=rule):
        require_overlay(picture, None if change is None else TARGET | change)


@pytest.mark.parametrize("numbers", [2, 3])
def test_points_may_bring_their_visibility(numbers):
    target = {"keypoints": torch.ones(1, 1, numbers)}
    assert require_overlay(PICTURE, target) == ("keypoints",)
