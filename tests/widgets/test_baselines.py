"""Every widget, at first and after its controls were moved, shows what it did when somebody looked at it."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import Subset

from vislearn.io import write_video
from vislearn.questions import parse_question
from vislearn.steps import Step
from vislearn.training import History
from vislearn.viz import marked, panels
from vislearn.widgets import (
    Asking,
    anchor_lab,
    class_browser,
    draw,
    epoch_lab,
    explorer,
    gallery,
    iou_lab,
    jpeg_lab,
    live_curves,
    loss_lab,
    mistake_browser,
    model_picker,
    overlay_builder,
    overlay_lab,
    remedy_lab,
    stepper,
    threshold_lab,
    transform_gallery,
    upload,
    video_scrubber,
)
from vislearn.widgets.transform_kinds import transform_kinds

Y, X = np.indices((60, 80))
PIXELS = np.stack([3 * X, 4 * Y, (X // 8 + Y // 6) % 2 * 255], axis=2).astype(np.uint8)
IMAGE = torch.from_numpy(PIXELS).permute(2, 0, 1)
PHOTO = Image.fromarray(PIXELS)
BOXES = torch.tensor([[5.0, 5, 40, 40], [30, 20, 75, 55], [6, 6, 41, 41]])
LABELS, SCORES = torch.tensor([1, 2, 1]), torch.tensor([0.95, 0.8, 0.6])
FOUND = {"boxes": BOXES, "labels": LABELS, "scores": SCORES}
TRUE = {"boxes": BOXES[:2], "labels": LABELS[:2]}
DISCS = np.stack([(X - x) ** 2 + (Y - 30) ** 2 < 200 for x in (15, 35, 65)])
POINTS = torch.tensor([[[9.0, 9, 1]], [[40, 20, 0]], [[70, 50, 1]]])
CHANCES = np.array([[0.1, 0.6, 0.3], [0.0, 0.2, 0.8], [0.9, 0.05, 0.05], [0.3, 0.4, 0.3]])
CLASSES = [f"class {at}" for at in range(3)]
SHARES = np.stack([X / 100, 0.8 - X / 100, X * 0 + 0.2])
QUESTION = """What does `softmax` *do*?

Think of **two** numbers.

- [ ] It finds the <largest>.
  That is `argmax`.
- [x] All add up to 1.
  They are shares.
"""
RUNS = [
    {"ratio": ratio, "steps": steps, "way": way, "macro_f1": 0.5 + ratio / 1000 + steps / 10000 + seed / 100}
    for ratio, steps in [(10, 100), (100, 100), (10, 300), (100, 300), (100, 900)]
    for way in ("nothing", "weights")
    for seed in (0, 2)
]
NETWORKS = [
    {"name": "small", "ms": 12.0, "mb": 9.8, "score": 67.7},
    {"name": "large", "ms": 31.0, "mb": 45.0, "score": 80.1},
    {"name": "slow", "ms": 60.0, "mb": 97.8, "score": 70},
]
STEPS = [
    Step("Input", PHOTO, "What goes in."),
    Step("Crop", IMAGE[:, 9:40, 9:50], "Cut <b>out</b>.", kept=(9, 9, 50, 40)),
    Step("Answer", "tabby cat"),
]
HISTORY = [
    {"train_loss": 2.0, "val_loss": 2.1, "val_accuracy": 0.25, "learning_rate": 0.1, "seconds": 1.0},
    {"train_loss": 1.0, "val_loss": 1.5, "val_accuracy": 0.75, "learning_rate": 0.1, "seconds": 1.0},
]


class Data:
    """Pictures of three classes, the last of which has none."""

    classes, targets = CLASSES, [0, 1, 0, 0, 1]

    def __getitem__(self, at):
        return np.roll(PIXELS, 9 * at, axis=1), self.targets[at]


def moved(lab, **values):
    """A lab, and again after each of its controls was moved, found by its words."""
    yield lab
    for words, value in values.items():
        controls(lab.view)[words].value = value
        yield lab


def controls(widget):
    found = {widget.description.replace(" ", "_"): widget} if getattr(widget, "description", "") else {}
    for child in getattr(widget, "children", ()):
        found |= controls(child)
    return found


def asked(kind, lesson=""):
    asking = Asking(parse_question("00.softmax", QUESTION, kind, lesson))
    yield asking
    for place in (0, 1):
        asking._buttons[place].click()
        yield asking
    asking.solve()
    yield asking


def walked():
    lab = stepper(STEPS)
    yield lab
    back, slider, forward = lab.view.children[1].children
    forward.click()
    yield lab
    slider.value = 3
    yield lab
    back.click()
    yield lab


def learned():
    live = live_curves()
    yield live
    live(History(HISTORY))
    yield live


def drew():
    pad = draw()
    pad.on_change(lambda picture: f"<p>{picture.size}</p>")
    yield pad
    pad.strokes = [[(0.5, 0.2), (0.5, 0.8)], [(0.2, 0.3)]]
    yield pad
    for picture in (pad.picture(), pad.picture(16, as_drawn=True)):
        pixels = np.asarray(picture).astype(float).mean(2)
        slopes = [np.linspace(0, 1, len(pixels)) @ pixels.mean(axis) for axis in (0, 1)]
        yield f"{picture.mode} {picture.size} {pixels.mean():.1f} {slopes[0]:.1f} {slopes[1]:.1f}"


def chose():
    button = upload("cat", "Choose")
    yield button
    button._arrived({"new": [{"content": b"no picture", "name": "a.txt"}]})
    yield button
    button.on_change(lambda picture: 1 / 0)
    yield button


def transformed():
    def sheet(image, transforms, target, **more):  # what torchvision makes of pixels is torchvision's
        return panels({f"{len(transforms)} transforms, {more}": marked(image, target)}, alt="A sheet.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery, "transform_sheet", sheet)
        patch.setattr(gallery, "_FIRST", "RandomHorizontalFlip")
        lab = transform_gallery(PHOTO, {"boxes": BOXES[:1]})
    yield lab
    kinds = controls(lab.view)["transform"]
    for name in ("Resize", "Grayscale"):
        kinds.value = name
        yield lab


def scrubber(folder):
    path = write_video(folder / "f.mp4", [PIXELS[:32, :48] * 0] * 9, fps=10, key_every=4)
    return video_scrubber(path)


def explored():
    def shown(size=3, share=0.25, kind="b", on=True):
        if size > 5:
            raise ValueError("<too> large")
        return SimpleNamespace(_repr_html_=lambda: f"<p>{size} {share} {kind} {on}</p>")

    kinds = {"size": (1, 9), "share": (0.0, 1.0), "kind": ["a", "b"], "on": False}
    yield from moved(explorer(shown, alt="A test.", labels={"on": "is it on?"}, **kinds), share=0.5, size=7)


GALLERY = {
    "anchors": lambda _path: moved(anchor_lab(PHOTO, truth=TRUE), **{"each_next_one_is_larger_by": 2.0}),
    "asking": lambda _path: asked("ask"),
    "recalling": lambda _path: asked("recall", "00_overview"),
    "iou": lambda _path: moved(iou_lab(), left_edge_of_B=90),
    "classes": lambda _path: moved(class_browser(Data(), per_page=2), page=2, **{"class_(pictures)": 1}),
    "classes, some": lambda _path: class_browser(Subset(Data(), [1, 4]), names=["a", "ব", "c"]),
    "composition": lambda _path: moved(
        overlay_builder(IMAGE, TRUE | {"masks": torch.from_numpy(DISCS[:2])}, classes=CLASSES),
        **{"line_width,_radius_of_points": 1},
    ),
    "composition, points": lambda _path: overlay_builder(IMAGE, {"keypoints": POINTS}),
    "composition, plain": lambda _path: overlay_builder(
        IMAGE, {"boxes": BOXES, "masks": torch.from_numpy(DISCS), "keypoints": POINTS[..., :2]}
    ),
    "jpeg": lambda _path: jpeg_lab(np.full((16, 16, 3), 128, np.uint8)),
    "thresholds": lambda _path: moved(
        threshold_lab(PHOTO, FOUND, names=CLASSES, truth=TRUE), least_score=0.7
    ),
    "epochs": lambda _path: moved(
        epoch_lab(PHOTO, [FOUND, TRUE | {"scores": SCORES[:2]}], truth=TRUE), epoch=1
    ),
    "drawing": lambda _path: drew(),
    "exploring": lambda _path: explored(),
    "transforms": lambda _path: transformed(),
    "live": lambda _path: learned(),
    "losses": lambda _path: moved(
        loss_lab([0.006, 0.1], {"cross-entropy": [0.0, 0.8], "Dice": [[0.28, 0.30], 0.8]}),
        share_of_the_object=1,
    ),
    "mistakes": lambda _path: moved(
        mistake_browser([PHOTO] * 4, [0, 1, 2, 0], CHANCES, CLASSES, per_page=2), page=2
    ),
    "overlay": lambda _path: moved(
        overlay_lab(PHOTO, SHARES, ["background", "road", "পাতা"], width=300),
        class_shown=1,
        least_probability=0.2,
    ),
    "networks": lambda _path: moved(model_picker(NETWORKS), **{"at_most,_ms_for_one_picture": 20}),
    "remedies": lambda _path: moved(remedy_lab(RUNS), steps_of_training=300),
    "film": lambda path: moved(scrubber(path), time_in_seconds=0.7),
    "stepping": lambda _path: walked(),
    "stepping, one": lambda _path: stepper(STEPS[:1]),
    "upload": lambda _path: chose(),
}


@pytest.mark.parametrize("name", GALLERY)
def test_it_shows_what_it_did_when_somebody_looked(name, baselines, tmp_path, monkeypatch):
    monkeypatch.setattr("vislearn.progress.record", lambda *_answer: None)
    baselines(name, lambda: GALLERY[name](tmp_path))


def test_transforms_are_set_as_somebody_looked_at_them(baselines):
    def told():
        for size in ((6, 9), (100, 60)):
            for kind in transform_kinds(size).values():
                yield f"<{kind.code(kind.starts)} {dict(kind.controls)} {kind.takes_marks}>"

    baselines("kinds of transforms", told)


def test_nothing_else_is_stored(baselines):
    assert baselines.are([*GALLERY, "kinds of transforms"])
