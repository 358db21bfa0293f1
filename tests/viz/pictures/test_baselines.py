"""Every drawing of pictures, with every option that changes its layout, is drawn as it was looked at."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from vislearn.io import write_video
from vislearn.io.frames import seek
from vislearn.viz import (
    Bins,
    Boxed,
    BoxStyle,
    Cells,
    anchors,
    augmentations,
    boxes,
    boxes_at_thresholds,
    film_sheet,
    filters,
    grid,
    instanced,
    instances,
    marked,
    mistakes,
    overlay,
    overlay_pair,
    panels,
    predictions_by_epoch,
    probabilities,
    transform_sheet,
    zooms,
)
from vislearn.viz.pictures import films
from vislearn.viz.pictures.compression import draw_compressed
from vislearn.viz.pictures.films import draw_seek

LONG = "a class whose name needs more than one line, wherever it stands"
NAMES = ["cat", LONG, "পাতা", "x"]
TITLE = "A title that is so long that it has to be broken into lines, on a wide sheet too, and once more"
Y, X = np.indices((60, 80))
PIXELS = np.stack([3 * X, 4 * Y, (X // 8 + Y // 6) % 2 * 255], axis=2).astype(np.uint8)
PHOTO, TALL = Image.fromarray(PIXELS), Image.fromarray(PIXELS[:, :20])
LARGE = Image.fromarray(PIXELS.repeat(14, 0).repeat(14, 1))
BOXES = torch.tensor([[5.0, 5, 40, 40], [30, 20, 75, 55], [6, 6, 41, 41], [90, 5, 99, 9], [60, 50, 99, 99]])
LABELS, SCORES = torch.tensor([1, 2, 1, 3, 4]), torch.tensor([0.95, 0.8, 0.6, 0.55, 0.3])
FOUND = {"boxes": BOXES, "labels": LABELS, "scores": SCORES}
TRUE = {"boxes": BOXES[:2] + 2, "labels": LABELS[:2]}
REGIONS = (X // 20 + Y // 30 * 4) * (X > 9)
HELD = np.where(Y > 50, 255, REGIONS % 4)
DISCS = np.stack([(X - x) ** 2 + (Y - 30) ** 2 < 200 for x in (15, 35, 65)])
CHANCES = np.array([[0.1, 0.6, 0.2, 0.1], [0.0, 0.0, 1.0, 0.0], [0.995, 0.002, 0.002, 0.001]])
WEIGHTS = np.sin(np.arange(3 * 3 * 5 * 5)).reshape(3, 3, 5, 5)
MAP = np.arange(12.0).reshape(3, 4) - 4
WORDS = {"alt": "A test."}


def flipped(picture, target=None):
    mirrored = torch.flip(picture, [-1])
    return mirrored if target is None else (mirrored, target)


IMAGE = torch.from_numpy(PIXELS).permute(2, 0, 1)
MARKS = {
    "boxes": BOXES[:2],
    "masks": torch.from_numpy(DISCS),
    "keypoints": torch.tensor([[[9.0, 9], [99, 1]]]),
}

GALLERY = {
    "boxes": lambda: boxes(PHOTO, BOXES, LABELS, SCORES, NAMES, title=TITLE, **WORDS),
    "boxes, none": lambda: boxes(TALL, torch.zeros(0, 4), **WORDS),
    "boxes, truth too": lambda: boxes(PHOTO, BOXES, scores=SCORES, truth=TRUE["boxes"], width=300, **WORDS),
    "boxes, truth with names": lambda: boxes(LARGE, BOXES * 14, LABELS, names=NAMES, truth=TRUE, **WORDS),
    "boxes, styles": lambda: panels(
        {
            "a": Boxed(
                PHOTO,
                BOXES[:2],
                ["word", ""],
                ["", "12"],
                [BoxStyle(faint=True), BoxStyle("#D55E00", 1, (2, 1))],
            ),
            "b": Boxed(PHOTO, BOXES[:2].repeat(3, 1), ["a tag"] * 6, on_paper=True),
        },
        title=TITLE,
        size=300,
        **WORDS,
    ),
    "cells": lambda: panels(
        {
            "numbers": Cells(MAP),
            "words": Cells(MAP, words={(0, 1): "a", (2, 2): "ব"}),
            "window": Cells(MAP, window=(1, 1, 4, 3), points=[[1.5, 1.5], [3, 2]], words={(1, 2): "w"}),
            "bins": Cells(
                MAP, [Bins([(0, 1), (1, 2.5)], [(0, 3)]), Bins([(3, 4)], [(1, 2)], "#D55E00", (2, 2))]
            ),
            "some": Cells(np.arange(120).reshape(10, 12), points=[[5, 5]]),
            "many": Cells(np.arange(41 * 20).reshape(41, 20), points=[[5, 5]]),
            "flat": Cells([[1.0, float("nan"), 1.0]]),
        },
        **WORDS,
    ),
    "compressed": lambda: draw_compressed(np.full((16, 16, 3), 128, np.uint8), 90, "4:4:4", **WORDS),
    "anchors": lambda: anchors(PHOTO, **WORDS),
    "anchors, with truth": lambda: anchors(
        TALL,
        sizes=[10],
        ratios=[0.5, 2],
        stride=16,
        at=(2, 50),
        truth=torch.tensor([[3, 5, 15, 40]]),
        width=200,
        **WORDS,
    ),
    "thresholds": lambda: boxes_at_thresholds(PHOTO, FOUND, **WORDS),
    "thresholds, with truth": lambda: boxes_at_thresholds(
        PHOTO, FOUND, 0.2, 0.9, names=NAMES, truth=TRUE, width=300, **WORDS
    ),
    "predictions by epoch": lambda: predictions_by_epoch(
        PHOTO, [FOUND] * 2, names=NAMES, min_score=0.7, **WORDS
    ),
    "predictions by epoch, some": lambda: predictions_by_epoch(
        TALL, [FOUND] * 5, epochs=[2, 5], truth=TRUE, columns=1, **WORDS
    ),
    "filters": lambda: filters(WEIGHTS, **WORDS),
    "filters, many": lambda: filters(
        np.tile(WEIGHTS[:, :1, :4], (11, 1, 1, 1)), scale="all", title=TITLE, **WORDS
    ),
    "filters, below each other": lambda: filters(WEIGHTS[:2], columns=1, **WORDS),
    "filters, in columns": lambda: filters(WEIGHTS, columns=2, width=100, **WORDS),
    "instances": lambda: instances(
        PHOTO, {"masks": DISCS, "labels": LABELS[:3], "scores": SCORES[:3]}, NAMES, title=TITLE
    ),
    "instances, many": lambda: instances(PHOTO, REGIONS * 2 + X % 2, NAMES, tags=None, width=300, alpha=0.9),
    "instances, like others": lambda: panels(
        {
            "those": instanced(PHOTO, DISCS),
            "these": instanced(
                PHOTO, {"masks": DISCS[[2, 0]], "scores": [0.9, 0.4]}, like=DISCS, min_score=0.3
            ),
            "none": instanced(PHOTO, np.zeros((0, 60, 80)), tags=False),
        },
        **WORDS,
    ),
    "marked": lambda: panels({"all": marked(IMAGE, MARKS), "nothing": marked(PHOTO)}, **WORDS),
    "transforms": lambda: transform_sheet(IMAGE, {"flipped": flipped, "RandomResizedCrop": flipped}, MARKS),
    "transforms, many": lambda: transform_sheet(
        IMAGE, {f"flipped {at}": flipped for at in range(6)}, title=TITLE
    ),
    "overlay": lambda: overlay(PHOTO, HELD, classes=["background", *NAMES], title=TITLE),
    "overlay, numbers": lambda: overlay(TALL, REGIONS[:, :20], alpha=0.9, outlined=False),
    "overlay, colours": lambda: overlay(
        LARGE, HELD.repeat(14, 0).repeat(14, 1), classes=list("abcd"), colors=np.eye(4, 3) * 200, width=500
    ),
    "overlay, many classes": lambda: overlay(
        PHOTO, REGIONS + 4, classes=[f"class {at}" for at in range(14)], width=300
    ),
    "overlay, wide": lambda: overlay(
        PIXELS[:20].repeat(14, 0).repeat(14, 1), HELD[:20].repeat(14, 0).repeat(14, 1)
    ),
    "overlay, nothing": lambda: overlay(PHOTO, X * 0),
    "errors": lambda: overlay_pair(PHOTO, HELD, REGIONS // 2, classes=["background", *NAMES], title=TITLE),
    "errors, no background": lambda: overlay_pair(
        TALL, HELD[:, :20], REGIONS[:, :20], classes=list("abcdefgh"), alpha=0.2
    ),
    "errors, wide": lambda: overlay_pair(PIXELS[:8], HELD[:8], HELD[:8]),
    "mistakes": lambda: mistakes([PHOTO, TALL, IMAGE], [0, 1, 2], CHANCES, NAMES, title=TITLE),
    "mistakes, in columns": lambda: mistakes(
        [PHOTO, TALL, IMAGE] * 3,
        [0, 1, 2] * 3,
        np.tile(CHANCES, (3, 1)),
        NAMES,
        np.arange(9),
        count=5,
        columns=2,
    ),
    "mistakes, one": lambda: mistakes([PHOTO], [0], CHANCES[:1], NAMES, count=1, columns=1),
    "mistakes, nine columns": lambda: mistakes(
        [PHOTO] * 9, [0] * 9, CHANCES[:1].repeat(9, 0), list("abcd"), columns=9, **WORDS
    ),
    "mistakes, none": lambda: mistakes([PHOTO], [1], CHANCES[:1], NAMES, title="Nothing"),
    "probabilities": lambda: probabilities(PHOTO, NAMES, CHANCES[0], truth="পাতা", title=TITLE, **WORDS),
    "probabilities, one": lambda: probabilities(TALL, ["cat"], [1.0], width=500, **WORDS),
    "probabilities, the best": lambda: probabilities(
        PIXELS[:9], list("abcdefgh"), np.arange(8) / 28, top=2, **WORDS
    ),
    "grid": lambda: grid([PHOTO, TALL, IMAGE, PIXELS[:9]], NAMES, title=TITLE, **WORDS),
    "grid, one": lambda: grid([IMAGE / 255 * 4 - 2], **WORDS),
    "grid, many": lambda: grid([PIXELS[:4, :4]] * 7, [str(at) for at in range(7)], **WORDS),
    "grid, in columns": lambda: grid([PHOTO, TALL, PHOTO], columns=2, **WORDS),
    "augmentations": lambda: augmentations(IMAGE, flipped, count=1),
    "augmentations, stretched": lambda: augmentations(
        IMAGE, lambda image: image / 50 - 1, count=3, columns=6
    ),
    "zooms": lambda: zooms({"whole": PHOTO, LONG: PHOTO.resize((8, 6))}, title=TITLE, **WORDS),
    "zooms, a small part": lambda: zooms(
        {str(at): PHOTO for at in range(6)}, (0, 0.5, 0.001, 1), columns=3, **WORDS
    ),
}


FILMS = {
    "film": lambda path: film_sheet(path, 4, columns=3, **WORDS),
    "film, one": lambda path: film_sheet(path, 1),
    "film, short": lambda path: film_sheet(path, 99),
    "moment": lambda path: draw_seek(path, 0.85),
    "moment, last": lambda path: draw_seek(path, 1.1),
}


@pytest.fixture
def film(tmp_path, monkeypatch):
    """A film whose frames are decoded to the photograph: what a codec makes of pixels is not ours."""

    def found(path, seconds):
        sought = seek(path, seconds)
        return replace(sought, frame=replace(sought.frame, pixels=IMAGE))

    monkeypatch.setattr(films, "frame_at", lambda path, seconds: found(path, seconds).frame)
    monkeypatch.setattr(films, "seek", found)
    times = [0.0, 0.1, 0.2, 0.3, 0.4, 0.8, 1.0, 1.1]
    return write_video(tmp_path / "film.mp4", [PIXELS * 0] * len(times), times=times, key_every=3)


@pytest.mark.parametrize("name", FILMS)
def test_films_are_drawn_as_they_were_looked_at(name, baselines, film):
    baselines(name, lambda: FILMS[name](film))


@pytest.mark.parametrize("name", GALLERY)
def test_it_is_drawn_as_it_was_looked_at(name, baselines):
    baselines(name, GALLERY[name])


def test_nothing_else_is_stored(baselines):
    assert baselines.are([*GALLERY, *FILMS])
