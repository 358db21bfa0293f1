"""Calls of torchvision's drawing functions, and how they are written down."""

import pytest
import torch

from vislearn.errors import InputError
from vislearn.viz import palette
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


MANY = {
    "boxes": torch.tensor([[1.0, 1, 20, 20], [30, 8, 60, 40]]),
    "masks": torch.stack([torch.ones(48, 64).tril(), torch.ones(48, 64).triu(20)]).bool(),
    "keypoints": torch.tensor([[[4.0, 4, 1], [9, 9, 0]], [[40, 20, 2], [50, 30, 1]]]),
    "labels": torch.tensor([1, 2]),
}
STYLES = {
    "as it begins": OverlayStyle(),
    "no labels": OverlayStyle(labels=False, width=3, alpha=0.8),
    "one colour": OverlayStyle(["boxes", "masks"], color="black", font_size=20),
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("left_out", ["", "labels"])
def test_what_is_drawn_is_what_the_code_draws(style, left_out):
    picture = torch.full((3, 48, 64), 90, dtype=torch.uint8)
    target = {name: one for name, one in MANY.items() if name != left_out}
    names = {"picture": picture, "target": target}
    calls = drawing_calls(target, style)
    exec(code_of(calls), names)
    drawn = picture
    for call in calls:
        drawn = call.drawn(drawn, target)
    assert torch.equal(drawn, names["image"])
    assert not torch.equal(drawn, picture)


def test_lines_of_code_are_as_long_as_they_may_be_and_no_longer():
    for style in STYLES.values():
        for code in (call.code() for call in drawing_calls(MANY, style)):
            assert max(map(len, code.splitlines())) <= 88
            whole = code.replace("(\n    ", "(").replace(",\n    ", ", ").replace(",\n)", ")")
            assert "\n" not in code or len(whole) > 88


def test_a_point_that_is_not_seen_is_not_drawn():
    picture = torch.zeros(3, 48, 64, dtype=torch.uint8)
    [call] = drawing_calls(MANY, OverlayStyle(["keypoints"], width=1))
    drawn = call.drawn(picture, MANY)
    assert [bool(drawn[:, y, x].any()) for x, y in ((4, 4), (9, 9), (40, 20), (50, 30))] == [1, 0, 1, 1]


def test_colours_are_those_of_classes_or_of_objects_counted_from_1():
    [masks] = drawing_calls(MANY | {"labels": torch.tensor([2, 2])}, OverlayStyle(["masks"]))
    assert masks.options["colors"] == [palette.class_color(2)] * 2
    [masks] = drawing_calls({"masks": MANY["masks"]}, OverlayStyle(["masks"]))
    assert masks.options["colors"] == [palette.class_color(1), palette.class_color(2)]


@pytest.mark.parametrize(("color", "ink"), [("black", "white"), ("yellow", "black"), ("#f0e442", "black")])
def test_letters_are_read_on_their_plate(color, ink):
    [boxes] = drawing_calls(MANY, OverlayStyle(["boxes"], color=color))
    assert boxes.options["label_colors"] == ink
    assert boxes.options["fill_labels"] is True
