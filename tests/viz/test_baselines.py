"""The sheet itself, filmstrips, tiles, pages and tables are drawn as they were looked at."""

import re
from functools import partial
from inspect import isfunction
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest
import torch
from baselines import differences
from matplotlib.figure import Figure
from PIL import Image

from vislearn import viz
from vislearn.datasets.overviews import Overview, PartOverview
from vislearn.errors import MissingError
from vislearn.metrics import Judged
from vislearn.steps import Step
from vislearn.viz import (
    ClassFound,
    Drawn,
    DrawnPage,
    PredictionPage,
    TrainingPage,
    boxed,
    dataset_page,
    drawn_page,
    filmstrip,
    full_size,
    panels,
    prediction_page,
    render,
    stage,
    table,
    training_page,
)
from vislearn.viz.canvas import Canvas
from vislearn.viz.pil import as_picture

LONG = "A sentence that is long enough for several lines below its picture, wherever that stands."
Y, X = np.indices((60, 80))
PIXELS = np.stack([3 * X, 4 * Y, (X // 8 + Y // 6) % 2 * 255], axis=2).astype(np.uint8)
PHOTO, IMAGE = Image.fromarray(PIXELS), torch.from_numpy(PIXELS).permute(2, 0, 1)
FLOATS = IMAGE / 255
DRAWING = boxed(PHOTO, torch.tensor([[5, 5, 60, 40]]), [1], names=["cat"])
NAMES = ("cats & dogs", "পাতা", "sea")
VERSIONS = {"torch": "2.15"}


def sheet(_folder):
    canvas = Canvas(300.4, 259.6)
    y = canvas.heading("A title of a sheet that needs two lines")
    canvas.lines(8, y, ["a", "b"], weight="bold")
    canvas.text(150, 80, "turned", size=20, color="#D55E00", ha="center", va="center", angle=30)
    canvas.picture(PIXELS, 10.2, 100, 40, 30)
    canvas.picture(PIXELS[:4, :4], 60, 100, 40, 30.1, drawn=True)
    place = canvas.fitted(PIXELS, 110, 100, 80, 80)
    canvas.marked(place, (0.1, 0.2, 0.5, 0.6))
    canvas.frame(200, 100, 40, 30, color="#0072B2", line=3, dashed=True, fill="#f2f5f8")
    canvas.frame(250, 100, 40, 30, dashed=(1, 2))
    canvas.card(10, 200, 60, 50, fill="#a9b8c6")
    canvas.card(40, 220, 60, 30, fill="#56B4E9", radius=4, over=True)
    canvas.arrow(120, 240, 180, 210)
    canvas.badge(200, 230, "12", radius=11)
    canvas.bar(220, 210, 20, 40, color="#009E73", name="bar")
    canvas.curve(np.array([250, 270, 290]), np.array([250, 210, 240]), color="#CC79A7")
    canvas.dots(np.array([255, 265]), np.array([245, 215]), color="#D55E00", radius=4)
    canvas.axes(230, 40, 60, 30, xlabel="$x$", ylabel="y")
    return canvas.finish("A sheet.", "pictures")


def figure(_folder):
    """Of matplotlib alone, as learners draw."""
    made = Figure(figsize=(5, 3))
    left, right = made.subplots(1, 2)
    left.imshow(PIXELS)
    left.set_title("a picture")
    right.scatter([1, 2, 3], [4, 5, 4], label="points")
    right.plot([1, 2, 3], [4, 5, 4], "--", alpha=0.5)
    right.bar([1, 2], [5, 2], width=0.3)
    right.set_xticks([1, 2], labels=["one", "two"])
    right.legend()
    return render(made, "A picture and points.")


def pictures(folder, *names):
    paths = [folder / name for name in names]
    for at, path in enumerate(paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        size = (20 + 300 * at, 30)
        Image.new("RGB", size, (40 * at, 200, 10)).save(path)
    return paths


def answers(folder, count=3, **more):
    chances = {
        "a.png": [0.4, 0.3, 0.3],
        "b.png": [0.1, 0.2, 0.7],
        "in/c.png": [0.2, 0.3, 0.5],
        "in/d.png": [1, 0, 0],
    }
    paths = pictures(folder, *list(chances)[:count])
    told = {"troubles": ["<e> is cut off."], "notes": ["Stopped."], "top": 2, "model": {"file": None}, **more}
    return prediction_page(
        PredictionPage(
            "<title>", NAMES, dict(zip(paths, chances.values(), strict=False)), versions=VERSIONS, **told
        )
    )


def found(folder, sure=(0.9, 0.6, None)):
    paths = pictures(folder, "a.png", "in/b.png", "c.png")
    drawn = [
        Drawn(path.name, path, ["<2> × ব্যাঙ", "60 %"][: 2 if one else 1], one)
        for path, one in zip(paths, sure, strict=True)
    ]
    classes = [ClassFound("cats & dogs", "#e69f00", "× 2"), ClassFound("background", "", "on 3 pictures")]
    told = ["<e> is cut off."], ["Stopped."], {"file": "m.pt"}, VERSIONS
    return drawn_page(DrawnPage("<title>", "Least sure first.", drawn, classes, *told))


def training(folder, count=3, right=False):
    names = (*NAMES, *map(str, range(count - 3)))
    files = pictures(folder, *(f"val/{at}.png" for at in range(count)))
    truth = torch.arange(count)
    shares = torch.full((count, count), 0.1 / (count - 1))
    shares[truth, truth if right else truth * 2 % count] = 0.9
    parts = {"val": Judged(names, [str(file) for file in files], truth, shares)}
    epochs = [
        {"train_loss": 2.0 - at, "val_loss": 1.5 / (1 + at), "val_accuracy": 0.3 + at / 3} for at in (0, 1)
    ]
    networks = [{"network": name, "accuracy": 0.51234} for name in ("photo:frozen", "<none>")]
    settings = {"lr": 0.1, "split": None}
    page = TrainingPage("<title>", folder, parts, networks, epochs, 1, settings, VERSIONS)
    return training_page(page)


def overview(folder, count=2):
    files = [str(file) for file in pictures(folder, *(f"train/{at % 3}/{at}.png" for at in range(3)))]
    counts = {f"<{name}>": 7 - name % 5 for name in range(count)}
    sizes, brightness = np.array([[20, 30], [320, 30], [20, 30]]), np.array([10.0, 99.5, 200.0])
    examples, copies = dict(zip(counts, files, strict=False)), [(files[0], files[2], "bytes")]
    part = PartOverview("train", counts, files, sizes, brightness, examples, copies, [])
    bare = PartOverview("val", {}, [], sizes[:0], brightness[:0], {}, [], [])
    return dataset_page(Overview(folder / "<set>", "COCO", "objects", [part, bare], notes=["A note."]))


def missing():
    raise MissingError("The <weights> are not here.", fix="Fetch them.")


GALLERY = {
    "sheet": sheet,
    "figure of matplotlib": figure,
    "filmstrip, crop": lambda _folder: filmstrip(
        [
            Step("Input", PHOTO, "What goes in."),
            Step(
                "A stage with a long name that is broken", IMAGE[:, 10:40, 20:60], LONG, kept=(20, 10, 60, 40)
            ),
            Step("Normalize", FLOATS * 4 - 2),
            Step("Batch", FLOATS[None].repeat(6, 1, 1, 1)),
            Step("Features", torch.arange(16 * 64.0).reshape(16, 8, 8)),
            Step("Answer", "tabby cat"),
        ]
    ),
    "filmstrip, one": lambda _folder: filmstrip([Step("One", 3)]),
    "filmstrip, below each other": lambda _folder: filmstrip([Step("a", 3), Step("b", 4)], columns=1),
    "filmstrip, in columns": lambda _folder: filmstrip(
        [Step(str(at), torch.linspace(-1, at, 5), LONG) for at in range(7)], columns=2
    ),
    "stage, crop": lambda _folder: stage(
        Step("In", IMAGE), Step("Crop", IMAGE, kept=(2, 2, 50, 30)), size=300
    ),
    "stage, mosaic": lambda _folder: stage(Step("Two", [PHOTO, FLOATS * 3, PIXELS[:, :9]])),
    "stage, channels": lambda _folder: stage(Step("Maps", torch.arange(320.0).sin().reshape(5, 8, 8) * 9)),
    "stage, small channels": lambda _folder: stage(Step("Maps", torch.arange(48.0).reshape(12, 2, 2))),
    "stage, many numbers": lambda _folder: stage(Step("Logits", torch.arange(50.0).sin())),
    "stage, few numbers": lambda _folder: stage(Step("Logits", torch.tensor([-1.0, 3, float("nan"), 2]))),
    "stage, named": lambda _folder: stage(
        Step("Scores", {"cat": 0.25, "a name that is far too long for it": 1.5})
    ),
    "stage, counted": lambda _folder: stage(Step("Counts", {"cat": 25.0, "dog": -3.0}), size=200),
    "stage, many named": lambda _folder: stage(
        Step("Scores", {f"class number {at}": at / 7 for at in range(12)})
    ),
    "stage, whole numbers": lambda _folder: stage(Step("Labels", torch.arange(20))),
    "stage, words": lambda _folder: stage(Step("Words", LONG * 5), size=240),
    "stage, a long word": lambda _folder: stage(Step("Words", "RandomHorizontalFlip" * 2)),
    "stage, drawing": lambda _folder: stage(Step("Boxes", 3, picture=DRAWING)),
    "panels": lambda _folder: panels(
        {"one": PHOTO, LONG: DRAWING, "": PIXELS[:, :20], "ব": PHOTO}, title=LONG, alt="A."
    ),
    "panels, in columns": lambda _folder: panels(
        {str(at): PHOTO for at in range(3)}, columns=2, size=150, alt="A."
    ),
    "image": lambda _folder: as_picture(Image.new("LA", (2000, 400), (7, 99)), alt="An image."),
    "table": lambda _folder: table(
        [{"<a>": 0.51234, "b": "ব & c"}, {"<a>": None, "b": 3}], caption="<c>"
    ).html(),
    "kept": lambda _folder: full_size(missing, stored="none", optional=True)._repr_mimebundle_()[0][
        "text/html"
    ],
    "answers": answers,
    "answers, none": partial(answers, count=0),
    "answers, all right": partial(answers, count=4, troubles=[], notes=[]),
    "found": found,
    "found, everywhere": partial(found, sure=(0.9, 0.6, 0.3)),
    "found, nowhere": partial(found, sure=(None,) * 3),
    "training": training,
    "training, many classes": partial(training, count=21),
    "training, all right": partial(training, right=True),
    "overview": overview,
    "overview, many classes": partial(overview, count=41),
}


@pytest.mark.parametrize("name", GALLERY)
def test_it_is_drawn_as_it_was_looked_at(name, baselines, tmp_path):
    baselines(name, partial(GALLERY[name], tmp_path))


def test_nothing_else_is_stored(baselines):
    assert baselines.are(GALLERY)


def test_every_drawing_function_is_in_a_gallery():
    galleries = "".join(file.read_text("utf-8") for file in Path(__file__).parent.rglob("test_baselines.py"))
    made = {
        name: get_type_hints(one).get("return")
        for name in viz.__all__
        if isfunction(one := getattr(viz, name))
    }
    drawing = [name for name, kind in made.items() if kind is viz.Picture]
    assert len(drawing) > 25
    assert [
        name for name in drawing if len(re.findall(rf"\b{name}\b", galleries)) < 2
    ] == []  # one is its import


@pytest.mark.parametrize(
    ("stored", "drawn_now", "is_near"),
    [
        ('"1.0" at 3.1', '"1.0" at 3.3', True),
        ('"1.0" at 3.1', '"1.0" at 3.4', False),
        ('"1.0" at 3.1', '"1.1" at 3.1', False),
        ("3 × 2", "4 × 2", False),
        ("share 0.500", "share 0.502", True),
        ("share 0.500", "share 0.503", False),
        ("<p>0.5", "<p>0.6", False),
        ("line", "fill", False),
        ("line", "line 1.0", False),
    ],
)
def test_rounding_is_no_difference_and_a_pixel_is_one(stored, drawn_now, is_near):
    assert (differences(["a", stored], ["a", drawn_now]) == "") == is_near


def test_a_drawing_s_own_lines_are_told_where_they_differ():
    assert differences(["a", "b 1.0", "c"], ["a", "b 2.0"]) == "-b 1.0\n-c\n+b 2.0"
