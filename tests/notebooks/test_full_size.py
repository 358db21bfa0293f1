"""What lessons do with published weights, tried with weights of our own in a filled cache."""

import re

import pytest
import torch
from torchvision.models.detection import FasterRCNN_MobileNet_V3_Large_320_FPN_Weights as Weights
from torchvision.models.detection import fasterrcnn_mobilenet_v3_large_320_fpn
from torchvision.transforms import v2

import vislearn as vl
from vislearn.checkout import ROOT
from vislearn.viz import Picture
from vislearn.viz.stored import Missing

SOURCES = ROOT / "notebooks" / "source"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.delenv("VISLEARN_ASSETS", raising=False)
    monkeypatch.delenv("VISLEARN_KEEP", raising=False)
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    return tmp_path / "hub" / "checkpoints"


def run_cell(lesson, function):
    """Run the cell of a lesson that defines ``function``; give back what its last line shows."""
    cells = re.split(r"(?m)^# %%.*\n", (SOURCES / f"{lesson}.py").read_text("utf-8"))
    (cell,) = [cell for cell in cells if f"def {function}(" in cell]
    body, shown = cell.rstrip().rsplit("\n\n\n", 1)
    names = {"torch": torch, "v2": v2, "vl": vl}
    exec(body, names)
    return eval(shown, names)


def test_lesson_04_says_what_is_missing(hub):
    shown = run_cell("04_detection", "published_detections")
    assert isinstance(shown, Missing)
    assert re.search(r"FasterRCNN_MobileNet.*\(74 MB\).*VISLEARN_ASSETS=full", shown.reason)


def test_lesson_04_draws_what_a_published_detector_finds(hub):
    torch.manual_seed(0)
    state = fasterrcnn_mobilenet_v3_large_320_fpn(weights=None, weights_backbone=None).state_dict()
    state["roi_heads.box_predictor.cls_score.bias"][Weights.COCO_V1.meta["categories"].index("cat")] = 20
    torch.save(state, hub / Weights.COCO_V1.url.rsplit("/", 1)[1])
    picture = run_cell("04_detection", "published_detections")
    assert isinstance(picture, Picture)
    assert "cat" in picture.digest["words"]
