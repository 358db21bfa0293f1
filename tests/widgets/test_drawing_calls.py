"""Calls of torchvision's drawing functions, and how they are written down."""

import pytest
import torch

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
