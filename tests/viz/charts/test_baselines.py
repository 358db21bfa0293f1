"""Every chart, with every option that changes its layout, is drawn as it was when somebody looked at it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from vislearn.metrics import ap_curve, calibration
from vislearn.viz import (
    CurveDrawing,
    bars,
    confusion,
    curves,
    draw_iou,
    histogram,
    mind_map,
    panels,
    precision_recall,
    reliability,
    threshold,
    tradeoff,
)

LONG = "a class whose name needs more than one line, wherever it stands"
TITLE = "A title that is so long that it has to be broken into lines, on a wide sheet too, and once more"
HEIGHTS = np.sin(np.arange(60)) * 3 + np.arange(60) % 7
FALLING = [2.0, 1.2, 0.8, 0.6, 0.5]
SCORES = torch.linspace(0, 1, 40)
TRUTH = (torch.arange(40) // 3 % 2) * (SCORES > 0.2)
BOXES = torch.tensor([[5.0, 5, 40, 40], [30, 20, 75, 55], [1, 60, 20, 80]])


def curve(*scores):
    """Of detections of which every other is right."""
    wrong = BOXES + torch.tensor([200.0, 0, 200, 0])
    rows = [(wrong if at % 2 else BOXES)[at % 3] for at in range(len(scores))]
    found = {
        "boxes": torch.stack(rows),
        "labels": torch.ones(len(rows)).long(),
        "scores": torch.tensor(scores),
    }
    return ap_curve([found], [{"boxes": BOXES, "labels": torch.ones(3).long()}])


ZIGZAG, OTHER = curve(0.9, 0.8, 0.7, 0.6, 0.5), curve(0.9, 0.3)
NOTHING, EMPTY = (
    replace(OTHER, ap=-1.0),
    replace(OTHER, recall=OTHER.recall[:0], precision=OTHER.precision[:0]),
)
SURE = torch.stack([1 - SCORES, SCORES], 1)
NETWORKS = {
    "tiny": (1.5, 40),
    "small": (3, 60),
    "slow and poor": (30, 55),
    "a network with a long name": (3.4, 61),
    "large": (25, 80),
    "ব": (70, 81),
}
TRADE = {"xlabel": "ms", "ylabel": "%", "alt": "A test."}
TREE = {"vislearn": {"ops\nboxes and masks by hand": ["iou", "nms", LONG * 3], "io": [], "viz": ["bars"] * 4}}

GALLERY = {
    "bars, one": lambda: bars({"a": 3.0}, xlabel="ms", alt="A test."),
    "bars, several seeds": lambda: bars(
        {"a": [1.0, 2, 6], LONG: 30, "পাতা": [-4, -2]}, xlabel="$", title=TITLE, alt="A test."
    ),
    "bars, one highlighted": lambda: bars(
        {"a": 0.0123, "b": 0.2}, xlabel="share", highlight="b", width=420, alt="A test."
    ),
    "bars, digits and limits": lambda: bars(
        {"a": [12345.6, 9999.0], "b": 0}, xlabel="MB", digits=1, xlim=(-5000, 20000), alt="A test."
    ),
    "bars, nothing but zeros": lambda: bars({"a": 0, "b": 0}, xlabel="ms", alt="A test."),
    "histogram, one": lambda: histogram({"a": HEIGHTS}, xlabel="x", alt="A test."),
    "histogram, eight": lambda: histogram(
        {f"set {at}": HEIGHTS + at for at in range(8)},
        bins=4,
        xlabel="x",
        title=TITLE,
        width=700,
        height=300,
        alt="A test.",
    ),
    "confusion, three classes": lambda: confusion(
        [[9, 1, 0], [0, 120, 8], [2, 0, 4]], ["cat", "dog", "পাতা"], title="Title"
    ),
    "confusion, percent": lambda: confusion(
        [[999, 1, 0], [1, 3, 600], [0, 0, 0]], ["a", LONG, "পাতা"], show="percent", width=500
    ),
    "confusion, one class": lambda: confusion([[3]], ["cat"]),
    "confusion, twelve classes": lambda: confusion(
        np.arange(144).reshape(12, 12) % 23 * (1 + 500 * np.eye(12, dtype=int)),
        [f"class {at}" for at in range(12)],
        title=TITLE,
        width=600,
    ),
    "curves, one": lambda: curves({"train": FALLING}, xlabel="epoch", ylabel="loss", alt="A test."),
    "curves, runs with their range": lambda: curves(
        {"train": [FALLING, FALLING[::-1], [1.0] * 5], "val": FALLING},
        xlabel="epoch",
        ylabel="loss",
        title=TITLE,
        alt="A test.",
    ),
    "curves, runs with their deviation": lambda: curves(
        {"train": [FALLING, FALLING[::-1], [1.0] * 5]},
        xlabel="epoch",
        ylabel="loss",
        band="std",
        width=500,
        height=300,
        alt="A test.",
    ),
    "curves, powers of ten": lambda: curves(
        {"a": [100, 1, 0.01], "b": [50, 2, 0.1]},
        x=[10, 20, 50],
        xlabel="size",
        ylabel="loss",
        log=True,
        alt="A.",
    ),
    "curves, panels with one axis": lambda: curves(
        {"frozen": {"train": FALLING}, "ব": {"val": FALLING[:3], "train": FALLING[::-1]}},
        xlabel="epoch",
        ylabel="loss",
        alt="A test.",
    ),
    "curves, panels with one axis in powers of ten": lambda: curves(
        {"frozen": {"train": FALLING}, "free": {"train": [9, 0.1, float("nan")]}},
        xlabel="epoch",
        ylabel="loss",
        log=True,
        alt="A test.",
    ),
    "curves, panels with an axis each": lambda: curves(
        {LONG: {"train": FALLING}, "score": {"val": [0.5, 0.25]}},
        xlabel="epoch",
        ylabel=["loss", "accuracy"],
        alt="A test.",
    ),
    "curves, panels of which one is flat": lambda: curves(
        {"a": {"x": [1.0, 1.0]}, "b": {"x": [1.0, 1.0]}}, xlabel="epoch", ylabel="loss", alt="A test."
    ),
    "curves, many that end together": lambda: curves(
        {f"run {at}": np.linspace(at, 8, 30) for at in range(8)}, xlabel="epoch", ylabel="loss", alt="A test."
    ),
    "curves, diverged": lambda: curves(
        {"a": [1.0, float("nan"), float("nan")], "b": [float("nan")] * 3},
        xlabel="epoch",
        ylabel="loss",
        alt="A test.",
    ),
    "mind map": lambda: mind_map(TREE, title=TITLE, alt="A test."),
    "mind map, one branch": lambda: mind_map({"root": {"পাতা": []}}, alt="A test."),
    "mind map, eight branches": lambda: mind_map(
        {"a root with a long name": {f"{at}": ["leaf"] * at for at in range(8)}}, alt="A test."
    ),
    "mind map, a long root": lambda: mind_map(
        {LONG: {"a branch of some length": ["leaf", "leaf"]}}, alt="A test."
    ),
    "iou": draw_iou,
    "iou, apart": lambda: draw_iou(80, 60, 30, 20),
    "iou, nothing": lambda: draw_iou(0, 0, 0, 0, fixed=(0, 0, 0, 0)),
    "precision and recall": lambda: precision_recall(ZIGZAG, title=TITLE, alt="A test."),
    "precision and recall, envelope": lambda: precision_recall(
        ZIGZAG, zigzag=False, width=420, alt="A test."
    ),
    "precision and recall, several": lambda: precision_recall(
        {"cat": ZIGZAG, "a longer name": OTHER, "none": NOTHING}, alt="A test."
    ),
    "precision and recall, several with zigzag": lambda: precision_recall(
        {"cat": ZIGZAG, "dog": OTHER}, zigzag=True, alt="A test."
    ),
    "precision and recall, many detections": lambda: precision_recall(
        curve(*np.linspace(0.9, 0.1, 61).tolist()), alt="A test."
    ),
    "precision and recall, parts": lambda: panels(
        {
            "zigzag": CurveDrawing({"a": ZIGZAG}, envelope=False),
            "envelope": CurveDrawing({"a": ZIGZAG}, zigzag=False, area=False),
            "empty": CurveDrawing({"a": EMPTY}),
        },
        alt="A test.",
    ),
    "reliability": lambda: reliability(calibration(SURE, TRUTH)),
    "reliability, five bins": lambda: reliability(calibration(SURE[25:], TRUTH[25:], bins=5), title=TITLE),
    "threshold": lambda: threshold(SCORES, TRUTH),
    "threshold, named": lambda: threshold(
        SCORES * 0.8, TRUTH, 0.35, positive="পাতা", title=TITLE, width=800, height=420
    ),
    "threshold, nothing found": lambda: threshold(SCORES * 0.8, TRUTH, 0.9),
    "threshold, all right": lambda: threshold(SCORES, SCORES > 0.5, 0.5),
    "tradeoff": lambda: tradeoff(NETWORKS, **TRADE),
    "tradeoff, one": lambda: tradeoff({"a": (2, 50)}, title=TITLE, width=600, height=300, **TRADE),
    "tradeoff, limited": lambda: tradeoff(
        NETWORKS, allowed=["small", "large", "tiny"], chosen="large", limit=40, **TRADE
    ),
    "tradeoff, from small to large": lambda: tradeoff(
        {"a": (0.01, 5), "b": (9000, 5), "c": (9500, 5.1)}, allowed=[], limit=100, **TRADE
    ),
    "tradeoff, crowded": lambda: tradeoff(
        {f"network {at}": (10 + at / 50, 50 + at / 20) for at in range(9)}, **TRADE
    ),
}


@pytest.mark.parametrize("name", GALLERY)
def test_it_is_drawn_as_it_was_looked_at(name, baselines):
    baselines(name, GALLERY[name])


def test_nothing_else_is_stored(baselines):
    assert baselines.are(GALLERY)
