"""The overlay builder: the code it shows makes the picture that it shows, whatever is chosen."""

import html
import re

import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms.v2.functional import pil_to_tensor

from vislearn.errors import InputError
from vislearn.widgets import overlay_builder
from vislearn.widgets.composition import _enlarged

PICTURE = (torch.arange(3 * 120 * 160) % 200).view(3, 120, 160).to(torch.uint8)
MASKS = torch.zeros(2, 120, 160, dtype=torch.uint8)
MASKS[0, 10:60, 10:70] = MASKS[1, 50:110, 60:150] = 1
TARGET = {
    "boxes": torch.tensor([[10.0, 10, 69, 59], [60, 50, 149, 109]]),
    "masks": MASKS,
    "keypoints": torch.tensor([[[20.0, 20, 1], [30, 30, 0]], [[100, 80, 1], [64, 56, 1]]]),
    "labels": torch.tensor([1, 11]),
}
NAMES = {1: "বিড়াল", 11: "dog"}


def code_in(page):
    return html.unescape(re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)[1])


def drawn_by(code, target=TARGET):
    names = {"picture": PICTURE, "target": target}
    exec(code, names)  # what a learner does
    return names["image"]


def shown(lab):
    """The page as it is now."""
    return lab.view.children[-1].value


@pytest.fixture
def pictures(monkeypatch):
    """What was drawn, before it became a page."""
    seen = []
    monkeypatch.setattr(
        "vislearn.widgets.composition._enlarged", lambda drawn: seen.append(drawn) or _enlarged(drawn)
    )
    return seen


CHOICES = [
    ("boxes", False),
    ("masks", False),
    ("points", False),
    ("labels of the boxes", False),
    ("colours of masks and boxes", "black"),
    ("colour of points", "magenta"),
    ("strength of colours (alpha)", 0.9),
    ("line width, radius of points", 6),
    ("size of letters", 24),
    ("drawn one after the other", ("keypoints", "boxes", "masks")),
]


def test_the_code_makes_the_picture_at_first_and_after_every_choice(controls, pictures):
    lab = overlay_builder(PICTURE, TARGET, classes=NAMES)
    assert torch.equal(drawn_by(code_in(lab.fallback)), pictures[-1])
    found = controls(lab)
    assert [*found] == [
        "masks",
        "boxes",
        "points",
        *(name for name, _ in CHOICES if name not in {"masks", "boxes", "points"}),
    ]
    for name, value in CHOICES:
        before, found[name].value = found[name].value, value
        assert not torch.equal(pictures[-1], pictures[0]), name  # each choice can be seen
        assert torch.equal(drawn_by(code_in(shown(lab))), pictures[-1]), name
        found[name].value = before
    assert torch.equal(pictures[-1], pictures[0])


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["boxes"], ["boxes", "colours of masks and boxes", "line width, radius of points"]),
        (["masks"], ["masks", "colours of masks and boxes", "strength of colours (alpha)"]),
        (["keypoints"], ["points", "colour of points", "line width, radius of points"]),
    ],
)
def test_what_is_not_there_has_no_control(parts, words, controls, pictures):
    target = {part: TARGET[part] for part in parts}
    lab = overlay_builder(PICTURE, target)
    assert [*controls(lab)] == words
    assert torch.equal(drawn_by(code_in(lab.fallback), target), pictures[-1])


def test_nothing_chosen_is_the_picture(controls, pictures):
    lab = overlay_builder(PICTURE, {"masks": MASKS})
    controls(lab)["masks"].value = False
    assert torch.equal(pictures[-1], PICTURE)
    assert torch.equal(drawn_by(code_in(shown(lab))), PICTURE)


def test_points_that_cannot_be_seen_are_not_drawn(pictures):
    overlay_builder(PICTURE, {"keypoints": TARGET["keypoints"]})
    at_hidden, at_seen = pictures[-1][:, 30, 30], pictures[-1][:, 20, 20]
    assert torch.equal(at_hidden, PICTURE[:, 30, 30])
    assert at_seen.tolist() == [0, 255, 255]  # cyan


def test_each_class_has_its_colour_and_letters_that_can_be_read(controls):
    lab = overlay_builder(PICTURE, TARGET, classes=NAMES)
    code = code_in(lab.fallback)
    assert 'colors=["#E69F00", "#882255"]' in code
    assert 'label_colors=["black", "white"]' in code
    assert 'labels=["বিড়াল", "dog"]' in code
    controls(lab)["colours of masks and boxes"].value = "black"
    assert 'label_colors="white"' in code_in(shown(lab))


def test_no_path_of_this_machine_is_shown():
    assert "/home" not in code_in(overlay_builder(PICTURE, TARGET, classes=NAMES).fallback)
    assert "vl.viz.__file__" in code_in(overlay_builder(PICTURE, TARGET, classes=NAMES).fallback)


def test_small_pictures_are_enlarged_pixel_by_pixel_and_the_picture_is_compared():
    lab = overlay_builder(PICTURE, {"masks": MASKS})
    assert (lab.figure.width, lab.figure.height) == (480, 360)
    assert lab.figure.digest["size"] == [480, 360]
    large = pil_to_tensor(_enlarged(PICTURE))
    assert torch.equal(large[:, ::3, ::3], PICTURE)


@pytest.mark.parametrize(
    ("picture", "target", "message"),
    [
        (PICTURE.float(), TARGET, "uint8 tensor.*torch.float32"),
        (PICTURE[:1], TARGET, "3 channels, got 1"),
        ("cat.png", TARGET, "uint8 tensor.*got str"),
        (PICTURE, [TARGET], "dict with boxes, masks or keypoints, got list"),
        (PICTURE, {}, "at least one object, got nothing"),
        (PICTURE, {"boxes": torch.zeros(0, 4)}, "at least one object, got 'boxes'"),
        (PICTURE, {"boxes": TARGET["boxes"][0]}, "2 dimensions"),
        (PICTURE, {"boxes": TARGET["boxes"].flip(1)}, "xyxy"),
        (PICTURE, {"boxes": TARGET["boxes"][:, :3]}, "xyxy"),
        (
            PICTURE,
            {"boxes": tv_tensors.BoundingBoxes([[1, 1, 5, 5]], format="XYWH", canvas_size=(120, 160))},
            "xyxy.*XYWH.*ConvertBoundingBoxFormat",
        ),
        (PICTURE, {"masks": MASKS[:, 1:]}, "as large as the picture, 120×160"),
        (PICTURE, {"keypoints": torch.zeros(1, 2, 4)}, r"\(N, K, 2\)"),
        (PICTURE, TARGET | {"labels": torch.tensor([1])}, "one of everything.*1 labels"),
    ],
)
def test_refused(picture, target, message):
    with pytest.raises(InputError, match=message):
        overlay_builder(picture, target)


def test_a_label_without_a_name_is_refused():
    with pytest.raises(InputError, match=r"labels must lie in 1 \.\.\. 2"):
        overlay_builder(PICTURE, TARGET, classes=["cat", "dog"])
